"""Errors of trading requests, with Orderly's status and code. `field` names the parameter to fix."""

from apikeys.http.errors import ApiError


class OrderNotOpen(ApiError):
    status, code, reason = 400, -1006, "order_not_open"
    message = "There is no such open order on this market."
    cause = (
        "There is no open order with this id on this market: it was filled or cancelled, or its id or symbol is wrong."
    )
    fix = "Fetch the order to see how it ended."


class OrderNotFound(ApiError):
    status, code, reason = 400, -1006, "order_not_found"
    message = "This account has no such order."
    cause = "Your account has no order with this id."
    fix = "List your orders with GET /v1/orders."


class TradeNotFound(ApiError):
    status, code, reason = 400, -1006, "trade_not_found"
    message = "This account has no such trade."
    cause = "Your account has no trade with this id."
    fix = "List your trades with GET /v1/trades."


class DuplicateClientOrderId(ApiError):
    status, code, reason = 409, -1007, "duplicate_client_order_id"
    message = "An open order has this client_order_id already."
    cause = "An open order has this client_order_id already; often it is the first try of the same order."
    fix = "Fetch it by GET /v1/client/order/{client_order_id} before you send another."


class Rejected(ApiError):
    status, code, reason = 400, -1012, "rejected"
    message = "The order was rejected."
    cause = "The order was rejected."
    fix = "See the message for what to change."


class MarketHalted(Rejected):
    reason = "market_halted"
    message = "This market is halted. Open orders can be cancelled."
    cause = "Trading on this market is halted."
    fix = "Cancel what you must. Place orders when it resumes."


class ReduceOnlyRejected(Rejected):
    reason = "reduce_only_rejected"
    message = "A reduce-only order must be on the other side of an open position."
    cause = "A reduce-only order must be on the other side of an open position, and there is none to reduce."
    fix = "Fetch the position first, and choose the side that shrinks it."


class MarginInsufficient(ApiError):
    status, code, reason = 400, -1101, "margin_insufficient"
    message = "Not enough free collateral for this order."
    cause = "The free collateral does not cover the order’s initial margin, open orders included."
    fix = "Place a smaller order, cancel others, or raise the leverage."


class OrderValueTooSmall(ApiError):
    status, code, reason = 400, -1102, "order_value_too_small"
    message = "The order's value is below the market's minimum."
    cause = "Price times quantity is below the market’s min_notional."
    fix = "Raise the quantity. GET /v1/public/info/{symbol} has the limit."


class PriceNotAllowed(ApiError):
    status, code, reason = 400, -1103, "price_not_allowed"
    message = "order_price is outside the market's limits or off its tick."
    cause = "The price is outside quote_min to quote_max, or not on the quote_tick."
    fix = "Round the price to the tick of GET /v1/public/info/{symbol}."


class QuantityNotAllowed(ApiError):
    status, code, reason = 400, -1104, "quantity_not_allowed"
    message = "order_quantity is outside the market's limits or off its step."
    cause = "The quantity is outside base_min to base_max, or not on the base_tick."
    fix = "Cut the quantity to the step of GET /v1/public/info/{symbol}."


class PriceTooFar(ApiError):
    status, code, reason = 400, -1105, "price_too_far"
    message = "order_price is too far from the mark price."
    cause = "The price is further from the mark price than the market’s price_range allows."
    fix = "Fetch the mark price with GET /v1/public/futures/{symbol}, and place the order closer to it."
