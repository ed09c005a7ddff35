"""The rows of the table of keys, ready to be written.

A row is a dict of strings: templates read those faster than attributes, and the list can have 100 rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.html import conditional_escape

from apikeys import formatting
from apikeys.crypto import credentials
from apikeys.models import ApiKey, Status
from apikeys.review.findings import Finding

Row = Mapping[str, object]


def rows(keys: Iterable[ApiKey], findings: Mapping[int, Sequence[Finding]], now: datetime) -> Iterator[Row]:
    address = reverse("apikeys:key_list")
    for key in keys:
        yield _row(key, findings.get(key.pk, ()), now, f"{address}{key.pk}/")


def _row(key: ApiKey, findings: Sequence[Finding], now: datetime, address: str) -> Row:
    status, used_at, masked = key.status(now), key.last_used_at, credentials.mask(key.public_id)
    is_replaced = key.replaced_at is not None
    return {
        "id": str(key.pk),
        "address": address,
        "name": conditional_escape(key.name),
        "purpose": key.get_purpose_display(),
        "findings": findings,
        "level": findings[0].level.label if findings else "",
        "key_id": credentials.key_id(key.public_id),
        "id_start": masked[:-4],
        "id_end": masked[-4:],
        "copy_id": formatting.copy_key_id(key, f" {key.name}"),
        "kind": key.get_kind_display(),
        "permission": formatting.permission_type(key),
        "networks": key.networks.replace(",", ", "),
        "copy_networks": formatting.copy_button(key.networks, f"IP addresses of {key.name}", "IP addresses copied")
        if key.networks
        else "",
        "expires": formatting.local_date(key.expires_at),
        "expires_in": formatting.relative(key.expires_at, now),
        "status": status.value,
        "status_text": formatting.status_text(key, now),
        "is_expiring": status == Status.EXPIRING and not is_replaced,
        "used_at": formatting.plain_local_time(used_at) if used_at else "",
        "used": formatting.relative(used_at, now) if used_at else "",
        "used_by": f"{key.last_used_address or 'unknown IP'} {key.last_used_client}".strip(),
        "is_live": key.revoked_at is None,
        "is_replaced": is_replaced,
        "is_paused": key.paused_at is not None,
    }
