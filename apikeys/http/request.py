"""An API request, and the key that it was admitted with."""

from datetime import datetime
from typing import NamedTuple

from django.http import HttpRequest

from apikeys.http.call import Call
from apikeys.network.client_ip import ClientIP
from apikeys.permissions import Access, Permission, RequiredAccess

READING = frozenset({"GET", "HEAD"})  # methods that change nothing


class AdmittedKey(NamedTuple):
    """A key's row, joined to its account, as it stood when the call came in. (A tuple, because each call makes one.)"""

    id: int
    public_id: str
    kind: str
    secret_hash: str
    secret_prefix_digest: str
    name: str
    can_read: bool
    can_trade: bool
    address_rule: str
    networks: str
    account_pk: int
    account_id: str
    uid: int
    owner_is_active: bool
    expires_at: datetime
    paused_at: datetime | None
    revoked_at: datetime | None

    def __repr__(self) -> str:
        return f"AdmittedKey({self.public_id})"  # without its hash

    @property
    def permissions(self) -> list[Permission]:
        granted = ((Permission.READ, self.can_read), (Permission.TRADING, self.can_trade))
        return [permission for permission, given in granted if given]

    def is_granted(self, required: RequiredAccess) -> bool:
        if required is Permission.READ:
            return self.can_read
        if required is Permission.TRADING:
            return self.can_trade
        return required is Access.ANY_KEY


class ApiRequest(HttpRequest):
    """A request the gate has admitted. On a public view `api_key` is not set."""

    api_key: AdmittedKey
    client_ip: ClientIP
    call: Call
    admitted_for: RequiredAccess
    request_id: str
