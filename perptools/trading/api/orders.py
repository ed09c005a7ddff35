"""Endpoints about orders and trades."""

from functools import partial
from typing import Any

import msgspec
from django.http import HttpResponse

from apikeys.http.endpoints import requires
from apikeys.http.errors import ApiError, BadParameter
from apikeys.http.parsing import read_body, read_content, read_query
from apikeys.http.request import AdmittedKey, ApiRequest
from apikeys.http.responses import rows, success
from apikeys.permissions import Permission
from perptools.trading.api import order_serializers, queries
from perptools.trading.api.order_schemas import (
    AmendOrder,
    CancelAll,
    CancelByClientId,
    CancelManyByClientId,
    CancelOrder,
    CancelOrders,
    PlaceOrder,
    PlaceOrders,
)
from perptools.trading.api.request_schemas import ListOfMarket, ListOrders
from perptools.trading.api.schema_fields import whole_number
from perptools.trading.errors import OrderNotFound, TradeNotFound
from perptools.trading.models import Fill, Order
from perptools.trading.paper import orders as paper_orders

NAMING = ("client_order_id", "symbol", "side", "order_type")  # the fields that identify an order of a batch

# -- Trading ---------------------------------------------------------------------------------------------------------


@requires(Permission.TRADING)
def place_order(request: ApiRequest) -> HttpResponse:
    order_request = read_body(request, PlaceOrder).order_request()
    return success(
        order_serializers.placed_row(paper_orders.place(request.api_key.account_pk, order_request, request.api_key.id))
    )


@requires(Permission.TRADING)
def place_orders(request: ApiRequest) -> HttpResponse:
    """Place up to ten orders. A bad order fails alone, and its row says why."""
    asked = read_body(request, PlaceOrders)
    return rows([_place_one(request.api_key, written) for written in asked.orders])


def _place_one(key: AdmittedKey, written: dict[str, Any]) -> dict[str, Any]:
    try:
        order = read_content(written, PlaceOrder)
    except BadParameter as rejection:
        # Only text is repeated from an unreadable order, because clients calculate with a row's numbers.
        texts = {name: written[name] for name in NAMING if isinstance(written.get(name), str)}
        return order_serializers.refused_row(texts, rejection)
    try:
        return order_serializers.placed_row(paper_orders.place(key.account_pk, order.order_request(), key.id))
    except ApiError as rejection:
        return order_serializers.refused_row(msgspec.structs.asdict(order), rejection)


@requires(Permission.TRADING)
def amend_order(request: ApiRequest) -> HttpResponse:
    paper_orders.amend(request.api_key.account_pk, read_body(request, AmendOrder).amendment())
    return success({"status": "EDIT_SENT"})


@requires(Permission.TRADING)
def cancel_order(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelOrder)
    paper_orders.cancel(request.api_key.account_pk, asked.symbol, pk=asked.order_id)
    return success({"status": "CANCEL_SENT"})


@requires(Permission.TRADING)
def cancel_by_client_id(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelByClientId)
    paper_orders.cancel(request.api_key.account_pk, asked.symbol, client_order_id=asked.client_order_id)
    return success({"status": "CANCEL_SENT"})


@requires(Permission.TRADING)
def cancel_orders(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelOrders)
    paper_orders.cancel_many(request.api_key.account_pk, pk__in=asked.ids())
    return success({"status": "CANCEL_ALL_SENT"})


@requires(Permission.TRADING)
def cancel_orders_by_client_id(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelManyByClientId)
    paper_orders.cancel_many(request.api_key.account_pk, client_order_id__in=asked.ids())
    return success({"status": "CANCEL_ALL_SENT"})


@requires(Permission.TRADING)
def cancel_all(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, CancelAll)
    paper_orders.cancel_all(request.api_key.account_pk, asked.symbol)
    return success({"status": "CANCEL_ALL_SENT"})


# -- Looking ---------------------------------------------------------------------------------------------------------


@requires(Permission.READ)
def orders(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListOrders)
    found = queries.orders(request.api_key.account_pk, asked)
    return found.answer(partial(order_serializers.order_row, user_id=request.api_key.uid))


@requires(Permission.READ)
def order(request: ApiRequest, order_id: str) -> HttpResponse:
    found = _find_order(request, pk=whole_number(order_id, "order_id"))
    return success(order_serializers.order_row(found, request.api_key.uid))


@requires(Permission.READ)
def order_by_client_id(request: ApiRequest, client_order_id: str) -> HttpResponse:
    """Return the newest order with this ID, which can be used again once its order is final."""
    return success(
        order_serializers.order_row(_find_order(request, client_order_id=client_order_id), request.api_key.uid)
    )


@requires(Permission.READ)
def trades_of_order(request: ApiRequest, order_id: str) -> HttpResponse:
    fills = _find_order(request, pk=whole_number(order_id, "order_id")).fills.select_related("market")
    return rows([order_serializers.trade_row(fill) for fill in fills])


@requires(Permission.READ)
def trades(request: ApiRequest) -> HttpResponse:
    asked = read_query(request, ListOfMarket)
    return queries.trades(request.api_key.account_pk, asked).answer(order_serializers.trade_row)


@requires(Permission.READ)
def trade(request: ApiRequest, trade_id: str) -> HttpResponse:
    mine = Fill.objects.filter(account_id=request.api_key.account_pk)
    fill = mine.select_related("market").filter(pk=whole_number(trade_id, "trade_id")).first()
    if fill is None:
        raise TradeNotFound(field="trade_id")
    return success(order_serializers.trade_row(fill))


def _find_order(request: ApiRequest, **which: object) -> Order:
    mine = Order.objects.owned_by(request.api_key.account_pk)
    found = mine.filter(**which).select_related("market").order_by("-id").first()
    if found is None:
        raise OrderNotFound(field=next(iter({"pk": "order_id"}.get(name, name) for name in which)))
    return found
