"""Create a key."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apikeys.audit import log as audit_log
from apikeys.audit.log import Actor
from apikeys.crypto import credentials, proof_of_possession
from apikeys.crypto.credentials import InvalidPublicKey, Minted
from apikeys.keys import guards, lifetime, validation
from apikeys.keys.validation import KeySettings, reject
from apikeys.models import Account, ApiKey, EventKind, Kind


@dataclass(frozen=True, slots=True)
class NewKeyPair:
    """The key pair that a form sends. Without a public key, our server generates the pair.

    A public key from the trader's browser comes with a proof of possession; one that the trader pasted has none.
    `idempotency_key` makes sure that a form that is sent twice creates one key.
    """

    public_key: str = ""
    proof: str | None = None
    idempotency_key: UUID | None = None


MADE_HERE = NewKeyPair()


@sensitive_variables("minted")
@transaction.atomic
def create(
    account: Account, wanted: KeySettings, *, kind: Kind, by: Actor, pair: NewKeyPair = MADE_HERE
) -> tuple[ApiKey, str]:
    """Create a key. Returns it with its secret, which we don't store; empty if the pair was generated elsewhere.

    Raises ValidationError by field, RecentSignInRequired, AlreadySubmitted.
    """
    guards.lock_account(account, pair.idempotency_key)
    guards.require_step_up(by, None, wanted)
    now = timezone.now()
    validation.check(wanted)
    lifetime.check(wanted.expires_at, now)
    validation.check_name_is_free(account, wanted.name)
    validation.check_room(account, now)
    minted = mint(kind, pair, account)
    key = insert(account, wanted, kind, minted, now, pair)
    audit_log.record(key, EventKind.CREATED, by)
    return key, minted.secret


# -- Steps ---------------------------------------------------------------------------------------------------------


@sensitive_variables("minted")
def mint(kind: Kind, pair: NewKeyPair, account: Account) -> Minted:
    if pair.proof is not None:
        _check_proof(pair.proof, pair, account)
    if kind == Kind.BEARER:
        return credentials.mint_bearer_token()
    return register(pair.public_key) if pair.public_key else credentials.mint_signing_key()


def register(public_key: str) -> Minted:
    """Read a public key from elsewhere. Raises ValidationError if it isn't one, is in use, or is a secret key."""
    try:
        minted = credentials.register_public_key(public_key)
    except InvalidPublicKey as error:
        reject("public_key", str(error))
    if ApiKey.objects.filter(public_id=credentials.public_id_of_seed(public_key)).exists():
        reject(
            "public_key", "This is an API key’s secret. Treat it as leaked. Delete that key, and generate a new pair."
        )
    if ApiKey.objects.filter(public_id=minted.public_id).exists():
        reject("public_key", "This public key is already registered. Generate a new pair.")
    return minted


def _check_proof(proof: str, pair: NewKeyPair, account: Account) -> None:
    number = pair.idempotency_key
    if number is None or not proof_of_possession.proves(proof, account.account_id, number, pair.public_key):
        reject("proof", "Your browser couldn’t finish creating the key. Close this form and try again.")


@sensitive_variables("minted")
def insert(
    account: Account,
    wanted: KeySettings,
    kind: Kind,
    minted: Minted,
    now: datetime,
    pair: NewKeyPair,
    replaces: ApiKey | None = None,
) -> ApiKey:
    key = ApiKey(
        account=account,
        kind=kind,
        public_id=minted.public_id,
        secret_hash=minted.secret_hash,
        secret_prefix_digest=minted.secret_prefix_digest,
        created_at=now,
        expiry_set_at=now,
        idempotency_key=pair.idempotency_key or uuid4(),
        replaces=replaces,
    )
    wanted.apply_to(key)
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        _reject_if_taken(key)
        raise
    return key


def _reject_if_taken(key: ApiKey) -> None:
    """Reject a public key or an idempotency key that another account has, perhaps since a moment ago."""
    if ApiKey.objects.filter(Q(public_id=key.public_id) | Q(idempotency_key=key.idempotency_key)).exists():
        reject("__all__", "This public key or form was already used for another key. Close the form and open it again.")
