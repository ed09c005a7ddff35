"""Wallets, and the Account ID that Orderly derives from one: `keccak256(abi.encode(wallet, keccak256(broker)))`.

With it, traders see the ID that they know from Orderly. An EVM address is padded to 32 bytes on the left; a Solana
wallet is its 32-byte public key. Source: Orderly's documentation, "Accounts". No Django.
"""

import re

import base58
from Crypto.Hash import keccak

from apikeys.crypto.secret_scanning import KEY

WORD = 32  # bytes, as abi.encode pads to
_EVM = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


class InvalidWallet(ValueError):
    """The text isn't a wallet. The message says why."""


def account_id(wallet: str, broker: str) -> str:
    """Derive an Account ID: `0x` and 64 hex digits. Raises InvalidWallet."""
    return "0x" + _keccak256(_word(wallet) + _keccak256(broker.encode())).hex()


def normalise(wallet: str) -> str:
    """Write a wallet in its stored form: an EVM address with checksum capitals. Raises InvalidWallet."""
    _word(wallet)
    return _with_checksum(wallet) if _EVM.fullmatch(wallet) else wallet


def _word(wallet: str) -> bytes:
    if _EVM.fullmatch(wallet):
        if wallet[2:] not in (wallet[2:].lower(), wallet[2:].upper(), _with_checksum(wallet)[2:]):
            raise InvalidWallet("A letter of this address is wrong: its capitals do not fit the rest (EIP-55).")
        return bytes.fromhex(wallet[2:]).rjust(WORD, b"\0")
    if KEY.fullmatch(wallet) and len(key := base58.b58decode(wallet)) == WORD:
        return key
    raise InvalidWallet("Write an EVM address (0x and 40 hex digits) or a Solana wallet (32 bytes in base58).")


def _with_checksum(address: str) -> str:
    """Write an EVM address with the capitals of EIP-55."""
    digits = address[2:].lower()
    hashes = _keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(hash_digit, 16) >= 8 else digit for digit, hash_digit in zip(digits, hashes, strict=False)
    )


def _keccak256(data: bytes) -> bytes:
    return keccak.new(data=data, digest_bits=256).digest()
