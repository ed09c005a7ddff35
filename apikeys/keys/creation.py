"""Create a key, and check what a new one must keep."""

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
from apikeys.keys import guards, validation
from apikeys.keys.validation import KeySettings, refuse
from apikeys.models import Account, ApiKey, EventKind, Kind


@sensitive_variables("minted")
@transaction.atomic
def create(
    account: Account,
    wanted: KeySettings,
    *,
    kind: Kind,
    by: Actor,
    public_key: str = "",
    proof: str | None = None,
    submission: UUID | None = None,
) -> tuple[ApiKey, str]:
    """Make a key. Returns it with its secret, which exists nowhere else; empty where the pair was made elsewhere.

    A public key that the trader's browser made comes with its proof of possession; the trader's own with none.
    Raises ValidationError by field, RecentSignInRequired, AlreadySubmitted.
    """
    guards.lock_account(account, submission)
    guards.require_step_up(by, None, wanted)
    now = timezone.now()
    validation.check(wanted)
    validation.check_expiry(wanted.expires_at, now)
    validation.check_name_is_free(account, wanted.name)
    validation.check_room(account, now)
    if proof is not None:
        check_proof(proof, account, submission, public_key)
    minted = mint(kind, public_key)
    key = insert(account, wanted, kind, minted, now, submission)
    audit_log.record(key, EventKind.CREATED, by)
    return key, minted.secret


# -- Steps ---------------------------------------------------------------------------------------------------------


def check_proof(proof: str, account: Account, submission: UUID | None, public_key: str) -> None:
    if submission is None or not proof_of_possession.proves(proof, account.account_id, submission, public_key):
        refuse("proof", "Your browser did not prove that it holds the new key. Close the form and open it again.")


@sensitive_variables("minted")
def mint(kind: Kind, public_key: str) -> Minted:
    if kind == Kind.BEARER:
        return credentials.mint_bearer_token()
    if not public_key:
        return credentials.mint_signing_key()
    try:
        minted = credentials.register_public_key(public_key)
    except InvalidPublicKey as error:
        refuse("public_key", str(error))
    _check_unregistered(minted.public_id, public_key)
    return minted


def _check_unregistered(public_id: str, pasted: str) -> None:
    if ApiKey.objects.filter(public_id=credentials.public_id_of_seed(pasted)).exists():
        refuse("public_key", "This is the secret of an API key. Consider it leaked: delete that key, make a new pair.")
    if ApiKey.objects.filter(public_id=public_id).exists():
        refuse("public_key", "This public key is registered already. Make a new pair.")


@sensitive_variables("minted")
def insert(
    account: Account,
    wanted: KeySettings,
    kind: Kind,
    minted: Minted,
    now: datetime,
    submission: UUID | None,
    replaces: ApiKey | None = None,
) -> ApiKey:
    key = ApiKey(
        account=account,
        kind=kind,
        public_id=minted.public_id,
        secret_hash=minted.secret_hash,
        secret_check=minted.secret_check,
        created_at=now,
        expiry_set_at=now,
        submission=submission or uuid4(),
        replaces=replaces,
    )
    wanted.apply_to(key)
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        _refuse_if_taken(key)
        raise
    return key


def _refuse_if_taken(key: ApiKey) -> None:
    """Refuse what another account took first, perhaps a moment ago: a public key, or a form's one-use number."""
    if ApiKey.objects.filter(Q(public_id=key.public_id) | Q(submission=key.submission)).exists():
        refuse("__all__", "This public key, or this form, was used for another key. Close the form and open it again.")
