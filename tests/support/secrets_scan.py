"""Find our bearer tokens, and private keys, in what is committed: `python -m tests.support.secrets_scan`.

A token is `ptk_`, 16 of [0-9a-z], `_`, 43 of [0-9A-Za-z], and its check: the CRC-32 of all before it, written with six
of 0-9A-Za-z. A text that has the form and not the check is nobody's token, so that examples can be written down.
"""

import re
import string
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

TOKEN = re.compile(rb"ptk_[0-9a-z]{16}_[0-9A-Za-z]{43}([0-9A-Za-z]{6})")
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n[A-Za-z0-9+/]{40}")
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
CHECK_LENGTH = 6


def is_token(text: bytes) -> bool:
    number, written = zlib.crc32(text[:-CHECK_LENGTH]), ""
    for _ in range(CHECK_LENGTH):
        number, digit = divmod(number, len(DIGITS))
        written = DIGITS[digit] + written
    return written.encode() == text[-CHECK_LENGTH:]


def secrets_in(content: bytes) -> Iterator[int]:
    """Tell where secrets begin in a file."""
    yield from (match.start() for match in TOKEN.finditer(content) if is_token(match[0]))
    yield from (match.start() for match in PRIVATE_KEY.finditer(content))


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
