"""The key's row, read by one statement on every call: what the gate decides by."""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from apikeys.models import ApiKey
from apikeys.permissions import Permission


@dataclass(frozen=True, slots=True)
class AdmittedKey:
    """A key's row, joined to its account, as it stood when the call came in."""

    id: int
    public_id: str
    kind: str
    secret_hash: str = field(repr=False)
    secret_check: str = field(repr=False)
    name: str
    can_read: bool
    can_trade: bool
    address_rule: str
    networks: str
    expires_at: datetime
    paused_at: datetime | None
    revoked_at: datetime | None
    account_pk: int
    account_id: str
    uid: int
    owner_is_active: bool

    @property
    def permissions(self) -> list[Permission]:
        granted = ((Permission.READ, self.can_read), (Permission.TRADING, self.can_trade))
        return [permission for permission, given in granted if given]


_COLUMNS = (
    "id",
    "public_id",
    "kind",
    "secret_hash",
    "secret_check",
    "name",
    "can_read",
    "can_trade",
    "address_rule",
    "networks",
    "expires_at",
    "paused_at",
    "revoked_at",
    "account",
    "account__account_id",
    "account__uid",
    "account__user__is_active",
)


def find_key(public_id: str, *, lock: bool = False) -> AdmittedKey | None:
    """Read a key by its public id: one indexed SELECT. `lock` keeps the row as it is until the transaction ends.

    It is compiled once from the ORM's own queryset, and executed with the driver's cursor on Django's connection: the
    ORM takes ten times as long for this row, Django's cursor three times.
    """
    database = connections[DEFAULT_DB_ALIAS]
    sql, params = _lookup(database.vendor, lock)
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.wrap_database_errors, closing(database.connection.cursor()) as cursor:
        cursor.execute(sql, [public_id if param is _PUBLIC_ID else param for param in params])
        row = cursor.fetchone()
    if not row:
        return None
    return AdmittedKey(*(_with_types(row) if database.vendor == "sqlite" else row))


@cache
def _lookup(vendor: str, lock: bool) -> tuple[str, list[Any]]:
    keys = ApiKey.objects.filter(public_id=_PUBLIC_ID).order_by().values_list(*_COLUMNS)
    if lock:
        keys = keys.select_for_update(of=("self",), no_key=True)
    sql, params = keys.query.get_compiler(connection=connection).as_sql()
    return sql.replace("%s", "?") if vendor == "sqlite" else sql, list(params)


class _Placeholder(str):
    """Stands for the public id in a compiled query."""


_PUBLIC_ID = _Placeholder("public_id")


def _with_types(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """SQLite's driver hands over UTC without saying so, and 0 and 1 for no and yes."""
    values = list(row)
    for place in _MOMENTS:
        moment = values[place]
        values[place] = moment and moment.replace(tzinfo=UTC)
    for place in _FLAGS:
        values[place] = bool(values[place])
    return tuple(values)


_MOMENTS = [_COLUMNS.index(name) for name in ("expires_at", "paused_at", "revoked_at")]
_FLAGS = [_COLUMNS.index(name) for name in ("can_read", "can_trade", "account__user__is_active")]
