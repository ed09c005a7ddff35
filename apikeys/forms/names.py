"""Which names can be seen and read the way they were written (no Django)."""

import unicodedata

# Invisible, and part of how words and emoji are written: Persian needs the one, 👩‍💻 the other.
JOINERS = frozenset("\u200c\u200d")
# Letters and signs, for Unicode, that show nothing: fillers of Hangul, and the empty braille pattern.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def is_one_line(name: str) -> bool:
    """Return whether a name has no control characters, line breaks, or marks that turn the direction of a text."""
    return not any(unicodedata.category(each) in UNWANTED and each not in JOINERS for each in name)


def is_visible(name: str) -> bool:
    """Return whether a name shows anything: marks that need a letter, spaces and fillers alone do not."""
    return any(unicodedata.category(each)[0] in "LNPS" and each not in BLANK for each in name)


UNWANTED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
