"""Backups of a SQLite database in use are complete."""

import stat
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from perptools import backups
from perptools.trading.models import Fill
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy, sell
from tests.support.factories import make_trader
from tests.support.installations import ask
from tests.support.servers import START_SECONDS


@pytest.fixture
def sqlite(transactional_db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has its own tools.")


def test_backup_under_load_is_complete(sqlite: None, tmp_path: Path) -> None:
    account, copy = make_trader().account, tmp_path / "copy"
    traded, copied = Event(), Event()

    def trade() -> None:
        for number in count():
            paper_orders.place(account.pk, (buy if number % 2 else sell)("0.001"))
            traded.set()
            if copied.is_set():
                break
        connection.close()

    with ThreadPoolExecutor(1) as threads:
        trading = threads.submit(trade)
        traded.wait(START_SECONDS)
        backups.back_up(copy)
        copied.set()
        trading.result()
    [[orders, fills]] = ask(copy, "SELECT (SELECT COUNT(*) FROM trading_order), (SELECT COUNT(*) FROM trading_fill)")
    assert 0 < orders == fills < Fill.objects.count()


def test_old_command_name_works_with_a_warning(sqlite: None, tmp_path: Path) -> None:
    said = StringIO()
    call_command("back_up", str(tmp_path / "copy"), stdout=StringIO(), stderr=said)
    assert (backups.require_whole(tmp_path / "copy"), "use backup" in said.getvalue()) == (None, True)


def test_backup_is_one_file_for_its_owner_only(sqlite: None, tmp_path: Path) -> None:
    backups.back_up(tmp_path / "copy")
    [copy] = tmp_path.iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_backup_replaces_no_file(sqlite: None, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("precious")
    with pytest.raises(CommandError, match="File exists"):
        call_command("backup", str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_text() == "precious"


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="it is about other databases")
def test_other_databases_get_a_hint_to_their_tools() -> None:
    with pytest.raises(CommandError, match="pg_dump"):
        call_command("backup", "nowhere")
