"""Writers to SQLite get their turn one after the other, whatever happens to the one before."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from subprocess import PIPE, Popen
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from apikeys.models import Account
from perptools.trading.models import Order
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy, sell
from tests.perptools.trading.paper.test_concurrency import PLACE_ON_AND_ON
from tests.support.factories import make_trader
from tests.support.servers import environment_of

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="it is about SQLite"),
]

OURS = 50  # orders
MOST_BETWEEN = 300  # of theirs between two of ours: about 100, and up to 1,800 without the queue
PATIENCE_SECONDS = 60


def write() -> None:
    with transaction.atomic():
        Account.objects.update(created_at=timezone.now())


def fail_inside() -> None:
    with transaction.atomic():
        raise ZeroDivisionError


def close_inside() -> None:
    with transaction.atomic():
        connection.close()


def fill_the_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA max_page_count = 1")
    for _ in range(60):
        paper_orders.place(make_trader().account.pk, buy("0.001"))


def in_another_thread(do: Callable[[], None]) -> None:
    def done() -> None:
        try:
            do()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(done).result(PATIENCE_SECONDS)


@pytest.mark.parametrize("trouble", [fail_inside, close_inside, fill_the_disk])
def test_next_writer_gets_its_turn_after_any_failure(trouble: Callable[[], None]) -> None:
    with suppress(ZeroDivisionError, OperationalError):
        trouble()
    in_another_thread(write)


def test_nested_transaction_does_not_wait() -> None:
    with transaction.atomic():
        write()


def test_unwritable_folder_is_a_read_only_database() -> None:
    connection.ensure_connection()
    with patch.dict(connection.settings_dict, NAME="/nowhere/db.sqlite3"), pytest.raises(OperationalError):
        write()
    in_another_thread(write)


def test_process_at_full_load_delays_another_only_briefly(tmp_path: Path) -> None:
    ours, theirs = (make_trader().account.pk for _ in range(2))
    command = [sys.executable, "-c", PLACE_ON_AND_ON.format(account=theirs)]
    with Popen(command, cwd=settings.BASE_DIR, env=environment_of(tmp_path), stdout=PIPE, text=True) as busy:
        assert busy.stdout
        next(busy.stdout)
        placed = []
        for number in range(OURS):
            paper_orders.place(ours, (buy if number % 2 else sell)("0.001"))
            placed.append(Order.objects.filter(account=theirs).count())
        busy.kill()
    assert max(after - before for before, after in pairwise(placed)) < MOST_BETWEEN
