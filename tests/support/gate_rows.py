"""A key as the gate reads it, even if it isn't in a database."""

from apikeys.http.request import AdmittedKey
from apikeys.models import ApiKey


def row_of(key: ApiKey) -> AdmittedKey:
    account = key.account if key.account_id else None
    return AdmittedKey(
        id=key.pk,
        public_id=key.public_id,
        kind=key.kind,
        secret_hash=key.secret_hash,
        secret_prefix_digest=key.secret_prefix_digest,
        name=key.name,
        can_read=key.can_read,
        can_trade=key.can_trade,
        address_rule=key.address_rule,
        networks=key.networks,
        account_pk=account.pk if account else 0,
        account_id=account.account_id if account else "",
        uid=account.uid if account else 0,
        owner_is_active=account.user.is_active if account else True,
        expires_at=key.expires_at,
        paused_at=key.paused_at,
        revoked_at=key.revoked_at,
    )
