"""Pausing keys, and resuming them."""

import pytest

from apikeys.audit.log import Actor
from apikeys.keys import pausing
from apikeys.keys.guards import RecentSignInRequired
from tests.support.factories import make_key
from tests.support.key_acts import events

pytestmark = pytest.mark.django_db


def test_pausing_twice_leaves_one_event() -> None:
    held = make_key()
    for _ in range(2):
        pausing.pause(held.key, by=Actor(held.key.account.user))
    assert events(held.key) == ["created", "paused"]


def test_resuming_asks_for_a_recent_sign_in() -> None:
    held = make_key()
    pausing.pause(held.key, by=Actor(held.key.account.user))
    with pytest.raises(RecentSignInRequired):
        pausing.resume(held.key, by=Actor(held.key.account.user))
