"""For any input, pages show the form with an error, and never fail."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apikeys.models import ApiKey, KeyEvent
from tests.support.browser_client import KEYS, TraderBrowser, form
from tests.support.factories import make_key

pytestmark = pytest.mark.django_db

few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
any_text = st.text(max_size=80) | st.sampled_from(
    ["", "\0", "\u202e", "x" * 10_000, "1e999", "٣", "-1", "0.0.0.0/0", "%ff"]
)
fields = st.sampled_from([*form(), "public_key", "password", "next", "csrfmiddlewaretoken", "nobody's"])
filters = st.sampled_from(
    ["q", "status", "permission", "sort", "page", "size", "kind", "allow", "grant", "extend", "next"]
)
PAGES = [KEYS, f"{KEYS}new/", f"{KEYS}review/", f"{KEYS}review/all/", "/guide", "/account/login/"]


@pytest.fixture
def browser() -> TraderBrowser:
    browser = TraderBrowser(make_key().key.account.user)
    browser.http.raise_request_exception = False
    return browser


@few
@given(changes=st.dictionaries(fields, any_text | st.lists(any_text, max_size=4), min_size=1, max_size=4))
def test_any_form_creates_a_key_with_its_event_or_nothing(browser: TraderBrowser, changes: dict[str, Any]) -> None:
    answer = browser.post(f"{KEYS}new/", form(**changes))
    assert answer.status_code in (200, 302)
    created = KeyEvent.objects.filter(kind="created").count()
    assert created == ApiKey.objects.count()


@few
@given(page=st.sampled_from(PAGES), query=st.dictionaries(filters, any_text, max_size=4))
def test_any_query_shows_a_page(browser: TraderBrowser, page: str, query: dict[str, str]) -> None:
    answer = browser.get(f"{page}?{urlencode(query, errors='surrogatepass')}")
    assert answer.status_code in (200, 302, 404)


@few
@given(address=st.text(st.characters(codec="ascii", exclude_characters="?#\0"), max_size=40), htmx=st.booleans())
def test_any_url_is_a_page_or_not_found(browser: TraderBrowser, address: str, htmx: bool) -> None:
    answer = browser.get(f"{KEYS}{address}", **({"HX-Request": "true", "HX-Target": address} if htmx else {}))
    assert answer.status_code < 500
