"""Find the access that was removed after a backup, by reading the SQLite database that the backup will replace."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from apikeys.keys.validation import KeySettings, grants_nothing_new
from apikeys.models import ApiKey

Row = tuple[object, ...]


class Unreadable(Exception):
    """The database is damaged, or of another version, so it is unknown what was removed after the backup."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person's ways to sign in, and their rights."""

    name: str
    email: str
    password: str
    is_active: bool
    is_staff: bool
    is_superuser: bool
    permissions: frozenset[Row]
    second_factors: frozenset[Row]
    addresses: frozenset[Row]


@dataclass(frozen=True, slots=True)
class State:
    """People by their IDs, and keys by their public IDs: deleted ones, and the settings of those that work."""

    people: Mapping[int, Person]
    in_force: Mapping[str, KeySettings]
    deleted: frozenset[str]

    def had(self, key: ApiKey) -> bool:
        """Return whether the key had all the access that the backup would give it."""
        return grants_nothing_new(self.in_force.get(key.public_id), KeySettings.of(key))


def read(session: sqlite3.Connection) -> State:
    """Read a database. Raises Unreadable."""
    try:
        return State(dict(_people(session)), dict(_in_force(session)), _deleted(session))
    except (sqlite3.DatabaseError, ValueError) as error:
        raise Unreadable(str(error)) from None


def _people(session: sqlite3.Connection) -> Iterator[tuple[int, Person]]:
    permissions = _by_user(session, "SELECT user_id, permission_id FROM auth_user_user_permissions")
    factors = _by_user(session, "SELECT user_id, type, data FROM mfa_authenticator")
    addresses = _by_user(session, "SELECT user_id, email FROM account_emailaddress")
    query = "SELECT id, username, email, password, is_active, is_staff, is_superuser FROM auth_user ORDER BY id"
    for number, name, email, password, active, staff, superuser in session.execute(query):
        access = (permissions[number], factors[number], addresses[number])
        yield number, Person(name, email, password, active, staff, superuser, *access)


def _by_user(session: sqlite3.Connection, query: str) -> Mapping[int, frozenset[Row]]:
    found: defaultdict[int, frozenset[Row]] = defaultdict(frozenset)
    for user_id, *row in session.execute(query):
        found[user_id] |= {tuple(row)}
    return found


def _in_force(session: sqlite3.Connection) -> Iterator[tuple[str, KeySettings]]:
    names = ("public_id", "name", "purpose", "can_read", "can_trade", "address_rule", "networks", "expires_at")
    query = f"SELECT {', '.join(names)} FROM apikeys_apikey WHERE revoked_at IS NULL AND paused_at IS NULL"  # noqa: S608
    for row in session.execute(query):
        key = ApiKey(**dict(zip(names, row, strict=True)))
        key.expires_at = datetime.fromisoformat(str(key.expires_at)).replace(tzinfo=UTC)
        yield key.public_id, KeySettings.of(key)


def _deleted(session: sqlite3.Connection) -> frozenset[str]:
    return frozenset(
        row[0] for row in session.execute("SELECT public_id FROM apikeys_apikey WHERE revoked_at NOT NULL")
    )


# -- What a backup gives back ----------------------------------------------------------------------------------------


def accounts_to_check(before: State, restored: State) -> list[str]:
    """Describe, for each person, what was removed or changed after the backup and comes back with it."""
    found = []
    for user_id, person in restored.people.items():
        if taken := list(_given_back(before.people.get(user_id), person)):
            found.append(f"  {person.name} <{person.email}>: {', '.join(taken)}")
    return found


def _given_back(before: Person | None, restored: Person) -> Iterator[str]:
    if before is None:
        yield "did not exist any more"
        return
    if restored.is_active and not before.is_active:
        yield "was deactivated"
    if restored.password != before.password:
        yield "had another password"
    if restored.is_staff > before.is_staff or restored.is_superuser > before.is_superuser:
        yield "was no administrator any more"
    if restored.permissions - before.permissions:
        yield "had fewer permissions"
    if restored.second_factors != before.second_factors:
        yield "had another second factor, or none" if restored.second_factors else "had a second factor"
    if removed := sorted(str(row[0]) for row in restored.addresses - before.addresses):
        yield f"had removed {' and '.join(removed)}"
