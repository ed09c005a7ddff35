"""The guide's examples, for a reader with a key: run as pasted, with nothing but the secret filled in."""

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from shutil import which

import pytest
from django.contrib.auth.models import User

from apikeys.models import Kind
from tests.support.browser_client import TraderBrowser
from tests.support.factories import IssuedKey, make_key, make_trader
from tests.support.servers import Server

pytestmark = pytest.mark.server

PYTHON = ["code-bearer", "code-ccxt", "code-sdk", "code-python", "code-scan"]


@pytest.fixture
def user(server: Server) -> User:
    return make_trader()


@pytest.fixture
def keys(user: User) -> dict[str, IssuedKey]:
    return {kind: make_key(user.account, name=f"a {kind} key", kind=kind) for kind in Kind.values}


def snippets(user: User, server: Server, keys: dict[str, IssuedKey]) -> dict[str, str]:
    """Return the text of each example in the guide, with its placeholder replaced by the secret."""
    page = TraderBrowser(user).get("/guide").content.decode()
    found = re.findall(r'<pre [^>]*><code translate="no" id="([\w-]+)">(.*?)</code></pre>', page, flags=re.S)
    texts = {name: unescape(text).replace("http://127.0.0.1:8000", server.url) for name, text in found}
    token, secret = keys["bearer"].secret, keys["signing"].secret
    return {name: re.sub(r"ptk_\w{16}_…", token, text).replace("ed25519:…", secret) for name, text in texts.items()}


def run(command: list[str], folder: Path) -> str:
    """Run a program without any environment, in an empty folder."""
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", PYTHON)
def test_python_example_runs_as_pasted(
    server: Server, user: User, keys: dict[str, IssuedKey], name: str, tmp_path: Path
) -> None:
    if name == "code-sdk":
        pytest.importorskip("orderly_evm_connector")
    program = tmp_path / "example.py"
    program.write_text(snippets(user, server, keys)[name])
    said = run([sys.executable, "-I", str(program)], tmp_path)
    assert ("USDC" in said) is (name != "code-scan")


def test_shell_example_runs_as_pasted(server: Server, user: User, keys: dict[str, IssuedKey], tmp_path: Path) -> None:
    shell, curl = which("sh"), which("curl")
    if not (shell and curl):
        pytest.skip("curl")
    example = snippets(user, server, keys)["code-curl"]
    said = run([shell, "-c", f"PATH={Path(curl).parent}\n{example}"], tmp_path)
    assert '"name":"a bearer key"' in said


def test_every_example_is_run(server: Server, user: User, keys: dict[str, IssuedKey]) -> None:
    assert set(snippets(user, server, keys)) == {*PYTHON, "code-curl", "code-failure"}


def test_example_of_an_error_is_what_the_gate_answers(server: Server, user: User, keys: dict[str, IssuedKey]) -> None:
    restricted = make_key(user.account, name="restricted", networks="198.51.100.1")
    answer = restricted.client(REMOTE_ADDR="203.0.113.9").get("/v1/whoami").json()
    shown = snippets(user, server, keys)["code-failure"]
    assert {name for name in answer if f'"{name}":' in shown} == answer.keys()
    assert all(str(answer[name]) in shown for name in ("code", "reason", "address"))
