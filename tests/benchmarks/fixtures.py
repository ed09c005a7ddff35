"""Traders and keys of the product and of its peers, created as each of them does it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from django.apps import apps
from django.contrib.auth.models import User

from apikeys.models import Kind
from tests.benchmarks.history import trader_with_a_past
from tests.support.api_clients import SignedClient
from tests.support.browser_client import TraderBrowser
from tests.support.factories import BOTH, make_key, make_trader

NETWORKS = (0, 1, 20, 100)  # 0: any address
NEW_TOKENS = 100
PASTS = {5: 1_000, 500: 100_000_000}  # by the number of a trader's keys: their past requests


@dataclass(frozen=True)
class Cast:
    """The secrets and sessions in the benchmark's database."""

    tokens: dict[str, str]  # by the number of networks that the key allows
    new_tokens: list[str]  # not used yet
    trading_token: str
    signing: tuple[str, str, str]  # key, secret, account
    sessions: dict[str, str]  # by the number of keys of their trader
    peers: dict[str, str]

    @classmethod
    def read(cls, file: Path) -> "Cast":
        return cls(**json.loads(file.read_text()))

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)))

    def signed(self) -> SignedClient:
        return SignedClient(*self.signing)


def gather() -> Cast:
    signing = make_key(make_trader().account, permissions=BOTH)
    return Cast(
        tokens={str(size): make_key(kind=Kind.BEARER, networks=networks(size)).secret for size in NETWORKS},
        new_tokens=[make_key(kind=Kind.BEARER).secret for _ in range(NEW_TOKENS)],
        trading_token=make_key(kind=Kind.BEARER, permissions=BOTH).secret,
        signing=(signing.key.public_id, signing.secret, signing.key.account.account_id),
        sessions={str(keys): session(trader_with_a_past(keys=keys, calls=calls)) for keys, calls in PASTS.items()},
        peers=peers() if apps.is_installed("rest_framework_api_key") else {},
    )


def networks(size: int) -> str:
    """Return an allowlist of this many networks of several sizes. The last one is the client's."""
    others = [f"10.{number}.0.0/{16 + number % 4 * 4}" for number in range(1, size)]
    return ",".join([*others, "127.0.0.1"][-size:] if size else [])


def session(user: User) -> str:
    return str(TraderBrowser(user).http.session.session_key)


def peers() -> dict[str, str]:
    from knox.models import AuthToken
    from rest_framework.authtoken.models import Token
    from rest_framework_api_key.models import APIKey

    user = make_trader()
    by_digest = make_trader()
    Token.objects.create(user=by_digest, key=hashlib.sha256(b"a-token-of-ninjas").hexdigest()[:40])
    return {
        "authtoken": Token.objects.create(user=user).key,
        "ninja": "a-token-of-ninjas",
        "knox": AuthToken.objects.create(user, expiry=None)[1],
        "rest_framework_api_key": APIKey.objects.create_key(name="peer")[1],
    }
