"""One exception for each way a request can fail: HTTP status, code, reason, message, cause and fix.

Statuses and codes are Orderly's, which clients map to their own exceptions. Strangers only ever see the first group.
The others are raised once the client has proved that it holds the key.
"""

from typing import Any, ClassVar


class ApiError(Exception):
    """An error that is reported to the client.

    `details` go into the answer as fields of their own: what the key's holder needs to fix the request. The API guide
    has a section for each class, with its `cause` and `fix`.
    """

    status: ClassVar[int] = 400
    code: ClassVar[int] = -1000
    reason: ClassVar[str] = "unknown_error"
    message: ClassVar[str] = "The call failed."
    cause: ClassVar[str]
    fix: ClassVar[str]
    do_not_call_in_templates = True  # the guide shows the classes

    def __init__(self, message: str | None = None, *, headers: dict[str, str] | None = None, **details: Any) -> None:
        self.text = message or self.message
        self.headers = headers or {}
        self.details = details
        super().__init__(self.text)


# -- Before the secret is proven: nothing here says which part was wrong ------------------------------------------


class Unauthorized(ApiError):
    status, code, reason = 401, -1001, "unauthorized"
    message = "The credential is missing, malformed or wrong."
    cause = (
        "The key is unknown, the secret or the signature is wrong, the Account ID belongs to another key, or a header "
        "is missing, sent twice or malformed. All of these get the same answer, so that nobody can try them out."
    )
    fix = (
        "Send exactly one scheme: a bearer token, or the four orderly- headers. Compare what you sign with the worked "
        "example above. Paste the key and the secret again, without quotes or spaces around them."
    )


class TooManyFailures(ApiError):
    status, code, reason = 429, -1003, "too_many_failures"
    message = "Too many failing calls from this address. Wait before the next try."
    cause = "Too many calls from your address failed within a minute. Calls that succeed are never held back by this."
    fix = "Wait for the seconds in Retry-After, and find out why the calls before it failed."


class BusyVerifying(ApiError):
    status, code, reason = 503, -1011, "busy_verifying"
    message = "The server is busy verifying other new tokens. Try again."
    cause = "The first call of a bearer token is checked slowly on purpose, and the server is checking others."
    fix = "Call again after the seconds in Retry-After. From its second call on a token is checked at once."


class DatabaseUnavailable(ApiError):
    status, code, reason = 503, -1011, "database_unavailable"
    message = "The database does not answer just now. Check whether your request took effect before retrying."
    cause = (
        "The database is away, locked or read-only for a moment. Nobody is let in unchecked meanwhile: every call "
        "that needs a key is refused. A write that had started was done wholly or not at all, but we cannot say "
        "which."
    )
    fix = "Call again after the seconds in Retry-After. Before you repeat an order, look for it by its client_order_id."


class LengthRequired(ApiError):
    status, code, reason = 411, -1005, "length_required"
    message = "Send the body with a Content-Length: Transfer-Encoding is not accepted."
    cause = "The body was sent in chunks (Transfer-Encoding), which cannot be signed."
    fix = "Send the body in one piece, with a Content-Length."


class BodyTooLarge(ApiError):
    status, code, reason = 413, -1005, "body_too_large"
    message = "The body is larger than 1 MB."
    cause = "The body is larger than 1 MB."
    fix = "Split the request: a batch takes at most ten orders."


class InsecureTransport(ApiError):
    status, code, reason = 403, -1002, "insecure_transport"
    message = "Plain http is not accepted here. Call the https address."
    cause = "The call came over plain http. A bearer token sent that way counts as exposed: its key is paused."
    fix = "Call the https address. If a token was sent, regenerate its key."


class NotFound(ApiError):
    status, code, reason = 404, -1000, "path_not_found"
    message = "There is nothing at this path."
    cause = "There is nothing at this path. What needs a wallet, such as withdrawals, is not served to keys at all."
    fix = "Compare the path with the list of endpoints below. Paths have no slash at their end."


class NotOffered(ApiError):
    status, code, reason = 404, -1000, "not_offered"
    message = "Orderly has this endpoint. It is not offered here."
    cause = (
        "Orderly has this endpoint, and this venue does not. The message says what to use instead, where there is "
        "anything."
    )
    fix = "See the list of endpoints below for what is offered."


class MethodNotAllowed(ApiError):
    status, code, reason = 405, -1000, "method_not_allowed"
    message = "This path does not answer that method."
    cause = "The path exists, but does not answer this method."
    fix = "Use one of the methods in the answer’s Allow header."


class InternalError(ApiError):
    status, code, reason = 500, -1000, "internal_error"
    message = "The call failed on our side. Nothing was changed."
    cause = "Something broke on our side. What the call would have written was not written."
    fix = "Try again. If it stays, report the answer’s request_id."


# -- After it: the holder of the key is told exactly why -----------------------------------------------------------


class StaleTimestamp(ApiError):
    status, code, reason = 401, -1001, "stale_timestamp"
    message = "orderly-timestamp is more than 300 seconds away from the server's clock."
    cause = (
        "The orderly-timestamp is more than 300 seconds away from the server’s clock, or more than your "
        "x-recv-window. The answer has the server’s time and how far yours is off."
    )
    fix = "Let your machine set its clock over NTP, and sign just before you send. The unit is milliseconds."


class ReplayedRequest(ApiError):
    status, code, reason = 409, -1007, "replayed_request"
    message = (
        "This signed request was already used. Sign each write with a new timestamp. Equal orders in one millisecond "
        "have the same signature: give each a client_order_id of its own."
    )
    cause = (
        "A signed POST, PUT or DELETE works once, and this signature was received before. Equal orders that are "
        "signed in one millisecond have the same signature. A cancel that was done gets the same answer again."
    )
    fix = (
        "Sign every try anew, with a new timestamp, and give each order a client_order_id of its own. To learn "
        "whether the first one arrived, look at your orders."
    )


class KeyRevoked(ApiError):
    status, code, reason = 401, -1002, "key_revoked"
    message = "This API key was deleted."
    cause = (
        "The key was deleted, on the page, by an administrator, by itself, or because its regenerated successor took "
        "over. This is final."
    )
    fix = "Use the new key, or create one."


class KeyPaused(ApiError):
    status, code, reason = 401, -1002, "key_paused"
    message = "This API key is paused. Its owner can resume it on the API Keys page."
    cause = "The key is paused: by you, or by us because its secret was seen where it must not be."
    fix = "If the key’s secret may have leaked, regenerate it. Otherwise resume it on the API Keys page."


class KeyExpired(ApiError):
    status, code, reason = 401, -1002, "key_expired"
    message = "This API key has expired. Its owner can extend it on the API Keys page."
    cause = "The key’s expiry has passed."
    fix = "Extend it with Edit on the API Keys page; every answer tells when the key expires, in X-Key-Expires."


class OwnerInactive(ApiError):
    status, code, reason = 401, -1002, "owner_inactive"
    message = "The account that owns this API key is inactive."
    cause = "The account that owns the key was switched off."
    fix = "Ask the operator of this site."


class AddressNotAllowed(ApiError):
    status, code, reason = 403, -1002, "address_not_allowed"
    message = "This API key may not be used from this address."
    cause = "The key is restricted to certain addresses, and the call came from another one: the answer’s address."
    fix = (
        "If that address is yours, add it with Edit on the API Keys page. If it is not, somebody else has your "
        "secret: regenerate the key at once. GET /v1/ip_info tells which address we see."
    )


class PermissionMissing(ApiError):
    status, code, reason = 403, -1002, "permission_missing"
    message = "This API key lacks the permission that this call needs."
    cause = (
        "The key is not granted what this endpoint needs: the answer’s permission. Trading alone does not read, and "
        "read alone never changes anything."
    )
    fix = "Grant it with Edit on the API Keys page, or use a key that has it."


class TooManyRequests(ApiError):
    status, code, reason = 429, -1003, "too_many_requests"
    message = "This API key has used up its budget of calls. Slow down."
    cause = "The key has used up its budget of calls."
    fix = (
        "Wait for the seconds in Retry-After. Every answer says what is left: X-RateLimit-Remaining of "
        "X-RateLimit-Limit calls until X-RateLimit-Reset (seconds since 1970). Ask less often, or put orders into "
        "batches."
    )


class ManagedOnThePage(ApiError):
    status, code, reason = 403, -1002, "managed_on_the_page"
    message = "A key cannot change its own address rule. Edit it on the API Keys page."
    cause = "A key cannot widen itself: its address rule is changed by its owner only."
    fix = "Use Edit on the API Keys page."


class BadParameter(ApiError):
    """`field` names the parameter, with its place for entries of a list: `orders[2].symbol`."""

    status, code, reason = 400, -1005, "bad_parameter"
    message = "A parameter is malformed."
    cause = (
        "A parameter or a field of the body is missing, malformed, given twice, or out of its range: the answer’s "
        "field names it."
    )
    fix = "Correct that field. Numbers may be JSON numbers or strings; NaN and Infinity are neither."
