"""SECURITY.md, "Client address and allowlist", over HTTP: through a proxy at 127.0.0.1, and directly from 127.9.8.7."""

import pytest

from tests.hostile.raw_requests import Headers, answer, request
from tests.support.factories import make_key
from tests.support.servers import Server

pytestmark = pytest.mark.server

PROXY, DIRECT = "127.0.0.1", "127.9.8.7"
SEVEN = "203.0.113.7"
OTHER_HEADERS = ("X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "X_Forwarded_For", "Forwarded-For")


def forwarded(*values: str) -> Headers:
    return [("X-Forwarded-For", value) for value in values]


ROWS: list[tuple[str, str, Headers, int]] = [
    ("", PROXY, forwarded("198.51.100.1"), 200),
    (SEVEN, PROXY, forwarded(SEVEN), 200),
    (SEVEN, PROXY, forwarded("203.0.113.8"), 403),
    (SEVEN, PROXY, forwarded("203.0.113.77"), 403),
    ("203.0.113.0/24", PROXY, forwarded("203.0.113.0"), 200),
    ("203.0.113.0/24", PROXY, forwarded("203.0.113.255"), 200),
    ("203.0.113.0/24", PROXY, forwarded("203.0.114.0"), 403),
    (f"198.51.100.1,{SEVEN}", PROXY, forwarded(SEVEN), 200),
    ("2001:db8::7", PROXY, forwarded("2001:db8::7"), 200),
    ("2001:db8::7", PROXY, forwarded("2001:0DB8:0:0:0:0:0:7"), 200),
    ("2001:db8::/32", PROXY, forwarded("2001:db8:ffff::1"), 200),
    ("2001:db8::/32", PROXY, forwarded("2001:db9::1"), 403),
    (SEVEN, PROXY, forwarded(f"::ffff:{SEVEN}"), 200),
    (SEVEN, PROXY, forwarded("::ffff:203.0.113.8"), 403),
    (SEVEN, PROXY, forwarded("2002:cb00:7107::1"), 403),
    (SEVEN, PROXY, forwarded("64:ff9b::cb00:7107"), 403),
    (SEVEN, PROXY, forwarded(f"{SEVEN}, 198.51.100.66"), 403),
    (SEVEN, PROXY, forwarded(SEVEN, "198.51.100.66"), 403),
    (SEVEN, PROXY, forwarded("198.51.100.66", SEVEN), 200),
    (SEVEN, PROXY, forwarded(f"{SEVEN}, unknown"), 403),
    (SEVEN, PROXY, forwarded(f"{SEVEN}, "), 403),
    (SEVEN, PROXY, forwarded(f"{SEVEN}:443"), 200),
    (SEVEN, PROXY, forwarded(f"{SEVEN}:51234, 10.200.0.5:443"), 200),
    ("2001:db8::7", PROXY, forwarded("[2001:db8::7]:443"), 200),
    ("2001:db8::7", PROXY, forwarded("[2001:db8::7]:443, 198.51.100.66:80"), 403),
    (SEVEN, PROXY, forwarded(f"{SEVEN}:443:443"), 403),
    (SEVEN, PROXY, forwarded(f"{SEVEN}%eth0"), 403),
    (SEVEN, PROXY, forwarded("203.0.113.07"), 403),
    (SEVEN, PROXY, forwarded("3405803783"), 403),
    (SEVEN, PROXY, forwarded("٢٠٣.0.113.7"), 403),
    (SEVEN, PROXY, forwarded(f"{SEVEN}, 10.200.0.5"), 200),
    (SEVEN, PROXY, forwarded(f"{SEVEN}, 10.201.0.5"), 403),
    (SEVEN, PROXY, [*forwarded("198.51.100.66"), ("Forwarded", f"for={SEVEN}")], 403),
    *((SEVEN, PROXY, [*forwarded("198.51.100.66"), (name, SEVEN)], 403) for name in OTHER_HEADERS),
    (SEVEN, PROXY, [], 403),
    (SEVEN, PROXY, forwarded(", ".join(["1.1.1.1"] * 900)), 403),
    ("127.0.0.1", PROXY, forwarded("198.51.100.66"), 403),
    ("127.9.8.7", DIRECT, [], 200),
    (SEVEN, DIRECT, [], 403),
    (SEVEN, DIRECT, forwarded(SEVEN), 403),
    (SEVEN, DIRECT, forwarded(f"{SEVEN}, 127.0.0.1"), 403),
    (SEVEN, DIRECT, forwarded(SEVEN, "127.0.0.1"), 403),
]


def test_client_is_the_first_untrusted_hop(gate: Server) -> None:
    clients = {rule: make_key(networks=rule).client() for rule, *_ in ROWS}
    wrong = {}
    for rule, source, headers, status in ROWS:
        signed = clients[rule].headers_for("GET", "/v1/whoami", b"").items()
        seen = answer(gate, request("GET", "/v1/whoami", [*signed, *headers]), source)
        if seen.status != status or (status == 403 and seen.reason != "address_not_allowed"):
            wrong[rule, source, str(headers)] = (seen.status, seen.reason)
    assert wrong == {}
