"""Findings of one kind, grouped across keys: what they have in common, and what fixes all of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from apikeys import wording
from apikeys.review.findings import Code, Finding, Fix, Level
from apikeys.review.fixes import AT_ONCE, Offer, offer
from apikeys.review.impact import Impact

_SENTENCES = {
    Code.LEAKED: "The secrets of {keys} were exposed.",
    Code.USED_ELSEWHERE: "Someone used the right secrets of {keys} from IP addresses that aren’t allowed.",
    Code.SHARED: "Several networks keep using {keys} at the same time.",
    Code.MONITORING_TRADES: "{keys} are for monitoring, but can trade.",
    Code.UNUSED_TRADING: "{keys} can trade, but don’t.",
    Code.ANY_ADDRESS: "{keys} accept requests from any IP address.",
    Code.WIDE_NETWORK: "{keys} accept requests from far more IP addresses than they need.",
    Code.OWNER_AWAY: "{keys} can trade, but their owner hasn’t signed in for 60 days.",
    Code.OLD: "The secrets of {keys} are more than 180 days old.",
    Code.UNREVIEWED: "You haven’t reviewed {keys} for 90 days.",
    Code.NEVER_USED: "{keys} have never been used.",
    Code.WENT_QUIET: "{keys} were used almost every day, then stopped.",
    Code.IDLE: "{keys} haven’t been used for at least 30 days.",
}
TRADING_IS_WORSE = frozenset({Code.ANY_ADDRESS, Code.WIDE_NETWORK, Code.NEVER_USED, Code.IDLE})


@dataclass(frozen=True)
class SharedFix:
    """One fix that is offered for several findings of a group."""

    fix: Fix
    offers: list[Offer]

    @cached_property
    def impact(self) -> Impact | None:
        """What the fix would have blocked, over all keys. None if it changes no settings."""
        impacts = [one.impact for one in self.offers if one.impact]
        if not impacts:
            return None
        return Impact(sum(one.calls for one in impacts), sum(one.rejected for one in impacts))


@dataclass(frozen=True)
class Group:
    code: Code
    findings: list[Finding]

    @property
    def level(self) -> Level:
        return max(finding.level for finding in self.findings)

    @property
    def sentence(self) -> str:
        """Say what these keys have in common; of one key, what its finding says."""
        if len(self.findings) == 1:
            return self.findings[0].sentence
        common = _SENTENCES[self.code].format(keys=wording.counted(len(self.findings), "key"))
        return f"{common} {self._trading()}".strip()

    def _trading(self) -> str:
        trading = sum(finding.key.can_trade for finding in self.findings)
        if self.code not in TRADING_IS_WORSE or not trading:
            return ""
        return "All of them can trade." if trading == len(self.findings) else f"{trading} of them can trade."

    @cached_property
    def fixes(self) -> list[SharedFix]:
        """The fixes that can be applied to two or more of these keys at once."""
        offers: dict[Fix, list[Offer]] = defaultdict(list)
        for finding in self.findings:
            for fix in finding.fixes:
                if fix in AT_ONCE:
                    offers[fix].append(offer(fix, finding))
        return [SharedFix(fix, found) for fix, found in offers.items() if len(found) > 1]


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Group findings by kind. They come worst first, and so do the groups."""
    found: dict[Code, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.code].append(finding)
    return [Group(code, of_this_kind) for code, of_this_kind in found.items()]
