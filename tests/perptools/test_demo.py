"""`manage.py demo`, run twice with an empty state directory, and everything that can prevent it."""

import os
import re
import shlex
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from tests.faults.postgresql import free_port
from tests.support.project_copy import without_privileges
from tests.support.servers import STOP_SECONDS, Server, wait_for_answer

# In one process, so that tests share the demos they start.
pytestmark = [pytest.mark.server, pytest.mark.xdist_group("demo")]

MOVING = re.compile(r'INSERT INTO "(trading_market|trading_candle|trading_fundingrate|sqlite_sequence)"')


def environment(state: Path) -> dict[str, str]:
    """Return an environment like that of a fresh machine."""
    ours = {"DATABASE_URL", "CACHE_URL", "PUBLIC_URL", "SECRET_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"STATE_DIR": str(state), "DJANGO_SETTINGS_MODULE": "perptools.settings", "HOME": str(state.parent)}


def demo(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "django", "demo", *arguments]


@contextmanager
def running_demo(state: Path) -> Iterator[Server]:
    port = free_port()
    log = state.with_name("output")
    with log.open("wb") as file:
        process = subprocess.Popen(
            demo("--port", str(port)),
            cwd=settings.BASE_DIR,
            env=environment(state),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", log, process)
    try:
        wait_for_answer(server)
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)  # Ctrl-C reaches the workers, too
        process.wait(STOP_SECONDS)


def dump(state: Path) -> str:
    """Return the database's contents, without what the prices in the background change."""
    with closing(sqlite3.connect(state / "db.sqlite3")) as database:
        return "\n".join(line for line in database.iterdump() if not MOVING.match(line))


def processes_of(state: Path) -> list[str]:
    """Return the command lines of the processes that use this state directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended in the meantime
            if f"STATE_DIR={state}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


def wait_until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and not holds():
        time.sleep(0.1)
    return holds()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "state"


@pytest.fixture(scope="module")
def first(state: Path) -> Iterator[Server]:
    with running_demo(state) as server:
        yield server


def call_printed_by(server: Server) -> list[str]:
    """Split the printed request like a shell."""
    line = next(line for line in server.logged().splitlines() if line.strip().startswith("curl "))
    return shlex.split(line)


def passwords_printed_by(server: Server) -> list[str]:
    return re.findall(r"password (\S+)", server.logged())


def sign_in(url: str, **fields: str) -> httpx.Response:
    with httpx.Client(follow_redirects=True) as client:
        form = client.get(url)
        return client.post(form.url, data={**fields, "csrfmiddlewaretoken": client.cookies["csrf"]})


def test_printed_request_returns_the_paper_funds(first: Server) -> None:
    _, _, header, url = call_printed_by(first)
    answer = httpx.get(url, headers=[tuple(header.split(": "))])
    assert [row["token"] for row in answer.json()["data"]["holding"]] == ["USDC"]


def test_printed_key_can_only_read(first: Server) -> None:
    _, _, header, _ = call_printed_by(first)
    answer = httpx.post(f"{first.url}/v1/order", json={}, headers=[tuple(header.split(": "))])
    assert answer.json()["reason"] == "permission_missing"


def test_trader_signs_in_with_the_printed_password(first: Server) -> None:
    password = passwords_printed_by(first)[0]
    page = sign_in(f"{first.url}/account/login/", login="demo@perptools.example", password=password)
    assert page.url.path.startswith("/portfolio/")


def test_admin_signs_in_with_the_printed_password(first: Server) -> None:
    password = passwords_printed_by(first)[1]
    page = sign_in(f"{first.url}/admin/", login="admin@perptools.example", password=password)
    assert page.url.path == "/admin/"


def test_no_mail_about_the_key_is_printed(first: Server) -> None:
    assert "Subject:" not in first.logged()


def test_help_links_have_the_chosen_port(first: Server) -> None:
    assert httpx.get(f"{first.url}/v1/nothing").json()["help"].startswith(f"{first.url}/")


def test_state_directory_is_private(first: Server, state: Path) -> None:
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_secret_key_is_private(first: Server, state: Path) -> None:
    assert stat.S_IMODE((state / "secret_key").stat().st_mode) == 0o600


def test_nothing_is_written_outside_the_state_directory(first: Server, state: Path) -> None:
    assert {path.name for path in state.parent.iterdir()} == {"state", "output"}


def test_files_contain_no_password_or_token(first: Server, state: Path) -> None:
    token = call_printed_by(first)[2].rpartition("_")[2]
    secrets = [secret.encode() for secret in [*passwords_printed_by(first), token]]
    contents = [file.read_bytes() for file in state.rglob("*") if file.is_file()]
    assert not [secret for secret in secrets for content in contents if secret in content]


def candles(state: Path) -> int:
    with closing(sqlite3.connect(state / "db.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM trading_candle").fetchone()[0])


def test_charts_have_a_history_and_prices_move(first: Server, state: Path) -> None:
    assert wait_until(lambda: candles(state) > 24 * 60)


@dataclass(frozen=True)
class SecondRun:
    """A second demo in the same place, with the database before and after."""

    server: Server
    state: Path
    before: str
    after: str


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> SecondRun:
    state = tmp_path_factory.mktemp("again") / "state"
    with running_demo(state):
        pass
    before = dump(state)
    with running_demo(state) as server:
        pass
    return SecondRun(server, state, before, dump(state))


def test_second_run_changes_nothing(second: SecondRun) -> None:
    assert second.after == second.before


def test_second_run_prints_no_secret(second: SecondRun) -> None:
    assert not re.search(r"password \S{16}|ptk_", second.server.logged())


def test_second_run_says_how_to_reset_a_password(second: SecondRun) -> None:
    assert "python3 manage.py changepassword demo" in second.server.logged()


def test_ctrl_c_ends_the_prices_too(second: SecondRun) -> None:
    assert wait_until(lambda: not processes_of(second.state))


def test_ctrl_c_ends_the_demo_quietly(second: SecondRun) -> None:
    assert (second.server.process.returncode, "Traceback" in second.server.logged()) == (0, False)


def test_prices_stop_when_the_server_is_killed(second: SecondRun) -> None:
    with running_demo(second.state) as server:
        assert any("feed_prices" in line for line in processes_of(second.state))
        server.process.kill()
        assert wait_until(lambda: not processes_of(second.state))


def refused(command: list[str], state: Path) -> str:
    """Run a demo that can't start, and return its error line."""
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment(state), capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    return done.stderr


def test_busy_port_is_named_with_the_option_for_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        sentence = refused(demo("--port", str(port)), tmp_path / "state")
    assert f"Port {port} " in sentence
    assert "--port" in sentence


def test_unwritable_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    sentence = refused(without_privileges(*demo()), tmp_path / "state")
    assert f"Cannot make the state directory {tmp_path / 'state'}" in sentence


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_port_must_be_a_valid_number(port: str, tmp_path: Path) -> None:
    done = subprocess.run(
        demo(f"--port={port}"), cwd=settings.BASE_DIR, env=environment(tmp_path), capture_output=True, text=True
    )
    assert "from 1 to 65535" in done.stderr
