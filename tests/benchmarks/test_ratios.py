"""The short benchmark that runs with the tests: it counts function calls, which don't depend on the machine's load.

`python -m tests.benchmarks` measures everything, in instructions and in time.
"""

import gc
import sys
from types import FrameType
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apikeys.models import Kind
from apikeys.usage import request_log
from perptools.wsgi import application as product
from tests.benchmarks.fixtures import networks
from tests.benchmarks.peers_under_test import Application, Contender, get, orders, uncounted, with_checksum
from tests.benchmarks.seed import fill
from tests.support.api_clients import ApiClient, BearerClient
from tests.support.browser_client import TraderBrowser
from tests.support.factories import BOTH, IssuedKey, make_key, make_trader

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.benchmarks.urls")]
TIMES = 5


def calls_of(contender: Contender) -> float:
    """Return the number of Python and C functions that one request calls."""
    contender.answer(contender.requests(TIMES))
    requests, entered = contender.requests(TIMES), 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal entered
        entered += event in ("call", "c_call")

    gc.collect()
    gc.disable()  # what the collector calls, for the objects of other tests, would be counted
    sys.setprofile(count)
    try:
        contender.answer(requests)
    finally:
        sys.setprofile(None)
        gc.enable()
    return entered / TIMES


@pytest.fixture(autouse=True)
def no_budgets(settings: Settings) -> None:
    settings.API_CALLS_PER_SECOND = settings.API_FAILURES_PER_MINUTE = 0


@pytest.fixture
def bare() -> float:
    with override_settings(MIDDLEWARE=[]):
        handler: Application = WSGIHandler()
    return calls_of(Contender("bare", handler, get("/bare")))


def read(client: ApiClient) -> Contender:
    return Contender("a read", product, get("/v1/still", client))


def bearer(**changes: Any) -> IssuedKey:
    return make_key(kind=Kind.BEARER, **changes)


def test_bearer_read_costs_about_as_much_as_a_bare_view(bare: float) -> None:
    assert calls_of(read(bearer().client())) <= 1.1 * bare


def test_signed_read_costs_at_most_two_bare_views(bare: float) -> None:
    assert calls_of(read(make_key().client())) <= 2 * bare


def test_hundred_networks_cost_as_much_as_one() -> None:
    one, hundred = (calls_of(read(bearer(networks=networks(size)).client())) for size in (1, 100))
    assert hundred <= 1.02 * one


def test_five_thousand_keys_cost_as_much_as_one() -> None:
    issued = bearer()
    few = calls_of(read(issued.client()))
    fill(0, 5_000)
    assert calls_of(read(issued.client())) <= 1.02 * few


def rejection(token: str) -> Contender:
    return Contender("a refusal", product, get("/v1/still", BearerClient(token)), "401")


def test_rejecting_a_malformed_token_costs_less_than_a_response(bare: float) -> None:
    assert calls_of(rejection(bearer().secret[:-1] + "!")) <= bare


def test_rejecting_a_wrong_token_costs_little_more(bare: float) -> None:
    token = bearer().secret
    assert calls_of(rejection(with_checksum(token[:21] + token[21:-6][::-1]))) <= 1.3 * bare


def test_order_takes_the_same_number_of_statements_with_any_history() -> None:
    trader = make_key(permissions=BOTH).client()
    order = Contender("an order", product, orders(trader))
    order.answer(order.requests(2))
    with CaptureQueriesContext(connection) as first:
        order.answer(order.requests(2))
    order.answer(order.requests(10))
    with CaptureQueriesContext(connection) as later:
        order.answer(order.requests(2))
    assert len(first) == len(later)


def test_order_costs_a_few_bare_views(bare: float) -> None:
    order = Contender("an order", product, orders(bearer(permissions=BOTH).client()))
    most = {"sqlite": 3.3, "postgresql": 5.2}  # psycopg is written in Python
    assert calls_of(order) <= most[connection.vendor] * bare


def test_balance_costs_little_more_than_a_bare_view() -> None:
    client = bearer().client()
    balance = Contender("a balance", product, get("/v1/client/holding", client))
    assert calls_of(balance) <= 1.4 * calls_of(read(client))


def test_counting_usage_costs_almost_nothing() -> None:
    request = get("/v1/still", bearer().client())
    counted, not_counted = (calls_of(Contender("a read", by, request)) for by in (product, uncounted))
    assert counted <= 1.03 * not_counted


def test_logging_requests_costs_at_most_2_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first requests of a key in a batch are logged, the others only compared with the limit."""
    request = Contender("a read", product, get("/v1/still", bearer().client()))
    logged = calls_of(request)
    with monkeypatch.context() as without:
        without.setattr(request_log, "record", lambda *_, **__: None)
        not_logged = calls_of(request)
    busy = calls_of(request)
    assert logged <= 1.02 * not_logged
    assert busy <= 1.01 * not_logged


def test_row_of_the_key_list_costs_little() -> None:
    """1,800 calls take 0.24 ms. The goal is 40 ms of processor time for 100 rows."""
    user = make_trader()
    for number in range(100):
        make_key(user.account, name=f"bot {number}", networks="203.0.113.7")
    session = TraderBrowser(user).http.cookies["session"].value
    ten, hundred = (
        calls_of(
            Contender(
                "key list",
                product,
                get("/portfolio/api-keys/", QUERY_STRING=f"size={size}", HTTP_COOKIE=f"session={session}"),
            )
        )
        for size in (10, 100)
    )
    assert (hundred - ten) / 90 <= 2_000
