"""Place, change and read an order over the API."""

from typing import Any

from tests.support.api_clients import ApiClient

ORDER = {
    "symbol": "PERP_BTC_USDC",
    "order_type": "LIMIT",
    "side": "BUY",
    "order_price": "90000",
    "order_quantity": "0.01",
}


def place(bot: ApiClient, **changes: Any) -> int:
    """Place the order above with changes, and return its ID."""
    return int(bot.post("/v1/order", ORDER | changes).json()["data"]["order_id"])


def amend(bot: ApiClient, number: object, **changes: Any) -> Any:
    body = {"order_id": number, "symbol": "PERP_BTC_USDC", "side": "BUY", "order_type": "LIMIT"}
    return bot.request("PUT", "/v1/order", body | changes)


def look_up(bot: ApiClient, number: int) -> dict[str, Any]:
    return dict(bot.get(f"/v1/order/{number}").json()["data"])
