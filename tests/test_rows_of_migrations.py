"""Tests that commit find the rows of the migrations, and leave them unchanged, even beside other sessions."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from playwright.sync_api import Page

from apikeys.models import ApiKey, KeyUsage
from perptools.trading.models import Market
from tests.support.factories import make_key

PATIENCE_SECONDS = 20


@pytest.mark.parametrize("turn", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_markets_exist_with_the_mark(turn: str) -> None:
    assert Market.objects.exists()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_markets_exist_with_the_fixture(turn: str, transactional_db: None) -> None:
    assert Market.objects.exists()


@pytest.mark.browser
@pytest.mark.parametrize("turn", ["first", "second"])
def test_markets_exist_beside_a_browser(turn: str, page: Page) -> None:
    assert Market.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one lock for all tables")
def test_tables_are_emptied_only_after_open_transactions() -> None:
    key, in_the_middle, cleaning = make_key().key, Event(), Event()

    def count_a_call() -> int:
        """Write usage like a server: first the counts, then the key's last use."""
        with transaction.atomic():
            list(KeyUsage.objects.select_for_update())
            in_the_middle.set()
            cleaning.wait(PATIENCE_SECONDS)
            changed = ApiKey.objects.filter(pk=key.pk).update(last_used_client="bot")
        connection.close()
        return changed

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        try:
            return execute(sql, params, many, context)
        finally:
            if sql.startswith("LOCK"):
                cleaning.set()

    with ThreadPoolExecutor(1) as threads:
        counting = threads.submit(count_a_call)
        assert in_the_middle.wait(PATIENCE_SECONDS)
        with connection.execute_wrapper(note):
            call_command("flush", interactive=False, verbosity=0, allow_cascade=False, inhibit_post_migrate=True)
        assert (counting.result(), ApiKey.objects.count()) == (1, 0)
