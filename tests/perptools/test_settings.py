"""Settings from the environment, read in a separate process."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from perptools import state_dir


def read(expression: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    code = f"from perptools import settings; print({expression})"
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=kept | environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", ["with space", "100%20", "#1", "what?", "größer"])
def test_project_works_in_a_folder_of_any_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    done = read("settings.DATABASES['default']['NAME']", STATE_DIR=str(tmp_path / name / "state"))
    assert done.stdout.strip() == str(tmp_path / name / "state" / "db.sqlite3")


def test_options_in_the_database_url_are_kept(tmp_path: Path) -> None:
    url = "postgres://somebody@db.example/perptools?sslmode=verify-full"
    done = read("settings.DATABASES['default']['OPTIONS']['sslmode']", STATE_DIR=str(tmp_path), DATABASE_URL=url)
    assert done.stdout.strip() == "verify-full"


@pytest.mark.parametrize("url", ["perptools.example", "//perptools.example", "https://", "ftp://perptools.example"])
def test_public_url_without_a_scheme_is_rejected(url: str, tmp_path: Path) -> None:
    done = read("settings.HTTPS", STATE_DIR=str(tmp_path), PUBLIC_URL=url)
    assert "PUBLIC_URL must be like https://" in done.stderr


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("10.0.0.1/8", "10.0.0.1/8 has host bits set"),
        ("proxy.example", "'proxy.example' does not appear to be"),
        ("127.0.0.1,unix:/run/nginx.sock", "'unix:/run/nginx.sock' does not"),
        ("*", "'*' does not"),
    ],
)
def test_invalid_proxy_is_rejected_with_an_example(written: str, said: str, tmp_path: Path) -> None:
    done = read("settings.TRUSTED_PROXIES", STATE_DIR=str(tmp_path), TRUSTED_PROXIES=written)
    assert f"TRUSTED_PROXIES: {said}" in done.stderr
    assert "the word unix" in done.stderr


def test_proxies_are_networks_or_unix(tmp_path: Path) -> None:
    written = "127.0.0.1, Unix ,10.0.0.0/8,"
    done = read("len(settings.TRUSTED_PROXIES)", STATE_DIR=str(tmp_path), TRUSTED_PROXIES=written)
    assert done.stdout.strip() == "3"


def test_simultaneous_processes_agree_on_a_secret_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as processes:
        keys = set(processes.map(state_dir.secret_key, [tmp_path / "secret_key"] * 8))
    assert len(keys) == 1


def test_empty_secret_key_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    assert len(state_dir.secret_key(tmp_path / "secret_key")) > 50


def test_unusable_state_directory_ends_the_process_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match=r"Cannot make the state directory .* STATE_DIR"):
        state_dir.directory(tmp_path / "file" / "state")
