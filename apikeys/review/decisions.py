"""Traders' decisions about findings: snooze until a date, or accept with a reason.

A decision applies until the finding has new grounds or gets worse. Then the finding is open again.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.keys import validation
from apikeys.models import ApiKey, EventKind, FindingDecision
from apikeys.review import reviewer
from apikeys.review.findings import Finding

LONGEST_SNOOZE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Dismissed:
    """A finding that its owner has snoozed or accepted."""

    finding: Finding
    decision: FindingDecision


@dataclass(frozen=True, slots=True)
class Review:
    """The findings of some keys, worst first."""

    open: list[Finding]
    dismissed: list[Dismissed]


def review(keys: Collection[ApiKey], now: datetime) -> Review:
    """Review keys, and separate the findings that a decision applies to. One query more than `reviewer.review`."""
    made = {(decision.key_id, decision.code): decision for decision in FindingDecision.objects.filter(key__in=keys)}
    sorted_out = Review([], [])
    for finding in reviewer.review(keys, now):
        decision = made.get((finding.key.pk, finding.code))
        if decision and holds(decision, finding, now):
            sorted_out.dismissed.append(Dismissed(finding, decision))
        else:
            sorted_out.open.append(finding)
    return sorted_out


def holds(decision: FindingDecision, finding: Finding, now: datetime) -> bool:
    return finding.grounds <= set(decision.grounds) and (decision.until is None or now < decision.until)


def unchanged(findings: Iterable[Finding], shown: Mapping[int, str]) -> list[Finding]:
    """Return the findings whose grounds are what was shown. `shown` has their fingerprints, by key ID.

    Raises ValidationError if all of them changed.
    """
    found = [finding for finding in findings if finding.fingerprint == shown.get(finding.key.pk)]
    if not found:
        raise ValidationError("This finding changed in the meantime. Nothing was saved. Check it again.")
    return found


def snooze(finding: Finding, until: datetime, *, by: Actor) -> FindingDecision:
    """Snooze a finding until a date, at most 180 days away. Raises ValidationError."""
    if not timezone.now() < until <= timezone.now() + LONGEST_SNOOZE:
        raise ValidationError({"until": "Choose a date within the next 180 days."})
    return _decide(finding, EventKind.SNOOZED, by, until=until)


def accept(finding: Finding, reason: str, *, by: Actor) -> FindingDecision:
    """Accept a finding until something about it changes. Raises ValidationError."""
    if not reason.strip():
        raise ValidationError({"reason": "Enter the reason for accepting this risk."})
    validation.reject_secret("reason", reason)
    return _decide(finding, EventKind.ACCEPTED, by, reason=reason.strip()[:300])


@transaction.atomic
def reopen(finding: Finding, *, by: Actor) -> None:
    deleted, _ = FindingDecision.objects.filter(key=finding.key, code=finding.code).delete()
    if deleted:
        _record(finding, EventKind.REOPENED, by)


@transaction.atomic
def _decide(
    finding: Finding, kind: EventKind, by: Actor, *, until: datetime | None = None, reason: str = ""
) -> FindingDecision:
    decided = {
        "until": until,
        "reason": reason,
        "grounds": sorted(finding.grounds),
        "decided_at": timezone.now(),
        "decided_by": by.user,
    }
    decision, _ = FindingDecision.objects.update_or_create(key=finding.key, code=finding.code, defaults=decided)
    _record(finding, kind, by, reason)
    return decision


def _record(finding: Finding, kind: EventKind, by: Actor, reason: str = "") -> None:
    audit_log.record(finding.key, kind, by, f"{finding.sentence} {reason}".strip())
