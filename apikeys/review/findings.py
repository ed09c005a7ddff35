"""The findings of a review: which risk, how bad, and what can be done about it."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from hashlib import sha256

from apikeys.models import ApiKey
from apikeys.review.usage_profile import UsageProfile


class Risk(StrEnum):
    """The six risks of the guide, in its order and words."""

    PERMISSION = "Permission setup"
    ADDRESS = "IP restriction"
    EXPIRATION = "Expiration handling"
    USAGE = "Key usage"
    STORAGE = "Storage practice"
    MANAGEMENT = "Ongoing management"


class Level(IntEnum):
    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        return self.name.lower()


class Fix(StrEnum):
    READ_ONLY = "read_only"
    LOCK = "lock"
    PAUSE = "pause"
    DELETE = "delete"
    REGENERATE = "regenerate"
    SPLIT = "split"
    EDIT = "edit"
    REVIEW = "review"


class Code(StrEnum):
    """The kinds of findings. Decisions and URLs contain their values."""

    MONITORING_TRADES = "monitoring_trades"
    UNUSED_TRADING = "unused_trading"
    ANY_ADDRESS = "any_address"
    WIDE_NETWORK = "wide_network"
    NEVER_USED = "never_used"
    WENT_QUIET = "went_quiet"
    IDLE = "idle"
    SHARED = "shared"
    LEAKED = "exposed"
    USED_ELSEWHERE = "used_elsewhere"
    OLD = "old"
    UNREVIEWED = "unreviewed"
    OWNER_AWAY = "owner_away"

    @property
    def risk(self) -> Risk:
        return _RISKS[self]


_RISKS = {
    Code.MONITORING_TRADES: Risk.PERMISSION,
    Code.UNUSED_TRADING: Risk.PERMISSION,
    Code.ANY_ADDRESS: Risk.ADDRESS,
    Code.WIDE_NETWORK: Risk.ADDRESS,
    Code.NEVER_USED: Risk.EXPIRATION,
    Code.WENT_QUIET: Risk.EXPIRATION,
    Code.IDLE: Risk.EXPIRATION,
    Code.SHARED: Risk.USAGE,
    Code.LEAKED: Risk.STORAGE,
    Code.USED_ELSEWHERE: Risk.STORAGE,
    Code.OLD: Risk.MANAGEMENT,
    Code.UNREVIEWED: Risk.MANAGEMENT,
    Code.OWNER_AWAY: Risk.MANAGEMENT,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One risk of one key.

    `sentence` names no client's IP address, because the audit log keeps it forever; `evidence` can. `grounds` are the
    facts behind the finding: a new one ends an earlier decision about it.
    """

    key: ApiKey
    code: Code
    level: Level
    sentence: str
    evidence: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    grounds: frozenset[str] = frozenset()
    # What the finding is based on.
    profile: UsageProfile = field(default_factory=UsageProfile, repr=False, compare=False)

    @property
    def risk(self) -> Risk:
        return self.code.risk

    @property
    def fingerprint(self) -> str:
        """Changes whenever the grounds do."""
        return fingerprint(self.code, *sorted(self.grounds))


def fingerprint(*shown: str) -> str:
    """Hash what a page shows. The page's form sends it back, so that only what was shown is done or decided."""
    return sha256("\n".join(shown).encode()).hexdigest()[:16]
