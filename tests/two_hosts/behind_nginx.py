"""Two hosts with one PostgreSQL and one Redis, behind nginx as in perptools/server/README.md. On demand:

DATABASE_URL=… CACHE_URL=… python -m pytest tests/two_hosts/behind_nginx.py
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from django.conf import settings as django_settings
from django.db import connection

from apikeys.models import ApiKey
from tests.faults import consistency
from tests.faults.traffic import flowing
from tests.hostile.raw_requests import Headers, answer, request
from tests.support.api_clients import ApiClient
from tests.support.browser_client import KEYS, TraderBrowser
from tests.support.factories import BOTH, IssuedKey, make_key
from tests.support.key_forms import edit_form, regenerate_form
from tests.support.servers import Server, running
from tests.two_hosts.nginx import nginx, program

pytestmark = [pytest.mark.server, pytest.mark.faults]

FAILURES = 10
CALLER = "127.9.8.7"  # all of 127.0.0.0/8 is this machine; only 127.0.0.1 is a proxy
CSRF = "a" * 32


@pytest.fixture(scope="module")
def hosts(django_db_setup: None, static_files: Path) -> Iterator[list[Server]]:
    if connection.vendor != "postgresql" or not django_settings.CACHE_URL or not program():
        pytest.skip("This needs nginx, a PostgreSQL in DATABASE_URL, and a Redis in CACHE_URL.")
    wanted = {"TRUSTED_PROXIES": "127.0.0.1", "API_FAILURES_PER_MINUTE": str(FAILURES), "WEB_WORKERS": "2"}
    with ExitStack() as stack:
        yield [stack.enter_context(running(static_files, **wanted)) for _ in ("one", "other")]


@pytest.fixture(scope="module")
def proxy(hosts: list[Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    addresses = [f"127.0.0.1:{host.address[1]}" for host in hosts]
    with nginx(tmp_path_factory.mktemp("nginx"), addresses) as front:
        yield front


@pytest.fixture
def front(proxy: Server, transactional_db: None) -> Server:
    return proxy


def ask(front: Server, target: str, headers: Headers, source: str = "127.0.0.1") -> int:
    """Send a request with exactly these headers and this target, and close the sending side."""
    raw = request("GET", target, [*headers, ("Connection", "close")])
    return answer(front, raw, source, hang_up=False).status


def call(server: Server, client: ApiClient, target: str = "/v1/client/holding") -> int:
    with httpx.Client(base_url=server.url) as http:
        return client.over_http(http, "GET", target).status_code


# -- What is said on one host is in force on the other --------------------------------------------------------------


def at_the_page(host: Server, issued: IssuedKey, verb: str, **data: object) -> None:
    browser = TraderBrowser(issued.key.account.user)
    cookies = {"session": browser.http.cookies["session"].value, "csrf": CSRF}
    address = f"{host.url}{KEYS}{issued.key.pk}/{verb}/"
    said = httpx.post(address, data=data, cookies=cookies, headers={"X-CSRFToken": CSRF})
    assert said.status_code in (200, 302)


def narrow(host: Server, issued: IssuedKey) -> None:
    at_the_page(host, issued, "edit", **edit_form(issued.key, name=issued.key.name))


def regenerate(host: Server, issued: IssuedKey) -> None:
    at_the_page(host, issued, "regenerate", **regenerate_form(issued.key))


VERBS: dict[str, Callable[[Server, IssuedKey], None]] = {
    "delete": lambda host, issued: at_the_page(host, issued, "delete"),
    "pause": lambda host, issued: at_the_page(host, issued, "pause"),
    "edit": narrow,
    "regenerate": regenerate,
}


@pytest.mark.parametrize("verb", VERBS)
def test_change_on_one_host_applies_on_the_other_at_once(hosts: list[Server], front: Server, verb: str) -> None:
    one, other = hosts
    issued = make_key()
    client = issued.client()
    assert [call(server, client) for server in (one, other, front)] == [200] * 3
    VERBS[verb](one, issued)
    assert call(other, client) in (401, 403)
    assert {call(front, client) for _ in range(20)} <= {401, 403}


# -- The caller, through the proxy -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "status"), [(CALLER, 200), ("203.0.113.7", 403), ("127.0.0.1", 403)])
def test_ip_restriction_sees_the_real_client(front: Server, rule: str, status: int) -> None:
    signed = make_key(networks=rule).client().headers_for("GET", "/v1/whoami", b"").items()
    claims = [("X-Forwarded-For", "203.0.113.7"), ("X-Real-IP", "203.0.113.7"), ("Forwarded", "for=203.0.113.7")]
    assert ask(front, "/v1/whoami", [*signed, *claims], CALLER) == status


@pytest.mark.parametrize("target", ["/v1/orders?size=1&a=%2C%5F+%20", "/v1/whoami?", "/v1/whoami?a=%C3%BC&"])
def test_signed_target_arrives_unchanged(front: Server, target: str) -> None:
    signed = make_key(permissions=BOTH).client().headers_for("GET", target, b"").items()
    assert ask(front, target, list(signed)) == 200


@pytest.mark.parametrize("name", ["orderly_signature", "orderly-signature"])
def test_second_signature_cannot_be_smuggled_past_the_proxy(front: Server, name: str) -> None:
    headers = make_key().client().headers_for("GET", "/v1/whoami", b"")
    signature = headers.pop("orderly-signature")
    both = [*headers.items(), ("orderly-signature", "x"), (name, signature)]
    assert ask(front, "/v1/whoami", both) in (400, 401)


def test_failures_are_counted_across_hosts(hosts: list[Server], front: Server) -> None:
    stranger = {"Authorization": "Bearer x", "X-Forwarded-For": "198.51.100.7"}
    on_one, on_other = (
        [httpx.get(f"{host.url}/v1/whoami", headers=stranger).status_code for _ in range(FAILURES // 2 + 1)]
        for host in hosts
    )
    assert (on_one[-1], on_other[-1]) == (401, 429)


# -- Hosts that come and go ------------------------------------------------------------------------------------------


def test_stopping_host_loses_no_request(hosts: list[Server], front: Server) -> None:
    """SIGTERM, as from systemd: requests in progress are answered, and nginx uses the other host from then on."""
    one = hosts[0]
    with flowing(front) as traffic:
        time.sleep(2)
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(30) == 0
        time.sleep(2)
    assert {entry.status for entry in traffic.answers} == {200, 302}, traffic.tally()
    consistency.check(traffic)
    assert ApiKey.objects.filter(account__user=traffic.trader).exists()
