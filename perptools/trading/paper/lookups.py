"""Find markets and open orders."""

from apikeys.db.prepared import Given, Question
from apikeys.http.errors import BadParameter
from perptools.trading.errors import OrderNotOpen
from perptools.trading.models import Market, Order

_MARKET = Question(lambda: Market.objects.filter(symbol=Given("symbol")))


def find_market(symbol: str) -> Market:
    found = _MARKET.ask(symbol=symbol)
    if not found:
        raise BadParameter(f"symbol: there is no market {symbol[:32]}.", field="symbol")
    return found[0]


def find_open_order(account_pk: int, symbol: str, **which: object) -> Order:
    orders = Order.objects.owned_by(account_pk).open().filter(market__symbol=symbol, **which)
    order = orders.select_related("market").order_by("-id").first()
    if order is None:
        raise OrderNotOpen
    return order
