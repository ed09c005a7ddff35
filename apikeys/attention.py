"""The findings of whoever asks, reviewed once for each request: the side bar, the table and Review show them."""

from django.http import HttpRequest
from django.utils import timezone

from apikeys import decisions
from apikeys.decisions import Review
from apikeys.models import ApiKey

_REVIEW = "_review_of_own_keys"


def review_of(request: HttpRequest) -> Review:
    if not hasattr(request, _REVIEW):
        keys = ApiKey.objects.owned_by(request.user).live().select_related("account__user")
        setattr(request, _REVIEW, decisions.review(list(keys), timezone.now()))
    review: Review = getattr(request, _REVIEW)
    return review
