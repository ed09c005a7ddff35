"""Alert the owner when the right secret is used from an IP address that isn't allowed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from apikeys.http.errors import AddressNotAllowed
from apikeys.keys import leak_response
from apikeys.models import ApiKey
from apikeys.usage.buckets import Bucket, midnight


def alert_owners(buckets: Iterable[Bucket], **kwargs: Any) -> None:
    """Look through counts that were just written, outside of any request."""
    now = timezone.now()
    rejected: dict[int, set[str]] = defaultdict(set)
    for bucket in buckets:
        if bucket.outcome == AddressNotAllowed.reason:
            rejected[bucket.key_id].add(bucket.address)
    for key in ApiKey.objects.filter(pk__in=rejected) if rejected else ():
        _alert(key, rejected[key.pk], now)


def _alert(key: ApiKey, addresses: set[str], now: datetime) -> None:
    leak_response.alert(key, addresses, since=midnight(now))
