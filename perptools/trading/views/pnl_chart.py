"""The daily PnL chart: the geometry of an SVG with bars above and below zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SLOT, BAR, HALF = 20, 14, 60


@dataclass(frozen=True, slots=True)
class Bar:
    day: date
    pnl: Decimal
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class PnlChart:
    bars: list[Bar]
    total: Decimal
    width: int
    bar_width: int = BAR
    height: int = 2 * HALF
    zero: int = HALF

    @classmethod
    def of(cls, pnl: Mapping[date, Decimal]) -> "PnlChart":
        largest = max(abs(value) for value in pnl.values()) or 1
        bars = []
        for number, (day, value) in enumerate(pnl.items()):
            height = max(round(HALF * abs(value) / largest), 1) if value else 0
            bars.append(Bar(day, value, number * SLOT, HALF - height if value > 0 else HALF, height))
        return cls(bars, sum(pnl.values(), Decimal(0)), SLOT * len(bars))
