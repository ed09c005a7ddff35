from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from apikeys.models import Kind
from tests.support.api_clients import ApiClient
from tests.support.factories import BOTH, make_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def frozen() -> Any:
    with time_machine.travel("2026-11-22T12:00:00.5Z", tick=False) as moment:
        yield moment


def test_key_over_its_limit_gets_retry_after(settings: Any) -> None:
    settings.API_CALLS_PER_SECOND = 2
    client = make_key(kind=Kind.BEARER).client()
    answers = [client.get("/v1/whoami") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert (answers[-1].json()["code"], answers[-1]["Retry-After"]) == (-1003, "2")


BUDGET = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.mark.parametrize("kind", [Kind.BEARER, Kind.SIGNING])
def test_every_response_has_the_remaining_budget(settings: Any, kind: Kind) -> None:
    settings.API_CALLS_PER_SECOND = 2
    client = make_key(kind=kind, permissions=BOTH).client()
    answers = [
        client.get("/v1/whoami"),
        client.get("/v1/order/nope"),
        client.post("/v1/client/leverage", {"leverage": 5}),
        client.delete("/v1/orders"),
        client.get("/v1/whoami"),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 200, 200, 429]
    ends = str(int(datetime(2026, 11, 22, 12, 0, 2, tzinfo=UTC).timestamp()))
    left = [tuple(answer[name] for name in BUDGET) for answer in answers]
    assert left == [("4", str(number), ends) for number in (3, 2, 1, 0, 0)]


@pytest.mark.parametrize("path", ["/v1/public/info", "/v1/nothing"])
def test_public_responses_have_no_budget(settings: Any, path: str) -> None:
    settings.API_FAILURES_PER_MINUTE = 1
    answers = [ApiClient().get(path), fail(1), fail(3)]
    assert not [answer for answer in answers if any(name in answer for name in BUDGET)]


def test_responses_have_no_budget_if_limits_are_off(settings: Any) -> None:
    settings.API_CALLS_PER_SECOND = 0
    assert BUDGET[0] not in make_key().client().get("/v1/whoami")


def test_budget_is_full_again_in_the_next_window(settings: Any, frozen: Any) -> None:
    settings.API_CALLS_PER_SECOND = 1
    client = make_key(kind=Kind.BEARER).client()
    before = [client.get("/v1/whoami").status_code for _ in range(3)]
    frozen.shift(2)
    assert (before[-1], client.get("/v1/whoami").status_code) == (429, 200)


def test_each_key_has_its_own_budget(settings: Any) -> None:
    settings.API_CALLS_PER_SECOND = 1
    first, second = make_key(kind=Kind.BEARER).client(), make_key(kind=Kind.BEARER).client()
    for _ in range(3):
        first.get("/v1/whoami")
    assert second.get("/v1/whoami").status_code == 200


def test_requests_from_rejected_addresses_are_not_charged(settings: Any) -> None:
    settings.API_CALLS_PER_SECOND = 1
    issued = make_key(kind=Kind.BEARER, networks="203.0.113.7")
    elsewhere = issued.client(REMOTE_ADDR="198.51.100.1")
    for _ in range(5):
        elsewhere.get("/v1/whoami")
    assert issued.client(REMOTE_ADDR="203.0.113.7").get("/v1/whoami").status_code == 200


def fail(times: int, **extra: Any) -> Any:
    return [ApiClient(**extra).get("/v1/whoami", headers={"Authorization": "Bearer x"}) for _ in range(times)][-1]


def test_address_with_many_failures_is_limited(settings: Any) -> None:
    settings.API_FAILURES_PER_MINUTE = 3
    last, next_one = fail(3), fail(1)
    assert (last.status_code, next_one.status_code, next_one["Retry-After"]) == (401, 429, "60")


def test_valid_request_from_a_limited_address_is_answered(settings: Any) -> None:
    settings.API_FAILURES_PER_MINUTE = 1
    fail(5)
    assert make_key().client().get("/v1/whoami").status_code == 200


def test_other_addresses_are_not_limited(settings: Any) -> None:
    settings.API_FAILURES_PER_MINUTE = 1
    fail(5)
    assert fail(1, REMOTE_ADDR="203.0.113.9").status_code == 401


def test_ipv6_addresses_of_one_customer_share_a_limit(settings: Any) -> None:
    settings.API_FAILURES_PER_MINUTE = 1
    fail(1, REMOTE_ADDR="2001:db8::1")
    assert fail(1, REMOTE_ADDR="2001:db8::2").status_code == 429
