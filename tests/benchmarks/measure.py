"""Measure everything on the database of DATABASE_URL, and print the figures as JSON. Started by `__main__`."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from shutil import which
from typing import Any

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.benchmarks.first_calls import first_calls
from tests.benchmarks.fixtures import Cast, gather
from tests.benchmarks.memory import memory
from tests.benchmarks.over_http import throughput
from tests.benchmarks.peers_under_test import contenders
from tests.benchmarks.runs import Figure, compare, counter_of_instructions
from tests.benchmarks.seed import fill
from tests.support.servers import database_url

MEASURED = 10  # keys, which always exist
PAGES = ("key list", "Review")


def measure(sizes: list[int], *, busy: bool, calls: int) -> dict[str, Any]:
    """Return the figures by number of keys, instrument and contender; and those over HTTP, with the most keys."""
    figures: dict[int, dict[str, dict[str, Figure]]] = {}
    over: dict[str, Any] = {}
    with own_database() as folder:
        cast = folder / "cast.json"
        gather().write(cast)
        names = [contender.name for contender in contenders(Cast.read(cast))]
        for have, want in zip([0, *sizes], sizes, strict=False):
            if want > MEASURED:
                fill(have if have > MEASURED else 0, want)
            for each in [counter_of_instructions() or "time"] if busy else instruments():
                sys.stderr.write(f"{connection.vendor}, {want:,} keys: {each}\n")
                # A page's cost doesn't depend on the number of keys, and takes minutes under valgrind.
                with_pages = each == "time" and want == sizes[0]
                asked = [name for name in names if with_pages or not name.startswith(PAGES)]
                figures.setdefault(want, {})[each] = compare(cast, each, asked)
        if which("wrk") and not busy:
            read = Cast.read(cast)
            over = {
                "throughput": throughput(read),
                "first": first_calls(read)._asdict(),
                "memory": memory(read, calls),
            }
    return {"in process": figures, "over HTTP": over}


def instruments() -> Iterator[str]:
    yield "time"
    if counter := counter_of_instructions():
        yield counter
    if connection.vendor == "postgresql":
        yield "server"


@contextmanager
def own_database() -> Iterator[Path]:
    """Use a database of the benchmark's own in this block and in the processes it starts. Remove it afterwards."""
    folder, before = settings.STATE_DIR, connection.settings_dict["NAME"]
    call_command("collectstatic", verbosity=0, interactive=False)
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(folder / "benchmark.sqlite3")
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        os.environ["DATABASE_URL"] = database_url()
        yield folder
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    busy, calls, *sizes = map(int, sys.argv[1:])
    found = measure(sizes, busy=bool(busy), calls=calls)
    json.dump(found, sys.stdout, default=asdict)
