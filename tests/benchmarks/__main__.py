"""The benchmark suite: `python -m tests.benchmarks [--postgres URL] [--keys 10 100000 1000000] [--calls N]`.

Needs the extra `bench`. Prints a Markdown table of ratios for SQLite and, if its URL is given, for PostgreSQL, where it
creates its own database beside the given one and removes it.
"""

import argparse
import json
import os
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.runs import Figure
from tests.benchmarks.table import Figures, written, written_over_http

SIZES = [10, 100_000, 1_000_000]  # 10: only those that are measured


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--postgres", metavar="URL", help="measure on this server too")
    parser.add_argument("--keys", metavar="N", nargs="+", type=int, default=SIZES, help="how many keys there are")
    parser.add_argument("--calls", metavar="N", type=int, default=0, help="of a worker before its memory is looked at")
    parser.add_argument("--busy", action="store_true", help="count instructions only, which a busy machine lets be")
    parser.add_argument("--sweep", action="store_true", help="try workers, threads and keep-alive, and nothing else")
    asked = parser.parse_args()
    urls = {"SQLite": "", **({"PostgreSQL": asked.postgres} if asked.postgres else {})}
    for name, url in urls.items():
        if asked.sweep:
            print(f"{name}\n\n{_run(url, 'sweep')}", flush=True)  # noqa: T201
            continue
        found: dict[str, Any] = json.loads(_run(url, "measure", asked.busy, asked.calls, *asked.keys))
        print(written(name, _figures(found["in process"])), end="\n\n", flush=True)  # noqa: T201
        if found["over HTTP"]:
            print(written_over_http(name, **found["over HTTP"]), end="\n\n", flush=True)  # noqa: T201


def _run(url: str, program: str, *arguments: int) -> str:
    command = [sys.executable, "-m", f"tests.benchmarks.{program}", *(str(int(each)) for each in arguments)]
    with TemporaryDirectory() as folder:
        given = {"DATABASE_URL": url, "STATE_DIR": folder, "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings"}
        done = subprocess.run(command, env=os.environ | given, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout


def _figures(found: dict[str, Any]) -> dict[int, Figures]:
    return {
        int(size): {
            instrument: {name: Figure(**figure) for name, figure in figures.items()}
            for instrument, figures in by_instrument.items()
        }
        for size, by_instrument in found.items()
    }


if __name__ == "__main__":
    main()
