"""No request waits for the mail server. Here it accepts connections and never answers, behind a real server of ours."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from apikeys.models import Kind, Notification
from apikeys.notifications import background
from tests.support.factories import make_key, make_trader
from tests.support.servers import ANSWER_SECONDS, Server, running

CSRF = "a" * 32


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(ANSWER_SECONDS)
        yield listener


@pytest.fixture
def server(silent: socket.socket, transactional_db: None, static_files: Path) -> Iterator[Server]:
    url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
    with running(static_files, EMAIL_URL=url, MAIL_IN_BACKGROUND="1", WEB_WORKERS="1") as server:
        yield server


def is_still_waited_for(silent: socket.socket) -> bool:
    """Return whether the server has connected to the mail server and is still waiting."""
    connection, _ = silent.accept()
    with connection:
        try:
            connection.recv(1, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
    return False


@pytest.mark.server
def test_request_that_causes_a_mail_is_answered_first(server: Server, silent: socket.socket) -> None:
    issued = make_key(kind=Kind.BEARER)
    Notification.objects.all().delete()
    assert httpx.get(f"{server.url}/v1/whoami?token={issued.secret}").status_code == 401
    assert is_still_waited_for(silent)
    issued.key.refresh_from_db()
    assert issued.key.paused_at


@pytest.mark.server
@pytest.mark.parametrize("path", ["password/reset", "signup"])
def test_page_that_sends_a_mail_is_answered_first(path: str, server: Server, silent: socket.socket) -> None:
    email = make_trader().email if path == "password/reset" else "new@example.com"
    fields = {"email": email, "password1": "correct horse battery", "password2": "correct horse battery"}
    said = httpx.post(
        f"{server.url}/account/{path}/", data=fields, cookies={"csrf": CSRF}, headers={"X-CSRFToken": CSRF}
    )
    assert said.status_code == 302
    assert is_still_waited_for(silent)


def test_failure_is_logged_and_stops_nothing(settings: Settings, caplog: Any) -> None:
    def fail() -> None:
        raise OSError("the mail server hung up")

    background.soon(fail)
    assert "A mail could not be sent." in caplog.text
