"""Proof of possession: what a browser signs when it has generated a key, and what doesn't count as a proof."""

import base64
from typing import Any
from uuid import UUID, uuid4

import base58
import pytest
from django.contrib.auth.models import User
from nacl.signing import SigningKey

from apikeys.crypto import proof_of_possession, request_signing
from apikeys.models import ApiKey, Kind
from tests.support.browser_client import KEYS, TraderBrowser, form, text
from tests.support.factories import make_key
from tests.support.key_forms import opened

NEW = f"{KEYS}new/"
SIGNER, OTHER = SigningKey(b"\x07" * 32), SigningKey(b"\x08" * 32)
ACCOUNT, IDEMPOTENCY_KEY = "0x" + "ab" * 32, UUID(int=7)

pytestmark = pytest.mark.django_db


def written(signer: SigningKey) -> str:
    return "ed25519:" + base58.b58encode(bytes(signer.verify_key)).decode()


def proof(signer: SigningKey, account_id: str, idempotency_key: UUID, key: str) -> str:
    signature = signer.sign(proof_of_possession.text(account_id, idempotency_key, key)).signature
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def made_form(user: User, signer: SigningKey = SIGNER, **changes: Any) -> dict[str, Any]:
    """Return a create form as sent by a browser that has generated the key."""
    idempotency_key, key = uuid4(), written(signer)
    made = {"made_key": key, "proof": proof(signer, user.account.account_id, idempotency_key, key)}
    return form(idempotency_key=str(idempotency_key), **made | changes)


def test_holder_of_the_secret_can_prove_it() -> None:
    key = written(SIGNER)
    assert proof_of_possession.proves(proof(SIGNER, ACCOUNT, IDEMPOTENCY_KEY, key), ACCOUNT, IDEMPOTENCY_KEY, key)


@pytest.mark.parametrize(
    "signed",
    [
        ("0x" + "cd" * 32, IDEMPOTENCY_KEY, written(SIGNER)),
        (ACCOUNT, UUID(int=8), written(SIGNER)),
        (ACCOUNT, IDEMPOTENCY_KEY, written(OTHER)),
    ],
    ids=["another account", "another form", "another key"],
)
def test_proof_for_something_else_is_invalid(signed: tuple[str, UUID, str]) -> None:
    assert not proof_of_possession.proves(proof(SIGNER, *signed), ACCOUNT, IDEMPOTENCY_KEY, written(SIGNER))


@pytest.mark.parametrize("signature", ["", "x", "A" * 86, "é" * 86, "A" * 60_000])
@pytest.mark.parametrize("key", [written(SIGNER), "", "ed25519:", "1" * 60_000, "\0"])
def test_invalid_signature_or_key_proves_nothing(signature: str, key: str) -> None:
    assert not proof_of_possession.proves(signature, ACCOUNT, IDEMPOTENCY_KEY, key)


def test_proof_is_never_a_valid_request_signature() -> None:
    with pytest.raises(request_signing.Malformed):
        request_signing.read_timestamp(
            proof_of_possession.text(ACCOUNT, IDEMPOTENCY_KEY, written(SIGNER)).decode()[:13]
        )


def test_key_generated_in_the_browser_is_registered_without_a_secret(user: User, browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(NEW, made_form(user))
    assert "Our server generated this key" not in text(answer)
    assert f'data-secret-of="{written(SIGNER)}"' in answer.content.decode()
    assert ApiKey.objects.get().public_id == written(SIGNER)


@pytest.mark.parametrize("proof", ["", "x", "A" * 86, proof(OTHER, ACCOUNT, IDEMPOTENCY_KEY, written(SIGNER))])
def test_no_key_is_created_without_proof(user: User, browser_: TraderBrowser, proof: str) -> None:
    answer = browser_.htmx_post(NEW, made_form(user, proof=proof))
    assert "Your browser couldn’t finish creating the key" in text(answer)
    assert not ApiKey.objects.exists()


def test_rejected_form_comes_back_without_the_key_pair(user: User, browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(NEW, made_form(user, name=""))
    assert written(SIGNER) not in answer.content.decode()


def test_registered_key_pair_is_rejected_above_the_form(user: User, browser_: TraderBrowser) -> None:
    browser_.htmx_post(NEW, made_form(user))
    assert "This public key is already registered." in text(browser_.htmx_post(NEW, made_form(user, name="other")))


def test_weak_point_is_rejected_with_any_signature(user: User, browser_: TraderBrowser) -> None:
    weak = "ed25519:" + base58.b58encode(bytes(32)).decode()
    signature = base64.urlsafe_b64encode(b"\1" + bytes(63)).rstrip(b"=").decode()
    browser_.htmx_post(NEW, made_form(user, made_key=weak, proof=signature))
    assert not ApiKey.objects.exists()


def test_resent_form_reveals_nothing(user: User, browser_: TraderBrowser) -> None:
    sent = made_form(user)
    browser_.htmx_post(NEW, sent)
    assert "data-secret-of" not in browser_.htmx_post(NEW, sent).content.decode()


def test_bearer_token_ignores_a_key_pair(user: User, browser_: TraderBrowser) -> None:
    browser_.htmx_post(NEW, made_form(user, kind="bearer"))
    assert ApiKey.objects.get().kind == Kind.BEARER


def test_browser_can_generate_the_pair_of_a_regenerated_key(user: User, browser_: TraderBrowser) -> None:
    issued = make_key(user.account)
    browser_.htmx_post(f"{KEYS}{issued.key.pk}/regenerate/", made_form(user, overlap="0", **opened(issued.key)))
    assert ApiKey.objects.get(replaces=issued.key).public_id == written(SIGNER)


def test_page_says_that_the_server_generated_the_key(browser_: TraderBrowser) -> None:
    assert "Our server generated this key" in text(browser_.htmx_post(NEW, form()))
