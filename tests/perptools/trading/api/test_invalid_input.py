"""Every request gets a success or a JSON error that names what is wrong, and never a 500."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st

from apikeys.http.endpoints import declared_views
from tests.support.api_clients import ApiClient
from tests.support.order_calls import ORDER

# Without the request that would delete the client's key.
CALLS = [(method, path) for path, method, _ in declared_views() if not path.endswith("remove_orderly_key")]
READS = [call for call in CALLS if call[0] in ("GET", "DELETE")]
WRITES = [call for call in CALLS if call[0] in ("POST", "PUT")]

UNUSUAL_TEXTS = [
    "", "0", "1", "-1", "1.5", "9" * 18, "9" * 19, "9" * 400, "1e5", "NaN", "true", "1,2", ",", "PERP_BTC_USDC", "BUY",
    "%00", "a%00b", "%ff", "%ed%a0%80", "%F0%9F%A6%8A", "%27%20OR%201=1", "a" * 5_000,
]  # fmt: skip
UNUSUAL_VALUES = [
    None, True, 0, -1, 1, 1.5, 1e-9, 10**17, 2**63 - 1, 2**63, -(2**63), "1e18", "1e-18", "0.123456789", "-0", "NaN",
    "", [], {}, [1], "x" * 5_000, "PERP_BTC_USDC", "BUY", "MARKET", "é", "90000", 94_000, "0.01",
]  # fmt: skip
NAMES = [
    "symbol", "order_id", "order_ids", "client_order_id", "client_order_ids", "page", "size", "pageSize", "start_t",
    "end_t", "status", "side", "order_type", "order_tag", "sort_by", "token", "limit", "max_level", "type",
    "key_status", "orderly_key", "unknown",
]  # fmt: skip
FIELDS = [
    *ORDER, "order_amount", "visible_quantity", "level", "client_order_id", "reduce_only", "order_tag", "order_id",
    "orders", "leverage", "maintenance_cancel_order_flag", "orderly_key", "unknown",
]  # fmt: skip

unusual_texts = st.sampled_from(UNUSUAL_TEXTS) | st.text(max_size=20).map(
    lambda text: quote(text, errors="surrogatepass")
)
unusual_values = st.sampled_from(UNUSUAL_VALUES) | st.floats(allow_nan=False).map(lambda number: f"{number:.12g}")
queries = st.dictionaries(st.sampled_from(NAMES), unusual_texts, max_size=3)
changes = st.dictionaries(st.sampled_from(FIELDS), unusual_values, max_size=3)
types = st.sampled_from(["LIMIT", "MARKET", "IOC", "FOK", "POST_ONLY", "ASK", "BID"])
some = runs(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(bot: ApiClient, settings: Any) -> ApiClient:
    """A client without rate limits."""
    settings.API_CALLS_PER_SECOND = settings.API_FAILURES_PER_MINUTE = 0
    return bot


def check_is_understood(answer: Any) -> None:
    said = answer.json()
    assert (answer.status_code < 500, said["success"]) == (True, answer.status_code == 200), said
    assert said["success"] or (isinstance(said["code"], int) and said["message"])
    assert answer.status_code != 400 or said["code"] in (-1006, -1101) or said["field"]


@given(st.sampled_from(READS), unusual_texts, queries)
@some
def test_unusual_paths_and_queries_get_a_response(
    caller: ApiClient, call: tuple[str, str], part: str, query: dict[str, str]
) -> None:
    method, pattern = call
    path = re.sub("<.*?>", lambda _: part, pattern)
    check_is_understood(caller.request(method, f"{path}?" + "&".join(f"{name}={query[name]}" for name in query)))


@given(st.sampled_from(WRITES), types, changes, st.integers(0, 11))
@some
def test_unusual_bodies_get_a_response(
    caller: ApiClient, call: tuple[str, str], type: str, change: dict[str, object], count: int
) -> None:
    method, pattern = call
    body: object = ORDER | {"order_type": type, "order_id": 1} | change
    body = {"orders": [body] * count} if "batch" in pattern else body
    check_is_understood(caller.request(method, re.sub("<.*?>", "x", pattern), json.dumps(body).encode()))


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff", b'{"symbol":1,"symbol":2}', b"{}" * 2])
def test_body_that_is_not_an_object_is_rejected(caller: ApiClient, method: str, path: str, body: bytes) -> None:
    answer = caller.request(method, re.sub("<.*?>", "x", path), body)
    assert (400 <= answer.status_code < 500, answer.json()["success"]) == (True, False)
