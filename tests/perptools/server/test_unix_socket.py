"""gunicorn at a Unix socket, behind nginx on the same machine: the only IP address is the forwarded one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from apikeys.models import Kind
from tests.support.factories import make_key
from tests.support.servers import CONFIG, Server, environment_of, wait_for_answer
from tests.two_hosts.nginx import nginx, program

pytestmark = pytest.mark.server


def command(bind: str) -> list[str]:
    return [sys.executable, "-m", "gunicorn", "-c", CONFIG, "--bind", bind]


@contextmanager
def at_socket(folder: Path, **environment: str) -> Iterator[httpx.Client]:
    """Serve the product at a Unix socket, and return a client for it."""
    path, log = folder / "gunicorn.sock", folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command(f"unix:{path}"),
            cwd=settings.BASE_DIR,
            env=environment_of(folder, **environment),
            stdout=file,
            stderr=file,
        )
    server = Server("http://127.0.0.1", log, process)
    try:
        with httpx.Client(base_url=server.url, transport=httpx.HTTPTransport(uds=str(path))) as client:
            wait_for_answer(server, client)
            yield client
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("203.0.113.7", 200),
        ("198.51.100.1, 203.0.113.7", 200),
        ("[2001:db8::7]:443", 200),
        ("203.0.113.8", 403),
        ("203.0.113.7, 198.51.100.1", 403),
        ("", 403),
        ("unix", 403),
    ],
)
def test_forwarded_address_counts_for_the_key(
    forwarded: str, status: int, transactional_db: None, at_trusted_socket: httpx.Client
) -> None:
    issued = make_key(kind=Kind.BEARER, networks="203.0.113.7,2001:db8::7")
    headers = {"Authorization": f"Bearer {issued.secret}"} | ({"X-Forwarded-For": forwarded} if forwarded else {})
    answer = at_trusted_socket.get("/v1/whoami", headers=headers)
    assert answer.status_code == status


def test_log_has_the_forwarded_address(transactional_db: None, tmp_path: Path) -> None:
    with at_socket(tmp_path, TRUSTED_PROXIES="unix") as client:
        client.get("/v1/public/system_info", headers={"X-Forwarded-For": "198.51.100.77:5000"})
    assert "198.51.100.77 [" in (tmp_path / "log").read_text()


def test_https_from_the_proxy_is_trusted(transactional_db: None, tmp_path: Path) -> None:
    with at_socket(tmp_path, TRUSTED_PROXIES="unix", PUBLIC_URL="https://127.0.0.1") as client:
        answers = [
            client.get(
                "/v1/public/system_info", headers={"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": scheme}
            )
            for scheme in ("https", "http")
        ]
    assert [answer.status_code for answer in answers] == [200, 403]


@pytest.mark.parametrize("proxies", ["", "127.0.0.1", "127.0.0.1,10.0.0.0/8"])
def test_server_without_the_setting_does_not_start_and_says_why(proxies: str, tmp_path: Path) -> None:
    done = subprocess.run(
        command(f"unix:{tmp_path}/gunicorn.sock"),
        cwd=settings.BASE_DIR,
        env=environment_of(tmp_path, TRUSTED_PROXIES=proxies),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Add the word unix to TRUSTED_PROXIES" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not program(), reason="This needs nginx.")
@pytest.mark.parametrize(("rule", "status"), [("127.9.8.7", 200), ("203.0.113.7", 403)])
def test_client_address_behind_nginx_counts(
    rule: str,
    status: int,
    transactional_db: None,
    at_trusted_socket: httpx.Client,
    trusted_folder: Path,
    tmp_path: Path,
) -> None:
    issued = make_key(kind=Kind.BEARER, networks=rule)
    headers = {"Authorization": f"Bearer {issued.secret}", "X-Forwarded-For": "203.0.113.7"}
    transport = httpx.HTTPTransport(local_address="127.9.8.7")  # all of 127.0.0.0/8 is this machine
    with (
        nginx(tmp_path, [f"unix:{trusted_folder}/gunicorn.sock"]) as front,
        httpx.Client(transport=transport) as client,
    ):
        assert client.get(f"{front.url}/v1/whoami", headers=headers).status_code == status


@pytest.fixture(scope="module")
def trusted_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unix")


@pytest.fixture(scope="module")
def at_trusted_socket(django_db_setup: None, trusted_folder: Path) -> Iterator[httpx.Client]:
    with at_socket(trusted_folder, TRUSTED_PROXIES="unix") as client:
        yield client
