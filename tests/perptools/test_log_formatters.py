"""Logs: text or JSON lines, with the client behind proxies, and never a token."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings

from apikeys.crypto import credentials
from apikeys.crypto.secret_scanning import redact
from perptools import log_formatters
from tests.support.servers import environment_of, running

TOKEN = credentials.mint_bearer_token().secret


def record(message: str, **fields: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "apikeys", "levelname": "ERROR", "msg": message, **fields})


@pytest.mark.parametrize("kind", log_formatters.FORMATTERS)
def test_tokens_are_never_logged(kind: str) -> None:
    try:
        raise ValueError(TOKEN)
    except ValueError:
        written = log_formatters.FORMATTERS[kind]().format(record(f"Bearer {TOKEN}", exc_info=sys.exc_info()))
    assert (TOKEN[21:64] in written, TOKEN[:20] in written) == (False, True)


def every_character_escaped(text: str) -> str:
    return "".join(f"%{ord(letter):02x}" for letter in text)


SPELLINGS = {
    "its line escaped": TOKEN.replace("_", "%5F"),
    "its line escaped twice": TOKEN.replace("_", "%255f"),
    "its prefix escaped": f"%70%74%6B{TOKEN[3:]}",
    "all escaped": every_character_escaped(TOKEN),
    "all escaped twice": every_character_escaped(TOKEN).replace("%", "%25"),
    "its secret escaped": TOKEN[:21] + every_character_escaped(TOKEN[21:]),
    "its end cut off": TOKEN[:40],
    "something behind it": f"{TOKEN}AAAA",
    "in capitals": TOKEN.upper(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_public_part_of_a_token_is_logged_in_any_spelling(spelling: str) -> None:
    hidden = redact(f'"GET /v1/order/{SPELLINGS[spelling]}/x" 404')
    assert hidden.casefold() == f'"GET /v1/order/{TOKEN[:20]}_[hidden]/x" 404'.casefold()


@pytest.mark.parametrize(
    "text", ["ptk_k3j9…", "ptk_k3j9x0abcdefghij was paused", "/v1/order/ptk_short_x", "/100%25/ptk%5F"]
)
def test_other_text_is_logged_unchanged(text: str) -> None:
    assert redact(text) == text


def test_json_line_has_the_documented_fields() -> None:
    line = json.loads(log_formatters.JsonLines().format(record("two\nlines", request_id="abc")))
    assert (line["level"], line["logger"], line["message"], line["request_id"]) == (
        "error",
        "apikeys",
        "two\nlines",
        "abc",
    )


@pytest.mark.server
def test_server_logs_json_with_client_and_request_id(transactional_db: None, tmp_path: Path) -> None:
    with running(tmp_path, LOG_FORMAT="json", TRUSTED_PROXIES="127.0.0.1", WEB_WORKERS="1") as server:
        forwarded = {"X-Forwarded-For": "203.0.113.7", "Authorization": f"Bearer {TOKEN}"}
        answer = httpx.get(f"{server.url}/v1/{TOKEN}?token={TOKEN}", headers=forwarded)
    lines = [json.loads(line) for line in server.logged().splitlines()]
    [access] = [line for line in lines if line.get("request_id") == answer.headers["X-Request-Id"] and "ms" in line]
    assert (access["address"], access["status"], access["path"]) == ("203.0.113.7", "404", f"/v1/{TOKEN[:20]}_[hidden]")
    assert TOKEN[21:] not in server.logged()


@pytest.mark.server
@pytest.mark.parametrize("kind", log_formatters.FORMATTERS)
def test_server_logs_never_repeat_a_misplaced_token(transactional_db: None, static_files: Path, kind: str) -> None:
    with running(static_files, LOG_FORMAT=kind, WEB_WORKERS="1") as server:
        for path in (TOKEN, f"v1/{TOKEN}", *SPELLINGS.values()):
            httpx.get(f"{server.url}/{path}")
        httpx.get(f"{server.url}/account/login/", headers={"Host": TOKEN})
    logged = server.logged()
    assert ("Invalid HTTP_HOST header" in logged, f"Not Found: /{TOKEN[:20]}_[hidden]" in logged) == (True, True)
    secrets = (TOKEN[21:40], TOKEN[21:40].upper(), every_character_escaped(TOKEN[21:40]))
    assert [secret in logged for secret in secrets] == [False] * 3


def test_unknown_format_is_reported(tmp_path: Path) -> None:
    environment = environment_of(tmp_path, LOG_FORMAT="xml", DATABASE_URL="")
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
    assert "LOG_FORMAT must be one of text, json" in done.stderr
