"""The fixes: what each would do to a key's own calls, and doing it. None ever lets a key do more than it may now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apikeys.audit.log import Actor
from apikeys.keys import creation, editing, guards, pausing
from apikeys.keys.validation import KeySettings
from apikeys.models import ApiKey, Kind
from apikeys.review import decisions
from apikeys.review.findings import Finding, Fix
from apikeys.review.impact import Replay, replay
from apikeys.review.least_privilege import settings_after

TIME_TO_MOVE = timedelta(days=7)  # to the new keys of a split
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Offer:
    """A fix that a finding offers, and what it would have done to the key's calls of the last 30 days."""

    fix: Fix
    settings: KeySettings | None = None
    replay: Replay | None = None

    @property
    def networks(self) -> list[str]:
        return self.settings.networks.split(",") if self.settings and self.fix == Fix.LOCK else []


@dataclass(frozen=True, slots=True)
class Offered:
    """A finding with the fixes it offers."""

    finding: Finding
    offers: list[Offer]

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(finding, [offer(fix, finding) for fix in finding.fixes])


def offer(fix: Fix, finding: Finding) -> Offer:
    settings = settings_after(fix, finding.key, finding.habits)
    return Offer(fix, settings, replay(finding.habits.calls, settings) if settings else None)


# -- Doing it --------------------------------------------------------------------------------------------------------

AT_ONCE = frozenset({Fix.READ_ONLY, Fix.LOCK, Fix.PAUSE})


@transaction.atomic
def apply(fix: Fix, finding: Finding, *, by: Actor) -> ApiKey:
    """Do a fix that needs nothing but a click. Raises ValidationError, RecentSignInRequired."""
    # Locked and read again, so that what was edited a moment ago stays as it was edited.
    key = guards.lock_with_account(finding.key)
    if fix == Fix.PAUSE:
        return pausing.pause(key, by=by)
    wanted = settings_after(fix, key, finding.habits)
    if wanted is None:
        raise ValidationError({"__all__": "That cannot be done for this key any more."})
    return editing.edit(key, wanted, by=by)


@sensitive_variables("made")
@transaction.atomic
def split(finding: Finding, *, by: Actor, submission: UUID) -> list[tuple[ApiKey, str]]:
    """Make one new key for each place that uses a shared one, with the same settings. The old key stays for now.

    The finding is snoozed for as long as it takes to move the programs to their new keys.

    Returns the keys with their secrets. Raises ValidationError, RecentSignInRequired, AlreadySubmitted.
    """
    key = finding.key
    made = [
        creation.create(
            key.account,
            replace(KeySettings.of(key), name=name),
            kind=Kind(key.kind),
            by=by,
            submission=submission_of_split(submission, number),
        )
        for number, name in enumerate(names_of_split(key, places_of(finding)))
    ]
    decisions.snooze(finding, timezone.now() + TIME_TO_MOVE, by=by)
    return made


def submission_of_split(submission: UUID, number: int) -> UUID:
    """The one-use number of each key that one form makes."""
    return uuid5(submission, str(number))


def places_of(finding: Finding) -> list[str]:
    return sorted(finding.marks)


def names_of_split(key: ApiKey, places: Sequence[str]) -> list[str]:
    """Name the keys of a split after the old one, numbered past the names that the account has."""
    taken = set(key.account.keys.live().values_list("name", flat=True))
    candidates = (_numbered(key.name, number) for number in range(1, len(taken) + len(places) + 1))
    free = (name for name in candidates if name not in taken)
    return [name for name, _ in zip(free, places, strict=False)]


def _numbered(name: str, number: int) -> str:
    ending = f" {number}"
    return name[: LONGEST_NAME - len(ending)] + ending
