from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Server, running


@pytest.fixture(scope="module")
def behind_proxies(django_db_setup: None, static_files: Path) -> Iterator[Server]:
    proxies = {"TRUSTED_PROXIES": "127.0.0.1,10.200.0.0/16", "WEB_WORKERS": "1"}
    with running(static_files, **proxies) as server:
        yield server


@pytest.fixture
def gate(behind_proxies: Server, transactional_db: None) -> Server:
    """A server that trusts a proxy at 127.0.0.1. All others are clients."""
    return behind_proxies
