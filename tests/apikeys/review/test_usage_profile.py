"""What is read of keys' usage, in how many queries; and what a trader decided about what was found."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from apikeys.keys import editing, leak_response, pausing, review_confirmation
from apikeys.keys.validation import KeySettings
from apikeys.models import ApiKey, Decision, EventKind, KeyUsage, Purpose
from apikeys.review import decisions, reviewer, usage_profile
from apikeys.review.findings import Code, Finding
from apikeys.usage import recorder as usage_recorder
from apikeys.usage import rollup
from tests.support.factories import BOTH, READ, make_key, make_trader, owner
from tests.support.usage_data import use

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY, HOUR, TEN = timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def made(age: timedelta, **changes: Any) -> ApiKey:
    """A trading key that was made some time ago, locked to where the tests call from. Its owner is here."""
    wanted: dict[str, Any] = {
        "permissions": BOTH,
        "purpose": Purpose.TRADING,
        "networks": "203.0.113.0/24,198.51.100.0/24",
        "expires_at": NOW - age + 365 * DAY,
    }
    with time_machine.travel(NOW - age, tick=False):
        key = make_key(**wanted | changes).key
    User.objects.filter(account=key.account).update(last_login=NOW)
    return key


def found(key: ApiKey) -> dict[Code, Finding]:
    usage_recorder.flush()
    rollup.roll_up(NOW)
    keys = ApiKey.objects.filter(pk=key.pk).select_related("account__user")
    return {finding.code: finding for finding in reviewer.review(keys, NOW)}


def edit(key: ApiKey, at: datetime, **changes: Any) -> None:
    with time_machine.travel(at, tick=False):
        key.refresh_from_db()
        editing.edit(key, replace(KeySettings.of(key), **changes), by=owner(key.account.user))


# -- Reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("traded", [1, 40])
def test_one_trading_call_however_long_ago_is_use(traded: int) -> None:
    key = made(60 * DAY)
    use(key, NOW - 20 * DAY, calls=60)
    assert Code.UNUSED_TRADING in found(key)
    use(key, NOW - traded * DAY, need="trading")
    assert Code.UNUSED_TRADING not in found(key)


def test_a_refused_trading_call_is_no_use() -> None:
    key = made(60 * DAY)
    use(key, NOW - 20 * DAY, calls=50)
    use(key, NOW - DAY, need="trading", outcome="address_not_allowed")
    assert Code.UNUSED_TRADING in found(key)


def test_refused_calls_are_not_the_fifty() -> None:
    key = made(60 * DAY)
    use(key, NOW - 20 * DAY, calls=49)
    use(key, NOW - 20 * DAY, calls=10, outcome="too_many_requests")
    assert Code.UNUSED_TRADING not in found(key)


def test_what_was_traded_before_trading_was_granted_again_is_past() -> None:
    key = made(90 * DAY)
    use(key, NOW - 80 * DAY, need="trading")
    edit(key, NOW - 70 * DAY, permissions=READ)
    edit(key, NOW - 15 * DAY, permissions=BOTH)
    use(key, NOW - 14 * DAY, calls=49)
    assert Code.UNUSED_TRADING not in found(key)
    use(key, NOW - 14 * DAY)
    assert Code.UNUSED_TRADING in found(key)


@pytest.mark.parametrize(("days", "expected"), [(20, True), (19, False)])
def test_days_of_use_are_read_up_to_the_last(days: int, expected: bool) -> None:
    key = made(100 * DAY)
    use(key, NOW - 35 * DAY, need="trading")  # before the 28 days
    for number in reversed(range(days)):
        use(key, NOW - (7 + number) * DAY, need="trading")
    use(key, NOW - DAY, outcome="key_paused")  # no use
    assert (Code.WENT_QUIET in found(key)) == expected


def share(key: ApiKey, first: datetime, times: int) -> None:
    """Two programs at work for as many ten minutes, each with a reading call."""
    for number in range(times):
        use(key, first + number * TEN, address="203.0.113.9", client="grid/1", need="trading")
        use(key, first + number * TEN, address="198.51.100.7", client="bot/2")


@pytest.mark.parametrize(("times", "expected"), [(3, True), (2, False)])
def test_places_are_read_by_ten_minutes(times: int, expected: bool) -> None:
    key = made(10 * DAY)
    share(key, NOW - 20 * HOUR, times)
    assert (Code.SHARED in found(key)) == expected


def test_a_refused_call_from_elsewhere_is_not_sharing() -> None:
    key = made(10 * DAY)
    for number in range(12):
        use(key, NOW - number * TEN, need="trading")
        use(key, NOW - number * TEN, address="192.0.2.66", outcome="address_not_allowed")
    assert set(found(key)) == {Code.USED_ELSEWHERE}


def test_two_addresses_of_one_network_are_one_place() -> None:
    key = made(10 * DAY)
    for number in range(12):
        use(key, NOW - number * TEN, need="trading")
        use(key, NOW - number * TEN, address="203.0.113.200")
    assert found(key) == {}


def test_a_leak_is_read_from_the_history() -> None:
    key = made(10 * DAY)
    use(key, NOW - HOUR, need="trading")
    leak_response.expose(key, reason="Its secret was reported as leaked.")
    assert found(key)[Code.EXPOSED].evidence == (
        "22 Nov 2026: Its secret was reported as leaked.",
        "Nobody has called with it since.",
    )


def test_a_paused_key_that_leaks_is_remembered_as_exposed() -> None:
    key = made(10 * DAY)
    pausing.pause(key, by=owner(key.account.user))
    for _ in range(2):
        leak_response.expose(key, reason="Its secret was reported as leaked.")
    assert key.events.filter(kind=EventKind.EXPOSED).count() == 1


def test_a_confirmed_review_is_good_for_ninety_days() -> None:
    key = made(91 * DAY)
    use(key, NOW - HOUR, need="trading")
    assert set(found(key)) == {Code.UNREVIEWED}
    review_confirmation.confirm(key, by=owner(key.account.user))
    assert found(key) == {}


@pytest.mark.parametrize("count", [1, 12])
def test_however_many_keys_there_are_the_queries_are_as_many(count: int, django_assert_num_queries: Any) -> None:
    account = make_trader().account
    for number in range(count):
        key = made(100 * DAY, account=account, name=f"key {number}")
        use(key, NOW - 20 * DAY, calls=60)
        share(made(100 * DAY, account=account, name=f"shared {number}"), NOW - 5 * HOUR, 3)
    usage_recorder.flush()
    keys = list(account.keys.select_related("account__user"))
    with django_assert_num_queries(5):
        usage_profile.of(keys, NOW)
    with django_assert_num_queries(6):
        decisions.review(keys, NOW)


def test_no_key_is_no_query_too_many(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert reviewer.review([], NOW) == []


# -- Deciding ------------------------------------------------------------------------------------------------------


def open_key() -> ApiKey:
    key = made(10 * DAY, networks="")
    use(key, NOW - HOUR, need="trading")
    usage_recorder.flush()
    return key


def review(key: ApiKey, now: datetime = NOW) -> decisions.Review:
    return decisions.review(ApiKey.objects.filter(pk=key.pk).select_related("account__user"), now)


def test_an_accepted_finding_is_put_aside_with_its_reason() -> None:
    key = open_key()
    decisions.accept(review(key).open[0], "A phone, from everywhere.", by=owner(key.account.user))
    [aside] = review(key).aside
    assert (review(key).open, aside.decision.reason) == ([], "A phone, from everywhere.")


def test_accepting_takes_a_reason() -> None:
    key = open_key()
    with pytest.raises(ValidationError, match="Say why"):
        decisions.accept(review(key).open[0], "  ", by=owner(key.account.user))


@pytest.mark.parametrize(("later", "is_open"), [(7 * DAY, True), (7 * DAY - timedelta(seconds=1), False)])
def test_a_snoozed_finding_comes_back_on_its_date(later: timedelta, is_open: bool) -> None:
    key = open_key()
    decisions.snooze(review(key).open[0], NOW + 7 * DAY, by=owner(key.account.user))
    with time_machine.travel(NOW + later, tick=False):
        use(key, NOW + later, need="trading")
        usage_recorder.flush()
        assert (Code.ANY_ADDRESS in {finding.code for finding in review(key, NOW + later).open}) == is_open


@pytest.mark.parametrize("until", [NOW, NOW - DAY, NOW + 181 * DAY])
def test_a_snooze_ends_within_half_a_year(until: datetime) -> None:
    key = open_key()
    with pytest.raises(ValidationError, match="180 days"):
        decisions.snooze(review(key).open[0], until, by=owner(key.account.user))


def test_a_finding_opens_again_when_it_rests_on_something_new() -> None:
    key = made(10 * DAY)
    use(key, NOW - HOUR, address="192.0.2.66", need="trading", outcome="address_not_allowed")
    use(key, NOW - HOUR, need="trading")
    usage_recorder.flush()
    decisions.accept(review(key).open[0], "My own laptop.", by=owner(key.account.user))
    use(key, NOW, address="192.0.2.67", outcome="address_not_allowed")  # the same network
    usage_recorder.flush()
    assert review(key).open == []
    use(key, NOW, address="198.18.0.1", outcome="address_not_allowed")
    usage_recorder.flush()
    assert [finding.code for finding in review(key).open] == [Code.USED_ELSEWHERE]


def test_an_open_rule_that_becomes_worse_opens_again() -> None:
    key = open_key()
    edit(key, NOW, permissions=READ)
    decisions.accept(review(key).open[0], "It only reads.", by=owner(key.account.user))
    edit(key, NOW, permissions=BOTH)
    assert [finding.code for finding in review(key).open] == [Code.ANY_ADDRESS]


def test_what_was_put_aside_can_be_taken_up_again() -> None:
    key = open_key()
    [finding] = review(key).open
    decisions.accept(finding, "For now.", by=owner(key.account.user))
    decisions.reopen(finding, by=owner(key.account.user))
    assert (review(key).open, review(key).aside) == ([finding], [])


def test_decisions_stand_in_the_history() -> None:
    key = open_key()
    [finding] = review(key).open
    decisions.snooze(finding, NOW + DAY, by=owner(key.account.user))
    decisions.accept(finding, "A phone.", by=owner(key.account.user))
    kinds = [event.kind for event in key.events.order_by("id")]
    assert (kinds, Decision.objects.count()) == ([EventKind.CREATED, EventKind.SNOOZED, EventKind.ACCEPTED], 1)


def test_reading_changes_nothing() -> None:
    key = open_key()
    before = list(KeyUsage.objects.values())
    review(key)
    assert list(KeyUsage.objects.values()) == before
