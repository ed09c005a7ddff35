"""Querysets that are compiled once: the few that every order needs.

For a row or two, the ORM takes ten times as long to write the SQL as the database takes to run it. Here Django's own
compiler writes it once per process, and Django's own converters read the values. Models are created as in unpickling:
their `__dict__` is filled, and no signals are sent.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import Expression, QuerySet
from django.db.models.base import ModelState

from apikeys.db import driver

T = TypeVar("T")
Row = tuple[Any, ...]
Convert = Callable[[Any], Any]

REMEMBERED = 256  # related rows that are cached


class Given(Expression):
    """A placeholder in a queryset for a value that each call supplies."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=models.Field())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list["Given"]]:  # type: ignore[override]
        return "%s", [self]


class Question(Generic[T]):
    """A queryset with `Given` values: `Question(lambda: Balance.objects.filter(account=Given("account")))`.

    It returns models, including those of `select_related`, or the raw database values of a `values_list`.
    """

    def __init__(self, rows: Callable[[], "QuerySet[Any, T]"]) -> None:
        self.rows = rows

    def ask(self, **given: object) -> list[T]:
        return _compiled(self, driver.connection().vendor)(given)


@cache
def _compiled(question: Question[T], vendor: str) -> Callable[[dict[str, object]], list[T]]:
    compiler = question.rows().query.get_compiler(connection=driver.connection())
    sql, params = compiler.as_sql()
    make = _Shape(compiler, compiler.klass_info).make if compiler.query.default_cols else None

    def answer(given: dict[str, object]) -> list[Any]:
        values = [given[each.name] if isinstance(each, Given) else each for each in params]
        rows = driver.run(sql, values).fetchall()
        return [make(row) for row in rows] if make else rows

    return answer


class _Shape:
    """How to create a model and its related models from the columns of a row."""

    def __init__(self, compiler: Any, about: dict[str, Any], *, is_related: bool = False) -> None:
        first, last = about["select_fields"][0], about["select_fields"][-1]
        columns = [column for column, *_ in compiler.select[first : last + 1]]
        self.model, self.alias, self.columns = about["model"], compiler.connection.alias, slice(first, last + 1)
        self.names = [column.target.attname for column in columns]
        self.converters = [
            (index, _in_turn(converters, column, compiler.connection))
            for index, (converters, column) in compiler.get_converters(columns).items()
        ]
        related = about.get("related_klass_infos", ())
        self.related = [(each["local_setter"], _Shape(compiler, each, is_related=True)) for each in related]
        # A market is read with each order and rarely changes.
        self.read = lru_cache(REMEMBERED)(self._read) if is_related else self._read

    def make(self, row: Row) -> Any:
        made = self.model.__new__(self.model)
        made.__dict__.update(self.read(row[self.columns]))
        made._state = state = ModelState()
        state.adding, state.db = False, self.alias
        for refer, shape in self.related:
            refer(made, shape.make(row))
        return made

    def _read(self, columns: Row) -> dict[str, Any]:
        values = list(columns)
        for index, convert in self.converters:
            values[index] = convert(values[index])
        return dict(zip(self.names, values, strict=True))


def _in_turn(converters: list[Callable[..., Any]], column: Any, connection: Any) -> Convert:
    def convert(value: Any) -> Any:
        for each in converters:
            value = each(value, column, connection)
        return value

    return convert
