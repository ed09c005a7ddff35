"""Usage is rolled up as it ages, and no request is lost or counted twice."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apikeys.models import ApiKey, KeyUsage, Resolution
from apikeys.network.anonymization import anonymized_address, anonymized_client
from apikeys.usage import buckets, rollup
from apikeys.usage import recorder as usage_recorder
from tests.support.factories import make_key

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)
NEEDS = ("read", "trading", "any_key")


def use(key: ApiKey, ago: timedelta, *, address: str = "203.0.113.9", required: str = "read", calls: int = 1) -> None:
    """Count requests of the past, as the product does."""
    with time_machine.travel(NOW - ago, tick=False):
        for _ in range(calls):
            usage_recorder.count(key.pk, address=address, user_agent="ccxt/4.5.64", required=required)
        usage_recorder.flush()


def rows(*fields: str) -> list[tuple[object, ...]]:
    return list(KeyUsage.objects.order_by("starts_at", "id").values_list(*fields))


@pytest.mark.parametrize(
    ("ago", "starts_at", "resolution"),
    [
        (timedelta(hours=1), "2026-11-22T11:30", Resolution.TEN_MINUTES),
        (timedelta(days=2, hours=12), "2026-11-20T00:30", Resolution.TEN_MINUTES),
        (timedelta(days=2, hours=13), "2026-11-19T23:00", Resolution.HOUR),
        (timedelta(days=8, hours=12), "2026-11-14T00:00", Resolution.HOUR),
        (timedelta(days=8, hours=13), "2026-11-13T00:00", Resolution.DAY),
        (timedelta(days=30, hours=12), "2026-10-23T00:00", Resolution.DAY),
        (timedelta(days=30, hours=13), "2026-10-22T00:00", Resolution.NETWORK_DAY),
    ],
)
def test_rows_are_rolled_up_by_age(ago: timedelta, starts_at: str, resolution: Resolution) -> None:
    use(make_key().key, ago)
    rollup.roll_up(NOW)
    assert rows("starts_at", "resolution") == [(datetime.fromisoformat(f"{starts_at}:00+00:00"), resolution)]


def test_requests_of_one_hour_become_one_row() -> None:
    key = make_key().key
    for minutes in (0, 10, 20):
        use(key, timedelta(days=3, minutes=minutes), calls=2)
    rollup.roll_up(NOW)
    assert rows("calls", "resolution") == [(6, Resolution.HOUR)]


def test_exact_addresses_and_versions_are_kept_30_days() -> None:
    key = make_key().key
    use(key, timedelta(days=30), address="203.0.113.9")
    use(key, timedelta(days=31), address="203.0.113.9")
    use(key, timedelta(days=31), address="203.0.113.10")
    rollup.roll_up(NOW)
    assert rows("address", "client", "calls") == [("203.0.113.0/24", "ccxt", 2), ("203.0.113.9", "ccxt/4.5.64", 1)]


def test_usage_older_than_400_days_is_deleted() -> None:
    key = make_key().key
    use(key, timedelta(days=400))
    use(key, timedelta(days=401))
    rollup.roll_up(NOW)
    assert rows("starts_at") == [(buckets.midnight(NOW - timedelta(days=400)),)]


def test_rolling_up_twice_changes_nothing() -> None:
    key = make_key().key
    for days in range(0, 60, 3):
        use(key, timedelta(days=days), calls=2)
    rollup.roll_up(NOW)
    before = rows("key", "starts_at", "address", "client", "required", "outcome", "calls", "resolution")
    assert (
        rollup.roll_up(NOW),
        rows("key", "starts_at", "address", "client", "required", "outcome", "calls", "resolution"),
    ) == (
        0,
        before,
    )


def test_late_counts_are_added() -> None:
    key = make_key().key
    use(key, timedelta(days=3))
    rollup.roll_up(NOW)
    use(key, timedelta(days=3))
    rollup.roll_up(NOW)
    assert rows("calls", "resolution") == [(2, Resolution.HOUR)]


def test_late_count_for_an_existing_hour_is_added_to_its_row() -> None:
    key = make_key().key
    on_the_hour = timedelta(days=3, minutes=34)
    use(key, on_the_hour)
    rollup.roll_up(NOW)
    use(key, on_the_hour)
    assert rows("calls", "resolution") == [(2, Resolution.HOUR)]


def test_backlog_is_moved_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "BATCH", 3)
    key = make_key().key
    for minutes in range(0, 100, 10):
        use(key, timedelta(days=31, minutes=minutes))
    rollup.roll_up(NOW)
    assert rows("calls", "resolution") == [(10, Resolution.NETWORK_DAY)]


def test_command_reports_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    use(make_key().key, timedelta(days=3))
    with time_machine.travel(NOW, tick=False):
        call_command("roll_up_usage")
    assert capsys.readouterr().out == "Usage rows rolled up or deleted: 1. Other rows anonymized: 0.\n"


@pytest.mark.parametrize(
    ("text", "anonymized"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("", ""),
    ],
)
def test_address_is_anonymized_to_its_network(text: str, anonymized: str) -> None:
    assert anonymized_address(text) == anonymized


def test_program_loses_its_version() -> None:
    assert (anonymized_client("ccxt/4.5.64"), anonymized_client("")) == ("ccxt", "")


class AnyUsage(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 60 * 144),  # tens of minutes ago
                st.sampled_from(["203.0.113.9", "203.0.113.10", "198.51.100.1", "2001:db8::1", ""]),
                st.sampled_from(NEEDS),
                st.integers(1, 5),
            ),
            max_size=12,
        ),
        st.lists(st.integers(0, 40), max_size=3),
    )
    def test_no_request_is_lost_or_counted_twice(self, uses: list[tuple[int, str, str, int]], later: list[int]) -> None:
        key = make_key().key
        for tens, address, required, calls in uses:
            use(key, timedelta(minutes=10 * tens), address=address, required=required, calls=calls)
        for days in sorted(later):
            rollup.roll_up(NOW + timedelta(days=days))
        wanted = {required: sum(entry[3] for entry in uses if entry[2] == required) for required in NEEDS}
        found = dict(KeyUsage.objects.filter(key=key).order_by().values_list("required").annotate(Sum("calls")))
        assert found == {required: calls for required, calls in wanted.items() if calls}
