"""Migrations that change rows with IP addresses change nothing else in them."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apikeys.models import KeyEvent, Notification
from tests.support.factories import IssuedKey, make_key

pytestmark = pytest.mark.django_db

THIEF, FAR = "203.0.113.9", "2001:db8:1:2::3"


@pytest.fixture
def issued() -> IssuedKey:
    return make_key()


def run(migration: str, function: str) -> None:
    state = MigrationExecutor(connection).loader.project_state().apps
    getattr(import_module(f"apikeys.migrations.{migration}"), function)(state, connection.schema_editor())


ELSEWHERE = "Somebody called with the right secret from {} and {}, which is not allowed. 192.0.2.7 it is."


@pytest.mark.parametrize(
    ("kind", "networks"), [("accepted", ("203.0.113.0/24", "2001:db8:1::/48")), ("revoked", (THIEF, FAR))]
)
def test_events_of_decisions_get_networks_for_addresses(
    issued: IssuedKey, kind: str, networks: tuple[str, str]
) -> None:
    event = KeyEvent.objects.create(key=issued.key, kind=kind, reason=ELSEWHERE.format(THIEF, FAR))
    run("0007_decisions_name_networks", "name_networks")
    assert KeyEvent.objects.get(pk=event.pk).reason == ELSEWHERE.format(*networks)


@pytest.mark.parametrize(
    ("text", "kept", "addresses"),
    [
        (f"Refused: {THIEF}, an unknown address.\nRegenerate the key.", "Regenerate the key.", [THIEF, ""]),
        ("It leaked.\nFrom 203.0.113.0/24.", "It leaked.", ["203.0.113.0/24"]),
        (f"From {FAR}.", "", [FAR]),
        ("From my own phone.", "From my own phone.", []),
        (f"“From {THIEF}” ptk_0…1", f"“From {THIEF}” ptk_0…1", []),
        ("", "", []),
    ],
)
def test_addresses_move_from_the_text_of_notifications_to_their_column(
    issued: IssuedKey, text: str, kept: str, addresses: list[str]
) -> None:
    Notification.objects.update(addresses=None, text=text)
    run("0011_notification_addresses", "move_addresses")
    assert Notification.objects.values_list("text", "addresses").get() == (kept, addresses)
