"""A restore that is killed at any step leaves the old or the finished new database. No deleted key works again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apikeys.keys import deletion
from perptools import backups
from tests.faults.conftest import RecordProperty
from tests.support.browser_client import PASSWORD, signed_in
from tests.support.factories import make_key, make_trader, owner
from tests.support.installations import ask, install, manage
from tests.support.servers import environment_of

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

KEY = "SELECT revoked_at NOT NULL, paused_at NOT NULL FROM apikeys_apikey WHERE name = 'deleted'"
FIRST_TOLD = "SELECT COUNT(*) FROM apikeys_apikey WHERE revoked_at IS NULL AND paused_at IS NULL"


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has its own tools")
def test_no_deleted_key_works_after_a_killed_restore(
    tmp_path: Path, faults: int, record_property: RecordProperty
) -> None:
    user = make_trader(password=PASSWORD)
    deleted = make_key(user.account, name="deleted").key
    make_key(user.account, name="kept")
    signed_in(user)
    backups.back_up(tmp_path / "backup")
    deletion.revoke(deleted, by=owner(user))
    install(tmp_path / "state")
    connection.close()
    killed = kill(tmp_path, most=faults * 3)
    outcomes = [after(tmp_path / number) for number in killed]
    assert {"the old one", "the new one"} == set(outcomes)
    assert outcomes == sorted(outcomes, reverse=True), "the new one is there from one step on"
    last_old = killed[outcomes.index("the new one") - 1]
    assert_can_be_restored(tmp_path / last_old, tmp_path / "backup")
    record_property("answers", f"killed at {len(killed)} steps, the first: {killed[0]}, the last: {killed[-1]}")


def kill(folder: Path, most: int) -> list[str]:
    (folder / "killed").mkdir()
    folders = [str(folder / part) for part in ("state", "backup", "killed")]
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.restore_killer", *folders, str(most)],
        cwd=settings.BASE_DIR,
        env=os.environ | environment_of(folder / "state"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [f"killed/{line.split()[0]}" for line in done.stdout.splitlines()]


def after(state: Path) -> str:
    """Return which database is there, after checking that it is intact and admits nothing wrong."""
    database = state / "db.sqlite3"
    backups.require_whole(database)
    [(is_deleted, _)] = ask(database, KEY)
    assert is_deleted, f"the deleted key is back after {state}"
    [(running,)] = ask(database, FIRST_TOLD)
    [(sessions,)] = ask(database, "SELECT COUNT(*) FROM django_session")
    assert (running, sessions) in ((1, 1), (0, 0)), f"half of it is done after {state}"
    return "the old one" if running else "the new one"


def assert_can_be_restored(state: Path, backup: Path) -> None:
    """Check that the next attempt succeeds and ignores what the killed one left."""
    done = manage(state, "restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert after(state) == "the new one"
    assert [running for kept in state.glob("db.replaced") for [running] in ask(kept, FIRST_TOLD)] == [1]
