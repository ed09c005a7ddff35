"""Who sees what of the Portfolio, and its overview."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.models import Account
from perptools.trading import statistics
from perptools.trading.models import Balance, Position
from perptools.trading.paper import orders as paper_orders
from perptools.trading.paper import portfolio
from perptools.trading.views.pnl_chart import PnlChart
from tests.perptools.trading.order_requests import buy, sell
from tests.support.browser_client import TraderBrowser, text

pytestmark = pytest.mark.django_db

BTC = "PERP_BTC_USDC"
HOME = "/portfolio/"
PAGES = {
    HOME: "overview",
    f"{HOME}positions/": "position-table",
    f"{HOME}orders/": "order-table",
    f"{HOME}assets/": "assets",
    f"{HOME}fee-tier/": "fee-tier",
}
DEEDS = [f"{HOME}positions/{BTC}/close/", f"{HOME}orders/cancel/", f"{HOME}assets/reset/"]


@pytest.mark.parametrize("path", PAGES)
def test_page_without_sign_in_offers_it(path: str) -> None:
    assert f"/account/login/?next={path}" in TraderBrowser().get(path).content.decode()


@pytest.mark.parametrize(("path", "part"), PAGES.items())
def test_poll_with_an_expired_session_leads_to_sign_in(path: str, part: str) -> None:
    assert TraderBrowser().htmx_get(path, target=part)["HX-Redirect"] == f"/account/login/?next={path}"


@pytest.mark.parametrize("path", DEEDS)
def test_actions_require_sign_in(path: str) -> None:
    assert TraderBrowser().post(path).url == f"/account/login/?next={path}"


@pytest.mark.parametrize(("path", "part"), PAGES.items())
def test_poll_gets_only_its_part_of_the_page(trader: TraderBrowser, path: str, part: str) -> None:
    content = trader.htmx_get(path, target=part, page=path).content.decode().strip()
    assert (content.startswith("<"), f'id="{part}"' in content, "<html" in content) == (True, True, False)


@pytest.mark.parametrize(("path", "part"), PAGES.items())
def test_poll_takes_few_queries(trader: TraderBrowser, long: Position, path: str, part: str) -> None:
    trader.get(path)  # the first page in a minute records the session's use
    with CaptureQueriesContext(connection) as asked:
        trader.htmx_get(path, target=part, page=path)
    assert len(asked) <= 9


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_not_cached(trader: TraderBrowser, path: str) -> None:
    assert "no-store" in trader.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_side_bar_marks_the_current_page(trader: TraderBrowser, path: str) -> None:
    assert f'<a href="{path}" aria-current="page">' in trader.get(path).content.decode()


def test_overview_sums_up_the_account(trader: TraderBrowser, long: Position) -> None:
    margin = portfolio.Portfolio.read(long.account_id).margin()
    assert f"Equity {margin.collateral:,.2f} USDC" in text(trader.get(HOME))


def test_todays_activity_starts_at_midnight(account: Account) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 23, tzinfo=UTC), tick=False):
        paper_orders.place(account.pk, buy("0.01"))
    with time_machine.travel(datetime(2026, 3, 2, 1, tzinfo=UTC), tick=False):
        paper_orders.place(account.pk, sell("0.01"))
        found = statistics.today(account.pk)
    assert (found.orders, found.fills, found.realized_pnl < 0) == (1, 1, True)


def test_midnight_is_in_the_traders_time_zone(account: Account) -> None:
    with timezone.override("Asia/Tokyo"), time_machine.travel(datetime(2026, 3, 1, 16, tzinfo=UTC), tick=False):
        assert statistics.midnight() == datetime(2026, 3, 1, 15, tzinfo=UTC)


def test_pnl_of_each_day_is_net_of_fees(account: Account) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    with time_machine.travel(yesterday, tick=False):
        paper_orders.place(account.pk, buy("0.01"))
        paper_orders.place(account.pk, sell("0.01"))
    by_day = statistics.pnl_by_day(account.pk)
    assert by_day.pop(timezone.localdate(yesterday)) == Balance.objects.get().holding - settings.PAPER_FUNDS
    assert set(by_day.values()) == {0}


def test_largest_bar_fills_its_half_of_the_chart() -> None:
    day = timezone.localdate()
    up, down = PnlChart.of({day - timedelta(days=1): Decimal(50), day: Decimal(-100)}).bars
    assert (up.y, up.height, down.y, down.height) == (30, 30, 60, 60)
