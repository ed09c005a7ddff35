"""200 hostile connections in one process: `python -m tests.hostile.attackers ATTACK PORT TOKEN...`.

Each connection has its own loopback address and attacks until the process ends. A closed one is opened again soon.
"""

import asyncio
import itertools
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

CONNECTIONS = 200
AGAIN_SECONDS = 0.05
DRIP_SECONDS = 1.0
HOST = b"Host: 127.0.0.1\r\n"
ORDER = b'{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"LIMIT","order_quantity":"0.001","order_price":"%s"}'
LARGE = (b"GET /static/css/base/base.css", b"GET /guide", b"GET /v1/public/info")
Attack = Callable[["Connection"], Awaitable[None]]

_numbers = itertools.count()


class Connection:
    def __init__(self, number: int, port: int, token: bytes) -> None:
        self.address, self.port, self.token = f"127.1.{number // 250}.{number % 250 + 1}", port, token
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(self.address, 0), limit=1024
        )

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, data: bytes) -> None:
        for byte in data:
            await self.send(bytes([byte]))
            await asyncio.sleep(DRIP_SECONDS)

    async def answer(self) -> bytes:
        """Read one whole response."""
        head = b""
        while b"\r\n\r\n" not in head:
            if not (more := await self.reader.read(65536)):
                raise ConnectionError
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        left = int(length[1]) - len(body) if length else 0
        if left > 0:
            body += await self.reader.readexactly(left)
        if re.search(rb"(?i)connection: *close", head):
            raise ConnectionError
        return head + b"\r\n\r\n" + body

    def order(self, price: bytes) -> bytes:
        body = ORDER % price
        return self.head(b"POST /v1/order", len(body)) + body

    def head(self, start: bytes, length: int) -> bytes:
        credential = b"Authorization: Bearer " + self.token + b"\r\n"
        return start + b" HTTP/1.1\r\n" + HOST + credential + b"Content-Length: %d\r\n\r\n" % length


async def hold_bodies_back(connection: Connection) -> None:
    await connection.send(connection.head(b"POST /v1/order", 5000))
    await connection.drip(b"{" * 5000)


async def drip_headers(connection: Connection) -> None:
    await connection.drip(b"GET /v1/whoami HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 4000)


async def flood_reads(connection: Connection) -> None:
    while True:
        await connection.send(connection.head(b"GET /v1/client/holding", 0))
        await connection.answer()


async def flood_orders(connection: Connection) -> None:
    while True:
        await connection.send(connection.order(b"%d" % (50_000 + next(_numbers) % 1000)))
        await connection.answer()


async def send_long_numbers(connection: Connection) -> None:
    while True:
        await connection.send(connection.order(b"1" * 60_000 + b"_1"))
        await connection.answer()


async def never_read(connection: Connection) -> None:
    await connection.send(b"".join(start + b" HTTP/1.1\r\n" + HOST + b"\r\n" for start in LARGE) * 200)
    await asyncio.sleep(30)


async def fail_to_sign_in(connection: Connection) -> None:
    await connection.send(b"GET /account/login/ HTTP/1.1\r\n" + HOST + b"\r\n")
    page = await connection.answer()
    cookie = re.search(rb"(?i)set-cookie: (\S+csrf=[^;]+|csrf=[^;]+)", page)
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page)
    if not cookie or not token:
        raise ConnectionError
    while True:
        body = b"login=nobody%d@example.com&password=wrong&csrfmiddlewaretoken=%s" % (next(_numbers), token[1])
        form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body)
        head = b"POST /account/login/ HTTP/1.1\r\n" + HOST + b"Cookie: " + cookie[1] + b"\r\n"
        await connection.send(head + form + body)
        await connection.answer()


ATTACKS: dict[str, Attack] = {
    "hold bodies back": hold_bodies_back,
    "drip headers": drip_headers,
    "flood reads": flood_reads,
    "flood orders": flood_orders,
    "send long numbers": send_long_numbers,
    "never read": never_read,
    "fail to sign in": fail_to_sign_in,
}


async def attack_on_and_on(connection: Connection, attack: Attack) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            await connection.open()
            try:
                await attack(connection)
            finally:
                connection.writer.transport.abort()
        await asyncio.sleep(AGAIN_SECONDS)


async def main(name: str, port: int, tokens: list[bytes]) -> None:
    attack = ATTACKS[name]
    connections = [Connection(number, port, tokens[number % len(tokens)]) for number in range(CONNECTIONS)]
    await asyncio.gather(*(attack_on_and_on(connection, attack) for connection in connections))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), [token.encode() for token in sys.argv[3:]]))
