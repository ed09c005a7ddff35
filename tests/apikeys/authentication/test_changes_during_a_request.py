"""A key that changes during a request: what was read of it before no longer counts.

Each test changes the key at an exact point: in the cache that counts an admitted request, or while Argon2 has its turn.
"""

import json
from collections.abc import Callable
from threading import Lock
from typing import Any, ClassVar

import pytest
import time_machine
from django.core.cache.backends.locmem import LocMemCache

from apikeys.authentication.token_cache import verified_tokens
from apikeys.keys import deletion, pausing
from apikeys.models import AddressRule, ApiKey, Kind
from perptools.trading.models import Order
from tests.support.factories import BOTH, TRADING, IssuedKey, make_key, owner

pytestmark = pytest.mark.django_db

ORDER = {"symbol": "PERP_BTC_USDC", "side": "BUY", "order_type": "MARKET", "order_quantity": "0.001"}
NOW = "2026-11-22T12:00:00.5Z"


def revoke(issued: IssuedKey) -> None:
    deletion.revoke(issued.key, by=owner(issued.key.account.user))


def pause(issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(issued.key.account.user))


def make_read_only(issued: IssuedKey) -> None:
    ApiKey.objects.filter(pk=issued.key.pk).update(can_trade=False)


def narrow_addresses(issued: IssuedKey) -> None:
    ApiKey.objects.filter(pk=issued.key.pk).update(address_rule=AddressRule.LIST, networks="203.0.113.7")


def let_expire(issued: IssuedKey) -> None:
    ApiKey.objects.filter(pk=issued.key.pk).update(expires_at=issued.key.created_at)


def deactivate_owner(issued: IssuedKey) -> None:
    user = issued.key.account.user
    user.is_active = False
    user.save()


CHANGES: list[tuple[Callable[[IssuedKey], None], str]] = [
    (revoke, "key_revoked"),
    (pause, "key_paused"),
    (narrow_addresses, "address_not_allowed"),
    (let_expire, "key_expired"),
    (deactivate_owner, "owner_inactive"),
]


class CacheThatActs(LocMemCache):
    """Does something once, when the next request is counted: it has been admitted then, but not rechecked."""

    deeds: ClassVar[list[Callable[[], None]]] = []

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        if key.startswith("calls:") and self.deeds:
            self.deeds.pop()()
        return super().incr(key, delta, version)


@pytest.fixture
def once_admitted(settings: Any) -> list[Callable[[], None]]:
    settings.API_CALLS_PER_SECOND = 100
    acting = {"BACKEND": f"{__name__}.CacheThatActs", "LOCATION": "acting"}
    settings.CACHES = settings.CACHES | {"calls": acting}
    CacheThatActs.deeds.clear()
    return CacheThatActs.deeds


@pytest.mark.parametrize(("change", "reason"), [*CHANGES, (make_read_only, "permission_missing")])
@pytest.mark.parametrize("kind", list(Kind))
def test_order_is_rejected_after_a_change_since_its_admission(
    once_admitted: list[Callable[[], None]], kind: Kind, change: Callable[[IssuedKey], None], reason: str
) -> None:
    issued = make_key(kind=kind, permissions=BOTH)
    once_admitted.append(lambda: change(issued))
    answer = issued.client().post("/v1/order", ORDER)
    assert (once_admitted, answer.json()["reason"], Order.objects.count()) == ([], reason, 0)


class TurnThatActs:
    """Argon2's turn, in which something else happens first."""

    def __init__(self, turn: Any, deed: Callable[[], None]) -> None:
        self._turn, self._deed = turn, deed

    def acquire(self, timeout: float) -> bool:
        acquired: bool = self._turn.acquire(timeout=timeout)
        self._deed()
        return acquired

    def release(self) -> None:
        self._turn.release()


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_token_is_rejected_after_a_change_during_its_verification(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[IssuedKey], None], reason: str
) -> None:
    issued = make_key(kind=Kind.BEARER)
    monkeypatch.setattr(verified_tokens, "_verifying", TurnThatActs(Lock(), lambda: change(issued)))
    assert issued.client().get("/v1/whoami").json()["reason"] == reason


# -- Whoever has proved that it holds the key is told until when, also with a refusal ---------------------------------


def paused(settings: Any) -> tuple[IssuedKey, Any]:
    issued = make_key()
    pause(issued)
    return issued, issued.client().get("/v1/whoami")


def elsewhere(settings: Any) -> tuple[IssuedKey, Any]:
    issued = make_key(networks="203.0.113.7")
    return issued, issued.client(REMOTE_ADDR="198.51.100.1").get("/v1/whoami")


def not_permitted(settings: Any) -> tuple[IssuedKey, Any]:
    issued = make_key()
    return issued, issued.client().post("/v1/order", ORDER)


def replayed(settings: Any) -> tuple[IssuedKey, Any]:
    issued = make_key(permissions=TRADING)
    client = issued.client()
    headers = client.headers_for("POST", "/v1/order", body := json.dumps(ORDER).encode())
    return issued, [client.post("/v1/order", body, headers=headers) for _ in range(2)][-1]


def too_many(settings: Any) -> tuple[IssuedKey, Any]:
    settings.API_CALLS_PER_SECOND = 1
    issued = make_key()
    client = issued.client()
    return issued, [client.get("/v1/whoami") for _ in range(3)][-1]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("refused", "status", "reason"),
    [
        (paused, 401, "key_paused"),
        (elsewhere, 403, "address_not_allowed"),
        (not_permitted, 403, "permission_missing"),
        (replayed, 409, "replayed_request"),
        (too_many, 429, "too_many_requests"),
    ],
)
def test_rejection_says_when_the_key_expires(
    settings: Any, refused: Callable[[Any], tuple[IssuedKey, Any]], status: int, reason: str
) -> None:
    issued, answer = refused(settings)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer["X-Key-Expires"] == issued.key.expires_at.isoformat()
