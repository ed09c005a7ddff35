"""The risk “Key usage”, at its boundaries."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apikeys.review.findings import Code
from apikeys.review.rules import shared_key
from apikeys.review.usage_profile import Habits
from tests.support.sound_key import BOT, OFFICE, active, called, codes, key_of, only


@pytest.mark.parametrize(
    ("habits", "found"),
    [
        (active("+++"), True),
        (active("++"), False),
        (active("B+B+B+B"), True),  # another one drops in now and then
        (active("B+B+B"), False),
        (active("+-+-+"), True),  # two jobs that run at the same times
        (active("BBB+OOO"), False),  # a failover
        (active("B+O+B+O+B"), False),  # failing over and back, again and again
        (active("BBBOOOBBBOOO"), False),
        (active("BBBBBB"), False),
        (active("B+" + "B" * 70 + "+" + "B" * 71 + "+B"), True),  # 23:50 hours from the first to the last
        (active("B+" + "B" * 71 + "+" + "B" * 71 + "+B"), False),  # 24 hours
        (active("+++", every=144), False),
        (Habits(), False),
    ],
)
def test_two_places_at_the_same_time(habits: Habits, found: bool) -> None:
    assert codes(key_of(), habits) == ({Code.SHARED} if found else set())


def test_sharing_shows_the_programs_of_each_place() -> None:
    assert only(key_of(), active("+++")).evidence == (f"{BOT}: grid/1.2", f"{OFFICE}: dashboard/3")


def test_one_office_behind_one_address_is_one_client() -> None:
    places = {number: frozenset({OFFICE}) for number in range(100)}
    many = tuple(called(client=f"python-requests/2.{number}") for number in range(20))
    assert codes(key_of(), Habits(many, places=places)) == set()


@settings(deadline=None)
@given(st.lists(st.sampled_from("BO"), max_size=60))
def test_one_place_at_a_time_is_never_sharing(tens: list[str]) -> None:
    assert shared_key.overlaps(active(*tens)) == {}


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_a_takeover_is_never_sharing(takes_over: list[bool]) -> None:
    """However often one network takes the key over from the other: there is a ten minutes in which both are seen."""
    here, tens = "B", "B"
    for changes in takes_over:
        if changes:
            other = "O" if here == "B" else "B"
            tens, here = f"{tens}+{other}", other
        else:
            tens += here
    assert shared_key.overlaps(active(tens)) == {}
