"""Read a key's row, with one statement on every request. The gate decides by this row alone."""

from datetime import UTC
from typing import Any

from apikeys.db.prepared import Given, Question
from apikeys.http.request import AdmittedKey
from apikeys.models import ApiKey, ApiKeyQuerySet

# Where a field isn't a column of the key itself.
_OF_ITS_OWNER = {
    "account_pk": "account",
    "account_id": "account__account_id",
    "uid": "account__uid",
    "owner_is_active": "account__user__is_active",
}
_COLUMNS = [_OF_ITS_OWNER.get(field, field) for field in AdmittedKey._fields]


def _with(public_id: Any) -> ApiKeyQuerySet:
    return ApiKey.objects.filter(public_id=public_id).order_by()


KEY = Question(lambda: _with(Given("public_id")).values_list(*_COLUMNS))
LOCKED_KEY = Question(
    lambda: _with(Given("public_id")).select_for_update(of=("self",), no_key=True).values_list(*_COLUMNS)
)


def find_key(public_id: str, *, lock: bool = False) -> AdmittedKey | None:
    """Read a key by its public id, with one indexed SELECT. `lock` locks the row until the transaction ends."""
    rows = (LOCKED_KEY if lock else KEY).ask(public_id=public_id)
    if not rows:
        return None
    [row] = rows
    return AdmittedKey(*row) if row[-3].tzinfo else _in_utc(row)


def _in_utc(row: tuple[Any, ...]) -> AdmittedKey:
    """Add the time zone that SQLite's driver leaves out."""
    *rest, expires_at, paused_at, revoked_at = row
    moments = (moment and moment.replace(tzinfo=UTC) for moment in (expires_at, paused_at, revoked_at))
    return AdmittedKey._make((*rest, *moments))
