"""The API Keys page: the table's filter, sorting and page, read from the URL and written into its links."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import F, OrderBy, Q
from django.db.models.functions import Lower
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect, push_url

from apikeys.crypto import secret_scanning
from apikeys.decorators import PageRequest, page
from apikeys.leaks import detection
from apikeys.models import Account, ApiKey, ApiKeyQuerySet, Status
from apikeys.permissions import Permission
from apikeys.review import cache
from apikeys.views import key_rows

SIZES = (10, 20, 50, 100)
LONGEST_SEARCH = 100
STATUSES = {
    Status.ACTIVE: "Active",
    Status.EXPIRING: "Expiring",
    Status.PAUSED: "Paused",
    Status.EXPIRED: "Expired",
    Status.DELETED: "Deleted",
}
PERMISSIONS: dict[str, str] = {permission.value: permission.title() for permission in Permission}
# The columns to sort by, ascending and descending. Empty times come last either way.
COLUMNS = {
    "name": (Lower("name").asc(), Lower("name").desc()),
    "created": (F("created_at").asc(), F("created_at").desc()),
    "expires": (F("expires_at").asc(), F("expires_at").desc()),
    "used": (F("last_used_at").asc(nulls_last=True), F("last_used_at").desc(nulls_last=True)),
}
NEWEST_FIRST = "-created"
SORTS = {  # shown where the table has no header
    "-created": "Newest",
    "created": "Oldest",
    "name": "Name",
    "-name": "Name, Z first",
    "expires": "Expiring first",
    "-expires": "Expiring last",
    "-used": "Used last",
    "used": "Used first",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """The filter in a URL. Invalid parts are ignored, and the secret of a token is dropped."""

    search: str = ""
    status: str = ""
    permission: str = ""
    sort: str = NEWEST_FIRST
    size: int = SIZES[0]

    @classmethod
    def read(cls, query: QueryDict) -> "Filter":
        def one_of(name: str, choices: Collection[str], default: str = "") -> str:
            return value if (value := query.get(name, "")) in choices else default

        return cls(
            search=secret_scanning.public_part(query.get("q", "").replace("\0", "").strip())[:LONGEST_SEARCH],
            status=one_of("status", STATUSES),
            permission=one_of("permission", PERMISSIONS),
            sort=one_of("sort", SORTS, NEWEST_FIRST),
            size=next((size for size in SIZES if str(size) == query.get("size")), SIZES[0]),
        )

    def apply(self, keys: ApiKeyQuerySet, now: datetime) -> ApiKeyQuerySet:
        keys = keys.with_status(Status(self.status), now) if self.status else keys.live()
        if self.permission:
            keys = keys.filter(**{"can_read" if self.permission == Permission.READ else "can_trade": True})
        if self.search:
            found = Q(name__icontains=self.search) | Q(networks__icontains=self.search)
            keys = keys.filter(found | Q(public_id__contains=self.search.removeprefix("ptk_")))
        return keys.order_by(self._order(), "-id")

    def _order(self) -> OrderBy:
        return COLUMNS[self.sort.removeprefix("-")][self.sort.startswith("-")]

    def narrows(self) -> bool:
        return bool(self.search or self.status or self.permission)

    def url(self, page: int = 1) -> str:
        asked = {
            "q": self.search,
            "status": self.status,
            "permission": self.permission,
            "sort": self.sort if self.sort != NEWEST_FIRST else "",
            "size": self.size if self.size != SIZES[0] else "",
            "page": page if page > 1 else "",
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return reverse("apikeys:key_list") + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class KeyTable:
    asked: Filter
    page: "Page[ApiKey]"

    @classmethod
    def read(cls, keys: ApiKeyQuerySet, query: QueryDict, now: datetime) -> "KeyTable":
        asked = Filter.read(query)
        return cls(asked, Paginator(asked.apply(keys, now), asked.size).get_page(query.get("page")))

    @property
    def current(self) -> str:
        return str(self.page.number)

    def links(self) -> Iterator[tuple[str, str]]:
        """Yield each page button's text and URL. An ellipsis has no URL."""
        paginator = self.page.paginator
        for number in paginator.get_elided_page_range(self.page.number, on_each_side=1, on_ends=1):
            yield str(number), self.asked.url(number) if isinstance(number, int) else ""

    def previous(self) -> str:
        return self.asked.url(self.page.number - 1) if self.page.has_previous() else ""

    def next(self) -> str:
        return self.asked.url(self.page.number + 1) if self.page.has_next() else ""

    def columns(self) -> dict[str, "SortLink"]:
        """Return the links in the table's header: sort by a column, or reverse the order."""
        return {column: SortLink.of(self.asked, column) for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class SortLink:
    url: str
    direction: str  # the value of aria-sort; empty if the table is sorted by another column

    @classmethod
    def of(cls, asked: Filter, column: str) -> "SortLink":
        upwards, sorted_by_it = asked.sort == column, asked.sort.removeprefix("-") == column
        # The first click sorts names from A to Z, times from the latest and expirations from the nearest.
        first = f"-{column}" if column in ("created", "used") else column
        other = f"-{column}" if upwards else column
        direction = ("ascending" if upwards else "descending") if sorted_by_it else ""
        return cls(replace(asked, sort=other if sorted_by_it else first).url(), direction)


def table_context(request: PageRequest, query: QueryDict) -> dict[str, Any]:
    keys, now = ApiKey.objects.owned_by(request.user), timezone.now()
    table = KeyTable.read(keys, query, now)
    return {
        "active": "keys",
        "now": now,
        "table": table,
        "rows": list(key_rows.rows(table.page.object_list, cache.by_key(request), now)),
        "sizes": SIZES,
        "sorts": SORTS,
        "statuses": STATUSES,
        "permissions": PERMISSIONS,
        "public_part": secret_scanning.PUBLIC_PART,
        **account_context(request, keys),
    }


def account_context(request: PageRequest, keys: ApiKeyQuerySet) -> dict[str, Any]:
    if not request.user.is_authenticated:
        return {"account": None, "why_not": "Sign in to create API keys."}
    account = Account.objects.get(user=request.user)
    full = keys.counted(timezone.now()).count() >= settings.API_KEYS_PER_ACCOUNT
    why_not = f"You can have at most {settings.API_KEYS_PER_ACCOUNT} keys. Delete one you no longer use."
    return {"account": account, "why_not": why_not if full else ""}


@require_safe
@page
def key_list(request: PageRequest) -> HttpResponse:
    context = table_context(request, request.GET)
    if secret_scanning.holds_token(request.GET.get("q", "")):
        return without_token(request, context["table"])
    if request.htmx.target != "key-table":
        return render(request, "apikeys/keys/key_list.html", context)
    table: KeyTable = context["table"]
    return push_url(
        render(request, "apikeys/keys/key_list.html#key-table", context), table.asked.url(table.page.number)
    )


def without_token(request: PageRequest, table: KeyTable) -> HttpResponse:
    """Redirect to the URL with only the public part of the token. The page's script never sends a whole token."""
    detection.pause_keys_in_url(request.path_info, request.META.get("QUERY_STRING", ""), request.client_ip)
    messages.error(
        request,
        "You searched for a whole token, and URLs are logged. If the token is valid, we’ve paused its key. Regenerate "
        "the key. To search, enter only the part before the second underscore.",
    )
    url = table.asked.url(table.page.number)
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
