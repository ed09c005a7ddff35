"""Create traders and keys in the same way as the product."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.audit.log import Actor
from apikeys.keys import creation
from apikeys.keys.validation import KeySettings
from apikeys.models import Account, AddressRule, ApiKey, Kind, Purpose
from apikeys.permissions import Permission
from tests.support.api_clients import BearerClient, SignedClient

READ = frozenset({Permission.READ})
TRADING = frozenset({Permission.TRADING})
BOTH = READ | TRADING

_numbers = count(1)


@dataclass(frozen=True)
class IssuedKey:
    """A key together with its secret."""

    key: ApiKey
    secret: str

    def client(self, **extra: Any) -> BearerClient | SignedClient:
        if self.key.kind == Kind.BEARER:
            return BearerClient(self.secret, **extra)
        return SignedClient(self.key.public_id, self.secret, self.key.account.account_id, **extra)


def make_trader(**fields: Any) -> User:
    number = next(_numbers)
    return User.objects.create_user(f"trader-{number}", f"trader-{number}@example.com", **fields)


def owner(user: User) -> Actor:
    """Return the trader as an actor who has just signed in."""
    return Actor(user=user, address="192.0.2.1", recently_signed_in=True)


def settings_for(**changes: Any) -> KeySettings:
    """Return settings of a read-only monitoring key for 90 days without IP restriction, with changes."""
    networks = changes.pop("networks", "")
    wanted: dict[str, Any] = {
        "name": f"bot {next(_numbers)}",
        "purpose": Purpose.MONITORING,
        "permissions": READ,
        "address_rule": AddressRule.LIST if networks else AddressRule.ANY,
        "networks": networks,
        "expires_at": timezone.now() + timedelta(days=90),
    }
    return KeySettings(**wanted | changes)


def make_key(account: Account | None = None, *, kind: Kind = Kind.SIGNING, **changes: Any) -> IssuedKey:
    """Create a key with the product's own function, for a new trader by default."""
    account = account or make_trader().account
    key, secret = creation.create(account, settings_for(**changes), kind=kind, by=owner(account.user))
    return IssuedKey(key, secret)
