"""A database of f32263a is migrated: its keys still work, and the old code still runs on the new tables.

`support/released/` has dumps of both databases, written by f32263a: 40 days of one trader with four keys. The signing
key's seed is `bytes(range(32))`.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import base58
import psycopg
import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from apikeys.models import Account, ApiKey, EventKind, FindingDecision, KeyEvent, KeyUsage, Notification, Status
from perptools.health_checks import applied_migrations, migrations
from tests.perptools.trading.recalculation import check_account
from tests.support.api_clients import BearerClient, SignedClient
from tests.support.servers import database_url, environment_of
from tests.test_migrations import empty_database

pytestmark = pytest.mark.django_db

RELEASED = "f32263a"
NOW = datetime(2026, 11, 29, 13, 0, tzinfo=UTC)  # an hour after the dump
SIGNING_KEY = "ed25519:FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF"
SEED = base58.b58encode(bytes(range(32))).decode()
TOKENS = {  # in two parts, because no token is committed
    "sqlite": ("ptk_07elsz6dkry5cjqx", "EVJd8iXqh2e1gd7dKzRqvREcqw6gqqU9q9lkTymH3q7443hRg"),
    "postgresql": ("ptk_07elsz6dkry5cjqx", "aBo9t5Y9F0vPGPQ3qp7N9gw5MsiZyzcDtiw5pDncs17110HC1"),
}
ORDER = {"symbol": "PERP_BTC_USDC", "side": "BUY", "order_type": "MARKET", "order_quantity": "0.01"}


def load(text: str) -> None:
    """Load a dump into the empty database of the test's connection."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.executescript(f"PRAGMA foreign_keys = OFF; {text}; PRAGMA foreign_keys = ON")
    else:
        with psycopg.connect(database_url(), autocommit=True) as session:
            session.execute(text.encode())


@pytest.fixture(scope="module")
def upgraded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Account]:
    """The trader an hour after the dump, with all later migrations."""
    dump = Path(__file__).parent / "support" / "released" / f"{connection.vendor}.sql"
    with django_db_blocker.unblock(), empty_database(tmp_path_factory.mktemp("released")):
        load(dump.read_text())
        call_command("migrate", verbosity=0)
        with time_machine.travel(NOW):
            yield Account.objects.get()


def signing_client(account: Account) -> SignedClient:
    return SignedClient(SIGNING_KEY, SEED, account.account_id)


def bearer_client(**extra: str) -> BearerClient:
    return BearerClient("_".join(TOKENS[connection.vendor]), **extra)


def test_every_migration_since_then_is_applied(upgraded: Account) -> None:
    assert migrations() <= applied_migrations()


def test_its_keys_are_unchanged(upgraded: Account) -> None:
    assert {key.name: key.status(NOW) for key in ApiKey.objects.all()} == {
        "grid bot 1": Status.ACTIVE,
        "dashboard": Status.ACTIVE,
        "paused": Status.PAUSED,
        "deleted": Status.DELETED,
    }


def test_its_signing_key_still_signs(upgraded: Account) -> None:
    [position] = signing_client(upgraded).get("/v1/positions").json()["data"]["rows"]
    assert (position["symbol"], position["position_qty"]) == ("PERP_BTC_USDC", 0.01)


@pytest.mark.parametrize(("caller", "status"), [("203.0.113.7", 200), ("198.51.100.7", 403)])
def test_its_bearer_token_works_from_its_networks_only(upgraded: Account, caller: str, status: int) -> None:
    assert bearer_client(REMOTE_ADDR=caller).get("/v1/whoami").status_code == status


def test_its_history_is_still_known(upgraded: Account) -> None:
    grid_bot = KeyEvent.objects.filter(key__name="grid bot 1").order_by("id").values_list("kind", flat=True)
    assert list(grid_bot) == [EventKind.CREATED, EventKind.EDITED, EventKind.SNOOZED]
    assert sum(KeyUsage.objects.filter(key__name="dashboard").values_list("calls", flat=True)) == 8
    assert (FindingDecision.objects.count(), Notification.objects.filter(user=upgraded.user).count()) == (1, 10)


# -- The old code beside the new ---------------------------------------------------------------------------------------

OLD_CODE = """
import time_machine; time_machine.travel({now!r}).start()
import django; django.setup()
from tests.clients import SignedClient
from tests.traders import make_key
from apikeys import usage
from apikeys.models import Account, KeyUsage
from apikeys import lifecycle
from apikeys.lifecycle import Actor

client = SignedClient({public_id!r}, {secret!r}, {account_id!r})
order = {order!r}
print(client.get("/v1/client/holding").status_code, client.post("/v1/order", order).status_code)
held = make_key(Account.objects.get(), name="made by the old code")
print(held.client().get("/v1/whoami").status_code)
usage.flush()
print(KeyUsage.objects.filter(key=held.key).count())
lifecycle.revoke(held.key, by=Actor(held.key.account.user))
print(held.client().get("/v1/whoami").status_code)
"""


@pytest.fixture(scope="module")
def old_code(upgraded: Account, tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    """Run f32263a, from the git history, on the migrated database: read, trade, create, use and delete a key."""
    folder = tmp_path_factory.mktemp("old")
    if not (shutil.which("git") and shutil.which("tar")):
        pytest.skip("There is no git or no tar on this machine.")
    archive = subprocess.run(["git", "archive", RELEASED], cwd=settings.BASE_DIR, capture_output=True)
    if archive.returncode:
        pytest.skip(f"{RELEASED} is not in this clone's history.")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    made = {"public_id": SIGNING_KEY, "secret": SEED, "account_id": upgraded.account_id}
    command = [sys.executable, "-c", OLD_CODE.format(now=NOW.isoformat(), order=ORDER, **made)]
    wanted = {"PYTHONPATH": str(folder), "ALLOWED_HOSTS": "testserver", "EMAIL_URL": "dummymail://"}
    environment = environment_of(folder / "state", **wanted)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_old_code_still_works_on_the_new_tables(
    upgraded: Account, old_code: "subprocess.CompletedProcess[str]"
) -> None:
    assert (old_code.stdout.split(), old_code.returncode) == (["200", "200", "200", "1", "401"], 0), old_code.stderr


def test_rows_of_the_old_code_are_right_for_the_new(
    upgraded: Account, old_code: "subprocess.CompletedProcess[str]"
) -> None:
    check_account(upgraded.pk)
    key = ApiKey.objects.get(name="made by the old code")
    assert [event.kind for event in key.events.order_by("id")] == [EventKind.CREATED, EventKind.REVOKED]
    assert key.status(NOW) == Status.DELETED
