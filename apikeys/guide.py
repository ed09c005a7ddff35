"""What the API guide tells: every way a call can fail, and every endpoint, read from the code that answers them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apikeys.http.endpoints import declared_views
from apikeys.http.errors import ApiError
from apikeys.permissions import Access, Need, Permission


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """One signed call, with a pair that opens nothing, for checking one's own code against."""

    secret: str
    key: str
    timestamp: str
    method: str
    target: str
    body: str
    signature: str

    @property
    def text(self) -> str:
        return f"{self.timestamp}{self.method}{self.target}{self.body}"


_PARAMETER = re.compile(r"<\w+:(\w+)>")  # of a path

EXAMPLE = WorkedExample(
    secret="ed25519:4wBqpZM9xaSheZzJSMawUKKwhdpChKbZ5eu5ky4Vigw",  # noqa: S106
    key="ed25519:9C6hybhQ6Aycep9jaUnP6uL9ZYvDjUp1aSkFWPUFJtpj",
    timestamp="1767225600000",
    method="POST",
    target="/v1/order",
    body='{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"LIMIT","order_price":"40000","order_quantity":"0.001"}',
    signature="HtVlkIZ9C5HejHpxXAX73Y0SMVGDFHAGkEzX_yP2i7RW_r1oeVXUG_hvjQ1i-aJ4Kk0t_Ftb0Bo2m_lh45dTAQ==",
)

# Why a call fails, and what to do. Their order is the page's.
CAUSES: dict[str, tuple[str, str]] = {
    "unauthorized": (
        "The key is unknown, the secret or the signature is wrong, the Account ID belongs to another key, or a header "
        "is missing, sent twice or malformed. All of these get the same answer, so that nobody can try them out.",
        "Send exactly one scheme: a bearer token, or the four orderly- headers. Compare what you sign with the worked "
        "example above. Paste the key and the secret again, without quotes or spaces around them.",
    ),
    "too_many_failures": (
        "Too many calls from your address failed within a minute. Calls that succeed are never held back by this.",
        "Wait for the seconds in Retry-After, and find out why the calls before it failed.",
    ),
    "busy_verifying": (
        "The first call of a bearer token is checked slowly on purpose, and the server is checking others.",
        "Call again after the seconds in Retry-After. From its second call on a token is checked at once.",
    ),
    "database_unavailable": (
        "The database is away, locked or read-only for a moment. Nobody is let in unchecked meanwhile: every call that "
        "needs a key is refused. A write that had started was done wholly or not at all, but we cannot say which.",
        "Call again after the seconds in Retry-After. Before you repeat an order, look for it by its client_order_id.",
    ),
    "length_required": (
        "The body was sent in chunks (Transfer-Encoding), which cannot be signed.",
        "Send the body in one piece, with a Content-Length.",
    ),
    "body_too_large": ("The body is larger than 1 MB.", "Split the request: a batch takes at most ten orders."),
    "insecure_transport": (
        "The call came over plain http. A bearer token sent that way counts as exposed: its key is paused.",
        "Call the https address. If a token was sent, regenerate its key.",
    ),
    "path_not_found": (
        "There is nothing at this path. What needs a wallet, such as withdrawals, is not served to keys at all.",
        "Compare the path with the list of endpoints below. Paths have no slash at their end.",
    ),
    "not_offered": (
        "Orderly has this endpoint, and this venue does not. The message says what to use instead, where there is "
        "anything.",
        "See the list of endpoints below for what is offered.",
    ),
    "method_not_allowed": (
        "The path exists, but does not answer this method.",
        "Use one of the methods in the answer’s Allow header.",
    ),
    "internal_error": (
        "Something broke on our side. What the call would have written was not written.",
        "Try again. If it stays, report the answer’s request_id.",
    ),
    "stale_timestamp": (
        "The orderly-timestamp is more than 300 seconds away from the server’s clock, or more than your x-recv-window."
        " The answer has the server’s time and how far yours is off.",
        "Let your machine set its clock over NTP, and sign just before you send. The unit is milliseconds.",
    ),
    "replayed_request": (
        "A signed POST, PUT or DELETE works once, and this signature was received before. Equal orders that are signed "
        "in one millisecond have the same signature. A cancel that was done gets the same answer again.",
        "Sign every try anew, with a new timestamp, and give each order a client_order_id of its own. To learn whether "
        "the first one arrived, look at your orders.",
    ),
    "key_revoked": (
        "The key was deleted, on the page, by an administrator, by itself, or because its regenerated successor took "
        "over. This is final.",
        "Use the new key, or create one.",
    ),
    "key_paused": (
        "The key is paused: by you, or by us because its secret was seen where it must not be.",
        "If the key’s secret may have leaked, regenerate it. Otherwise resume it on the API Keys page.",
    ),
    "key_expired": (
        "The key’s expiry has passed.",
        "Extend it with Edit on the API Keys page; every answer tells when the key expires, in X-Key-Expires.",
    ),
    "owner_inactive": ("The account that owns the key was switched off.", "Ask the operator of this site."),
    "address_not_allowed": (
        "The key is restricted to certain addresses, and the call came from another one: the answer’s address.",
        "If that address is yours, add it with Edit on the API Keys page. If it is not, somebody else has your secret: "
        "regenerate the key at once. GET /v1/ip_info tells which address we see.",
    ),
    "permission_missing": (
        "The key is not granted what this endpoint needs: the answer’s permission. Trading alone does not read, and "
        "read alone never changes anything.",
        "Grant it with Edit on the API Keys page, or use a key that has it.",
    ),
    "too_many_requests": (
        "The key has used up its budget of calls.",
        "Wait for the seconds in Retry-After. Every answer says what is left: X-RateLimit-Remaining of "
        "X-RateLimit-Limit calls until X-RateLimit-Reset (seconds since 1970). Ask less often, or put orders into "
        "batches.",
    ),
    "managed_on_the_page": (
        "A key cannot widen itself: its address rule is changed by its owner only.",
        "Use Edit on the API Keys page.",
    ),
    "bad_parameter": (
        "A parameter or a field of the body is missing, malformed, given twice, or out of its range: the answer’s "
        "field names it.",
        "Correct that field. Numbers may be JSON numbers or strings; NaN and Infinity are neither.",
    ),
    "order_not_open": (
        "There is no open order with this id on this market: it was filled or cancelled, or its id or symbol is wrong.",
        "Fetch the order to see how it ended.",
    ),
    "order_not_found": ("Your account has no order with this id.", "List your orders with GET /v1/orders."),
    "trade_not_found": ("Your account has no trade with this id.", "List your trades with GET /v1/trades."),
    "duplicate_client_order_id": (
        "An open order has this client_order_id already; often it is the first try of the same order.",
        "Fetch it by GET /v1/client/order/{client_order_id} before you send another.",
    ),
    "rejected": ("The venue does not take this order as things are.", "Read the message, and mend the order."),
    "market_halted": ("Trading on this market is halted.", "Cancel what you must. Place orders when it resumes."),
    "reduce_only_rejected": (
        "A reduce-only order must be on the other side of an open position, and there is none to reduce.",
        "Fetch the position first, and choose the side that shrinks it.",
    ),
    "margin_insufficient": (
        "The free collateral does not cover the order’s initial margin, open orders included.",
        "Place a smaller order, cancel others, or raise the leverage.",
    ),
    "order_value_too_small": (
        "Price times quantity is below the market’s min_notional.",
        "Raise the quantity. GET /v1/public/info/{symbol} has the limit.",
    ),
    "price_not_allowed": (
        "The price is outside quote_min to quote_max, or not on the quote_tick.",
        "Round the price to the tick of GET /v1/public/info/{symbol}.",
    ),
    "quantity_not_allowed": (
        "The quantity is outside base_min to base_max, or not on the base_tick.",
        "Cut the quantity to the step of GET /v1/public/info/{symbol}.",
    ),
    "price_too_far": (
        "The price is further from the mark price than the market’s price_range allows.",
        "Fetch the mark price with GET /v1/public/futures/{symbol}, and place the order closer to it.",
    ),
}


@dataclass(frozen=True, slots=True)
class Failure:
    error: type[ApiError]
    cause: str
    cure: str


@dataclass(frozen=True, slots=True)
class EndpointRow:
    method: str
    path: str
    need: Need

    @property
    def needs(self) -> str:
        if isinstance(self.need, Permission):
            return self.need.title()
        return "Nothing" if self.need is Access.PUBLIC else "Any key"


def failures() -> list[Failure]:
    """Every way a call can fail, the gate's and the venue's, in the page's order."""
    known = {error.reason: error for error in every_error()}
    return [Failure(known[reason], *texts) for reason, texts in CAUSES.items() if reason in known]


def every_error(base: type[ApiError] = ApiError) -> Iterator[type[ApiError]]:
    for error in base.__subclasses__():
        yield error
        yield from every_error(error)


def endpoints() -> list[EndpointRow]:
    return [EndpointRow(method, _PARAMETER.sub(r"{\1}", path), need) for path, method, need in declared_views()]
