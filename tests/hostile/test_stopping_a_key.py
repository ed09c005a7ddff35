"""A key is stopped while its holder attacks. revocation_objective.py measures how fast."""

from pathlib import Path

import pytest

from tests.hostile.revocation_objective import AS_DEPLOYED, GIVE_UP_SECONDS, try_all
from tests.support.servers import running

pytestmark = pytest.mark.server


@pytest.mark.parametrize("name", ["hold bodies back", "drip headers", "send long numbers"])
def test_owner_can_stop_a_key_during_an_attack(name: str, transactional_db: None, static_files: Path) -> None:
    with running(static_files, **AS_DEPLOYED) as server:
        taken = try_all(name, server)
    assert max(taken) < GIVE_UP_SECONDS
