"""What a trader decides about a key: what may be decided, and whether it lets the key do more."""

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from django.core.exceptions import ValidationError

from apikeys.crypto import secret_scanning
from apikeys.models import LONGEST_LIFE, Account, AddressRule, ApiKey, Purpose
from apikeys.network import ip_allowlist
from apikeys.permissions import Permission


@dataclass(frozen=True, slots=True)
class KeySettings:
    """What a trader decides about a key. `networks` is normalised, and empty for any address."""

    name: str
    purpose: Purpose
    permissions: frozenset[Permission]
    address_rule: AddressRule
    networks: str
    expires_at: datetime

    @classmethod
    def of(cls, key: ApiKey) -> "KeySettings":
        return cls(
            name=key.name,
            purpose=Purpose(key.purpose),
            permissions=key.permissions,
            address_rule=AddressRule(key.address_rule),
            networks=key.networks,
            expires_at=key.expires_at,
        )

    def apply_to(self, key: ApiKey) -> None:
        key.name = self.name
        key.purpose = self.purpose
        key.can_read = Permission.READ in self.permissions
        key.can_trade = Permission.TRADING in self.permissions
        key.address_rule = self.address_rule
        key.networks = self.networks
        key.expires_at = self.expires_at


def widens(before: KeySettings, after: KeySettings) -> bool:
    """Tell whether a key could do more afterwards: from more places, for longer, or more kinds of things."""
    return (
        not after.permissions <= before.permissions
        or after.expires_at > before.expires_at
        or _opens_addresses(before, after)
    )


def _opens_addresses(before: KeySettings, after: KeySettings) -> bool:
    if before.address_rule == AddressRule.ANY:
        return False
    return after.address_rule == AddressRule.ANY or not ip_allowlist.covers(before.networks, after.networks)


def changes(before: KeySettings, after: KeySettings) -> dict[str, list[object]]:
    pairs = {name: [_plain(getattr(before, name)), _plain(getattr(after, name))] for name in KeySettings.__slots__}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


# -- What may be decided ---------------------------------------------------------------------------------------------


def check(wanted: KeySettings) -> None:
    """Raises ValidationError by field."""
    if not wanted.name.strip() or len(wanted.name) > 64:
        refuse("name", "Give the key a name of at most 64 characters.")
    refuse_secret("name", wanted.name)
    if not wanted.permissions:
        refuse("permissions", "Choose at least one permission.")
    if wanted.address_rule == AddressRule.LIST:
        try:
            if ip_allowlist.normalise(wanted.networks) != wanted.networks:
                refuse("networks", "The list of addresses is not in its normal form.")
        except ip_allowlist.InvalidNetworks as error:
            raise ValidationError({"networks": error.problems}) from None
    elif wanted.networks:
        refuse("networks", "“Any address” takes no list of addresses.")


def refuse_secret(field: str, text: str) -> None:
    """Refuse a text that holds a token: it would be stored, shown and mailed."""
    if secret_scanning.holds_token(text):
        refuse(field, "This looks like a secret. Keep it out of here, and delete its key if anybody may have seen it.")


def check_expiry(expires_at: datetime, now: datetime) -> None:
    if expires_at <= now:
        refuse("expires_at", "Choose a time in the future.")
    if expires_at > now + LONGEST_LIFE:
        refuse(
            "expires_at", f"A key lives at most 365 days: choose {now + LONGEST_LIFE:%Y-%m-%d %H:%M} UTC or earlier."
        )


def check_name_is_free(account: Account, name: str) -> None:
    if account.keys.current().filter(name=name).exists():
        refuse("name", f"Another of your keys is called “{name}”. One key, one system: name it after its own.")


def refuse(field: str, message: str) -> NoReturn:
    raise ValidationError({field: message})
