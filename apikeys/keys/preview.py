"""What a key can do, in words, and the risks of its settings."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from apikeys.models import Kind, Purpose
from apikeys.network.ip_allowlist import is_wide
from apikeys.permissions import Permission
from apikeys.wording import listed

LONG_LIFE = timedelta(days=364)
CAN = {
    frozenset({Permission.READ, Permission.TRADING}): "read and trade",
    frozenset({Permission.READ}): "read",
    frozenset({Permission.TRADING}): "trade",
}
MOST_NETWORKS = 3  # that are listed; more are counted


def rights(permissions: frozenset[Permission], networks: str) -> str:
    """Say what a key can do and from where. `networks` is a stored list, empty for any IP address."""
    where = listed(networks.split(","), MOST_NETWORKS) if networks else "any IP address"
    return f"{CAN[permissions]} from {where}"


def rights_until(permissions: frozenset[Permission], networks: str, expires_at: datetime) -> str:
    return f"{rights(permissions, networks)} until {timezone.localtime(expires_at):%-d %b %Y, %H:%M %Z}"


def risks(
    kind: Kind,
    purpose: Purpose,
    permissions: Collection[Permission],
    networks: str,
    expires_at: datetime,
) -> Iterator[str]:
    trades = Permission.TRADING in permissions
    if trades and purpose == Purpose.MONITORING:
        yield "This key is for monitoring, but it can trade. Remove Trading, or change the purpose."
    if not networks:
        can = "trade on your account" if trades else "read your account"
        yield f"Anyone with the secret can {can} from anywhere. Add the IP addresses you use."
    if wide := [entry for entry in networks.split(",") if entry and is_wide(entry)]:
        yield f"{listed(wide)} covers far more IPs than one network needs."
    if trades and kind == Kind.BEARER:
        yield "A bearer token is sent with every request. For trading, a signing key is safer."
    if expires_at - timezone.now() > LONG_LIFE:
        yield "Consider a shorter expiration. A forgotten key keeps working until then."
