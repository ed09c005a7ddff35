from concurrent.futures import ThreadPoolExecutor
from threading import Event

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.authentication.token_cache import Busy, VerifiedTokens
from apikeys.crypto import credentials


def test_bearer_token_can_be_read_back() -> None:
    minted = credentials.mint_bearer_token()
    token = credentials.read_token(minted.secret)
    assert token is not None
    assert (token.public_id, credentials.hash_matches(token.secret, minted.secret_hash)) == (minted.public_id, True)


def test_tokens_have_the_documented_form() -> None:
    assert len(credentials.mint_bearer_token().secret) == len("ptk_") + 16 + 1 + 43 + 6


@given(st.data())
def test_one_wrong_character_is_found_without_a_database(data: st.DataObject) -> None:
    token = credentials.mint_bearer_token().secret
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != token[place]))
    assert credentials.read_token(token[:place] + other + token[place + 1 :]) is None


@given(st.text())
def test_other_texts_are_not_tokens(text: str) -> None:
    assert credentials.read_token(text) is None


def test_signing_secret_is_readable_by_every_client() -> None:
    for _ in range(50):
        minted = credentials.mint_signing_key()
        encoded = minted.secret.removeprefix("ed25519:")
        assert (len(encoded), base58.b58decode(encoded)[0] != 0) == (44, True)


def test_signing_secret_belongs_to_its_public_key() -> None:
    minted = credentials.mint_signing_key()
    assert credentials.public_id_of_seed(minted.secret) == minted.public_id


def test_generated_public_key_can_be_registered() -> None:
    minted = credentials.mint_signing_key()
    assert credentials.register_public_key(minted.public_id).public_id == minted.public_id


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$v=19$m=19456,t=2,p=1$damaged", "$argon2id$" + "é" * 10, "\0"])
def test_damaged_hash_matches_nothing(stored: str) -> None:
    assert not credentials.hash_matches("secret", stored)


def test_generated_secret_is_not_in_the_repr() -> None:
    minted = credentials.mint_bearer_token()
    assert minted.secret not in repr(minted)


@pytest.mark.parametrize(
    ("public_id", "masked"),
    [
        ("ed25519:9L4Uabcdefgh3Kdx", "ed25519:9L4U…3Kdx"),
        ("k3j9x0abcdefghij", "ptk_k3j9x0abcdefghij"),
    ],
)
def test_public_id_is_shortened_for_display(public_id: str, masked: str) -> None:
    assert credentials.mask(public_id) == masked


# -- Verified once, remembered bound to the hash --------------------------------------------------------------------


def test_verified_token_is_cached_for_its_hash_only() -> None:
    minted, tokens = credentials.mint_bearer_token(), VerifiedTokens()
    secret = minted.secret[21:64]
    assert tokens.verify(secret, minted.secret_hash)
    assert (tokens.knows(secret, minted.secret_hash), tokens.knows(secret, "another")) == (True, False)


def test_wrong_token_is_not_cached() -> None:
    minted, tokens = credentials.mint_bearer_token(), VerifiedTokens()
    assert not tokens.verify("wrong", minted.secret_hash)
    assert not tokens.knows("wrong", minted.secret_hash)


def test_token_cache_is_bounded_and_drops_the_oldest() -> None:
    first, second, tokens = credentials.mint_bearer_token(), credentials.mint_bearer_token(), VerifiedTokens(most=1)
    for minted in (first, second):
        tokens.verify(minted.secret[21:64], minted.secret_hash)
    known = [tokens.knows(minted.secret[21:64], minted.secret_hash) for minted in (first, second)]
    assert known == [False, True]


def test_verification_that_waits_too_long_asks_to_retry() -> None:
    tokens = VerifiedTokens(patience=0.01)
    with tokens._verifying, pytest.raises(Busy):
        tokens.verify("secret", "hash")


def test_only_a_few_new_tokens_wait_for_verification() -> None:
    tokens = VerifiedTokens(waiting=1)
    with tokens._slots, pytest.raises(Busy):
        tokens.verify("x", "$argon2id$")


def test_verified_token_does_not_wait_for_new_ones() -> None:
    minted, tokens = credentials.mint_bearer_token(), VerifiedTokens(waiting=1)
    secret = minted.secret[21:64]
    tokens.verify(secret, minted.secret_hash)
    with tokens._slots, tokens._verifying:
        assert tokens.knows(secret, minted.secret_hash)


def test_burst_with_one_new_token_is_verified_once_and_not_rejected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    minted, tokens = credentials.mint_bearer_token(), VerifiedTokens(waiting=1)
    secret, begun, may_end, verifications = minted.secret[21:64], Event(), Event(), []
    argon2 = credentials.hash_matches

    def slow_argon2(secret: str, stored: str) -> bool:
        verifications.append(secret)
        begun.set()
        may_end.wait()
        return argon2(secret, stored)

    monkeypatch.setattr(credentials, "hash_matches", slow_argon2)
    with ThreadPoolExecutor(5) as threads:
        calls = [threads.submit(tokens.verify, secret, minted.secret_hash)]
        begun.wait()
        calls += [threads.submit(tokens.verify, secret, minted.secret_hash) for _ in range(4)]
        with pytest.raises(Busy):
            tokens.verify("another's", minted.secret_hash)
        may_end.set()
        assert [call.result() for call in calls] == [True] * 5
    assert verifications == [secret]
