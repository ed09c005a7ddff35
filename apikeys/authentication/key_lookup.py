"""The key's row, read by one statement on every call: what the gate decides by."""

from datetime import UTC
from functools import cache
from typing import Any

from django.db import connection

from apikeys.db import driver
from apikeys.http.request import AdmittedKey
from apikeys.models import ApiKey

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
    "account",
    "account__account_id",
    "account__uid",
    "account__user__is_active",
    "expires_at",
    "paused_at",
    "revoked_at",
)


def find_key(public_id: str, *, lock: bool = False) -> AdmittedKey | None:
    """Read a key by its public id: one indexed SELECT. `lock` keeps the row as it is until the transaction ends.

    It is compiled once from the ORM's own queryset: the ORM takes ten times as long for this row.
    """
    sql, params = _lookup(driver.connection().vendor, lock)
    row = driver.run(sql, [public_id if param is _PUBLIC_ID else param for param in params]).fetchone()
    if not row:
        return None
    return AdmittedKey(*row) if row[-3].tzinfo else _in_utc(row)


@cache
def _lookup(vendor: str, lock: bool) -> tuple[str, list[Any]]:
    keys = ApiKey.objects.filter(public_id=_PUBLIC_ID).order_by().values_list(*_COLUMNS)
    if lock:
        keys = keys.select_for_update(of=("self",), no_key=True)
    sql, params = keys.query.get_compiler(connection=connection).as_sql()
    return sql, list(params)


class _Placeholder(str):
    """Stands for the public id in a compiled query."""


_PUBLIC_ID = _Placeholder("public_id")


def _in_utc(row: tuple[Any, ...]) -> AdmittedKey:
    """SQLite's driver hands over UTC without saying so."""
    *rest, expires_at, paused_at, revoked_at = row
    moments = (moment and moment.replace(tzinfo=UTC) for moment in (expires_at, paused_at, revoked_at))
    return AdmittedKey._make((*rest, *moments))
