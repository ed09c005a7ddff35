"""Template filters for numbers."""

from django import template

from perptools.trading.formatting import (
    bps_percent,
    money,
    percent,
    price,
    quantity,
    signed,
    signed_percent,
    ticker,
    tone,
)

register = template.Library()
for written in (money, signed, price, quantity, percent, signed_percent, bps_percent, tone, ticker):
    register.filter(written)
