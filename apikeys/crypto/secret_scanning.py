"""What secrets look like, found in any text."""

import re

TOKENS = re.compile(r"ptk_[0-9a-z]{16}_[0-9A-Za-z]{49}", re.ASCII)
SEEDS = re.compile(r"(?<![1-9A-HJ-NP-Za-km-z])[1-9A-HJ-NP-Za-km-z]{43,44}(?![1-9A-HJ-NP-Za-km-z])", re.ASCII)


def distinct(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))
