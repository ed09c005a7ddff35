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
    message: ClassVar[str] = "The request failed."
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
        "is missing, sent twice or malformed. All of these get the same response, so that nobody can probe them."
    )
    fix = (
        "Send exactly one scheme: a bearer token, or the four orderly- headers. Compare what you sign with the worked "
        "example above. Paste the key and the secret again, without quotes or spaces around them."
    )


class TooManyFailures(ApiError):
    status, code, reason = 429, -1003, "too_many_failures"
    message = "Too many failed requests from this IP address. Wait before you try again."
    cause = "Too many requests from your IP address failed within a minute. Requests that succeed don’t count."
    fix = "Wait for the seconds in Retry-After, and find out why the earlier requests failed."


class BusyVerifying(ApiError):
    status, code, reason = 503, -1011, "busy_verifying"
    message = "Too many new tokens are being verified. Retry after the Retry-After delay."
    cause = "A bearer token’s first request is verified slowly on purpose, and the server is verifying others."
    fix = "Retry after the seconds in Retry-After. After its first request, a token is verified at once."


class DatabaseUnavailable(ApiError):
    status, code, reason = 503, -1011, "database_unavailable"
    message = "The service is temporarily unavailable. Check whether your write succeeded before retrying."
    cause = (
        "The database is unavailable, locked or read-only. We reject all authenticated requests in the meantime. A "
        "write in progress either completed or didn’t."
    )
    fix = "Retry after the seconds in Retry-After. Before you repeat an order, look for it by its client_order_id."


class LengthRequired(ApiError):
    status, code, reason = 411, -1005, "length_required"
    message = "Send the body with a Content-Length. Transfer-Encoding isn’t accepted."
    cause = "The body was sent in chunks (Transfer-Encoding), which can’t be signed."
    fix = "Send the body in one piece, with a Content-Length."


class BodyTooLarge(ApiError):
    status, code, reason = 413, -1005, "body_too_large"
    message = "The body is larger than 1 MB."
    cause = "The body is larger than 1 MB."
    fix = "Split the request: a batch takes at most ten orders."


class InsecureTransport(ApiError):
    status, code, reason = 403, -1002, "insecure_transport"
    message = "Plain http isn’t accepted. Use the https address."
    cause = "The request came over plain http. A bearer token sent this way counts as exposed, and we pause its key."
    fix = "Use the https address. If you sent a token, regenerate its key."


class NotFound(ApiError):
    status, code, reason = 404, -1000, "path_not_found"
    message = "There is nothing at this path."
    cause = "There is nothing at this path. API keys can’t do what needs a wallet, such as withdrawals."
    fix = "Compare the path with the list of endpoints below. Paths don’t end with a slash."


class NotOffered(ApiError):
    status, code, reason = 404, -1000, "not_offered"
    message = "Orderly has this endpoint. It isn’t offered here."
    cause = "Orderly has this endpoint, and this venue doesn’t. If there is another one to use, the message says which."
    fix = "Use one of the endpoints below."


class MethodNotAllowed(ApiError):
    status, code, reason = 405, -1000, "method_not_allowed"
    message = "This path doesn’t support that method."
    cause = "The path exists, but doesn’t support this method."
    fix = "Use one of the methods in the response’s Allow header."


class InternalError(ApiError):
    status, code, reason = 500, -1000, "internal_error"
    message = "Something went wrong on our end. Nothing was changed."
    cause = "Something went wrong on our end. The request wrote nothing."
    fix = "Try again. If it keeps happening, report the response’s request_id."


# -- After it: the holder of the key is told exactly why -----------------------------------------------------------


class StaleTimestamp(ApiError):
    status, code, reason = 401, -1001, "stale_timestamp"
    message = "orderly-timestamp is more than 300 seconds away from the server's clock."
    cause = (
        "The orderly-timestamp is more than 300 seconds away from the server’s clock, or more than your "
        "x-recv-window. The response has the server’s time and how far yours is off."
    )
    fix = "Set your machine’s clock over NTP, and sign just before you send. The unit is milliseconds."


class ReplayedRequest(ApiError):
    status, code, reason = 409, -1007, "replayed_request"
    message = (
        "This signed request was already used. Sign each write with a new timestamp. Equal orders in one millisecond "
        "have the same signature: give each a client_order_id of its own."
    )
    cause = (
        "A signed POST, PUT or DELETE works once, and this signature was received before. Equal orders that are "
        "signed in the same millisecond have the same signature. A repeated cancel gets the same answer again."
    )
    fix = (
        "Sign each attempt with a new timestamp, and give each order its own client_order_id. To see whether the first "
        "one arrived, list your orders."
    )


class KeyRevoked(ApiError):
    status, code, reason = 401, -1002, "key_revoked"
    message = "This API key was deleted."
    cause = (
        "The key was deleted by you, by an administrator or by itself, or it was regenerated and its time is over. "
        "Deleting is final."
    )
    fix = "Use the new key, or create one."


class KeyPaused(ApiError):
    status, code, reason = 401, -1002, "key_paused"
    message = "This API key is paused. Its owner can resume it on the API Keys page."
    cause = "You paused the key, or we did because its secret was exposed."
    fix = "If the key’s secret may have leaked, regenerate it. Otherwise resume it on the API Keys page."


class KeyExpired(ApiError):
    status, code, reason = 401, -1002, "key_expired"
    message = "This API key has expired. Its owner can extend it on the API Keys page."
    cause = "The key’s expiration has passed."
    fix = "Extend it with Edit on the API Keys page. Each response says when the key expires, in X-Key-Expires."


class OwnerInactive(ApiError):
    status, code, reason = 401, -1002, "owner_inactive"
    message = "The account that owns this API key is inactive."
    cause = "The account that owns the key was deactivated."
    fix = "Ask the operator of this site."


class AddressNotAllowed(ApiError):
    status, code, reason = 403, -1002, "address_not_allowed"
    message = "This API key can’t be used from this IP address."
    cause = "The key is restricted to other IP addresses. The response’s address is where the request came from."
    fix = (
        "If the IP address is yours, add it with Edit on the API Keys page. If it isn’t, someone else has your secret. "
        "Regenerate the key at once. GET /v1/ip_info says which IP address we see."
    )


class PermissionMissing(ApiError):
    status, code, reason = 403, -1002, "permission_missing"
    message = "This API key doesn’t have the permission that this request needs."
    cause = (
        "The key doesn’t have the permission that this endpoint needs, which the response names. Trading doesn’t "
        "include Read."
    )
    fix = "Add it with Edit on the API Keys page, or use a key that has it."


class TooManyRequests(ApiError):
    status, code, reason = 429, -1003, "too_many_requests"
    message = "Rate limit exceeded for this API key."
    cause = "The key has sent too many requests."
    fix = (
        "Wait for the seconds in Retry-After. Each response says how many requests are left: X-RateLimit-Remaining of "
        "X-RateLimit-Limit until X-RateLimit-Reset (seconds since 1970). Send fewer requests, or put orders into "
        "batches."
    )


class ManagedOnThePage(ApiError):
    status, code, reason = 403, -1002, "managed_on_the_page"
    message = "An API key can’t change its own IP restriction. Edit it on the API Keys page."
    cause = "Only its owner can change a key’s IP restriction."
    fix = "Use Edit on the API Keys page."


class BadParameter(ApiError):
    """`field` names the parameter, with its place for entries of a list: `orders[2].symbol`."""

    status, code, reason = 400, -1005, "bad_parameter"
    message = "A parameter is malformed."
    cause = (
        "A parameter or a field of the body is missing, malformed, given twice, or out of range. The response’s field "
        "names it."
    )
    fix = "Correct that field. Numbers can be JSON numbers or strings, but not NaN or Infinity."
