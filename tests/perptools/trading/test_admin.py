"""What an admin can do to the venue."""

from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.models import Balance, Market, Order, OrderStatus
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.order_requests import buy
from tests.support.browser_client import text
from tests.support.html_forms import sent_as_it_is

MODELS = ["market", "balance", "transfer", "position", "order", "fill"]


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com"))
    return client


def change(admin: Client, market: Market, **values: str) -> int:
    """Open the market's form and send it; 302 means success."""
    return send(admin, market, opened(admin, market) | values)


def opened(admin: Client, market: Market) -> dict[str, Any]:
    return sent_as_it_is(admin.get(path(market)))


def send(admin: Client, market: Market, form: dict[str, Any]) -> int:
    return admin.post(path(market), form).status_code


def path(market: Market) -> str:
    return f"/admin/trading/market/{market.pk}/change/"


def test_price_change_by_an_admin_fills_orders(admin: Client, account: Account, bitcoin: Market) -> None:
    order = paper_orders.place(account.pk, buy("0.01", "90000"))
    assert change(admin, bitcoin, mark_price="89000.5") == 302
    order.refresh_from_db()
    assert order.status == OrderStatus.FILLED


def test_admin_halts_a_market(admin: Client, bitcoin: Market) -> None:
    change(admin, bitcoin, status="HALTED")
    bitcoin.refresh_from_db()
    assert bitcoin.status == "HALTED"


@pytest.mark.parametrize("price", ["0", "-1", "200001", "1e30", "NaN", "", "x", "1.123456789"])
def test_invalid_mark_price_is_shown_in_the_form(admin: Client, bitcoin: Market, price: str) -> None:
    assert change(admin, bitcoin, mark_price=price) == 200
    bitcoin.refresh_from_db()
    assert bitcoin.mark_price == 95_000


@pytest.mark.parametrize("model", MODELS)
def test_every_row_can_be_viewed(admin: Client, account: Account, model: str) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    row = apps.get_model("trading", model)._default_manager.first()
    pages = ["", f"{row.pk}/change/"]
    assert [admin.get(f"/admin/trading/{model}/{page}").status_code for page in pages] == [200, 200]


@pytest.mark.parametrize("model", MODELS)
def test_rows_cannot_be_added_or_deleted_by_hand(admin: Client, account: Account, model: str) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    row = apps.get_model("trading", model)._default_manager.first()
    pages = ["add/", f"{row.pk}/delete/"]
    assert [admin.get(f"/admin/trading/{model}/{page}").status_code for page in pages] == [403, 403]


@pytest.mark.parametrize("model", MODELS[1:])
def test_only_markets_can_be_changed_by_hand(admin: Client, account: Account, model: str) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    row = apps.get_model("trading", model)._default_manager.first()
    rows = apps.get_model("trading", model)._default_manager.filter(pk=row.pk)
    before = rows.values().get()
    assert admin.post(f"/admin/trading/{model}/{row.pk}/change/", {"holding": "1"}).status_code == 403
    assert rows.values().get() == before


def test_admin_resets_paper_funds(admin: Client, account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    paper_orders.place(account.pk, buy("0.01", "90000"))
    chosen = {"action": "reset_paper_funds", "_selected_action": str(account.pk)}
    admin.post("/admin/trading/balance/", chosen)
    assert Balance.objects.get(pk=account.pk).holding == Decimal(10_000)
    assert not Order.objects.open().exists()


def test_halt_keeps_a_price_that_changed_while_the_form_was_open(admin: Client, bitcoin: Market) -> None:
    older = opened(admin, bitcoin)
    mark_prices.set_mark(bitcoin.symbol, Decimal(96_000))
    assert send(admin, bitcoin, older | {"status": "HALTED"}) == 302
    bitcoin.refresh_from_db()
    assert (bitcoin.status, bitcoin.mark_price) == ("HALTED", 96_000)


def test_price_from_an_older_form_keeps_a_market_halted(admin: Client, bitcoin: Market) -> None:
    older = opened(admin, bitcoin)
    change(admin, bitcoin, status="HALTED")
    assert send(admin, bitcoin, older | {"mark_price": "96000"}) == 302
    bitcoin.refresh_from_db()
    assert (bitcoin.status, bitcoin.mark_price) == ("HALTED", 96_000)


def test_conflicting_status_of_two_admins_is_shown_in_the_form(admin: Client, bitcoin: Market) -> None:
    older = opened(admin, bitcoin)
    change(admin, bitcoin, status="HALTED")
    page = admin.post(path(bitcoin), older | {"status": "REDUCE_ONLY"})
    bitcoin.refresh_from_db()
    assert "Somebody changed this to “Halted” after you opened the form." in text(page)
    assert (bitcoin.status, sent_as_it_is(page)["status"]) == ("HALTED", "HALTED")


@pytest.mark.parametrize("field", ["status", "mark_price"])
def test_form_without_its_initial_values_changes_nothing(admin: Client, bitcoin: Market, field: str) -> None:
    form = opened(admin, bitcoin) | {"status": "HALTED", "mark_price": "96000"}
    del form[f"initial-{field}"]
    assert send(admin, bitcoin, form) == 200
    bitcoin.refresh_from_db()
    assert (bitcoin.status, bitcoin.mark_price) == ("ACTIVE", 95_000)
