"""Traders' decisions about findings."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from apikeys.models import ApiKey, EventKind, FindingDecision, KeyUsage
from apikeys.review import decisions
from apikeys.review.findings import Code
from apikeys.usage import recorder as usage_recorder
from tests.support.factories import BOTH, READ, owner
from tests.support.reviewed_keys import DAY, HOUR, NOW, edit, made
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def open_key() -> ApiKey:
    key = made(10 * DAY, networks="")
    use(key, NOW - HOUR, required="trading")
    usage_recorder.flush()
    return key


def review(key: ApiKey, now: datetime = NOW) -> decisions.Review:
    return decisions.review(ApiKey.objects.filter(pk=key.pk).select_related("account__user"), now)


def test_accepted_finding_is_dismissed_with_its_reason() -> None:
    key = open_key()
    decisions.accept(review(key).open[0], "A phone, from everywhere.", by=owner(key.account.user))
    [dismissed] = review(key).dismissed
    assert (review(key).open, dismissed.decision.reason) == ([], "A phone, from everywhere.")


def test_accepting_requires_a_reason() -> None:
    key = open_key()
    with pytest.raises(ValidationError, match="reason for accepting"):
        decisions.accept(review(key).open[0], "  ", by=owner(key.account.user))


@pytest.mark.parametrize(("later", "is_open"), [(7 * DAY, True), (7 * DAY - timedelta(seconds=1), False)])
def test_snoozed_finding_returns_on_its_date(later: timedelta, is_open: bool) -> None:
    key = open_key()
    decisions.snooze(review(key).open[0], NOW + 7 * DAY, by=owner(key.account.user))
    with time_machine.travel(NOW + later, tick=False):
        use(key, NOW + later, required="trading")
        usage_recorder.flush()
        assert (Code.ANY_ADDRESS in {finding.code for finding in review(key, NOW + later).open}) == is_open


@pytest.mark.parametrize("until", [NOW, NOW - DAY, NOW + 181 * DAY])
def test_snooze_lasts_half_a_year_at_most(until: datetime) -> None:
    key = open_key()
    with pytest.raises(ValidationError, match="180 days"):
        decisions.snooze(review(key).open[0], until, by=owner(key.account.user))


def test_new_grounds_reopen_a_finding() -> None:
    key = made(10 * DAY)
    use(key, NOW - HOUR, address="192.0.2.66", required="trading", outcome="address_not_allowed")
    use(key, NOW - HOUR, required="trading")
    usage_recorder.flush()
    decisions.accept(review(key).open[0], "My own laptop.", by=owner(key.account.user))
    use(key, NOW, address="192.0.2.67", outcome="address_not_allowed")  # the same network
    usage_recorder.flush()
    assert review(key).open == []
    use(key, NOW, address="198.18.0.1", outcome="address_not_allowed")
    usage_recorder.flush()
    assert [finding.code for finding in review(key).open] == [Code.USED_ELSEWHERE]


def test_worse_ip_restriction_reopens_a_finding() -> None:
    key = open_key()
    edit(key, NOW, permissions=READ)
    decisions.accept(review(key).open[0], "It only reads.", by=owner(key.account.user))
    edit(key, NOW, permissions=BOTH)
    assert [finding.code for finding in review(key).open] == [Code.ANY_ADDRESS]


def test_dismissed_finding_can_be_reopened() -> None:
    key = open_key()
    [finding] = review(key).open
    decisions.accept(finding, "For now.", by=owner(key.account.user))
    decisions.reopen(finding, by=owner(key.account.user))
    assert (review(key).open, review(key).dismissed) == ([finding], [])


def test_decisions_are_in_the_history() -> None:
    key = open_key()
    [finding] = review(key).open
    decisions.snooze(finding, NOW + DAY, by=owner(key.account.user))
    decisions.accept(finding, "A phone.", by=owner(key.account.user))
    kinds = [event.kind for event in key.events.order_by("id")]
    assert (kinds, FindingDecision.objects.count()) == ([EventKind.CREATED, EventKind.SNOOZED, EventKind.ACCEPTED], 1)


def test_reviewing_changes_nothing() -> None:
    key = open_key()
    before = list(KeyUsage.objects.values())
    review(key)
    assert list(KeyUsage.objects.values()) == before
