"""Statements that the ORM writes once: the few that every order needs.

For a row or two the ORM takes ten times as long to write a statement as the database takes to answer it. Here its own
compiler writes it, once in each process, and its own converters read the rows.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models import Expression, QuerySet
from django.db.models.query import get_related_populators

from apikeys import driver

M = TypeVar("M", bound=models.Model)
Answer = Callable[[dict[str, object]], list[M]]


class Given(Expression):
    """Stands in a queryset for a value that is given each time."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=models.Field())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list["Given"]]:  # type: ignore[override]
        return "%s", [self]


class Question(Generic[M]):
    """A queryset with `Given` values: `Question(lambda: Balance.objects.filter(account=Given("account")))`."""

    def __init__(self, rows: Callable[[], QuerySet[M]]) -> None:
        self.rows = rows

    def ask(self, **given: object) -> list[M]:
        return _compiled(self, connection.vendor)(given)


@cache
def _compiled(question: Question[M], vendor: str) -> Answer[M]:
    compiler = question.rows().query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    converters = compiler.get_converters([column for column, *_ in compiler.select])
    about = compiler.klass_info
    model, places = about["model"], slice(about["select_fields"][0], about["select_fields"][-1] + 1)
    names = [column.target.attname for column, *_ in compiler.select[places]]
    related = get_related_populators(about, compiler.select, connection.alias)  # type: ignore[call-arg]

    def answer(given: dict[str, object]) -> list[M]:
        values = [given[each.name] if isinstance(each, Given) else each for each in params]
        rows, found = driver.run(sql, values).fetchall(), []
        for row in compiler.apply_converters(rows, converters):
            found.append(model.from_db(connection.alias, names, row[places]))
            for populator in related:
                populator.populate(row, found[-1])
        return found

    return answer


def save(row: models.Model) -> None:
    """Write all of a row: a new one, which then has its key, or one that was read. There are no signals."""
    if row._state.adding:
        _insert(row)
    else:
        _update(row)


def _insert(row: models.Model) -> None:
    key = row._meta.pk
    fields = [field for field in row._meta.local_concrete_fields if field is not key or row.pk is not None]
    row.pk = driver.run(_insertion(type(row), row.pk is not None), _values(row, fields)).fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


def _update(row: models.Model) -> None:
    fields = [field for field in row._meta.local_concrete_fields if field is not row._meta.pk]
    driver.run(_change(type(row)), [*_values(row, fields), row.pk])


def _values(row: models.Model, fields: list[Any]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


@cache
def _insertion(model: type[models.Model], with_key: bool) -> str:
    key = model._meta.pk.column
    columns = [str(field.column) for field in model._meta.local_concrete_fields if field.column != key or with_key]
    places = ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{model._meta.db_table}" ({_listed(columns)}) VALUES ({places}) RETURNING "{key}"'  # noqa: S608


@cache
def _change(model: type[models.Model]) -> str:
    key = model._meta.pk.column
    columns = [field.column for field in model._meta.local_concrete_fields if field.column != key]
    changes = ", ".join(f'"{column}" = %s' for column in columns)
    return f'UPDATE "{model._meta.db_table}" SET {changes} WHERE "{key}" = %s'  # noqa: S608


def _listed(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
