import pytest

from apikeys.crypto import credentials
from tests.support.secrets_scan import secrets_in

TOKEN = credentials.mint_bearer_token().secret


@pytest.mark.parametrize("around", ["{}", "Bearer {}", 'token = "{}"', "?token={}&a=1", "x{}x"])
def test_token_is_found_anywhere(around: str) -> None:
    assert list(secrets_in(around.format(TOKEN).encode()))


ANOTHER_CHECK = TOKEN[:-1] + ("A" if TOKEN[-1] != "A" else "B")
LOOK_ALIKES = {"another check": ANOTHER_CHECK, "too short": TOKEN[:-1], "masked": "ptk_…", "a key": "ed25519:…"}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_lookalikes_are_ignored(name: str) -> None:
    assert not list(secrets_in(LOOK_ALIKES[name].encode()))


def test_private_key_is_found() -> None:
    assert list(secrets_in(b"-----BEGIN OPENSSH " + b"PRIVATE KEY-----\n" + b"b3Bl" * 16))
