"""What a key will be able to do, in one sentence, and the risks of its settings."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from apikeys.models import Kind, Purpose
from apikeys.network.ip_allowlist import is_wide
from apikeys.permissions import Permission

LONG_LIFE = timedelta(days=364)
MAY = {
    frozenset({Permission.READ, Permission.TRADING}): (
        "see balances, positions, orders and trades, and place, change and cancel orders"
    ),
    frozenset({Permission.READ}): "see balances, positions, orders and trades, and change nothing",
    frozenset({Permission.TRADING}): "place, change and cancel orders, without seeing balances, positions or orders",
}


def rights(permissions: frozenset[Permission], networks: str) -> str:
    """Say what a key can do and from where. `networks` is a stored list, empty for any IP address."""
    allowed = networks.replace(",", ", ")
    return f"{MAY[permissions]}, {f'from {allowed} only' if allowed else 'from any address'}"


def sentence(name: str, permissions: frozenset[Permission], networks: str, expires_at: datetime) -> str:
    until = f"{timezone.localtime(expires_at):%-d %b %Y, %H:%M %Z}"
    return f"{name} can {rights(permissions, networks)}, until {until}."


def risks(
    kind: Kind,
    purpose: Purpose,
    permissions: Collection[Permission],
    networks: str,
    expires_at: datetime,
) -> Iterator[str]:
    trades = Permission.TRADING in permissions
    if trades and purpose == Purpose.MONITORING:
        yield "Its purpose is monitoring, yet it could trade. Leave Trading out, or change the purpose."
    if not networks:
        yield (
            "Anyone who obtains the secret could trade on your account from anywhere: list the addresses you use."
            if trades
            else "Anyone who obtains the secret could read your account from anywhere."
        )
    if wide := [entry for entry in networks.split(",") if entry and is_wide(entry)]:
        yield f"{', '.join(wide)} is wider than a single network."
    if trades and kind == Kind.BEARER:
        yield "A bearer token travels with every call. For trading, a signing key is safer."
    if expires_at - timezone.now() > LONG_LIFE:
        yield "A year is long: a key that is forgotten stays open until then."
