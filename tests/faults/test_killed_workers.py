"""Workers killed with SIGKILL while they work."""

import os
import random
import signal
from pathlib import Path

import pytest

from tests.faults import consistency
from tests.faults.conftest import RecordProperty
from tests.faults.traffic import flowing, wait_until_ready
from tests.support.servers import running

pytestmark = [pytest.mark.faults, pytest.mark.server, pytest.mark.timeout(1800)]

FLUSHING = {"USAGE_FLUSH_SECONDS": "1"}


def test_killed_workers_lose_nothing_that_was_acknowledged(
    transactional_db: None, static_files: Path, faults: int, record_property: RecordProperty
) -> None:
    with running(static_files, **FLUSHING) as server, flowing(server) as traffic:
        for _ in range(faults):
            wait_until_ready(server)
            traffic.wait_for_progress()
            if workers := server.workers:
                os.kill(random.choice(workers), signal.SIGKILL)
        wait_until_ready(server)
        traffic.wait_for_progress()
    consistency.check(traffic)
    record_property("answers", traffic.tally())
