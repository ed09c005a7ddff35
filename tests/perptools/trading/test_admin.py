"""What an admin may do to the venue."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from apikeys.models import Account
from perptools.trading.market_data import mark_prices
from perptools.trading.models import Balance, Market, Order, OrderStatus
from perptools.trading.paper import orders as paper_orders
from tests.perptools.trading.tickets import buy

MODELS = ["market", "balance", "transfer", "position", "order", "fill"]


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com"))
    return client


def change(admin: Client, market: Market, **values: str) -> int:
    """Send the market's form; 302 is a success."""
    price = str(market.mark_price)
    form = {"status": market.status, "mark_price": price, "initial-mark_price": price} | values
    return admin.post(f"/admin/trading/market/{market.pk}/change/", form).status_code


def test_an_admin_moves_a_market_and_its_orders_follow(admin: Client, account: Account, bitcoin: Market) -> None:
    order = paper_orders.place(account.pk, buy("0.01", "90000"))
    assert change(admin, bitcoin, mark_price="89000.5") == 302
    order.refresh_from_db()
    assert order.status == OrderStatus.FILLED


def test_an_admin_halts_a_market(admin: Client, bitcoin: Market) -> None:
    change(admin, bitcoin, status="HALTED")
    bitcoin.refresh_from_db()
    assert bitcoin.status == "HALTED"


@pytest.mark.parametrize("price", ["0", "-1", "200001", "1e30", "NaN", "", "x", "1.123456789"])
def test_a_wrong_mark_price_is_said_in_the_form(admin: Client, bitcoin: Market, price: str) -> None:
    assert change(admin, bitcoin, mark_price=price) == 200
    bitcoin.refresh_from_db()
    assert bitcoin.mark_price == 95_000


@pytest.mark.parametrize("model", MODELS)
def test_every_row_can_be_looked_at(admin: Client, account: Account, model: str) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    row = apps.get_model("trading", model)._default_manager.first()
    pages = ["", f"{row.pk}/change/"]
    assert [admin.get(f"/admin/trading/{model}/{page}").status_code for page in pages] == [200, 200]


@pytest.mark.parametrize("model", MODELS)
def test_no_row_is_added_or_deleted_by_hand(admin: Client, account: Account, model: str) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    row = apps.get_model("trading", model)._default_manager.first()
    pages = ["add/", f"{row.pk}/delete/"]
    assert [admin.get(f"/admin/trading/{model}/{page}").status_code for page in pages] == [403, 403]


@pytest.mark.parametrize("model", MODELS[1:])
def test_no_row_but_a_market_s_is_changed_by_hand(admin: Client, account: Account, model: str) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    row = apps.get_model("trading", model)._default_manager.first()
    assert admin.post(f"/admin/trading/{model}/{row.pk}/change/", {"holding": "1"}).status_code == 403


def test_an_admin_resets_paper_funds(admin: Client, account: Account) -> None:
    paper_orders.place(account.pk, buy("0.01"))
    paper_orders.place(account.pk, buy("0.01", "90000"))
    chosen = {"action": "reset_paper_funds", "_selected_action": str(account.pk)}
    admin.post("/admin/trading/balance/", chosen)
    assert Balance.objects.get(pk=account.pk).holding == Decimal(10_000)
    assert not Order.objects.open().exists()


def test_a_halt_leaves_a_price_alone_that_moved_while_the_form_was_open(admin: Client, bitcoin: Market) -> None:
    shown = {"mark_price": str(bitcoin.mark_price), "initial-mark_price": str(bitcoin.mark_price)}
    mark_prices.set_mark(bitcoin.symbol, Decimal(96_000))
    assert change(admin, bitcoin, status="HALTED", **shown) == 302
    bitcoin.refresh_from_db()
    assert (bitcoin.status, bitcoin.mark_price) == ("HALTED", 96_000)
