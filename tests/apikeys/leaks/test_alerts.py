"""Alerts about the right secret from an IP address that isn't allowed: who gets them, when, and what the owner sees."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from apikeys.keys import deletion, leak_response, pausing
from apikeys.models import AddressRule, ApiKey, EventKind, KeyUsage, Kind
from apikeys.review import reviewer
from apikeys.review.findings import Code
from apikeys.usage import recorder as usage_recorder
from tests.support.api_clients import reason
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import BOTH, IssuedKey, make_key, owner

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def is_paused(issued: IssuedKey) -> bool:
    issued.key.refresh_from_db()
    return issued.key.paused_at is not None


def refused(issued: IssuedKey, *addresses: str) -> None:
    for address in addresses:
        issued.client(REMOTE_ADDR=address).get("/v1/whoami")
    usage_recorder.flush()


def alarms(issued: IssuedKey) -> list[str]:
    return list(issued.key.events.filter(kind=EventKind.ALERTED).order_by("id").values_list("address", flat=True))


def test_right_secret_from_elsewhere_alerts_and_pauses_nothing(django_capture_on_commit_callbacks: Any) -> None:
    issued = make_key(networks="203.0.113.9", name="grid bot")
    with django_capture_on_commit_callbacks(execute=True):
        refused(issued, "198.51.100.66")
    [message] = mail.outbox
    assert ("198.51.100.66" in message.body, alarms(issued), is_paused(issued)) == (True, ["198.51.100.66"], False)


def test_address_alerts_once_a_day() -> None:
    issued = make_key(networks="203.0.113.9")
    refused(issued, "198.51.100.66", "198.51.100.66")
    refused(issued, "198.51.100.66", "198.51.100.67")
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        refused(issued, "198.51.100.66")
    assert alarms(issued) == ["198.51.100.66", "198.51.100.67", "198.51.100.66"]


def test_many_addresses_do_not_fill_the_log() -> None:
    issued = make_key(networks="203.0.113.9")
    refused(issued, *(f"198.51.100.{number}" for number in range(30)))
    assert len(alarms(issued)) == 20


@pytest.mark.parametrize("kind", list(Kind))
def test_wrong_secret_from_elsewhere_alerts_nobody(kind: Kind) -> None:
    issued, other = make_key(networks="203.0.113.9", kind=kind), make_key(networks="203.0.113.9", kind=kind)
    differs = "y" if issued.secret[25] == "x" else "x"
    wrong = other.secret if kind == Kind.SIGNING else issued.secret[:25] + differs + issued.secret[26:]
    refused(IssuedKey(issued.key, wrong), "198.51.100.66")
    assert alarms(issued) == []


# -- While the key is stopped ----------------------------------------------------------------------------------------


def pause(issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(issued.key.account.user))


def expire(issued: IssuedKey) -> None:
    ApiKey.objects.filter(pk=issued.key.pk).update(expires_at=NOW - timedelta(minutes=1))


STOPS: list[Any] = [pytest.param(pause, "key_paused", id="paused"), pytest.param(expire, "key_expired", id="expired")]


@pytest.mark.parametrize(("stop", "told"), STOPS)
@pytest.mark.parametrize("kind", list(Kind))
def test_right_secret_of_a_stopped_key_alerts(
    kind: Kind, stop: Callable[[IssuedKey], None], told: str, django_capture_on_commit_callbacks: Any
) -> None:
    issued = make_key(networks="203.0.113.9", name="grid bot", kind=kind)
    stop(issued)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        answer = issued.client(REMOTE_ADDR="198.51.100.66").get("/v1/whoami")
        usage_recorder.flush()
    assert reason(answer) == (401, -1002, told)  # the holder of the secret learns the first reason
    [message] = mail.outbox
    assert ("198.51.100.66" in message.body, alarms(issued)) == (True, ["198.51.100.66"])


@pytest.mark.parametrize(("stop", "told"), STOPS)
def test_write_with_a_stopped_key_alerts(stop: Callable[[IssuedKey], None], told: str) -> None:
    issued = make_key(networks="203.0.113.9", permissions=BOTH)
    stop(issued)
    assert reason(issued.client(REMOTE_ADDR="198.51.100.66").post("/v1/order", {})) == (401, -1002, told)
    usage_recorder.flush()
    assert alarms(issued) == ["198.51.100.66"]


@pytest.mark.parametrize(("stop", "told"), STOPS)
def test_owners_program_with_a_stopped_key_alerts_nobody(stop: Callable[[IssuedKey], None], told: str) -> None:
    issued = make_key(networks="203.0.113.9")
    stop(issued)
    refused(issued, "203.0.113.9")
    assert (alarms(issued), KeyUsage.objects.get().outcome) == ([], told)


@pytest.mark.parametrize(("stop", "told"), STOPS)
def test_stopped_key_without_ip_restriction_alerts_nobody(stop: Callable[[IssuedKey], None], told: str) -> None:
    issued = make_key(address_rule=AddressRule.ANY, networks="")
    stop(issued)
    refused(issued, "198.51.100.66")
    assert (alarms(issued), KeyUsage.objects.get().outcome) == ([], told)


def test_deleted_key_alerts_nobody() -> None:
    issued = make_key(networks="203.0.113.9")
    deletion.revoke(issued.key, by=owner(issued.key.account.user))
    refused(issued, "198.51.100.66")
    assert alarms(issued) == []


def test_review_reports_it() -> None:
    issued = make_key(networks="203.0.113.9")
    pause(issued)
    refused(issued, "198.51.100.66")
    issued.key.refresh_from_db()
    [finding] = [each for each in reviewer.review([issued.key], NOW) if each.code == Code.USED_ELSEWHERE]
    assert "from 198.51.100.66 rejected" in finding.evidence[0]


# -- Before it works again -------------------------------------------------------------------------------------------


def shown(issued: IssuedKey, verb: str) -> str:
    return text(TraderBrowser(issued.key.account.user).get(f"{KEYS}{issued.key.pk}/{verb}/")).replace(" .", ".")


SOMEONE = "Someone tried this key with the right secret from"


@pytest.mark.parametrize(("stop", "verb"), [(pause, "resume"), (pause, "edit"), (expire, "edit")])
def test_owner_sees_it_before_the_key_works_again(stop: Callable[[IssuedKey], None], verb: str) -> None:
    issued = make_key(networks="203.0.113.9")
    stop(issued)
    before = shown(issued, verb)
    refused(issued, "198.51.100.66", "198.51.100.67")
    after = shown(issued, verb)
    assert (SOMEONE in before, "regenerate or delete this key instead" in before) == (False, False)
    assert f"{SOMEONE} IP addresses that it doesn’t allow: 198.51.100.66, 198.51.100.67." in after.replace(
        "198.51.100.67, 198.51.100.66", "198.51.100.66, 198.51.100.67"
    )
    assert "regenerate or delete this key instead" in after


def test_alert_earlier_on_the_same_day_counts() -> None:
    issued = make_key(networks="203.0.113.9")
    refused(issued, "198.51.100.66")
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        pause(issued)
        refused(issued, "198.51.100.66")
        assert f"{SOMEONE} an IP address that it doesn’t allow: 198.51.100.66." in shown(issued, "resume")


def test_older_alert_is_not_shown() -> None:
    issued = make_key(networks="203.0.113.9")
    refused(issued, "198.51.100.66")
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        pause(issued)
        assert SOMEONE not in shown(issued, "resume")


def test_editing_an_active_key_does_not_show_it() -> None:
    issued = make_key(networks="203.0.113.9")
    refused(issued, "198.51.100.66")
    assert SOMEONE not in shown(issued, "edit")


def test_leak_is_shown_before_the_key_is_resumed() -> None:
    issued = make_key(networks="203.0.113.9")
    leak_response.pause_leaked(issued.key, reason="Its secret was reported as leaked.")
    told = shown(issued, "resume")
    assert "Its secret was reported as leaked. Anyone who saw it can use this key." in told
    assert SOMEONE not in told


# -- What alarms nobody ----------------------------------------------------------------------------------------------


def test_other_rejections_alert_nobody() -> None:
    issued = make_key(networks="203.0.113.9")
    issued.client(REMOTE_ADDR="203.0.113.9").post("/v1/order", {})
    usage_recorder.flush()
    assert alarms(issued) == []
