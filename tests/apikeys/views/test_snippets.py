"""The snippets beside a new key, run as pasted."""

import contextlib
import io
import shlex

import httpx
import pytest
from django.template.loader import render_to_string

from apikeys.models import Kind
from tests.support.factories import IssuedKey, make_key
from tests.support.servers import Server

pytestmark = pytest.mark.server


def snippet(name: str, server: Server, issued: IssuedKey) -> str:
    filled = {
        "base_url": server.url,
        "account_id": issued.key.account.account_id,
        "api_key": issued.key.public_id,
        "secret": issued.secret,
    }
    return render_to_string(f"apikeys/guide/snippets/{name}.txt", filled)


@pytest.mark.parametrize("name", ["signing_ccxt", "signing_python", "signing_sdk", "bearer_python"])
def test_python_snippet_runs_as_pasted(server: Server, name: str) -> None:
    if name == "signing_sdk":
        pytest.importorskip("orderly_evm_connector")
    issued = make_key(kind=Kind.BEARER if name.startswith("bearer") else Kind.SIGNING)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(snippet(name, server, issued), {})
    assert "USDC" in said.getvalue()


def test_shell_snippet_is_one_valid_request(server: Server) -> None:
    issued = make_key(kind=Kind.BEARER, name="dashboard")
    program, flag, header, url = shlex.split(snippet("bearer_curl", server, issued))
    assert (program, flag) == ("curl", "-H")
    name, _, value = header.partition(": ")
    assert httpx.get(url, headers={name: value}).json()["data"]["name"] == "dashboard"
