"""The product as it is served: gunicorn with several workers, on the test's database."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

# Upper limits for waiting. They are generous, because a busy machine is slow.
START_SECONDS = 240
STOP_SECONDS = 60
ANSWER_SECONDS = 60.0
EXPECT_MS = 30_000
CONFIG = "python:perptools.server.config"
CONTENTS = "_test_serialized_contents"  # where Django stores the initial contents of tables
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Server:
    """A running server. `log` is everything it wrote: its logs, warnings and mails."""

    url: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    @property
    def workers(self) -> list[int]:
        """Return the workers' process IDs."""
        return children(self.process.pid)

    def logged(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> int:
        """Stop it like Ctrl-C, if it is running. Returns its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)


def children(process: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


@contextmanager
def running(folder: Path, *, config: str = CONFIG, **environment: str) -> Iterator[Server]:
    """Serve the product in this block. Settings come from the environment, as in production."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        log = folder / f"server-{listener.getsockname()[1]}.log"
        server = Server(url, log, _start(listener, log, config, environment_of(folder, PUBLIC_URL=url, **environment)))
    try:
        wait_for_answer(server)
        yield server
    finally:
        server.stop()


def environment_of(folder: Path, **environment: str) -> dict[str, str]:
    """Return the environment for a process that uses this test's data.

    By default without rate limits and without background threads for usage and mail: a server that outlives a test must
    not write while the test's rows are removed.
    """
    given = {
        "DJANGO_SETTINGS_MODULE": "perptools.settings",
        "STATE_DIR": str(folder),
        "SECRET_KEY": settings.SECRET_KEY,  # so that sessions are valid in both processes
        "DATABASE_URL": database_url(),
        "CACHE_URL": settings.CACHES["default"]["LOCATION"] if settings.CACHE_URL else "",
        "API_CALLS_PER_SECOND": "0",
        "API_FAILURES_PER_MINUTE": "0",
        "USAGE_FLUSH_SECONDS": "0",
        "MAIL_IN_BACKGROUND": "0",
    }
    return {**os.environ, **given, **environment}


def database_url() -> str:
    """Return the URL of this test's database."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(of['NAME']))}"
    user, password = quote(of["USER"], safe=""), quote(of["PASSWORD"], safe="")
    return f"postgres://{user}:{password}@{of['HOST']}:{of['PORT'] or 5432}/{of['NAME']}"


def _start(listener: socket.socket, log: Path, config: str, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    # The socket is passed on, so that nothing else can take the port before the server opens it.
    command = [sys.executable, "-m", "gunicorn", "-c", config, "--bind", f"fd://{listener.fileno()}"]
    with log.open("wb") as file:
        return subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=file, stderr=file, pass_fds=[listener.fileno()]
        )


def wait_for_answer(server: Server, client: httpx.Client | None = None) -> None:
    """Wait until a server answers. Otherwise, fail the test with the server's output."""
    get = client.get if client else httpx.get
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            get(server.url, timeout=1)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The server did not start:\n{server.logged()}")


@pytest.fixture(scope="session")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state directory for servers that serve pages, with the static files collected."""
    folder = tmp_path_factory.mktemp("state")
    command = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--verbosity=0"]
    environment = os.environ | {"STATE_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "perptools.settings"}
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)
    return folder


@pytest.fixture(scope="session")
def product(django_db_setup: None, static_files: Path) -> Iterator[Server]:
    with running(static_files) as server:
        yield server


@pytest.fixture
def server(product: Server, transactional_db: None, product_hasher: None) -> Server:
    """The product over HTTP. The test's data is committed, and removed afterwards."""
    return product


# -- A browser in front of it ----------------------------------------------------------------------------------------


def chromium() -> str | None:
    """Find the system's Chromium."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Browser]:
    """Chromium, for one module: Playwright's event loop would prevent later tests from running their own."""
    if not (program := chromium()):
        give_up = pytest.fail if request.config.getoption("require_browser") else pytest.skip
        give_up("There is no Chromium on this machine: the browser tests are left out.")
    rows = getattr(connection, CONTENTS, "[]")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # With that loop Django refuses to use the database and opens another connection, which must restore the
        # migrations' rows like the first one.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        setattr(connection, CONTENTS, rows)
        expect.set_options(timeout=EXPECT_MS)
        chrome = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chrome
        chrome.close()
        connection.close()


@contextmanager
def new_page(browser: Browser, server: Server, **options: Any) -> Iterator[Page]:
    """Open a page in its own browser context.

    Errors in its scripts and violations of its content security policy fail the test.
    """
    with browser.new_context(base_url=server.url, **options) as context, answered_at_the_end(context):
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)
        yield page
        assert not problems


@contextmanager
def answered_at_the_end(context: BrowserContext) -> Iterator[None]:
    """At the end of this block, stop sending requests, and wait for the responses: the server may be writing."""
    asked: set[Request] = set()
    context.on("request", lambda request: asked.add(request))
    for end in ("requestfinished", "requestfailed"):
        context.on(end, lambda request: asked.discard(request))
    try:
        yield
    finally:
        context.route("**", lambda route: route.abort())
        deadline = time.monotonic() + STOP_SECONDS
        while asked and context.pages and time.monotonic() < deadline:
            context.pages[0].wait_for_timeout(10)  # Playwright processes responses only while it waits
        assert not (asked and context.pages), f"Never answered: {[request.url for request in asked]}"


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page that isn't signed in."""
    with new_page(browser, server) as page:
        yield page
