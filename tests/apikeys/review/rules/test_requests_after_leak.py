"""Who has used a secret since it leaked, as exactly as that is still known."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from apikeys.keys import leak_response
from apikeys.models import ApiKey
from apikeys.review.findings import Code
from tests.support.reviewed_keys import DAY, HOUR, NOW, TEN, found, made
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

NOBODY = "Not used since."
MINUTE = timedelta(minutes=1)


def leaked(at: datetime, **changes: Any) -> ApiKey:
    key = made(NOW - at + DAY, **changes)
    with time_machine.travel(at, tick=False):
        leak_response.pause_leaked(key, reason="Its secret was reported as leaked.")
    return key


def evidence(key: ApiKey) -> list[str]:
    return list(found(key)[Code.LEAKED].evidence[1:])


@pytest.mark.parametrize("days", [0, 1, 4, 12, 29, 31, 60, 200])
def test_requests_soon_after_a_leak_are_never_forgotten(days: int) -> None:
    """Usage is rolled up to hours after 2 days, to days after 8, and anonymized after 30."""
    at = NOW - days * DAY - HOUR
    key = leaked(at)
    use(key, at + 20 * MINUTE, address="45.9.148.7", client="curl/8.5.0", outcome="key_paused", calls=9)
    [said] = evidence(key)
    where = "45.9.148.7" if days < 31 else "45.9.148.0/24"
    assert f"curl{'/8.5.0' if days < 31 else ''} from {where}" in said


@pytest.mark.parametrize(("days", "known"), [(1, True), (4, False), (12, False), (60, False)])
def test_finding_says_if_the_hour_is_no_longer_known(days: int, known: bool) -> None:
    at = (NOW - days * DAY).replace(hour=10, minute=30)
    key = leaked(at)
    use(key, at + 20 * MINUTE, outcome="key_paused")
    [said] = evidence(key)
    assert said.startswith("Rejected since") is known
    assert said.startswith(f"Rejected on {at:%-d %b %Y}, before or after the exposure: ") is not known


def test_requests_of_twenty_days_two_months_ago_are_found() -> None:
    key = leaked(NOW - 80 * DAY)
    for number in range(20):
        use(key, NOW - (79 - number) * DAY, client="grid/1")
    assert evidence(key) == [f"Accepted since: grid from 203.0.113.0/24, last on {NOW - 60 * DAY:%-d %b %Y}."]


@pytest.mark.parametrize("before", [20 * MINUTE, 2 * DAY, 40 * DAY])
def test_requests_before_the_leak_are_not_listed(before: timedelta) -> None:
    at = NOW - HOUR
    key = leaked(at, expires_at=NOW + DAY)
    use(key, at - before)
    assert evidence(key) == [NOBODY]


def test_requests_of_the_day_before_are_not_listed() -> None:
    at = (NOW - 60 * DAY).replace(hour=10)
    key = leaked(at)
    use(key, at - 11 * HOUR)
    assert evidence(key) == [NOBODY]


def test_latest_client_comes_first_and_each_is_listed_once() -> None:
    key = leaked(NOW - 40 * DAY)
    for days in (39, 33, 3, 1):
        use(key, NOW - days * DAY, client="grid/1")
    use(key, NOW - TEN, client="curl/8.5.0", outcome="key_paused")
    use(key, NOW - 2 * TEN, client="curl/8.5.0", outcome="address_not_allowed")
    first, *others = evidence(key)
    assert (first.startswith("Rejected since: curl/8.5.0"), len(others)) == (True, 2)


def test_finding_says_if_the_leak_is_older_than_usage() -> None:
    key = leaked(NOW - 420 * DAY, expires_at=NOW - 60 * DAY)
    assert evidence(key) == [NOBODY, f"Requests before {NOW - 400 * DAY:%-d %b %Y} are no longer stored."]
