"""Transactions lock the same rows in the same order, so that they don't deadlock on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from apikeys.db.batching import locked
from apikeys.keys import editing, pausing
from apikeys.keys.validation import KeySettings
from apikeys.models import Account, ApiKey, Delivery, KeyUsage, Notification, Purpose, UsedSignature
from apikeys.notifications import delivery
from apikeys.review import decisions, fixes
from apikeys.review.findings import Fix
from apikeys.usage import recorder as usage_recorder
from apikeys.usage import rollup
from tests.support.browser_client import TraderBrowser
from tests.support.concurrency import at_once
from tests.support.factories import BOTH, make_key, make_trader, owner

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10
KEYS = 20
DAY = timedelta(days=1)


@pytest.fixture
def account() -> Account:
    return make_trader().account


def keys_of(account: Account, number: int = KEYS) -> list[ApiKey]:
    return [make_key(account).key for _ in range(number)]


def call(keys: list[ApiKey], ago: timedelta = timedelta(0)) -> None:
    """Count a request of each key. The counts aren't written yet."""
    with time_machine.travel(timezone.now() - ago, tick=False):
        for key in keys:
            usage_recorder.count(key.pk, address="203.0.113.7", user_agent="bot", required="read")


def test_counting_usage_and_pausing_all_keys_do_not_deadlock(account: Account) -> None:
    keys = keys_of(account)
    for _ in range(ROUNDS):
        call(keys)
        outcomes = at_once(usage_recorder.flush, lambda: pausing.pause_all(account, by=owner(account.user)))
        assert [str(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == []


def test_counting_usage_and_an_admin_deleting_keys_do_not_deadlock(account: Account) -> None:
    admin = TraderBrowser(User.objects.create_superuser("admin", "admin@example.com"))
    for _ in range(ROUNDS // 2):
        keys = keys_of(account)
        call(keys)
        asked = {"action": "revoke", "_selected_action": [key.pk for key in keys], "confirmed": "1", "reason": "Leak."}
        outcomes = at_once(
            usage_recorder.flush, lambda asked=asked: admin.post("/admin/apikeys/apikey/", asked).status_code
        )
        assert outcomes == [None, 302]


def test_counting_usage_and_a_rejected_user_deletion_do_not_deadlock(account: Account) -> None:
    keys = keys_of(account)
    for _ in range(ROUNDS):
        call(keys)
        counted, deleted = at_once(usage_recorder.flush, account.user.delete)
        assert (counted, type(deleted)) == (None, ProtectedError)


def test_late_counts_and_the_rollup_do_not_deadlock(account: Account) -> None:
    """Counting locks rows by key, and the rollup by time."""
    keys = keys_of(account)

    def call_each_before_the_last(ago: timedelta) -> None:
        for place, key in enumerate(keys):
            call([key], ago + place * timedelta(minutes=10))

    for number in range(ROUNDS):
        ago = 3 * DAY + number * timedelta(hours=4)
        call_each_before_the_last(ago)
        usage_recorder.flush()
        call_each_before_the_last(ago)
        counted, *rolled_up = at_once(usage_recorder.flush, *[lambda: rollup.roll_up(timezone.now())] * 2)
        assert (counted, [type(moved) for moved in rolled_up]) == (None, [int, int])
    assert sum(KeyUsage.objects.values_list("calls", flat=True)) == ROUNDS * KEYS * 2


def test_mailing_and_reading_notifications_do_not_deadlock(account: Account) -> None:
    trader = TraderBrowser(account.user)
    for number in range(ROUNDS):
        Notification.objects.bulk_create(
            Notification(
                user=account.user,
                kind="created",
                slug=f"test:{number}:{n}",
                title="A notification",
                delivery=Delivery.IMMEDIATE,
            )
            for n in range(100)
        )
        newest = Notification.objects.latest("pk").pk
        outcomes = at_once(
            lambda: delivery.deliver(account.user.pk),
            lambda newest=newest: trader.post("/portfolio/notifications/read/", {"newest": newest}).status_code,
            lambda: delivery.deliver(account.user.pk),
        )
        assert outcomes in ([True, 302, False], [False, 302, True])


def test_fix_and_edit_of_a_key_do_not_deadlock(account: Account) -> None:
    key = make_key(account, permissions=BOTH, purpose=Purpose.MONITORING).key

    def edit(**changes: object) -> ApiKey:
        return editing.edit(key, replace(KeySettings.of(key), **changes), by=owner(account.user))

    for number in range(ROUNDS):
        key.refresh_from_db()
        [finding] = decisions.review([edit(permissions=BOTH)], timezone.now()).open[:1]
        shown = {key.pk: fixes.offer(Fix.READ_ONLY, finding).fingerprint}
        outcomes = at_once(
            lambda finding=finding, shown=shown: fixes.apply(
                Fix.READ_ONLY, finding.code, shown, account, by=owner(account.user)
            ),
            lambda number=number: edit(name=f"renamed {number}", permissions=BOTH),
        )
        assert [type(outcome) for outcome in outcomes] == [list, ApiKey]


def test_rows_are_locked_in_the_order_of_their_ids(account: Account) -> None:
    keys = [key.pk for key in keys_of(account)]

    def lock(order: str) -> int:
        with transaction.atomic():
            return locked(ApiKey.objects.filter(pk__in=keys).order_by(order)).update(purpose="trading")

    for _ in range(5 * ROUNDS):
        assert at_once(lambda: lock("pk"), lambda: lock("-pk"), lambda: lock("name")) == [KEYS] * 3


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one writes after the other")
def test_signatures_locked_by_another_session_are_skipped() -> None:
    for signature in ("locked", "free"):
        UsedSignature.objects.create(signature=signature, expires_at=timezone.now() - DAY)
    with transaction.atomic():
        UsedSignature.objects.select_for_update().get(signature="locked")
        assert at_once(lambda: UsedSignature.objects.delete_expired(timezone.now())) == [None]
        assert UsedSignature.objects.get().signature == "locked"
