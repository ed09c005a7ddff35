"""Timestamps: milliseconds in the API, aware UTC in the code, and the periods of candles and fundings."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def ms(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MILLISECOND


def floor_to_period(moment: datetime, period: timedelta) -> datetime:
    """Return the start of the period that contains a time. Periods are counted from the epoch, midnight UTC."""
    return EPOCH + (moment - EPOCH) // period * period
