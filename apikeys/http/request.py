"""An API request, and the key that it was admitted with."""

from datetime import datetime
from typing import NamedTuple

from django.http import HttpRequest

from apikeys.http.call import Call
from apikeys.network.client_ip import ClientIP
from apikeys.permissions import Access, Permission, RequiredAccess

READING = frozenset({"GET", "HEAD"})  # methods that change nothing


class AdmittedKey(NamedTuple):
    """A key's row with its account, as it was when the request arrived. A tuple, because each request creates one."""

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
    """A request that the gate has admitted. Public views have no `api_key`."""

    api_key: AdmittedKey
    client_ip: ClientIP
    call: Call
    admitted_for: RequiredAccess
    request_id: str
