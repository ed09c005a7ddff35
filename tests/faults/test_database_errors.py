"""A running database that fails: rows are locked, it is read-only, or the disk is full."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import connection, transaction

from apikeys.models import ApiKey, UsedSignature
from perptools.trading.models import Order
from tests.support.browser_client import KEYS, TraderBrowser
from tests.support.factories import BOTH, IssuedKey, make_key

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

ORDER = b'{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"MARKET","order_quantity":"0.001"}'
GIVE_UP = {"sqlite": "PRAGMA busy_timeout = 200", "postgresql": "SET lock_timeout = 200"}
PATIENCE_SECONDS = 120
GIVE_UP_SECONDS = 0.2  # timeout of the queue for SQLite's writers
READ_ONLY = {"sqlite": "PRAGMA query_only = 1", "postgresql": "SET default_transaction_read_only = on"}


def tell(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def locked(issued: IssuedKey) -> Iterator[None]:
    """Lock a key's row (on SQLite, the whole file) in another session."""
    taken, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            ApiKey.objects.select_for_update().get(pk=issued.key.pk)
            taken.set()
            release.wait(PATIENCE_SECONDS)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert taken.wait(PATIENCE_SECONDS)
        tell(GIVE_UP[connection.vendor])
        with patch.dict(connection.settings_dict["OPTIONS"], timeout=GIVE_UP_SECONDS):
            yield
    finally:
        release.set()
        holder.join()
        connection.close()


def test_order_waiting_for_a_lock_is_rejected_and_not_placed() -> None:
    issued = make_key(permissions=BOTH)
    with locked(issued):
        answer = issued.client().post("/v1/order", ORDER)
    assert (answer.status_code, answer.json()["reason"]) == (503, "database_unavailable")
    assert not Order.objects.exists()
    assert not UsedSignature.objects.exists()


def test_page_waiting_for_a_lock_shows_an_error() -> None:
    issued = make_key()
    browser = TraderBrowser(issued.key.account.user)
    browser.http.raise_request_exception = False
    with locked(issued):
        answer = browser.post(f"{KEYS}{issued.key.pk}/delete/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert ApiKey.objects.get().revoked_at is None


def test_read_only_database_serves_reads_and_rejects_orders() -> None:
    client = make_key(permissions=BOTH).client()
    tell(READ_ONLY[connection.vendor])
    assert client.get("/v1/client/holding").status_code == 200
    answer = client.post("/v1/order", ORDER)
    assert (answer.status_code, answer.json()["reason"]) == (503, "database_unavailable")


def test_failed_connection_is_not_used_again() -> None:
    client = make_key(permissions=BOTH).client()
    tell(READ_ONLY[connection.vendor])
    assert [client.post("/v1/order", ORDER).status_code for _ in range(2)] == [503, 200]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="it is about SQLite")
def test_full_disk_rejects_an_order_completely() -> None:
    client = make_key(permissions=BOTH).client()
    tell("VACUUM")  # otherwise pages freed by other tests would be used first
    tell("PRAGMA max_page_count = 1")  # SQLite takes this as the current number of pages
    answers = [client.post("/v1/order", ORDER) for _ in range(60)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {answer.json()["reason"] for answer in refused} == {"database_unavailable"}
    assert Order.objects.count() == UsedSignature.objects.count() == len(answers) - len(refused)
