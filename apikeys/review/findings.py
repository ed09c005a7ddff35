"""What a review can find: the risks, how bad, and what can be done about each."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from hashlib import sha256

from apikeys.models import ApiKey
from apikeys.review.usage_profile import UsageProfile


class Risk(StrEnum):
    """The guide's six, in its order and its words."""

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
    """Each way a risk shows."""

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
    profile: UsageProfile = field(default_factory=UsageProfile, repr=False, compare=False)  # what it was found in

    @property
    def risk(self) -> Risk:
        return self.code.risk

    @property
    def fingerprint(self) -> str:
        """The same for as long as the finding rests on the same."""
        return fingerprint(self.code, *sorted(self.grounds))


def fingerprint(*shown: str) -> str:
    """Shorten what a page shows to a word, which its form sends back: only what was shown is done or decided."""
    return sha256("\n".join(shown).encode()).hexdigest()[:16]
