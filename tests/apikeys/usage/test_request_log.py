"""The log of single requests: what it contains, what a busy key's log leaves out, and how long it is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError

from apikeys.http import responses
from apikeys.models import ApiKey, Kind, LoggedRequest
from apikeys.usage import recorder as usage_recorder
from apikeys.usage import request_log
from tests.support.api_clients import ApiClient
from tests.support.factories import BOTH, IssuedKey, make_key

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)


def call(issued: IssuedKey, times: int = 1, target: str = "/v1/whoami", **headers: str) -> Any:
    client = issued.client(REMOTE_ADDR="203.0.113.9")
    for _ in range(times):
        answer = client.get(target, headers={"User-Agent": "ccxt/4.5.64 (a comment)"} | headers)
    return answer


def logged(**where: Any) -> list[LoggedRequest]:
    usage_recorder.flush()
    return list(LoggedRequest.objects.filter(**where))


@time_machine.travel(NOW, tick=False)
def test_request_is_logged_with_all_that_its_owner_needs() -> None:
    answer = call(make_key(kind=Kind.BEARER), target="/v1/whoami?secret=of%20a%20query")
    [row] = logged()
    assert (row.at, row.method, row.path, row.required, row.status, row.reason) == (
        NOW,
        "GET",
        "/v1/whoami",
        "any_key",
        200,
        "",
    )
    assert (row.address, row.client, row.duration_ms, row.request_id, row.left_out) == (
        "203.0.113.9",
        "ccxt/4.5.64",
        0,
        answer["X-Request-Id"],
        0,
    )


@pytest.mark.parametrize(
    ("changes", "target", "status", "reason", "required"),
    [
        ({"networks": "198.51.100.1"}, "/v1/whoami", 403, "address_not_allowed", "any_key"),
        ({"permissions": BOTH}, "/v1/order/1", 400, "order_not_found", "read"),
        ({}, "/v1/orders?size=x", 400, "bad_parameter", "read"),
    ],
)
def test_failed_request_is_logged_with_its_reason(
    changes: dict[str, Any], target: str, status: int, reason: str, required: str
) -> None:
    answer = call(make_key(kind=Kind.BEARER, **changes), target=target)
    [row] = logged()
    assert (row.status, row.reason, row.required) == (status, reason, required)
    assert (row.status, row.reason) == (answer.status_code, answer.json()["reason"])


def test_rejected_order_is_logged() -> None:
    make_key(permissions=BOTH).client().post("/v1/order", {"symbol": "PERP_ETH_USDC"})
    [row] = logged()
    assert (row.method, row.path, row.required) == ("POST", "/v1/order", "trading")
    assert row.status >= 400
    assert row.reason


def test_failure_on_our_side_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    issued = make_key(kind=Kind.BEARER)
    with monkeypatch.context() as broken:
        broken.setattr(responses, "success", lambda data: 1 / 0)
        answer = call(issued)
    [row] = logged()
    assert (answer.status_code, row.status, row.reason) == (500, 500, "internal_error")


def test_waiting_request_keeps_no_credentials_and_no_body() -> None:
    issued = make_key(kind=Kind.BEARER, permissions=BOTH)
    issued.client().post("/v1/order", {"symbol": "PERP_BTC_USDC", "order_tag": "of a body"})
    waiting = repr(request_log._of_this_process._batch)
    assert issued.secret not in waiting
    assert "of a body" not in waiting


def test_request_of_nobody_is_not_logged() -> None:
    ApiClient().get("/v1/whoami", headers={"Authorization": f"Bearer ptk_{'z' * 16}_{'a' * 49}"})
    ApiClient().get("/v1/public/info")
    assert logged() == []


def test_token_in_a_path_is_not_stored() -> None:
    issued = make_key(kind=Kind.BEARER)
    call(issued, target=f"/v1/order/{issued.secret}")
    assert all(issued.secret[21:] not in row.path for row in logged())


# -- A busy key ------------------------------------------------------------------------------------------------------


def test_busy_keys_log_says_how_many_requests_it_leaves_out() -> None:
    call(make_key(kind=Kind.BEARER), request_log.MOST_SUCCESSFUL + 7)
    rows = logged()
    assert [row.left_out for row in rows] == [7] + [0] * (request_log.MOST_SUCCESSFUL - 1)


def test_rejected_requests_have_room_in_a_busy_keys_log() -> None:
    issued = make_key(kind=Kind.BEARER)
    call(issued, 50)
    call(issued, 50, target="/v1/client/leverage?symbol=x")
    rows = logged()
    assert len(rows) == request_log.MOST_IN_BATCH
    assert sum(bool(row.reason) for row in rows) == request_log.MOST_IN_BATCH - request_log.MOST_SUCCESSFUL
    assert sum(row.left_out for row in rows) == 100 - request_log.MOST_IN_BATCH


def test_every_key_has_its_own_room() -> None:
    busy, calm = make_key(kind=Kind.BEARER), make_key(kind=Kind.BEARER)
    call(busy, 50)
    call(calm, 2)
    assert len(logged(key=calm.key)) == 2
    assert [row.left_out for row in logged(key=calm.key)] == [0, 0]


def test_number_of_keys_in_a_batch_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "MOST_KEYS", 2)
    for _ in range(3):
        call(make_key(kind=Kind.BEARER))
    assert len(logged()) == 2


def test_failed_write_is_repeated_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    issued = make_key(kind=Kind.BEARER)
    call(issued, 8)
    with monkeypatch.context() as broken:
        broken.setattr(request_log, "_INSERT", "INSERT INTO nowhere VALUES (%s)")
        with pytest.raises(DatabaseError):
            usage_recorder.flush()
    call(issued, 10)
    rows = logged()
    assert (len(rows), sum(row.left_out for row in rows)) == (10, 8)


def test_lost_key_does_not_stop_the_log() -> None:
    issued = make_key(kind=Kind.BEARER)
    call(issued)
    [waiting] = request_log._of_this_process._batch.values()
    request_log._of_this_process._batch[issued.key.pk + 1] = waiting
    usage_recorder.count(issued.key.pk + 1, address="203.0.113.9", user_agent="", required="any_key")
    assert [row.key for row in logged()] == [issued.key]


# -- How long it is kept ---------------------------------------------------------------------------------------------


def add(key: ApiKey, at: datetime, count: int = 1, reason: str = "") -> None:
    LoggedRequest.objects.bulk_create(
        LoggedRequest(
            key=key,
            at=at,
            method="GET",
            path=f"/v1/order/{number}",
            required="read",
            status=404 if reason else 200,
            reason=reason,
            address="203.0.113.9",
            duration_ms=1,
            request_id="x",
        )
        for number in range(count)
    )


def test_hundred_requests_of_each_key_are_kept() -> None:
    busy, calm = make_key().key, make_key().key
    add(busy, NOW, 130)
    add(calm, NOW, 3)
    request_log.trim([busy.pk, calm.pk], NOW)
    assert (busy.logged_requests.count(), calm.logged_requests.count()) == (100, 3)
    assert request_log.latest(busy, NOW)[0].path == "/v1/order/129"


def test_requests_are_kept_24_hours() -> None:
    key = make_key().key
    add(key, NOW - timedelta(hours=24, seconds=1))
    add(key, NOW - timedelta(hours=23))
    assert len(request_log.latest(key, NOW)) == 1
    request_log.trim([], NOW)
    assert key.logged_requests.count() == 1


def test_daily_command_deletes_old_requests() -> None:
    key = make_key().key
    add(key, datetime.now(UTC) - timedelta(days=2))
    call_command("roll_up_usage")
    assert not key.logged_requests.exists()


def test_log_can_be_read_without_what_succeeded() -> None:
    key = make_key().key
    add(key, NOW, 3)
    add(key, NOW, 2, reason="order_not_found")
    assert [row.reason for row in request_log.latest(key, NOW, rejected=True)] == ["order_not_found"] * 2
