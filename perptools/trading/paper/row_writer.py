"""Write the rows of an order without the overhead of `Model()` and `save()`. No signals are sent.

The SQL, and how a column's values are passed to the database, is worked out once per process.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

from django.db import models
from django.db.models.base import ModelState

from apikeys.db import driver
from perptools.trading.fields import AmountField

M = TypeVar("M", bound=models.Model)
Write = Callable[[Any], Any]

SAME_TIMES = 64  # all rows of an order have the same time


def new(model: type[M], **values: Any) -> M:
    """Create a row. Times have no default here."""
    made = model.__new__(model)
    made._state = state = ModelState()
    columns = made.__dict__
    columns.update(_defaults(model))
    for name, value in values.items():
        if isinstance(value, models.Model):
            state.fields_cache[name], columns[f"{name}_id"] = value, value.pk
        else:
            columns[name] = value
    return made


def copy(row: M) -> M:
    """Copy a row, to compare with later."""
    copied = type(row).__new__(type(row))
    copied.__dict__.update(row.__dict__)
    return copied


@cache
def _defaults(model: type[models.Model]) -> dict[str, Any]:
    fields = model._meta.local_concrete_fields
    constant = [field for field in fields if not field.has_default() or not callable(field.default)]
    return {field.attname: field.get_default() for field in constant}


def save(row: models.Model) -> None:
    """Insert a new row, which gets its ID, or update the columns of an existing one that can change."""
    database = driver.connection()
    if not row._state.adding:
        _change(type(row), database.vendor).run(row)
        return
    row.pk = _insertion(type(row), row.pk is not None, database.vendor).run(row).fetchone()[0]
    row._state.adding, row._state.db = False, database.alias


class _Statement:
    def __init__(self, sql: str, fields: Iterable[Any]) -> None:
        self.sql = sql
        self.values = [(field.attname, _written(field)) for field in fields]

    def run(self, row: models.Model) -> Any:
        values = row.__dict__
        return driver.run(self.sql, [write(values[name]) if write else values[name] for name, write in self.values])


@cache
def _insertion(model: type[models.Model], with_key: bool, vendor: str) -> _Statement:
    key = model._meta.pk
    fields = [field for field in model._meta.local_concrete_fields if field is not key or with_key]
    columns, places = ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))
    table = model._meta.db_table
    return _Statement(f'INSERT INTO "{table}" ({columns}) VALUES ({places}) RETURNING "{key.column}"', fields)  # noqa: S608


@cache
def _change(model: type[models.Model], vendor: str) -> _Statement:
    """Foreign keys are left out: they never change, and needn't be checked again."""
    key = model._meta.pk
    fields = [field for field in model._meta.local_concrete_fields if field is not key and not field.is_relation]
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    return _Statement(f'UPDATE "{model._meta.db_table}" SET {changes} WHERE "{key.column}" = %s', [*fields, key])  # noqa: S608


def _written(field: Any) -> Write | None:
    """Return how a column's values are passed to the database. None: unchanged, such as IDs and booleans."""
    if isinstance(field, AmountField):
        return field.units
    if isinstance(field, models.DateTimeField):
        return _moment
    if isinstance(field, models.CharField):
        return _text
    return None


@lru_cache(SAME_TIMES)
def _moment(value: datetime | None) -> Any:
    return driver.connection().ops.adapt_datetimefield_value(value)


def _text(value: str) -> str:
    """Convert an enum to plain text, because drivers are slow with subclasses of str."""
    return value if type(value) is str else str(value)
