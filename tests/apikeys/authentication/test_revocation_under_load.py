"""A change of a key applies to every request that starts after it, in every worker, under load."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from threading import Barrier

import httpx
import pytest

from apikeys.keys import deletion, editing, pausing, regeneration
from apikeys.keys.validation import KeySettings
from apikeys.models import AddressRule, Kind
from tests.support.api_clients import ApiClient
from tests.support.factories import BOTH, READ, IssuedKey, make_key, owner
from tests.support.servers import Server

pytestmark = pytest.mark.server

THREADS = 8
CALLS_BEFORE = 15
CALLS_AFTER = 15
ORDER = b'{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"MARKET","order_quantity":"0.001"}'
_numbers = count()


def order() -> bytes:
    """Return a unique order: two equal ones, signed in the same millisecond, would be a replay."""
    return ORDER[:-1] + b',"client_order_id":"%d"}' % next(_numbers)


def nothing() -> bytes:
    return b""


@dataclass(frozen=True)
class Call:
    started: float
    status: int


def hammer(
    server: Server, client: ApiClient, method: str, target: str, body: Callable[[], bytes], act: Callable[[], object]
) -> None:
    """Send requests from many threads, act in the middle, and check that no later request succeeds."""
    warm = Barrier(THREADS + 1)

    def call_on_and_on(_: int) -> list[Call]:
        calls = []
        with httpx.Client(base_url=server.url, timeout=30) as http:
            for number in range(CALLS_BEFORE + CALLS_AFTER):
                if number == CALLS_BEFORE:
                    warm.wait()
                started = time.monotonic()
                calls.append(Call(started, client.over_http(http, method, target, body()).status_code))
        return calls

    with ThreadPoolExecutor(THREADS) as threads:
        running = [threads.submit(call_on_and_on, number) for number in range(THREADS)]
        warm.wait()
        act()
        answered = time.monotonic()
        calls = [call for calls in running for call in calls.result()]
    check_afterwards(server, client, method, target, body)
    assert [call for call in calls if call.started > answered and call.status == 200] == []
    assert sum(call.status == 200 for call in calls) >= THREADS * CALLS_BEFORE
    assert {call.status for call in calls} <= {200, 401, 403}


def check_afterwards(server: Server, client: ApiClient, method: str, target: str, body: Callable[[], bytes]) -> None:
    """Check that each worker rejects the key."""
    for _ in range(10):
        with httpx.Client(base_url=server.url) as http:
            assert client.over_http(http, method, target, body()).status_code in (401, 403)


def delete(issued: IssuedKey) -> None:
    deletion.revoke(issued.key, by=owner(issued.key.account.user))


def pause(issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(issued.key.account.user))


def narrow_addresses(issued: IssuedKey) -> None:
    wanted = replace(KeySettings.of(issued.key), address_rule=AddressRule.LIST, networks="203.0.113.7")
    editing.edit(issued.key, wanted, by=owner(issued.key.account.user))


def regenerate(issued: IssuedKey) -> None:
    regeneration.regenerate(
        issued.key,
        expires_at=issued.key.expires_at,
        overlap=timedelta(0),
        by=owner(issued.key.account.user),
    )


def deactivate_owner(issued: IssuedKey) -> None:
    issued.key.account.user.is_active = False
    issued.key.account.user.save()


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("act", [delete, pause, narrow_addresses, regenerate, deactivate_owner])
def test_no_read_succeeds_after_deletion(server: Server, kind: Kind, act: Callable[[IssuedKey], None]) -> None:
    issued = make_key(kind=kind)
    hammer(server, issued.client(), "GET", "/v1/client/holding", nothing, lambda: act(issued))


@pytest.mark.parametrize("act", [delete, pause, narrow_addresses, regenerate])
def test_no_order_is_placed_after_deletion(server: Server, act: Callable[[IssuedKey], None]) -> None:
    issued = make_key(permissions=BOTH)
    hammer(server, issued.client(), "POST", "/v1/order", order, lambda: act(issued))


def test_no_order_is_placed_after_its_permission_is_removed(server: Server) -> None:
    issued = make_key(permissions=BOTH)

    def make_read_only() -> None:
        wanted = replace(KeySettings.of(issued.key), permissions=READ)
        editing.edit(issued.key, wanted, by=owner(issued.key.account.user))

    hammer(server, issued.client(), "POST", "/v1/order", order, make_read_only)


def test_signed_order_sent_to_many_workers_is_placed_once(server: Server) -> None:
    client = make_key(permissions=BOTH).client()
    headers = client.headers_for("POST", "/v1/order", ORDER)

    def send(_: int) -> int:
        return httpx.post(f"{server.url}/v1/order", content=ORDER, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(THREADS) as threads:
        assert sorted(threads.map(send, range(24))) == [200] + [409] * 23
