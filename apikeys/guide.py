"""The API guide's contents: all errors and endpoints, read from the code that answers them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apikeys.http.endpoints import declared_views
from apikeys.http.errors import ApiError
from apikeys.permissions import Access, Permission, RequiredAccess


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A signed request with a key pair that opens nothing, to compare one's own code with."""

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


_PARAMETER = re.compile(r"<\w+:(\w+)>")  # in a path

EXAMPLE = WorkedExample(
    secret="ed25519:4wBqpZM9xaSheZzJSMawUKKwhdpChKbZ5eu5ky4Vigw",  # noqa: S106
    key="ed25519:9C6hybhQ6Aycep9jaUnP6uL9ZYvDjUp1aSkFWPUFJtpj",
    timestamp="1767225600000",
    method="POST",
    target="/v1/order",
    body='{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"LIMIT","order_price":"40000","order_quantity":"0.001"}',
    signature="HtVlkIZ9C5HejHpxXAX73Y0SMVGDFHAGkEzX_yP2i7RW_r1oeVXUG_hvjQ1i-aJ4Kk0t_Ftb0Bo2m_lh45dTAQ==",
)


@dataclass(frozen=True, slots=True)
class EndpointRow:
    method: str
    path: str
    required: RequiredAccess

    @property
    def needs(self) -> str:
        if isinstance(self.required, Permission):
            return self.required.title()
        return "Nothing" if self.required is Access.PUBLIC else "Any key"


def every_error(base: type[ApiError] = ApiError) -> Iterator[type[ApiError]]:
    """Yield every API error, of the gate and of the venue, in the order of their definitions."""
    for error in base.__subclasses__():
        yield error
        yield from every_error(error)


def find_errors(words: str) -> list[type[ApiError]]:
    """Return the errors that contain all of these words, in any of their texts."""
    wanted = words.lower().split()
    return [error for error in every_error() if all(word in _text_of(error) for word in wanted)]


def _text_of(error: type[ApiError]) -> str:
    return f"{error.reason} {error.status} {error.code} {error.message} {error.cause} {error.fix}".lower()


def endpoints() -> list[EndpointRow]:
    return [EndpointRow(method, _PARAMETER.sub(r"{\1}", path), required) for path, method, required in declared_views()]
