"""The documentation is right: its links and commands work, and its figures and settings match the code."""

import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from apikeys.models import Kind
from tests.benchmarks import growth
from tests.support.factories import BOTH, make_key, make_trader
from tests.support.servers import Server

ROOT = Path(settings.BASE_DIR)
README = ROOT / "README.md"
SERVER, SCALING = ROOT / "perptools" / "server" / "README.md", ROOT / "perptools" / "server" / "SCALING.md"
SETTINGS = ROOT / "perptools" / "SETTINGS.md"
DOCS = [
    README,
    ROOT / ".github" / "CONTRIBUTING.md",
    ROOT / ".github" / "SECURITY.md",
    SERVER,
    SCALING,
    SETTINGS,
    ROOT / "tests" / "benchmarks" / "README.md",
    ROOT / "perptools" / "trading" / "paper" / "README.md",
]
SHELLS = ("console", "sh", "cron")
OPTIONS = {"test": "pytest", "demo": "demo"}  # commands whose arguments bootstrap or pytest reads


class Found(NamedTuple):
    """A piece of a document, with the document that it is in."""

    doc: Path
    text: str

    def __str__(self) -> str:
        return f"{self.doc.relative_to(ROOT)}: {self.text[:60]}"


def in_docs(pattern: str) -> list[Found]:
    return [Found(doc, text) for doc in DOCS for text in dict.fromkeys(re.findall(pattern, doc.read_text(), re.M))]


def blocks(doc: Path, *languages: str) -> Iterator[str]:
    for language, text in re.findall(r"^ *```(\w*)\n(.*?)^ *```", doc.read_text(), re.M | re.S):
        if language in languages:
            yield text


def commands() -> list[Found]:
    """List the commands in blocks, and those between backticks in texts and tables."""
    lines = [
        Found(doc, line.partition("  #")[0].strip())
        for doc in DOCS
        for block in blocks(doc, *SHELLS)
        for line in block.splitlines()
        if line.strip()
    ]
    return lines + in_docs(r"`((?:[A-Z_]+=\S+ )*(?:python3? (?:manage\.py|-m)|perptools(?= \w)|\.ci/run)\b[^`]*)`")


# -- Links and names -------------------------------------------------------------------------------------------------


def anchors(doc: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", doc.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("link", in_docs(r"\]\(([^)\s]+)\)"), ids=str)
def test_every_relative_link_leads_somewhere(link: Found) -> None:
    if link.text.startswith("https://"):
        return
    path, _, anchor = link.text.partition("#")
    target = (link.doc.parent / path).resolve() if path else link.doc
    assert target.exists()
    assert not anchor or anchor in anchors(target)


@pytest.mark.parametrize(
    "path",
    in_docs(r"`((?:apikeys|perptools|templates|static|tests|\.ci)/[\w/.]*|\w+\.(?:toml|lock))`"),
    ids=str,
)
def test_every_named_file_exists(path: Found) -> None:
    assert (ROOT / path.text).exists()


def test_readme_is_short_and_has_a_picture() -> None:
    assert len(README.read_text().splitlines()) <= 150
    assert re.search(r"^!\[[^\]]{20,}\]\(\.github/\w+\.png\)$", README.read_text(), re.M)


@pytest.mark.parametrize(
    ("doc", "heading"), [(README, "What it guarantees"), (ROOT / ".github" / "SECURITY.md", "What we promise")]
)
def test_every_guarantee_names_its_test(doc: Path, heading: str) -> None:
    [section] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", doc.read_text(), re.M | re.S)
    guarantees = re.findall(r"^- .*?(?=^- |\Z)", section, re.M | re.S)
    assert len(guarantees) > 5
    assert all(re.search(r"\[test\]\([^)]*tests/[\w/]+\.py\)", guarantee) for guarantee in guarantees)


# -- Commands --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", commands(), ids=str)
def test_every_command_exists(command: Found) -> None:
    assert subprocess.run(["bash", "-n", "-c", command.text]).returncode == 0
    words = [word for word in shlex.split(command.text) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
    for folder in [word for word in words if word.startswith("tests/")]:
        assert (ROOT / folder).exists()
    if words[0] in ("python", "python3") and words[1] == "-m":
        assert importlib.util.find_spec(words[2]), words[2]
    for place, word in enumerate(words[:-1]):
        if word in ("manage.py", "/usr/local/sbin/perptools") or (word == "perptools" and place == 0):
            check_management_command(words[place + 1 :])


def check_management_command(words: list[str]) -> None:
    name, *arguments = words
    if name == "$@":
        return
    command = load_command_class(get_commands()[name], name)
    if name not in OPTIONS:
        command.create_parser("manage.py", name).parse_args([word.strip("()") for word in arguments])


# -- Contents --------------------------------------------------------------------------------------------------------


def test_settings_are_exactly_those_of_the_code() -> None:
    source = (ROOT / "perptools" / "settings.py").read_text()
    read = re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', source)
    written = re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS.read_text(), re.M)
    assert sorted(written) == sorted(read)


@pytest.mark.parametrize("block", list(blocks(SERVER, "ini")))
def test_deployment_uses_known_settings(block: str) -> None:
    known = set(re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS.read_text(), re.M))
    assert set(re.findall(r"^([A-Z][A-Z_]+)=", block, re.M)) <= known


@pytest.mark.parametrize("table", [growth.capacity_table, growth.lease_table])
def test_figures_of_growth_match_the_calculation(table: Callable[[], str]) -> None:
    assert table() in SCALING.read_text()


def test_connections_of_ten_hosts_match_the_calculation() -> None:
    number, memory = growth.connections(hosts=10, workers=4, threads=16)
    assert f"{number} of them, {memory:.1f} GB" in SCALING.read_text()


# -- The README's own clients ----------------------------------------------------------------------------------------


def test_request_of_the_readme_is_answered(server: Server) -> None:
    [line] = [line for block in blocks(README, "console") for line in block.splitlines() if line.startswith("curl")]
    issued = make_key(make_trader().account, kind=Kind.BEARER)
    _, _, header, url = shlex.split(line.replace("ptk_…", issued.secret).replace("http://127.0.0.1:8000", server.url))
    response = httpx.get(url, headers=[tuple(header.split(": "))])
    assert [row["token"] for row in response.json()["data"]["holding"]] == ["USDC"]


def test_bot_of_the_readme_trades(server: Server) -> None:
    account = make_trader().account
    issued = make_key(account, permissions=BOTH)
    [bot] = [block for block in blocks(README, "python") if "ccxt" in block]
    for example, value in {
        "http://127.0.0.1:8000": server.url,
        '"apiKey": "ed25519:…"': f'"apiKey": "{issued.key.public_id}"',
        '"secret": "ed25519:…"': f'"secret": "{issued.secret}"',
        "0x…": account.account_id,
    }.items():
        bot = bot.replace(example, value)
    done = subprocess.run([sys.executable, "-c", bot], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:3] == ["Bought 0.01 at 95004.8", "Position: 0.01"]
