"""PostgreSQL killed, stopped, restarted and read-only under a running server."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.faults import consistency
from tests.faults.conftest import RecordProperty
from tests.faults.postgresql import Cluster, binaries
from tests.faults.traffic import ask, flowing, wait_until_ready
from tests.support.api_clients import ApiClient
from tests.support.browser_client import KEYS, TraderBrowser, form
from tests.support.factories import BOTH, make_key, make_trader
from tests.support.servers import Server, running

pytestmark = [pytest.mark.faults, pytest.mark.server, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def cluster(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cluster]:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could be away.")
    if not (programs := binaries()):
        pytest.skip("PostgreSQL's own programs (initdb, pg_ctl) are not on this machine.")
    cluster = Cluster(programs)
    try:
        with cluster.as_django_s_own(), django_db_blocker.unblock():
            call_command("migrate", verbosity=0)
            yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def served(cluster: Cluster, static_files: Path) -> Iterator[Server]:
    with running(static_files, USAGE_FLUSH_SECONDS="1") as server:
        yield server


@pytest.fixture
def bot(cluster: Cluster) -> ApiClient:
    return make_key(permissions=BOTH).client()


@pytest.fixture
def away(served: Server, bot: ApiClient, cluster: Cluster) -> Iterator[Server]:
    """A server that was running when its database stopped."""
    assert ask(served, bot).status_code == 200
    cluster.stop()
    connection.close()
    yield served
    cluster.start()
    wait_until_ready(served)


def test_killed_database_loses_nothing_that_was_acknowledged(
    served: Server, cluster: Cluster, faults: int, record_property: RecordProperty
) -> None:
    with flowing(served) as traffic:
        for number in range(max(2, faults // 2)):
            traffic.wait_for_progress()
            if number % 2:
                cluster.kill_a_session()
            else:
                cluster.kill()
                cluster.start()
            wait_until_ready(served)
        traffic.wait_for_progress()
    connection.close()
    consistency.check(traffic)
    record_property("answers", traffic.tally())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_key_is_rejected_without_the_database(away: Server, bot: ApiClient, method: str) -> None:
    answer = ask(away, bot, method, "/v1/order" if method == "POST" else "/v1/client/holding")
    assert (answer.status_code, answer.json()["code"]) == (503, -1011)
    assert (answer.json()["reason"], answer.headers["Retry-After"]) == ("database_unavailable", "2")


def test_page_shows_an_error_without_the_database(away: Server) -> None:
    answer = httpx.get(f"{away.url}{KEYS}", cookies={"session": "somebody"})
    assert (answer.status_code, "We’re having trouble right now" in answer.text) == (503, True)


def test_server_without_the_database_is_alive_and_not_ready(away: Server) -> None:
    assert [httpx.get(f"{away.url}{path}").status_code for path in ("/healthz", "/readyz")] == [200, 503]


def test_everything_works_again_without_a_restart(served: Server, bot: ApiClient, cluster: Cluster) -> None:
    cluster.stop()
    assert {ask(served, bot).status_code for _ in range(20)} == {503}
    cluster.start()
    connection.close()
    wait_until_ready(served)
    assert {ask(served, bot, "POST", "/v1/order").status_code for _ in range(40)} == {200}


def test_read_only_database_still_serves_reads(served: Server, bot: ApiClient, cluster: Cluster) -> None:
    browser = TraderBrowser(make_trader())
    cookies = {"session": browser.http.cookies["session"].value, "csrf": "a" * 32}
    cluster.refuse_writes(True)
    try:
        assert ask(served, bot).status_code == 200
        refused = ask(served, bot, "POST", "/v1/order")
        headers = {"X-CSRFToken": "a" * 32}
        page = httpx.post(f"{served.url}{KEYS}new/", data=form(), cookies=cookies, headers=headers)
    finally:
        cluster.refuse_writes(False)
    assert (refused.status_code, refused.json()["reason"], page.status_code) == (503, "database_unavailable", 503)
    connection.close()
    assert {ask(served, bot, "POST", "/v1/order").status_code for _ in range(40)} <= {200, 503}
    assert {ask(served, bot, "POST", "/v1/order").status_code for _ in range(40)} == {200}
