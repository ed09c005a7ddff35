"""Full load for a long time: `python -m tests.faults.soak --minutes 10`, on its own database.

Bots read and trade, and a trader creates, renames and deletes keys. It fails for incorrect responses, growing memory,
errors or lock failures in the log, and wrong sums at the end. With DATABASE_URL it uses that PostgreSQL database, which
must be empty.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.traffic import Answer

SAMPLE_SECONDS = 10
WARM_UP_SHARE = 0.3  # of the samples, while caches fill and the allocator settles
MOST_GROWTH = 1.15
TROUBLE = ("Traceback", "locked", "deadlock", "does not answer", "WORKER TIMEOUT", "Internal Server Error")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--bots", type=int, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perptools-soak-") as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "perptools.settings", "STATE_DIR": folder}
        import django

        django.setup()
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every URL
        return soak(Path(folder), asked.minutes, asked.bots)


def soak(folder: Path, minutes: float, bots: int) -> int:
    from django.core.management import call_command

    from tests.faults import consistency
    from tests.faults.traffic import flowing
    from tests.support.servers import running

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    with running(folder, USAGE_FLUSH_SECONDS="2") as server:
        with flowing(server, bots) as traffic:
            memory = list(sample(server.process.pid, minutes, traffic.sign_in_again))
        seconds = minutes * 60
    consistency.check(traffic)
    say(f"{len(traffic.answers):,} calls in {seconds:,.0f} s, {len(traffic.answers) / seconds:,.0f} a second")
    tell_times(traffic.answers)
    return report(memory, server.logged(), {answer.status for answer in traffic.answers})


def tell_times(answers: "list[Answer]") -> None:
    times = defaultdict(list)
    for answer in answers:
        times[f"{answer.deed} {answer.status}"].append(answer.seconds * 1000)
    for what, taken in sorted(times.items()):
        taken.sort()
        middle, late = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
        say(f"  {what}: {len(taken):,}; median {middle:,.0f} ms, 99 % {late:,.0f} ms, slowest {taken[-1]:,.0f} ms")


def report(memory: list[int], log: str, statuses: set[int | None]) -> int:
    settled = memory[int(len(memory) * WARM_UP_SHARE) :] or memory
    troubled = [line for line in log.splitlines() if any(word in line for word in TROUBLE)]
    trouble = Counter(word for line in troubled for word in TROUBLE if word in line)
    say("\n".join(troubled[:20]))
    say(f"Memory of all processes: {settled[0]:,} KiB after the warm-up, {settled[-1]:,} KiB at the end")
    say(f"Trouble in the log: {dict(trouble) or 'none'}")
    wrong = [
        *(f"answers {status}" for status in statuses - {200, 302}),
        *trouble,
        *(["memory grew"] if settled[-1] > settled[0] * MOST_GROWTH else []),
    ]
    say(f"FAILED: {', '.join(wrong)}" if wrong else "Nothing was lost, nothing grew, nothing was locked.")
    return int(bool(wrong))


def sample(process: int, minutes: float, sign_in_again: Callable[[], None]) -> Iterator[int]:
    """Measure the server's resident memory from time to time, in KiB."""
    from tests.support.servers import children

    deadline = time.monotonic() + minutes * 60
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(SAMPLE_SECONDS, left))
        sign_in_again()  # a sign-in counts as recent for 15 minutes
        yield sum(resident(one) for one in (process, *children(process)))


def resident(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")


if __name__ == "__main__":
    sys.exit(main())
