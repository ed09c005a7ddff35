"""The fee of a fill: a rate on its value, in basis points, as ccxt assumes for Orderly's brokers."""

from decimal import Decimal

from perptools.trading.decimals import times

TAKER_BPS = 5
MAKER_BPS = 2
BPS = Decimal("0.0001")


def fee(value: Decimal, *, is_maker: bool) -> Decimal:
    return times(value, BPS * (MAKER_BPS if is_maker else TAKER_BPS))
