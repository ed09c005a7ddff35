"""One exception per way a call can fail: its HTTP status, code, reason and message.

Statuses and codes are Orderly's, which clients map to exceptions of their own. A class in the first group is all a
stranger ever learns; the others are raised only once the caller has proved that it holds the key.
"""

from typing import Any, ClassVar


class ApiError(Exception):
    """A refusal that the caller is told about.

    `details` go into the answer as fields of their own: what the holder of a key needs to mend the call.
    """

    status: ClassVar[int] = 400
    code: ClassVar[int] = -1000
    reason: ClassVar[str] = "unknown_error"
    message: ClassVar[str] = "The call failed."

    def __init__(self, message: str | None = None, *, headers: dict[str, str] | None = None, **details: Any) -> None:
        self.text = message or self.message
        self.headers = headers or {}
        self.details = details
        super().__init__(self.text)


# -- Before the secret is proven: nothing here says which part was wrong ------------------------------------------


class Unauthorized(ApiError):
    status, code, reason = 401, -1001, "unauthorized"
    message = "The credential is missing, malformed or wrong."


class TooManyFailures(ApiError):
    status, code, reason = 429, -1003, "too_many_failures"
    message = "Too many failing calls from this address. Wait before the next try."


class BusyVerifying(ApiError):
    status, code, reason = 503, -1011, "busy_verifying"
    message = "The server is busy verifying other new tokens. Try again."


class DatabaseUnavailable(ApiError):
    status, code, reason = 503, -1011, "database_unavailable"
    message = "The database does not answer just now. Look whether a write was done before you repeat it."


class LengthRequired(ApiError):
    status, code, reason = 411, -1005, "length_required"
    message = "Send the body with a Content-Length: Transfer-Encoding is not accepted."


class BodyTooLarge(ApiError):
    status, code, reason = 413, -1005, "body_too_large"
    message = "The body is larger than 1 MB."


class InsecureTransport(ApiError):
    status, code, reason = 403, -1002, "insecure_transport"
    message = "Plain http is not accepted here. Call the https address."


class NotFound(ApiError):
    status, code, reason = 404, -1000, "path_not_found"
    message = "There is nothing at this path."


class NotOffered(ApiError):
    status, code, reason = 404, -1000, "not_offered"
    message = "Orderly has this endpoint. It is not offered here."


class MethodNotAllowed(ApiError):
    status, code, reason = 405, -1000, "method_not_allowed"
    message = "This path does not answer that method."


class InternalError(ApiError):
    status, code, reason = 500, -1000, "internal_error"
    message = "The call failed on our side. Nothing was changed."


# -- After it: the holder of the key is told exactly why -----------------------------------------------------------


class StaleTimestamp(ApiError):
    status, code, reason = 401, -1001, "stale_timestamp"
    message = "orderly-timestamp is more than 300 seconds away from the server's clock."


class ReplayedRequest(ApiError):
    status, code, reason = 409, -1007, "replayed_request"
    message = (
        "This signed request was already used. Sign each write with a new timestamp. Equal orders in one millisecond "
        "have the same signature: give each a client_order_id of its own."
    )


class KeyRevoked(ApiError):
    status, code, reason = 401, -1002, "key_revoked"
    message = "This API key was deleted."


class KeyPaused(ApiError):
    status, code, reason = 401, -1002, "key_paused"
    message = "This API key is paused. Its owner can resume it on the API Keys page."


class KeyExpired(ApiError):
    status, code, reason = 401, -1002, "key_expired"
    message = "This API key has expired. Its owner can extend it on the API Keys page."


class OwnerInactive(ApiError):
    status, code, reason = 401, -1002, "owner_inactive"
    message = "The account that owns this API key is inactive."


class AddressNotAllowed(ApiError):
    status, code, reason = 403, -1002, "address_not_allowed"
    message = "This API key may not be used from this address."


class PermissionMissing(ApiError):
    status, code, reason = 403, -1002, "permission_missing"
    message = "This API key lacks the permission that this call needs."


class TooManyRequests(ApiError):
    status, code, reason = 429, -1003, "too_many_requests"
    message = "This API key has used up its budget of calls. Slow down."


class ManagedOnThePage(ApiError):
    status, code, reason = 403, -1002, "managed_on_the_page"
    message = "A key cannot change its own address rule. Edit it on the API Keys page."


class BadParameter(ApiError):
    """`field` names the parameter, with its place for entries of a list: `orders[2].symbol`."""

    status, code, reason = 400, -1005, "bad_parameter"
    message = "A parameter is malformed."
