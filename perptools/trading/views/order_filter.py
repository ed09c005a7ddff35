"""The filter of the Orders page, read from the URL and written into its links."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from perptools.trading.models import FINAL, Fill, Order, Side

LISTS = {"open": "Open orders", "history": "Order history", "trades": "Trades"}


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """The filter in a URL. Invalid parts are ignored."""

    shown: str = "open"
    symbol: str = ""
    side: str = ""
    status: str = ""

    @classmethod
    def read(cls, query: QueryDict, symbols: Collection[str]) -> "OrderFilter":
        def one_of(name: str, choices: Collection[str], default: str = "") -> str:
            return value if (value := query.get(name, "")) in choices else default

        shown = one_of("list", LISTS, "open")
        status = one_of("status", FINAL) if shown == "history" else ""
        return cls(shown, one_of("symbol", symbols), one_of("side", Side.values), status)

    def rows(self, account_pk: int) -> "QuerySet[Any]":
        if self.shown == "trades":
            found: QuerySet[Any] = Fill.objects.filter(account_id=account_pk).select_related("market", "order")
        else:
            orders = Order.objects.owned_by(account_pk).select_related("market", "api_key")
            found = orders.open() if self.shown == "open" else orders.filter(status__in=FINAL)
        given = {"market__symbol": self.symbol, "side": self.side, "status": self.status}
        return found.filter(**{name: value for name, value in given.items() if value})

    @property
    def narrows(self) -> bool:
        return bool(self.symbol or self.side or self.status)

    def url(self, before: int | None = None) -> str:
        shown = self.shown if self.shown != "open" else ""
        asked = {"list": shown, "symbol": self.symbol, "side": self.side, "status": self.status, "before": before}
        query = urlencode({name: value for name, value in asked.items() if value})
        return reverse("trading:orders") + (f"?{query}" if query else "")

    def tabs(self) -> list[tuple[str, str, bool]]:
        """Return each list's URL and name, and whether it is the current one."""
        return [(replace(self, shown=key, status="").url(), name, key == self.shown) for key, name in LISTS.items()]
