"""Review a trader's keys once per request: the side bar, the table and the Review page all show the findings.

A review of hundreds of keys reads months of usage. Such a review is cached in this process for up to a minute, until
something happens to the keys. Only findings from new requests can appear a minute late.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from django.db.models import Count, Max
from django.http import HttpRequest
from django.utils import timezone

from apikeys.models import ApiKey, ApiKeyQuerySet
from apikeys.review import decisions
from apikeys.review.decisions import Review
from apikeys.review.findings import Finding

MANY_KEYS = 50
REMEMBERED = timedelta(minutes=1)
MOST_REMEMBERED = 32  # accounts
_REVIEW, _BY_KEY = "_review_of_own_keys", "_findings_by_key"


class Remembered(NamedTuple):
    review: Review
    state: tuple[int, int]
    until: datetime


_reviews: OrderedDict[int | None, Remembered] = OrderedDict()
_remembering = Lock()


def review_of(request: HttpRequest) -> Review:
    if not hasattr(request, _REVIEW):
        keys = ApiKey.objects.owned_by(request.user).live()
        setattr(request, _REVIEW, _reviewed(request.user.pk, keys))
    review: Review = getattr(request, _REVIEW)
    return review


def by_key(request: HttpRequest) -> dict[int, list[Finding]]:
    """Return the open findings of each key, worst first."""
    if not hasattr(request, _BY_KEY):
        found: dict[int, list[Finding]] = {}
        for finding in review_of(request).open:
            found.setdefault(finding.key.pk, []).append(finding)
        setattr(request, _BY_KEY, found)
    grouped: dict[int, list[Finding]] = getattr(request, _BY_KEY)
    return grouped


def _reviewed(user_id: int | None, keys: ApiKeyQuerySet) -> Review:
    now, remembered = timezone.now(), _reviews.get(user_id)
    if remembered and now < remembered.until and remembered.state == _state(keys):
        return remembered.review
    reviewed = list(keys.select_related("account__user"))
    if len(reviewed) < MANY_KEYS:
        return decisions.review(reviewed, now)
    state = _state(keys)  # read before the review, so that a change during it is seen next time
    review = decisions.review(list(keys.select_related("account__user")), now)
    with _remembering:
        _reviews[user_id] = Remembered(review, state, now + REMEMBERED)
        while len(_reviews) > MOST_REMEMBERED:
            _reviews.popitem(last=False)
    return review


def _state(keys: ApiKeyQuerySet) -> tuple[int, int]:
    """Return what changes whenever something is done to the keys or decided about them: each adds an event."""
    found = keys.aggregate(count=Count("pk", distinct=True), last=Max("events"))
    return found["count"], found["last"] or 0
