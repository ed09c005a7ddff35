"""Find bearer tokens and private keys in committed files: `python -m tests.support.secrets_scan`.

A text in the form of a token with a wrong checksum isn't a token, so examples can be written down.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from apikeys.crypto import credentials
from apikeys.crypto.secret_scanning import TOKEN

PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n[A-Za-z0-9+/]{40}")


def secrets_in(content: bytes) -> Iterator[int]:
    """Yield where secrets start in a file."""
    text = content.decode("latin-1")  # one character per byte
    yield from (match.start() for match in TOKEN.finditer(text) if credentials.read_token(match[0]))
    yield from (match.start() for match in PRIVATE_KEY.finditer(text))


def committed(folder: Path) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, check=True).stdout
    return [path for name in listed.split(b"\0") if name and (path := folder / name.decode()).is_file()]


def main() -> None:
    folder = Path(__file__).resolve().parents[2]
    found = [
        f"{path.relative_to(folder)}:{content[:start].count(10) + 1}: a secret"
        for path in committed(folder)
        for content in [path.read_bytes()]
        for start in secrets_in(content)
    ]
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()
