"""Clients' IP addresses are anonymized everywhere after 30 days, and the texts still read well."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import models

from apikeys import retention
from apikeys.audit.log import Actor
from apikeys.http.errors import AddressNotAllowed
from apikeys.keys import deletion, editing, leak_response
from apikeys.models import ApiKey, EventKind, KeyEvent, Kind, Notification, NotificationKind
from apikeys.review import decisions, reviewer
from apikeys.review.findings import Code, Finding
from apikeys.usage import recorder as usage_recorder
from tests.support.api_clients import ApiClient
from tests.support.factories import IssuedKey, make_key, owner, settings_for

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)
DAY = timedelta(days=1)
THIEF, NEIGHBOUR, FAR = "203.0.113.9", "203.0.113.10", "2001:db8:1:2::3"


@contextmanager
def days_ago(days: int) -> Iterator[None]:
    with time_machine.travel(NOW - days * DAY, tick=False):
        yield


@pytest.fixture
def issued() -> IssuedKey:
    with days_ago(50):
        return make_key(name="grid bot", networks="198.51.100.7", kind=Kind.BEARER)


def forget() -> int:
    return retention.anonymize(NOW)


def addresses(key: ApiKey, kind: EventKind) -> list[str]:
    return list(key.events.filter(kind=kind).order_by("id").values_list("address", flat=True))


def everything() -> str:
    """Return all tables of this app as one text."""
    tables: list[type[models.Model]] = list(apps.get_app_config("apikeys").get_models())
    return repr([list(table._default_manager.values_list()) for table in tables])


# -- What is forgotten -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "kept"), [(30, THIEF), (31, "203.0.113.0/24")])
def test_alert_has_the_exact_address_for_30_days(issued: IssuedKey, days: int, kept: str) -> None:
    with days_ago(days):
        leak_response.alert(issued.key, [THIEF], since=NOW - 100 * DAY)
    forget()
    assert addresses(issued.key, EventKind.ALERTED) == [kept]


def test_client_address_is_forgotten_everywhere(issued: IssuedKey) -> None:
    use(issued.key, days=31)
    reject(issued.key, days=31)
    with days_ago(31):
        leak_response.alert(issued.key, [THIEF], since=NOW - 100 * DAY)
        decisions.snooze(found_elsewhere(issued.key, NOW - 31 * DAY), NOW - DAY, by=owner(issued.key.account.user))
        ApiClient(REMOTE_ADDR=THIEF).get(f"/v1/whoami?token={issued.secret}")
        deletion.revoke(issued.key, by=Actor(address=THIEF), reason="Removed by the key itself, over the API")
    assert everything().count(THIEF) > 5
    with time_machine.travel(NOW, tick=False):
        call_command("roll_up_usage")
    assert THIEF not in everything()


def test_last_use_of_a_key_is_anonymized(issued: IssuedKey) -> None:
    use(issued.key, days=31)
    forget()
    issued.key.refresh_from_db()
    assert (issued.key.last_used_address, issued.key.last_used_client) == ("203.0.113.0/24", "ccxt")


def test_recent_last_use_stays_exact(issued: IssuedKey) -> None:
    use(issued.key, days=29)
    forget()
    issued.key.refresh_from_db()
    assert issued.key.last_used_address == THIEF


def use(key: ApiKey, *, days: int) -> None:
    with days_ago(days):
        usage_recorder.count(key.pk, address=THIEF, user_agent="ccxt/4.5.64", required="read")
        usage_recorder.flush()


def test_notification_of_an_alert_has_each_network_once(issued: IssuedKey) -> None:
    with days_ago(31):
        leak_response.alert(issued.key, [THIEF, NEIGHBOUR, FAR, ""], since=NOW - 100 * DAY)
    forget()
    facts = Notification.objects.get(kind=NotificationKind.ALERTED).facts.splitlines()
    assert facts[0] == "We rejected requests from an unknown address, 2001:db8:1::/48 and 203.0.113.0/24."


def test_alert_of_a_network_is_anonymized_further(issued: IssuedKey) -> None:
    with days_ago(31):
        leak_response.alert(issued.key, ["2001:db8:1:2::/64"], since=NOW - 100 * DAY)
    forget()
    assert addresses(issued.key, EventKind.ALERTED) == ["2001:db8:1::/48"]
    assert "We rejected requests from 2001:db8:1::/48." in Notification.objects.get(kind=NotificationKind.ALERTED).facts


def test_notification_of_a_leak_has_the_network(issued: IssuedKey) -> None:
    with days_ago(31):
        leak_response.pause_leaked(issued.key, reason="Its secret was reported as leaked.", address=THIEF)
    forget()
    assert Notification.objects.get(kind=NotificationKind.LEAKED).facts.endswith("\nFrom 203.0.113.0/24.")


# -- What stays ------------------------------------------------------------------------------------------------------


def test_address_of_a_traders_action_stays(issued: IssuedKey) -> None:
    forget()
    facts = Notification.objects.get(kind=NotificationKind.CREATED).facts
    assert (addresses(issued.key, EventKind.CREATED), "From 192.0.2.1." in facts) == (["192.0.2.1"], True)


def test_addresses_in_a_keys_settings_stay(issued: IssuedKey) -> None:
    with days_ago(40):
        wanted = replace(settings_for(name="192.0.2.7", networks=THIEF), expires_at=issued.key.expires_at)
        editing.edit(issued.key, wanted, by=owner(issued.key.account.user))
    before = [issued.key.events.get(kind=EventKind.EDITED).changes, *texts()]
    forget()
    assert [issued.key.events.get(kind=EventKind.EDITED).changes, *texts()] == before


def texts() -> list[str]:
    return [notification.facts for notification in Notification.objects.order_by("id")]


def test_notification_by_the_previous_version_loses_the_text_that_may_contain_addresses(issued: IssuedKey) -> None:
    with days_ago(31):
        leak_response.alert(issued.key, [THIEF], since=NOW - 100 * DAY)
    alarmed = Notification.objects.filter(kind=NotificationKind.ALERTED)
    alarmed.update(addresses=None, text=f"Refused: {THIEF}.")
    forget()
    assert alarmed.values_list("text", "addresses").get() == ("", None)


def test_event_loses_nothing_else(issued: IssuedKey) -> None:
    with days_ago(31):
        leak_response.alert(issued.key, [THIEF, "unknown"], since=NOW - 100 * DAY)
    before = list(KeyEvent.objects.order_by("id").values())
    forget()
    after = list(KeyEvent.objects.order_by("id").values())
    expected = [row | {"address": "203.0.113.0/24"} if row["address"] == THIEF else row for row in before]
    assert after == expected


# -- How -------------------------------------------------------------------------------------------------------------


def test_anonymizing_twice_changes_nothing(issued: IssuedKey) -> None:
    use(issued.key, days=31)
    with days_ago(31):
        leak_response.alert(issued.key, [THIEF, NEIGHBOUR, "unknown"], since=NOW - 100 * DAY)
    assert forget() == 4  # two events, their notification, the last use
    before = everything()
    assert (forget(), everything()) == (0, before)


def test_backlog_is_anonymized_in_batches(issued: IssuedKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for days in range(35, 30, -1):
        with days_ago(days):
            leak_response.alert(issued.key, [THIEF], since=NOW - days * DAY)
    assert (forget(), THIEF in everything()) == (10, False)


# -- Findings and decisions ------------------------------------------------------------------------------------------


def found_elsewhere(key: ApiKey, now: datetime) -> Finding:
    [finding] = [found for found in reviewer.review([key], now) if found.code == Code.USED_ELSEWHERE]
    return finding


def reject(key: ApiKey, *, days: int) -> None:
    with days_ago(days):
        usage_recorder.count(
            key.pk, address=THIEF, user_agent="bot/1", required="read", outcome=AddressNotAllowed.reason
        )
        usage_recorder.flush()


def test_decision_still_applies_after_its_address_is_anonymized(issued: IssuedKey) -> None:
    reject(issued.key, days=40)
    with days_ago(39):
        finding = found_elsewhere(issued.key, NOW - 39 * DAY)
        decision = decisions.accept(finding, "My own machine.", by=owner(issued.key.account.user))
    with time_machine.travel(NOW, tick=False):
        call_command("roll_up_usage")
    reject(issued.key, days=1)
    assert decisions.holds(decision, found_elsewhere(issued.key, NOW), NOW)


def test_event_of_a_decision_has_no_address_except_in_the_reason(issued: IssuedKey) -> None:
    reject(issued.key, days=1)
    with time_machine.travel(NOW, tick=False):
        decisions.accept(found_elsewhere(issued.key, NOW), f"{FAR} is mine.", by=owner(issued.key.account.user))
    assert issued.key.events.get(kind=EventKind.ACCEPTED).reason == (
        f"Someone used the right secret from an IP address that isn’t allowed. {FAR} is mine."
    )
