"""Secrets are found anywhere in a text, and nothing else is."""

import pytest

from apikeys.crypto import credentials
from apikeys.crypto.secret_scanning import SEED_LENGTHS, find_seeds, find_tokens, holds_token, public_part

TOKEN = credentials.mint_bearer_token().secret
SEED = credentials.mint_signing_key().secret.removeprefix("ed25519:")


@pytest.mark.parametrize("around", ["{}", "Bearer {}", "?token={}&a=1", "x{}x", "{0} {0}"])
def test_token_is_found_once_anywhere_in_a_text(around: str) -> None:
    assert find_tokens(around.format(TOKEN)) == [TOKEN]


# The ids are explicit, because every process that runs tests creates its own secrets.
NO_TOKENS = {"nothing": "", "cut": TOKEN[:-1], "in capitals": TOKEN.upper(), "masked": "ptk_…"}
NO_SEEDS = {"in a longer word": f"x{SEED}", "twice": f"{SEED}{SEED}", "cut": SEED[:42], "no base58": "0" * 44}


@pytest.mark.parametrize("name", NO_TOKENS)
def test_partial_token_is_not_found(name: str) -> None:
    assert find_tokens(NO_TOKENS[name]) == []


@pytest.mark.parametrize("around", ["{}", "ed25519:{}", "secret={},", "{0}\n{0}"])
def test_seed_that_is_a_word_is_found_once(around: str) -> None:
    assert find_seeds(around.format(SEED)) == [SEED]


@pytest.mark.parametrize("name", NO_SEEDS)
def test_parts_of_longer_words_and_short_words_are_not_seeds(name: str) -> None:
    assert find_seeds(NO_SEEDS[name]) == []


def test_shorter_seeds_are_found_on_request() -> None:
    assert find_seeds(SEED[:32], range(32, SEED_LENGTHS.stop)) == [SEED[:32]]


def test_beginning_of_a_token_is_enough_to_reject_a_text() -> None:
    assert (holds_token(f"my {TOKEN[:21]}"), holds_token(f"my {TOKEN[:20]}")) == (True, False)


def test_token_is_reduced_to_its_public_part_and_other_text_stays() -> None:
    assert (public_part(f"Bearer {TOKEN}"), public_part("grid bot")) == (TOKEN[:20], "grid bot")
