"""Format numbers for traders: with the market's precision, thousands separators, and a sign besides the colour."""

from decimal import Decimal

from perptools.trading.models import Market

MINUS = "\N{MINUS SIGN}"


def money(value: Decimal, places: int = 2) -> str:
    return _written(value, places, "")


def signed(value: Decimal, places: int = 2) -> str:
    return _written(value, places, "+")


def price(value: Decimal, market: Market) -> str:
    return _written(value, places_of(market.quote_tick), "")


def quantity(value: Decimal, market: Market) -> str:
    return _written(value, places_of(market.base_tick), "")


def percent(value: Decimal, places: int = 2) -> str:
    return f"{_written(value * 100, places, '')}%"


def signed_percent(value: Decimal) -> str:
    return f"{_written(value * 100, 2, '+')}%"


def bps_percent(value: int) -> str:
    """Format basis points as a percentage."""
    return f"{Decimal(value) / 100:.3f}%"


def tone(value: Decimal) -> str:
    """Return the CSS class of a profit or loss."""
    if not value:
        return "muted"
    return "gain" if value > 0 else "loss"


def ticker(market: Market) -> str:
    return f"{market.symbol.removeprefix('PERP_').removesuffix('_USDC')}-PERP"


def places_of(tick: Decimal) -> int:
    return max(0, -int(tick.normalize().as_tuple().exponent))


def _written(value: Decimal, places: int, plus: str) -> str:
    rounded = round(Decimal(value), places)
    sign = MINUS if rounded < 0 else plus if rounded > 0 else ""
    return f"{sign}{abs(rounded):,.{places}f}"
