"""Find out why a signature is invalid, only from what its sender pastes (no Django, no database).

The checker tries texts that the sender may have signed by mistake. If the signature is valid for one of them, the
mistake is certain. No answer repeats a key, and a secret that was pasted by mistake stops the check.
"""

from urllib.parse import unquote

from apikeys.crypto import credentials, request_signing, secret_scanning
from apikeys.signature_checker import formats
from apikeys.signature_checker.faults import form_faults, key_faults, timestamp_faults
from apikeys.signature_checker.likely_mistakes import what_was_signed
from apikeys.signature_checker.sent_call import Report, Sent, verified_texts
from apikeys.signature_checker.text_diff import Difference, first_difference, visible

SEED_LENGTHS = range(32, 45)  # characters, including seeds that begin with zero bytes


def check(sent: Sent, now_ms: int, host: str) -> Report:
    """Check a request's signature. `host` is the server's address, which some clients sign by mistake."""
    if holds_a_secret(sent):
        return Report(secret_pasted=True)
    texts = verified_texts(sent)
    public_key = credentials.decode_public_key(sent.key.strip())
    signature, misspelt = formats.read(sent.signature)
    faults = [*key_faults(sent.key), *misspelt, *form_faults(sent), *timestamp_faults(sent.timestamp, now_ms)]
    holds = False
    if public_key and signature:
        if _is_the_signers_seed(sent.key, signature, texts):
            return Report(secret_pasted=True)
        holds = bool(texts) and request_signing.holds(public_key, signature, [text.encode() for text in texts])
        if not holds:
            faults = [*what_was_signed(sent, host, public_key, signature), *faults]
    shown = tuple(map(visible, dict.fromkeys(text.replace("\r\n", "\n") for text in texts)))
    good = holds and not misspelt
    return Report(good, False, shown, tuple(dict.fromkeys(faults)), _difference(sent, texts))


def holds_a_secret(sent: Sent) -> bool:
    """Return whether anything pasted is, or could be, a secret, which must not be shown again."""
    pasted = [sent.method, sent.target, sent.timestamp, sent.body, sent.key, sent.signature, sent.signed]
    if any("PRIVATE KEY" in text or secret_scanning.holds_token(text) for text in pasted):
        return True
    if is_secret_key(sent.key.strip(), sent.key):
        return True
    words = [word for text in pasted for word in secret_scanning.find_seeds(unquote(text), SEED_LENGTHS)]
    return any(is_secret_key(word, sent.key) for word in words)


def is_secret_key(word: str, key: str) -> bool:
    """Return whether a word is the seed of this key, or 32 bytes that aren't a public key, as most seeds."""
    decoded = credentials.decode_public_key(word)
    if decoded is None:
        return 80 <= len(word.removeprefix(credentials.SIGNING_PREFIX)) <= 90 and word.isascii() and word.isalnum()
    public_key = credentials.decode_public_key(key.strip())
    if public_key and credentials.public_id_of_seed(word) == credentials.write_public_key(public_key):
        return True
    return not credentials.is_public_key(decoded)


def _is_the_signers_seed(key: str, signature: bytes, texts: list[str]) -> bool:
    """Return whether the pasted key is the seed that signed: one seed in sixteen looks like a public key, too."""
    signer = credentials.decode_public_key(credentials.public_id_of_seed(key) or "")
    return signer is not None and request_signing.holds(signer, signature, [text.encode() for text in texts])


# -- What was signed instead -------------------------------------------------------------------------------------


def _difference(sent: Sent, texts: list[str]) -> Difference | None:
    """Find where the sender's text first differs from the form of the server's text that is most like it."""
    signed = sent.signed.replace("\r\n", "\n")
    if not signed or signed in texts:
        return None
    found = [first_difference(text.replace("\r\n", "\n"), signed) for text in texts]
    return max(found, key=lambda difference: difference.position, default=None)
