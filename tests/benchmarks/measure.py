"""Everything on the database that DATABASE_URL names; prints the figures as JSON. It is started by `__main__`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import django

django.setup()

import os

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.benchmarks.cast import Cast, gather
from tests.benchmarks.contenders import contenders
from tests.benchmarks.filling import fill
from tests.benchmarks.rounds import Figure, compare, counter_of_instructions
from tests.servers import database_url

PAGES = ("key list", "Review")


def measure(sizes: list[int]) -> dict[int, dict[str, dict[str, Figure]]]:
    """Figures by how many keys there are, by instrument, by contender."""
    figures: dict[int, dict[str, dict[str, Figure]]] = {}
    with own_database() as folder:
        cast = folder / "cast.json"
        gather().write(cast)
        names = [contender.name for contender in contenders(Cast.read(cast))]
        for have, want in zip([0, *sizes], sizes, strict=False):
            if want >= 100:
                fill(have if have >= 100 else 0, want)
            asked = names if want == sizes[0] else [name for name in names if not name.startswith(PAGES)]
            figures[want] = {each: compare(cast, each, asked) for each in instruments()}
    return figures


def instruments() -> Iterator[str]:
    yield "time"
    if counter := counter_of_instructions():
        yield counter
    if connection.vendor == "postgresql":
        yield "server"


@contextmanager
def own_database() -> Iterator[Path]:
    """A database of the benchmark's own, which is gone afterwards, also for the processes that are started."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["STATE_DIR"] = str(folder)
        settings.STATIC_ROOT = folder / "static"
        call_command("collectstatic", verbosity=0, interactive=False)
        connection.settings_dict["TEST"]["NAME"] = str(folder / "db.sqlite3") if connection.vendor == "sqlite" else None
        before = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        os.environ["DATABASE_URL"] = database_url()
        yield folder
        connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    found = measure([int(size) for size in sys.argv[1:]])
    json.dump(found, sys.stdout, default=asdict)
