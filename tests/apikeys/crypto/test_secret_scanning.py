"""Secrets are found wherever they stand in a text, and nothing else is."""

import pytest

from apikeys.crypto import credentials
from apikeys.crypto.secret_scanning import SEED_LENGTHS, find_seeds, find_tokens, holds_token, public_part

TOKEN = credentials.mint_bearer_token().secret
SEED = credentials.mint_signing_key().secret.removeprefix("ed25519:")


@pytest.mark.parametrize("around", ["{}", "Bearer {}", "?token={}&a=1", "x{}x", "{0} {0}"])
def test_a_token_is_found_once_wherever_it_stands(around: str) -> None:
    assert find_tokens(around.format(TOKEN)) == [TOKEN]


@pytest.mark.parametrize("text", ["", TOKEN[:-1], TOKEN.upper(), "ptk_…"])
def test_what_is_no_whole_token_is_not_found(text: str) -> None:
    assert find_tokens(text) == []


@pytest.mark.parametrize("around", ["{}", "ed25519:{}", "secret={},", "{0}\n{0}"])
def test_a_seed_is_found_once_where_it_is_a_word(around: str) -> None:
    assert find_seeds(around.format(SEED)) == [SEED]


@pytest.mark.parametrize("text", [f"x{SEED}", f"{SEED}{SEED}", SEED[:42], "0" * 44])
def test_a_part_of_a_longer_word_and_a_shorter_one_are_no_seeds(text: str) -> None:
    assert find_seeds(text) == []


def test_shorter_seeds_are_found_where_they_are_asked_for() -> None:
    assert find_seeds(SEED[:32], range(32, SEED_LENGTHS.stop)) == [SEED[:32]]


def test_the_beginning_of_a_token_is_enough_to_refuse_a_text() -> None:
    assert (holds_token(f"my {TOKEN[:21]}"), holds_token(f"my {TOKEN[:20]}")) == (True, False)


def test_a_token_is_reduced_to_its_public_part_and_other_text_stays() -> None:
    assert (public_part(f"Bearer {TOKEN}"), public_part("grid bot")) == (TOKEN[:20], "grid bot")
