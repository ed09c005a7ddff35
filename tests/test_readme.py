"""The README is right about settings and files."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings

from tests.benchmarks import growth

README = (settings.BASE_DIR / "README.md").read_text()
SOURCE = (settings.BASE_DIR / "perptools" / "settings.py").read_text()


def test_readme_lists_exactly_the_settings() -> None:
    read = re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', SOURCE)
    written = re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)
    assert sorted(written) == sorted(read)


@pytest.mark.parametrize(
    "path",
    sorted(set(re.findall(r"`((?:apikeys|perptools|templates|static|\.ci)/[\w/.]*|\w+\.(?:toml|lock))`", README))),
)
def test_every_file_in_the_readme_exists(path: str) -> None:
    assert (settings.BASE_DIR / path).exists()


def test_picture_exists() -> None:
    [picture] = re.findall(r"!\[.*\]\((.*)\)", README)
    assert (settings.BASE_DIR / picture).exists()


@pytest.mark.parametrize("table", [growth.capacity_table, growth.lease_table])
def test_figures_of_growth_match_the_calculation(table: Callable[[], str]) -> None:
    assert table() in README


def test_connections_of_ten_hosts_match_the_calculation() -> None:
    number, memory = growth.connections(hosts=10, workers=4, threads=16)
    assert f"{number} of them, {memory:.1f} GB" in README
