"""A trusted proxy that doesn't send the client's IP address: limits, restrictions, and the operator's warning."""

import logging
from datetime import timedelta
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apikeys.http import unknown_clients
from apikeys.models import Kind
from tests.support.api_clients import ApiClient
from tests.support.browser_client import PASSWORD, text
from tests.support.factories import make_key, make_trader

pytestmark = pytest.mark.django_db

UNREADABLE = {"HTTP_X_FORWARDED_FOR": "198.51.100.1, unknown"}
READABLE = {"HTTP_X_FORWARDED_FOR": "198.51.100.1"}
PUBLIC = "/v1/public/system_info"


@pytest.fixture(autouse=True)
def proxied(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TRUSTED_PROXIES, settings.STATE_DIR = (ip_network("127.0.0.1"),), tmp_path
    monkeypatch.setattr(unknown_clients, "_next_look", 0.0)


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown_clients, "_next_look", 0.0)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == unknown_clients.__name__]


def sign_in(login: str, password: str, extra: dict[str, str]) -> Any:
    return Client(**extra).post("/account/login/", {"login": login, "password": password})  # type: ignore[arg-type]


@pytest.mark.parametrize("extra", [UNREADABLE, {}], ids=["unreadable", "nothing"])
def test_clients_of_unknown_addresses_do_not_lock_each_other_out(extra: dict[str, str]) -> None:
    user = make_trader(password=PASSWORD)
    answers = [text(sign_in(f"nobody-{number}@example.com", "wrong", extra)) for number in range(12)]
    assert not [answer for answer in answers if "Too many" in answer]
    assert sign_in(user.email, PASSWORD, extra).status_code == 302


def test_password_guesses_for_one_account_are_still_limited() -> None:
    user = make_trader(password=PASSWORD)
    answers = [text(sign_in(user.email, "wrong", UNREADABLE)) for _ in range(6)]
    assert ["Too many" in answer for answer in answers] == [False] * 5 + [True]


def test_sign_ups_and_password_resets_from_unknown_addresses_still_work() -> None:
    resets = [
        Client(**UNREADABLE).post("/account/password/reset/", {"email": f"nobody-{number}@example.com"}).status_code  # type: ignore[arg-type]
        for number in range(12)
    ]
    assert resets == [302] * 12


def test_wrong_tokens_from_unknown_addresses_use_up_no_limit(settings: Any) -> None:
    settings.API_FAILURES_PER_MINUTE = 3
    for extra, last in ((UNREADABLE, 401), (READABLE, 429)):
        client = ApiClient(**extra)
        wrong = {"Authorization": "Bearer ptk_0000000000000000_" + "0" * 48}
        assert [client.get("/v1/whoami", headers=wrong).status_code for _ in range(4)][-1] == last


def test_key_with_an_ip_restriction_rejects_an_unknown_address() -> None:
    issued = make_key(networks="198.51.100.0/24", kind=Kind.BEARER)
    assert issued.client(**UNREADABLE).get("/v1/whoami").status_code == 403
    assert issued.client(**READABLE).get("/v1/whoami").status_code == 200


# -- How the operator hears of it -------------------------------------------------------------------------------------


def test_operator_is_warned_once_with_what_the_proxy_sent(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        ApiClient(**UNREADABLE).get(PUBLIC)
        another_process(monkeypatch)
    [told] = warnings(caplog)
    assert "127.0.0.1 doesn't send the client's IP address: X-Forwarded-For is '198.51.100.1, unknown'" in told
    assert caplog.records[0].levelno == logging.ERROR


def test_operator_is_warned_again_a_day_later(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours in (0, 23, 25):
        with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False):
            ApiClient(**UNREADABLE).get(PUBLIC)
        another_process(monkeypatch)
    assert len(warnings(caplog)) == 2


def test_proxy_that_forwards_nothing_causes_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/guide")
    assert "there is no X-Forwarded-For" in warnings(caplog)[0]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_check_without_a_proxy_causes_no_warning(path: str, caplog: pytest.LogCaptureFixture) -> None:
    Client().get(path)
    assert not warnings(caplog)


def test_untrusted_clients_cannot_cause_the_warning(caplog: pytest.LogCaptureFixture) -> None:
    ApiClient(REMOTE_ADDR="198.51.100.7", **UNREADABLE).get(PUBLIC)
    ApiClient(HTTP_X_FORWARDED_FOR="evil, 198.51.100.1").get(PUBLIC)
    assert not warnings(caplog)


def test_unwritable_state_directory_fails_no_request(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STATE_DIR = tmp_path / "nowhere"
    assert ApiClient(**UNREADABLE).get(PUBLIC).status_code == 200
    assert len(warnings(caplog)) == 1


@pytest.mark.parametrize("left", ["", "yesterday", "2026-01-01T00:00:00"])
def test_unreadable_record_does_not_suppress_the_warning(
    left: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "unknown_clients").write_text(left)
    assert ApiClient(**UNREADABLE).get(PUBLIC).status_code == 200
    assert len(warnings(caplog)) == 1


def deployment_check() -> str:
    said = StringIO()
    call_command("check", deploy=True, stdout=said, stderr=said)
    return said.getvalue()


def test_deployment_check_warns_for_a_day() -> None:
    before = deployment_check()
    ApiClient(**UNREADABLE).get(PUBLIC)
    after = deployment_check()
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert ["apikeys.W002" in said for said in (before, after, deployment_check())] == [False, True, False]
