"""Endpoints about orders and trades."""

from typing import Any

import msgspec
from django.http import HttpResponse

from apikeys.envelope import page, rows, success
from apikeys.errors import ApiError, BadParameter
from apikeys.key_lookup import AdmittedKey
from apikeys.parameters import read_body, read_content, read_query
from apikeys.permissions import ApiRequest, Permission, requires
from perptools.trading import history, ledger, wire
from perptools.trading.errors import OrderNotFound, TradeNotFound
from perptools.trading.models import Fill, Order
from perptools.trading.schemas import (
    AmendOrder,
    CancelAll,
    CancelByClientId,
    CancelManyByClientId,
    CancelOrder,
    CancelOrders,
    ListOfMarket,
    ListOrders,
    PlaceOrder,
    PlaceOrders,
)

NAMING = ("client_order_id", "symbol", "side", "order_type")  # what an order of a batch is told apart by

# -- Trading ---------------------------------------------------------------------------------------------------------


@requires(Permission.TRADING)
def place_order(request: ApiRequest) -> HttpResponse:
    ticket = read_body(request, PlaceOrder).ticket()
    return success(wire.placed_row(ledger.place(request.api_key.account_pk, ticket, request.api_key.id)))


@requires(Permission.TRADING)
def place_orders(request: ApiRequest) -> HttpResponse:
    """Place up to ten orders, each for itself: a bad one fails alone, and its row says why."""
    asked = read_body(request, PlaceOrders)
    return rows([_place_one(request.api_key, written) for written in asked.orders])


def _place_one(key: AdmittedKey, written: dict[str, Any]) -> dict[str, Any]:
    try:
        order = read_content(written, PlaceOrder)
    except BadParameter as refusal:
        # Only text is repeated of what could not be read: clients count with a row's numbers.
        texts = {name: written[name] for name in NAMING if isinstance(written.get(name), str)}
        return wire.refused_row(texts, refusal)
    try:
        return wire.placed_row(ledger.place(key.account_pk, order.ticket(), key.id))
    except ApiError as refusal:
        return wire.refused_row(msgspec.structs.asdict(order), refusal)


@requires(Permission.TRADING)
def amend_order(request: ApiRequest) -> HttpResponse:
    ledger.amend(request.api_key.account_pk, read_body(request, AmendOrder).amendment())
    return success({"status": "EDIT_SENT"})


@requires(Permission.TRADING)
def cancel_order(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelOrder)
    ledger.cancel(request.api_key.account_pk, asked.symbol, pk=asked.order_id)
    return success({"status": "CANCEL_SENT"})


@requires(Permission.TRADING)
def cancel_by_client_id(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelByClientId)
    ledger.cancel(request.api_key.account_pk, asked.symbol, client_order_id=asked.client_order_id)
    return success({"status": "CANCEL_SENT"})


@requires(Permission.TRADING)
def cancel_orders(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelOrders)
    ledger.cancel_many(request.api_key.account_pk, pk__in=asked.ids())
    return success({"status": "CANCEL_ALL_SENT"})


@requires(Permission.TRADING)
def cancel_orders_by_client_id(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelManyByClientId)
    ledger.cancel_many(request.api_key.account_pk, client_order_id__in=asked.ids())
    return success({"status": "CANCEL_ALL_SENT"})


@requires(Permission.TRADING)
def cancel_all(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelAll)
    ledger.cancel_all(request.api_key.account_pk, asked.symbol)
    return success({"status": "CANCEL_ALL_SENT"})


# -- Looking ---------------------------------------------------------------------------------------------------------


@requires(Permission.READ)
def orders(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListOrders)
    found = history.orders(request.api_key.account_pk, asked)
    shown = [wire.order_row(order, request.api_key.uid) for order in found.rows]
    return page(shown, total=found.total, size=asked.size, number=asked.page)


@requires(Permission.READ)
def order(request: ApiRequest, order_id: int) -> HttpResponse:
    return success(wire.order_row(_find_order(request, pk=order_id), request.api_key.uid))


@requires(Permission.READ)
def order_by_client_id(request: ApiRequest, client_order_id: str) -> HttpResponse:
    """The newest order of that id: an id may be used again once its order is final."""
    return success(wire.order_row(_find_order(request, client_order_id=client_order_id), request.api_key.uid))


@requires(Permission.READ)
def trades_of_order(request: ApiRequest, order_id: int) -> HttpResponse:
    fills = _find_order(request, pk=order_id).fills.select_related("market")
    return rows([wire.trade_row(fill) for fill in fills])


@requires(Permission.READ)
def trades(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListOfMarket)
    found = history.trades(request.api_key.account_pk, asked)
    shown = [wire.trade_row(fill) for fill in found.rows]
    return page(shown, total=found.total, size=asked.size, number=asked.page)


@requires(Permission.READ)
def trade(request: ApiRequest, trade_id: int) -> HttpResponse:
    mine = Fill.objects.filter(account_id=request.api_key.account_pk)
    fill = mine.select_related("market").filter(pk=trade_id).first()
    if fill is None:
        raise TradeNotFound(field="trade_id")
    return success(wire.trade_row(fill))


def _find_order(request: ApiRequest, **which: object) -> Order:
    mine = Order.objects.owned_by(request.api_key.account_pk)
    found = mine.filter(**which).select_related("market").order_by("-id").first()
    if found is None:
        raise OrderNotFound(field=next(iter({"pk": "order_id"}.get(name, name) for name in which)))
    return found
