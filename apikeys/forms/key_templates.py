"""Templates for new keys: what will use the key sets its purpose, kind and permissions."""

from dataclasses import dataclass

from apikeys.models import Kind, Purpose
from apikeys.permissions import Permission

READ, READ_AND_TRADE = (Permission.READ.value,), (Permission.READ.value, Permission.TRADING.value)


@dataclass(frozen=True, slots=True)
class KeyTemplate:
    """The values of three fields of the form for creating a key, in the form's terms."""

    slug: str
    label: str
    description: str
    purpose: str
    kind: str
    permissions: tuple[str, ...]

    def initial(self) -> dict[str, object]:
        return {"purpose": self.purpose, "kind": self.kind, "permissions": list(self.permissions)}


TEMPLATES = {
    template.slug: template
    for template in (
        KeyTemplate("dashboard", "Dashboard", "Read only, bearer token", Purpose.MONITORING, Kind.BEARER, READ),
        KeyTemplate("bot", "Trading bot", "Read and trade, signing key", Purpose.TRADING, Kind.SIGNING, READ_AND_TRADE),
        KeyTemplate("sdk", "ccxt / SDK", "Read only, signing key", Purpose.MONITORING, Kind.SIGNING, READ),
        KeyTemplate("curl", "curl", "Read only, bearer token", Purpose.MONITORING, Kind.BEARER, READ),
    )
}
DEFAULT = TEMPLATES["sdk"]
