"""Usage profiles: what is read, and in how many queries."""

from datetime import datetime
from typing import Any

import pytest

from apikeys.keys import leak_response, pausing, review_confirmation
from apikeys.models import ApiKey, EventKind
from apikeys.review import decisions, reviewer, usage_profile
from apikeys.review.findings import Code
from apikeys.usage import recorder as usage_recorder
from apikeys.usage import rollup
from tests.support.factories import BOTH, READ, make_trader, owner
from tests.support.reviewed_keys import DAY, HOUR, NOW, TEN, edit, found, made
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.mark.parametrize("traded", [1, 40])
def test_one_trading_request_ever_counts_as_use(traded: int) -> None:
    key = made(60 * DAY)
    use(key, NOW - 20 * DAY, calls=60)
    assert Code.UNUSED_TRADING in found(key)
    use(key, NOW - traded * DAY, required="trading")
    assert Code.UNUSED_TRADING not in found(key)


def test_rejected_trading_request_is_not_use() -> None:
    key = made(60 * DAY)
    use(key, NOW - 20 * DAY, calls=50)
    use(key, NOW - DAY, required="trading", outcome="address_not_allowed")
    assert Code.UNUSED_TRADING in found(key)


def test_rejected_requests_do_not_count_towards_fifty() -> None:
    key = made(60 * DAY)
    use(key, NOW - 20 * DAY, calls=49)
    use(key, NOW - 20 * DAY, calls=10, outcome="too_many_requests")
    assert Code.UNUSED_TRADING not in found(key)


@pytest.mark.parametrize("rolled_up", [False, True])
@pytest.mark.parametrize(("calls", "is_found"), [(49, False), (50, True)])
def test_requests_on_the_day_of_the_grant_do_not_count(calls: int, is_found: bool, rolled_up: bool) -> None:
    """The hours of that day are rolled up. Requests before the grant must not count."""
    key = made(90 * DAY)
    edit(key, NOW - 21 * DAY, permissions=READ)
    use(key, NOW - 20 * DAY - HOUR, calls=60)
    use(key, NOW - 20 * DAY - HOUR, required="trading")
    edit(key, NOW - 20 * DAY, permissions=BOTH)
    use(key, NOW - 18 * DAY, calls=calls)
    usage_recorder.flush()
    if rolled_up:
        rollup.roll_up(NOW)
    assert (Code.UNUSED_TRADING in found(key)) == is_found


def test_trades_before_trading_was_granted_again_do_not_count() -> None:
    key = made(90 * DAY)
    use(key, NOW - 80 * DAY, required="trading")
    edit(key, NOW - 70 * DAY, permissions=READ)
    edit(key, NOW - 15 * DAY, permissions=BOTH)
    use(key, NOW - 14 * DAY, calls=49)
    assert Code.UNUSED_TRADING not in found(key)
    use(key, NOW - 14 * DAY)
    assert Code.UNUSED_TRADING in found(key)


@pytest.mark.parametrize(("days", "expected"), [(20, True), (19, False)])
def test_days_of_use_are_read_up_to_the_last(days: int, expected: bool) -> None:
    key = made(100 * DAY)
    use(key, NOW - 35 * DAY, required="trading")  # before the 28 days
    for number in reversed(range(days)):
        use(key, NOW - (7 + number) * DAY, required="trading")
    use(key, NOW - DAY, outcome="key_paused")  # doesn't count as use
    assert (Code.WENT_QUIET in found(key)) == expected


def share(key: ApiKey, first: datetime, times: int) -> None:
    """Let two programs send a read in each of these ten minutes."""
    for number in range(times):
        use(key, first + number * TEN, address="203.0.113.9", client="grid/1", required="trading")
        use(key, first + number * TEN, address="198.51.100.7", client="bot/2")


@pytest.mark.parametrize(("times", "expected"), [(3, True), (2, False)])
def test_networks_are_read_by_ten_minutes(times: int, expected: bool) -> None:
    key = made(10 * DAY)
    share(key, NOW - 20 * HOUR, times)
    assert (Code.SHARED in found(key)) == expected


def test_rejected_request_from_elsewhere_is_not_sharing() -> None:
    key = made(10 * DAY)
    for number in range(12):
        use(key, NOW - number * TEN, required="trading")
        use(key, NOW - number * TEN, address="192.0.2.66", outcome="address_not_allowed")
    assert set(found(key)) == {Code.USED_ELSEWHERE}


def test_addresses_of_one_network_count_once() -> None:
    key = made(10 * DAY)
    for number in range(12):
        use(key, NOW - number * TEN, required="trading")
        use(key, NOW - number * TEN, address="203.0.113.200")
    assert found(key) == {}


def test_leak_is_read_from_the_history() -> None:
    key = made(10 * DAY)
    use(key, NOW - HOUR, required="trading")
    leak_response.pause_leaked(key, reason="Its secret was reported as leaked.")
    assert found(key)[Code.LEAKED].evidence == (
        "22 Nov 2026: Its secret was reported as leaked.",
        "Not used since.",
    )


def test_leak_of_a_paused_key_is_read() -> None:
    key = made(10 * DAY)
    pausing.pause(key, by=owner(key.account.user))
    for _ in range(2):
        leak_response.pause_leaked(key, reason="Its secret was reported as leaked.")
    assert key.events.filter(kind=EventKind.LEAKED).count() == 1


def test_confirmed_review_lasts_ninety_days() -> None:
    key = made(91 * DAY)
    use(key, NOW - HOUR, required="trading")
    assert set(found(key)) == {Code.UNREVIEWED}
    review_confirmation.mark_reviewed(key, by=owner(key.account.user))
    assert found(key) == {}


@pytest.mark.parametrize("count", [1, 12])
def test_number_of_queries_does_not_grow_with_keys(count: int, django_assert_num_queries: Any) -> None:
    account = make_trader().account
    for number in range(count):
        key = made(100 * DAY, account=account, name=f"key {number}")
        use(key, NOW - 20 * DAY, calls=60)
        share(made(100 * DAY, account=account, name=f"shared {number}"), NOW - 5 * HOUR, 3)
    usage_recorder.flush()
    keys = list(account.keys.select_related("account__user"))
    with django_assert_num_queries(5):
        usage_profile.read(keys, NOW)
    with django_assert_num_queries(6):
        decisions.review(keys, NOW)


def test_no_keys_need_no_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert reviewer.review([], NOW) == []
