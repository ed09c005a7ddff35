"""A database of the first release, migrated: keys still work, and no money is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from apikeys.crypto import credentials
from apikeys.models import MAX_LIFETIME, ApiKey, KeyEvent, KeyUsage
from perptools.health_checks import applied_migrations, migrations
from tests.perptools.trading.recalculation import check_account
from tests.support.api_clients import SignedClient

pytestmark = pytest.mark.django_db

FIRST_RELEASE = [("apikeys", "0001_accounts_keys_events_usage"), ("trading", "0002_first_markets")]
ACCOUNT_ID = "0x" + "ab" * 32
PRICE, QUANTITY, FEE = Decimal(95_000), Decimal("0.01"), Decimal("0.57")


@contextmanager
def empty_database(folder: Path) -> Iterator[None]:
    """Make Django use an empty database of this test's own."""
    name = (
        str(folder / "first.sqlite3") if connection.vendor == "sqlite" else f"{connection.settings_dict['NAME']}_first"
    )
    before = connection.settings_dict["NAME"]
    tell(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        tell(f'DROP DATABASE "{name}"')


def tell(*statements: str) -> None:
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture(scope="module")
def brought_up(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SignedClient]:
    """A client whose key was created in the first release."""
    minted = credentials.mint_signing_key()
    with django_db_blocker.unblock(), empty_database(tmp_path_factory.mktemp("first")):
        executor = MigrationExecutor(connection)
        executor.migrate(FIRST_RELEASE)
        fill(executor.loader.project_state(FIRST_RELEASE).apps, minted.public_id)
        call_command("migrate", verbosity=0)
        yield SignedClient(minted.public_id, minted.secret, ACCOUNT_ID)


def fill(first: Any, public_id: str) -> None:
    """Create a trader with a key, an event, usage and a position in the tables of that time."""
    now = timezone.now()
    user = first.get_model("auth", "User").objects.create(username="first", email="first@example.com")
    account = first.get_model("apikeys", "Account").objects.create(user=user, account_id=ACCOUNT_ID, uid=12_345_678)
    key = first.get_model("apikeys", "ApiKey").objects.create(
        account=account,
        kind="signing",
        public_id=public_id,
        name="grid bot",
        purpose="trading",
        can_read=True,
        can_trade=True,
        address_rule="any",
        expires_at=now + MAX_LIFETIME / 2,
        expiry_set_at=now,
    )
    first.get_model("apikeys", "KeyEvent").objects.create(key=key, kind="created", actor=user)
    first.get_model("apikeys", "KeyUsage").objects.create(
        key=key, starts_at=now, address="203.0.113.7", client="bot/1", need="read", outcome="accepted", calls=7
    )
    trade(first, account)


def trade(first: Any, account: Any) -> None:
    market = first.get_model("trading", "Market").objects.get(symbol="PERP_BTC_USDC")
    what = {"account": account, "market": market, "side": "BUY", "quantity": QUANTITY}
    first.get_model("trading", "Transfer").objects.create(account=account, side="DEPOSIT", amount=Decimal(10_000))
    first.get_model("trading", "Balance").objects.create(account=account, holding=Decimal(10_000) - FEE)
    order = first.get_model("trading", "Order").objects.create(
        **what, type="MARKET", status="FILLED", executed_quantity=QUANTITY, executed_value=PRICE * QUANTITY, fee=FEE
    )
    first.get_model("trading", "Fill").objects.create(
        **what, order=order, price=PRICE, fee=FEE, realized_pnl=Decimal(0), is_maker=False
    )
    first.get_model("trading", "Position").objects.create(
        account=account, market=market, quantity=QUANTITY, cost=PRICE * QUANTITY
    )


def test_every_migration_is_applied(brought_up: SignedClient) -> None:
    assert migrations() <= applied_migrations()


def test_key_of_the_first_release_is_admitted(brought_up: SignedClient) -> None:
    answer = brought_up.get("/v1/whoami").json()["data"]
    assert (answer["name"], answer["permissions"]) == ("grid bot", ["read", "trading"])


def test_its_audit_log_and_usage_still_exist(brought_up: SignedClient) -> None:
    key = ApiKey.objects.get()
    assert [event.kind for event in KeyEvent.objects.filter(key=key)] == ["created"]
    assert [usage.calls for usage in KeyUsage.objects.filter(key=key)] == [7]


def test_its_balance_and_position_are_unchanged(brought_up: SignedClient) -> None:
    [row] = brought_up.get("/v1/positions").json()["data"]["rows"]
    assert (row["symbol"], row["position_qty"]) == ("PERP_BTC_USDC", 0.01)
    check_account(ApiKey.objects.get().account_id)


def test_it_can_still_trade(brought_up: SignedClient) -> None:
    order = {"symbol": "PERP_BTC_USDC", "side": "SELL", "order_type": "MARKET", "order_quantity": "0.01"}
    assert brought_up.post("/v1/order", order).status_code == 200
    [row] = brought_up.get("/v1/positions").json()["data"]["rows"] or [{"position_qty": 0}]
    assert row["position_qty"] == 0
    check_account(ApiKey.objects.get().account_id)
