"""API clients as their users write them: with a secret and the API's URL, independent of our code.

`BearerClient` and `SignedClient` send requests in process, through all of Django, as gunicorn would pass them on.
"""

import base64
import json
import time
from typing import Any
from urllib.parse import unquote

import base58
import httpx
from django.test import Client
from django.utils import timezone
from nacl.signing import SigningKey


class ApiClient:
    """Sends requests whose target arrives exactly as written, as with gunicorn."""

    def __init__(self, **extra: Any) -> None:
        self.http = Client(raise_request_exception=False)
        self.extra = extra

    def headers_for(self, method: str, target: str, body: bytes) -> dict[str, str]:
        return {}

    def request(
        self, method: str, target: str, body: Any = b"", headers: dict[str, str] | None = None, **extra: Any
    ) -> Any:
        """Send a request. `body` is bytes, or a value to send as JSON. `headers` replace the client's own."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = self.headers_for(method, target, raw) | (headers or {})
        path, _, query = target.partition("?")
        meta = {"RAW_URI": target, "QUERY_STRING": query, **self.extra, **extra}
        return self.http.generic(method, unquote(path), raw, "application/json", headers=sent, **meta)

    def get(self, target: str, **kwargs: Any) -> Any:
        return self.request("GET", target, **kwargs)

    def post(self, target: str, body: Any = b"", **kwargs: Any) -> Any:
        return self.request("POST", target, body, **kwargs)

    def delete(self, target: str, **kwargs: Any) -> Any:
        return self.request("DELETE", target, **kwargs)

    def over_http(self, http: httpx.Client, method: str, target: str, body: bytes = b"") -> httpx.Response:
        """Send the same request to a server with `http`, which has its URL."""
        headers = self.headers_for(method, target, body) | {"Content-Type": "application/json"}
        return http.request(method, target, content=body, headers=headers)


class BearerClient(ApiClient):
    def __init__(self, token: str, **extra: Any) -> None:
        super().__init__(**extra)
        self.token = token

    def headers_for(self, method: str, target: str, body: bytes) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class SignedClient(ApiClient):
    """Signs like the documented samples: the target as on the wire, url-safe base64."""

    def __init__(self, key: str, secret: str, account_id: str, **extra: Any) -> None:
        super().__init__(**extra)
        self.key, self.account_id = key, account_id
        self.signing_key = SigningKey(base58.b58decode(secret.removeprefix("ed25519:")))
        self.last_stamp = 0

    def headers_for(self, method: str, target: str, body: bytes) -> dict[str, str]:
        return self.sign(f"{method}{target}".encode() + body)

    def next_stamp(self) -> int:
        """Return the time in milliseconds, never twice: two equal orders of one millisecond have the same signature."""
        self.last_stamp = max(time.time_ns() // 1_000_000, self.last_stamp + 1)
        return self.last_stamp

    def sign(self, text: bytes, timestamp: int | str | None = None) -> dict[str, str]:
        """Sign the text after the timestamp, and return the four headers."""
        stamp = str(timestamp if timestamp is not None else self.next_stamp())
        signature = self.signing_key.sign(stamp.encode() + text).signature
        return {
            "orderly-account-id": self.account_id,
            "orderly-key": self.key,
            "orderly-timestamp": stamp,
            "orderly-signature": base64.urlsafe_b64encode(signature).decode(),
        }


UNAUTHORIZED = (401, -1001, "unauthorized")


def reason(response: Any) -> tuple[int, int, str]:
    """Return the status, code and reason of a rejection."""
    body = response.json()
    assert body["success"] is False
    return response.status_code, body["code"], body["reason"]


def now_ms() -> int:
    return int(timezone.now().timestamp() * 1000)
