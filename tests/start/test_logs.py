"""What is logged: sentences or JSON lines, with the caller behind the proxies, and never a token."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings

from apikeys import credentials
from perptools import logs
from tests.servers import environment_of, running

TOKEN = credentials.mint_bearer_token().secret


def record(message: str, **fields: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "apikeys", "levelname": "ERROR", "msg": message, **fields})


@pytest.mark.parametrize("kind", logs.FORMATTERS)
def test_a_token_is_never_written_out(kind: str) -> None:
    try:
        raise ValueError(TOKEN)
    except ValueError:
        written = logs.FORMATTERS[kind]().format(record(f"Bearer {TOKEN}", exc_info=sys.exc_info()))
    assert (TOKEN[21:64] in written, TOKEN[:20] in written) == (False, True)


def test_a_line_of_json_says_what_a_program_asks() -> None:
    line = json.loads(logs.JsonLines().format(record("two\nlines", request_id="abc")))
    assert (line["level"], line["logger"], line["message"], line["request_id"]) == (
        "error",
        "apikeys",
        "two\nlines",
        "abc",
    )


@pytest.mark.server
def test_a_server_logs_json_with_the_caller_and_the_calls_id(django_db_setup: None, tmp_path: Path) -> None:
    with running(tmp_path, LOG_FORMAT="json", TRUSTED_PROXIES="127.0.0.1", WEB_WORKERS="1") as server:
        forwarded = {"X-Forwarded-For": "203.0.113.7", "Authorization": f"Bearer {TOKEN}"}
        answer = httpx.get(f"{server.url}/v1/{TOKEN}?token={TOKEN}", headers=forwarded)
    lines = [json.loads(line) for line in server.logged().splitlines()]
    [access] = [line for line in lines if line.get("request_id") == answer.headers["X-Request-Id"] and "ms" in line]
    assert (access["address"], access["status"], access["path"]) == ("203.0.113.7", "404", f"/v1/{TOKEN[:20]}_[hidden]")
    assert TOKEN[21:] not in server.logged()


def test_an_unknown_format_is_said_so(tmp_path: Path) -> None:
    environment = environment_of(tmp_path, LOG_FORMAT="xml", DATABASE_URL="")
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
    assert "LOG_FORMAT must be one of text, json" in done.stderr
