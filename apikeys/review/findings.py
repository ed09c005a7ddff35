"""The findings of a review: which kind, how bad, and what can be done about it."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from hashlib import sha256

from apikeys.models import ApiKey
from apikeys.review.usage_profile import UsageProfile


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
    """The kinds of findings. Decisions and URLs contain their values.

    Of findings of one level, the first one here is the worst: first who else has the key, then what it can do, then
    what was forgotten.
    """

    LEAKED = "exposed"
    USED_ELSEWHERE = "used_elsewhere"
    SHARED = "shared"
    MONITORING_TRADES = "monitoring_trades"
    UNUSED_TRADING = "unused_trading"
    ANY_ADDRESS = "any_address"
    WIDE_NETWORK = "wide_network"
    OWNER_AWAY = "owner_away"
    OLD = "old"
    UNREVIEWED = "unreviewed"
    NEVER_USED = "never_used"
    WENT_QUIET = "went_quiet"
    IDLE = "idle"

    @property
    def headline(self) -> str:
        return _HEADLINES[self]


_HEADLINES = {
    Code.LEAKED: "Leaked",
    Code.USED_ELSEWHERE: "Used from an unknown IP address",
    Code.SHARED: "Shared by several programs",
    Code.MONITORING_TRADES: "For monitoring, but can trade",
    Code.UNUSED_TRADING: "Can trade, but doesn’t",
    Code.ANY_ADDRESS: "Open to the internet",
    Code.WIDE_NETWORK: "Open to large networks",
    Code.OWNER_AWAY: "Can trade while you’re away",
    Code.OLD: "Old secret",
    Code.UNREVIEWED: "Due for a review",
    Code.NEVER_USED: "Never used",
    Code.WENT_QUIET: "Stopped being used",
    Code.IDLE: "Not used lately",
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
    narrow_list: str = ""  # the IP allowlist that the fix LOCK sets
    # What the finding is based on.
    profile: UsageProfile = field(default_factory=UsageProfile, repr=False, compare=False)

    @property
    def details(self) -> tuple[str, ...]:
        """What is known about this key alone, for a list of keys with the same finding."""
        return self.evidence or (self.sentence,)

    @property
    def chosen(self) -> str:
        """What a form sends back to choose this finding, as it was shown."""
        return f"{self.key.pk}.{self.fingerprint}"

    @property
    def fingerprint(self) -> str:
        """Changes whenever the grounds do."""
        return fingerprint(self.code, *sorted(self.grounds))


def fingerprint(*shown: str) -> str:
    """Hash what a page shows. The page's form sends it back, so that only what was shown is done or decided."""
    return sha256("\n".join(shown).encode()).hexdigest()[:16]
