"""Reports of leaked keys."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from apikeys.leaks import reports as leaks_reports
from apikeys.models import Kind
from tests.support.api_clients import ApiClient, reason
from tests.support.browser_client import TraderBrowser, text
from tests.support.factories import IssuedKey, make_key

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGE, ENDPOINT = "/report-a-leak/", "/v1/public/leaked_key"


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(leaks_reports, "later", lambda work: work())
    with time_machine.travel(NOW, tick=False):
        yield


def is_paused(issued: IssuedKey) -> bool:
    issued.key.refresh_from_db()
    return issued.key.paused_at is not None


# -- Reports -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("around", ["{}", "\n  SECRET='{}' # do not commit\n"])
def test_reported_secret_pauses_its_key(kind: Kind, around: str) -> None:
    issued = make_key(kind=kind)
    TraderBrowser().post(PAGE, {"secret": around.format(issued.secret)})
    assert is_paused(issued)


@pytest.mark.parametrize("kind", list(Kind))
def test_programs_can_report_too(kind: Kind) -> None:
    issued = make_key(kind=kind)
    assert (ApiClient().post(ENDPOINT, {"secret": issued.secret}).status_code, is_paused(issued)) == (200, True)


def test_response_does_not_reveal_whether_it_was_valid() -> None:
    issued = make_key(kind=Kind.BEARER)
    reports = [issued.secret, issued.secret[:-1] + "!", "nonsense", f"ptk_{'z' * 16}_{'a' * 49}"]
    pages = {text(TraderBrowser().post(PAGE, {"secret": report})) for report in reports}
    answers = {ApiClient().post(ENDPOINT, {"secret": report}).json()["data"]["message"] for report in reports}
    assert (len(pages), len(answers)) == (1, 1)


def test_reported_text_is_not_sent_back() -> None:
    issued = make_key(kind=Kind.BEARER)
    assert issued.secret not in TraderBrowser().post(PAGE, {"secret": issued.secret}).content.decode()


def test_public_key_pauses_nothing() -> None:
    issued = make_key()
    TraderBrowser().post(PAGE, {"secret": issued.key.public_id})
    assert not is_paused(issued)


def test_owner_is_notified(django_capture_on_commit_callbacks: Any) -> None:
    issued = make_key(kind=Kind.BEARER)
    with django_capture_on_commit_callbacks(execute=True):
        TraderBrowser().post(PAGE, {"secret": issued.secret})
    [message] = mail.outbox
    assert (message.to, "reported as leaked" in message.body) == ([issued.key.account.user.email], True)


@pytest.mark.parametrize("secret", ["", "x" * 4_001])
def test_too_long_and_empty_reports_are_rejected(secret: str) -> None:
    assert "errorlist" in TraderBrowser().post(PAGE, {"secret": secret}).content.decode()


@pytest.mark.parametrize("body", [b"", b"[]", b'{"secret": 1}', b"{}", b'{"secret": "' + b"x" * 4_001 + b'"}'])
def test_malformed_report_is_a_bad_request(body: bytes) -> None:
    answer = ApiClient().post(ENDPOINT, body)
    assert reason(answer) == (400, -1005, "bad_parameter")
    assert answer.json()["field"] in ("body", "secret")


def test_reports_are_limited_by_address(settings: Any) -> None:
    settings.API_FAILURES_PER_MINUTE = 2
    statuses = [ApiClient().post(ENDPOINT, {"secret": "x"}).status_code for _ in range(3)]
    page = TraderBrowser().post(PAGE, {"secret": "x"})
    assert (statuses, "Wait a minute" in text(page)) == ([200, 200, 429], True)


def test_page_of_another_site_cannot_report() -> None:
    issued = make_key(kind=Kind.BEARER)
    assert Client(enforce_csrf_checks=True).post(PAGE, {"secret": issued.secret}).status_code == 403
    assert not is_paused(issued)


@pytest.mark.django_db(transaction=True)
def test_report_is_processed_after_the_response(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    issued = make_key(kind=Kind.BEARER)
    ApiClient().post(ENDPOINT, {"secret": issued.secret})
    leaks_reports._one_at_a_time.submit(lambda: None).result(timeout=30)  # runs after the reports before it
    assert is_paused(issued)
