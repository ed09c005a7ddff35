"""Long lists, one page at a time."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.models import Account
from perptools.trading.models import FINAL, Order, OrderStatus
from perptools.trading.views import pagination

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(account: Account) -> Account:
    closed = {"status": OrderStatus.CANCELLED, "closed_at": "2026-01-01T00:00Z", "type": "LIMIT", "price": 1}
    old = [Order(account=account, market_id=1, side="BUY", quantity=1, **closed) for _ in range(60)]
    Order.objects.bulk_create(old)
    return account


def past(account: Account, before: str) -> pagination.KeysetPage[Any]:
    return pagination.read(Order.objects.owned_by(account.pk).filter(status__in=FINAL), account.pk, before)


def walked(account: Account) -> Iterator[pagination.KeysetPage[Any]]:
    before = ""
    while before is not None:
        found = past(account, before)
        yield found
        before = found.last and str(found.last)


def test_long_list_is_paged_without_gaps_or_repetitions(many: Account) -> None:
    numbers = [order.pk for found in walked(many) for order in found.rows]
    assert numbers == sorted(Order.objects.values_list("pk", flat=True), reverse=True)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables without an index")
def test_later_page_is_found_by_the_index(many: Account) -> None:
    with CaptureQueriesContext(connection) as asked:
        pagination.read(
            Order.objects.owned_by(many.pk).filter(status__in=FINAL), many.pk, str(Order.objects.latest("pk").pk)
        )
    plan = connection.cursor().execute(f"EXPLAIN QUERY PLAN {asked[-1]['sql']}").fetchall()
    assert "orders_of_an_account (account_id=? AND created_at<?)" in str(plan)
