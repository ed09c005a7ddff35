"""A request to the API as the gate sees it. It depends on no web framework, so that streams can use it, too."""

from collections.abc import Callable
from typing import NamedTuple

from apikeys.network.client_ip import ClientIP


class Call(NamedTuple):
    """A request as its client sent it. A tuple, because one is created for each request."""

    method: str
    path: str
    query: str
    target: str | None  # path and query as they were sent; None if the server doesn't pass them on
    authorization: str | None
    signing: tuple[str | None, ...]  # account id, key, timestamp and signature
    recv_window: str
    content_length: str
    is_chunked: bool
    client_ip: ClientIP
    user_agent: str
    received_at: float  # seconds since 1970
    request_id: str
    read_body: Callable[[], bytes]  # may wait for the client

    def __repr__(self) -> str:
        return f"Call({self.method} {self.path})"  # without its credentials
