"""Milliseconds on the wire, aware UTC in the code, and the periods that candles and fundings fall into."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def ms(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MILLISECOND


def floor_to_period(moment: datetime, period: timedelta) -> datetime:
    """The start of the period that a moment is in; periods are counted from the epoch, midnight UTC."""
    return EPOCH + (moment - EPOCH) // period * period
