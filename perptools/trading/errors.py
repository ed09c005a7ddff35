"""How a trading call can fail, with Orderly's status and code. `field` names the parameter to mend."""

from apikeys.http.errors import ApiError


class OrderNotOpen(ApiError):
    status, code, reason = 400, -1006, "order_not_open"
    message = "There is no such open order on this market."


class OrderNotFound(ApiError):
    status, code, reason = 400, -1006, "order_not_found"
    message = "This account has no such order."


class TradeNotFound(ApiError):
    status, code, reason = 400, -1006, "trade_not_found"
    message = "This account has no such trade."


class DuplicateClientOrderId(ApiError):
    status, code, reason = 409, -1007, "duplicate_client_order_id"
    message = "An open order has this client_order_id already."


class Rejected(ApiError):
    status, code, reason = 400, -1012, "rejected"
    message = "The venue does not take this order now."


class MarketHalted(Rejected):
    reason = "market_halted"
    message = "This market is halted. Open orders can be cancelled."


class ReduceOnlyRejected(Rejected):
    reason = "reduce_only_rejected"
    message = "A reduce-only order must be on the other side of an open position."


class MarginInsufficient(ApiError):
    status, code, reason = 400, -1101, "margin_insufficient"
    message = "The account has not enough free collateral for this order."


class OrderValueTooSmall(ApiError):
    status, code, reason = 400, -1102, "order_value_too_small"
    message = "The order's value is below the market's minimum."


class PriceNotAllowed(ApiError):
    status, code, reason = 400, -1103, "price_not_allowed"
    message = "order_price is outside the market's limits or off its tick."


class QuantityNotAllowed(ApiError):
    status, code, reason = 400, -1104, "quantity_not_allowed"
    message = "order_quantity is outside the market's limits or off its step."


class PriceTooFar(ApiError):
    status, code, reason = 400, -1105, "price_too_far"
    message = "order_price is too far from the mark price."
