"""Check that names are visible and read the way they were written (no Django)."""

import unicodedata

# These are invisible, but words and emoji need them: Persian needs the first, 👩‍💻 the second.
JOINERS = frozenset("\u200c\u200d")
# Unicode calls these letters and symbols, but they show nothing: Hangul fillers and the empty braille pattern.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def is_one_line(name: str) -> bool:
    """Return whether a name has no control characters, line breaks, or marks that change the direction of text."""
    return not any(unicodedata.category(each) in UNWANTED and each not in JOINERS for each in name)


def is_visible(name: str) -> bool:
    """Return whether a name shows anything. Combining marks, spaces and fillers alone don't."""
    return any(unicodedata.category(each)[0] in "LNPS" and each not in BLANK for each in name)


UNWANTED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
