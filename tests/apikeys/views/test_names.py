"""The names that a key can have."""

import pytest

from tests.support.filled_forms import create_form


@pytest.mark.parametrize(
    "name",
    ["grid\u00a0bot", "👩\u200d💻", "نامه\u200cای", "ünï", "机器人", "मेरी चाबी", "bot ☂\ufe0f", "e\u0301", "!", "1"],
)
def test_visible_name_is_accepted(name: str) -> None:
    filled = create_form(name=name)
    assert filled.is_valid(), filled.errors
    assert filled.settings().name == " ".join(name.split())


@pytest.mark.parametrize(
    "name",
    ["\u3164", "\u2800", "\u0301\u0302", "\u115f\u1160", "\uffa0", "\u200d", "\u00a0", "\u200b", "\ufeff", "a\u2028b",
     "a\u202eb", "a\u2066b", "a\x1bb", "a\tb", "a\ud800b", "\ue000"],
)  # fmt: skip
def test_invisible_or_misleading_name_is_rejected(name: str) -> None:
    assert list(create_form(name=name).errors) == ["name"]


def test_spaces_around_and_within_a_name_are_collapsed() -> None:
    filled = create_form(name="  grid   bot ")
    assert filled.is_valid()
    assert filled.settings().name == "grid bot"
