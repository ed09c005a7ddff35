"""A key's settings: which ones are valid, and which ones add no access."""

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError

from apikeys.crypto import secret_scanning
from apikeys.models import Account, AddressRule, ApiKey, Purpose
from apikeys.network import ip_allowlist
from apikeys.permissions import Permission


@dataclass(frozen=True, slots=True)
class KeySettings:
    """The settings that a trader chooses. `networks` is normalised, and empty for any IP address."""

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

    @classmethod
    def in_force(cls, key: ApiKey) -> "KeySettings | None":
        """Return the settings that the gate uses. None for a paused or deleted key, which it rejects."""
        return None if key.revoked_at or key.paused_at else cls.of(key)

    def apply_to(self, key: ApiKey) -> None:
        key.name = self.name
        key.purpose = self.purpose
        key.can_read = Permission.READ in self.permissions
        key.can_trade = Permission.TRADING in self.permissions
        key.address_rule = self.address_rule
        key.networks = self.networks
        key.expires_at = self.expires_at


def grants_nothing_new(old: KeySettings | None, new: KeySettings | None) -> bool:
    """Return whether `old` admits every request that `new` admits: by permission, IP address, time and state.

    None admits no request. It stands for a key that is paused or deleted, or that does not exist yet. Everything that
    could give a key access asks this, and what it answers with no needs a recent sign-in (`guards.require_step_up`).
    """
    if new is None:
        return True
    return (
        old is not None
        and new.permissions <= old.permissions
        and new.expires_at <= old.expires_at
        and _admits_no_new_address(old, new)
    )


def _admits_no_new_address(old: KeySettings, new: KeySettings) -> bool:
    if old.address_rule == AddressRule.ANY:
        return True
    return new.address_rule == AddressRule.LIST and ip_allowlist.covers(old.networks, new.networks)


def changes(before: KeySettings, after: KeySettings) -> dict[str, list[object]]:
    pairs = {name: [_plain(getattr(before, name)), _plain(getattr(after, name))] for name in KeySettings.__slots__}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


# -- What may be decided ---------------------------------------------------------------------------------------------


def check(wanted: KeySettings) -> None:
    """Raise ValidationError, by field, if the settings aren't valid."""
    if not wanted.name.strip() or len(wanted.name) > 64:
        reject("name", "Give the key a name of at most 64 characters.")
    reject_secret("name", wanted.name)
    if not wanted.permissions:
        reject("permissions", "Choose at least one permission.")
    if wanted.address_rule == AddressRule.LIST:
        try:
            if ip_allowlist.normalise(wanted.networks) != wanted.networks:
                reject("networks", "Some IP addresses aren’t formatted correctly.")
        except ip_allowlist.InvalidNetworks as error:
            raise ValidationError({"networks": error.problems}) from None
    elif wanted.networks:
        reject("networks", "Remove the IP addresses, or choose “Only these IPs”.")


def reject_secret(field: str, text: str) -> None:
    """Reject a text that contains a token, because it would be stored, shown and emailed."""
    if secret_scanning.holds_token(text):
        reject(field, "This looks like a secret. Don’t enter it here. If someone could have seen it, delete its key.")


def check_room(account: Account, now: datetime) -> None:
    """Check that an account may have one more key that works. Keys that have expired don't count."""
    if account.keys.counted(now).count() >= settings.API_KEYS_PER_ACCOUNT:
        reject("__all__", f"You can have at most {settings.API_KEYS_PER_ACCOUNT} keys. Delete one you no longer use.")


def check_name_is_free(account: Account, name: str) -> None:
    if account.keys.current().filter(name=name).exists():
        reject("name", f"You already have a key named “{name}”. Choose another name.")


def reject(field: str, message: str) -> NoReturn:
    raise ValidationError({field: message})
