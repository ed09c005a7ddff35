"""Pausing and resuming keys."""

import pytest

from apikeys.audit.log import Actor
from apikeys.keys import pausing
from apikeys.keys.guards import RecentSignInRequired
from tests.support.factories import make_key
from tests.support.key_acts import events

pytestmark = pytest.mark.django_db


def test_pausing_twice_records_one_event() -> None:
    issued = make_key()
    for _ in range(2):
        pausing.pause(issued.key, by=Actor(issued.key.account.user))
    assert events(issued.key) == ["created", "paused"]


def test_resuming_requires_a_recent_sign_in() -> None:
    issued = make_key()
    pausing.pause(issued.key, by=Actor(issued.key.account.user))
    with pytest.raises(RecentSignInRequired):
        pausing.resume(issued.key, by=Actor(issued.key.account.user))
