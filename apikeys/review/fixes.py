"""Fixes for findings: what each would have blocked, and applying it.

A fix does exactly what was shown, or nothing: it is computed again once the key is locked. No fix ever adds access.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apikeys.audit.log import Actor
from apikeys.db.batching import locked
from apikeys.keys import creation, editing, guards, pausing
from apikeys.keys.creation import NewKeyPair
from apikeys.keys.validation import KeySettings
from apikeys.models import Account, ApiKey, Kind
from apikeys.review import decisions
from apikeys.review.findings import Finding, Fix, fingerprint
from apikeys.review.impact import Impact, calculate
from apikeys.review.least_privilege import settings_after
from apikeys.review.programs import Program, programs_at

TIME_TO_MOVE = timedelta(days=7)  # how long the finding is snoozed while the programs move to their new keys
LONGEST_NAME = 64


class OfferChanged(ValidationError):
    """The fix or its finding is no longer what was shown. Nothing was done."""

    def __init__(self) -> None:
        super().__init__("This finding changed in the meantime. Nothing was changed. Check it again.")


@dataclass(frozen=True, slots=True)
class Offer:
    """A fix for a finding, and what it would have done to the key's requests of the last 30 days."""

    fix: Fix
    finding: Finding
    settings: KeySettings | None = None
    impact: Impact | None = None

    @property
    def networks(self) -> list[str]:
        return self.settings.networks.split(",") if self.settings and self.fix == Fix.LOCK else []

    @property
    def chosen(self) -> str:
        """What a form sends back to choose this offer, as it was shown."""
        return f"{self.finding.key.pk}.{self.fingerprint}"

    @property
    def fingerprint(self) -> str:
        """Changes whenever the fix would do something else. More requests that it wouldn't block change nothing."""
        shown = [self.fix, self.finding.fingerprint]
        if self.settings and self.impact:
            shown += [self.settings.networks, *sorted(self.settings.permissions), str(self.impact.rejected)]
        if self.fix == Fix.SPLIT:
            shown += map(str, programs_of(self.finding))
        return fingerprint(*shown)


@dataclass(frozen=True, slots=True)
class Offered:
    """A finding with its fixes."""

    finding: Finding
    offers: list[Offer]

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(finding, [offer(fix, finding) for fix in finding.fixes])


def offer(fix: Fix, finding: Finding) -> Offer:
    settings = settings_after(fix, finding)
    return Offer(fix, finding, settings, calculate(finding.profile.calls, settings) if settings else None)


# -- Doing it --------------------------------------------------------------------------------------------------------

Split = tuple[Finding, list[tuple[ApiKey, str]]]
AT_ONCE = frozenset({Fix.READ_ONLY, Fix.LOCK, Fix.PAUSE})


@transaction.atomic
def apply(fix: Fix, code: str, shown: Mapping[int, str], account: Account, *, by: Actor) -> list[ApiKey]:
    """Apply a fix that needs no further input to keys of an account. Returns those that it was applied to.

    `shown` has the fingerprint of each key's offer on the page, by key ID. A key whose offer changed in the meantime is
    skipped. Raises OfferChanged if all of them did.
    """
    guards.lock_account(account)
    keys = locked(account.keys.filter(pk__in=shown)).select_related("account__user").order_by("pk")
    return [_apply(one, by) for one in _still_offered(fix, code, keys, shown)]


def _apply(offered: Offer, by: Actor) -> ApiKey:
    if offered.fix == Fix.PAUSE:
        return pausing.pause(offered.finding.key, by=by)
    if offered.settings is None:
        raise OfferChanged
    return editing.edit(offered.finding.key, offered.settings, by=by)


def _still_offered(fix: Fix, code: str, keys: Collection[ApiKey], shown: Mapping[int, str]) -> list[Offer]:
    """Review locked keys again, and return the offers that are as they were shown. Raises OfferChanged if none is."""
    found = [finding for finding in decisions.review(keys, timezone.now()).open if finding.code == code]
    offers = [offer(fix, finding) for finding in found if fix in finding.fixes]
    unchanged = [one for one in offers if one.fingerprint == shown[one.finding.key.pk]]
    if not unchanged:
        raise OfferChanged
    return unchanged


@sensitive_variables("made")
@transaction.atomic
def split(key: ApiKey, code: str, *, shown: str, by: Actor, idempotency_key: UUID) -> Split:
    """Create one key for each program that uses a shared key, with the same settings. The shared key keeps working.

    The finding is snoozed while the programs move to their new keys. `shown` is the fingerprint of the offer on the
    page.

    Returns the finding and the keys with their secrets. Raises OfferChanged, ValidationError, RecentSignInRequired,
    AlreadySubmitted.
    """
    guards.lock_account(key.account, idempotency_key_of_split(idempotency_key, 0))
    [offered] = _still_offered(Fix.SPLIT, code, [guards.lock(key)], {key.pk: shown})
    finding, key = offered.finding, offered.finding.key
    made = [
        creation.create(
            key.account,
            replace(KeySettings.of(key), name=name),
            kind=Kind(key.kind),
            by=by,
            pair=NewKeyPair(idempotency_key=idempotency_key_of_split(idempotency_key, number)),
        )
        for number, name in enumerate(names_of_split(key, programs_of(finding)))
    ]
    decisions.snooze(finding, timezone.now() + TIME_TO_MOVE, by=by)
    return finding, made


def idempotency_key_of_split(idempotency_key: UUID, number: int) -> UUID:
    """Return the idempotency key of the split's key with this number: one form creates several keys."""
    return uuid5(idempotency_key, str(number))


def programs_of(finding: Finding) -> list[Program]:
    return programs_at(finding.grounds, finding.profile)


def names_of_split(key: ApiKey, programs: Sequence[Program]) -> list[str]:
    """Name the new keys after the shared one, with the first numbers that the account doesn't use."""
    taken = set(key.account.keys.live().values_list("name", flat=True))
    candidates = (_numbered(key.name, number) for number in range(1, len(taken) + len(programs) + 1))
    free = (name for name in candidates if name not in taken)
    return [name for name, _ in zip(free, programs, strict=False)]


def _numbered(name: str, number: int) -> str:
    ending = f" {number}"
    return name[: LONGEST_NAME - len(ending)] + ending
