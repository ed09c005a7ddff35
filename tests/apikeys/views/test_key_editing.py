"""Editing a key."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from apikeys.models import ApiKey, EventKind, KeyEvent
from tests.support.browser_client import KEYS, PASSWORD, TraderBrowser, text
from tests.support.factories import BOTH, READ, IssuedKey, make_key
from tests.support.key_forms import edit_form, url

pytestmark = pytest.mark.django_db


def test_narrowing_a_key_needs_no_password(stale: TraderBrowser, user: User) -> None:
    key = make_key(user.account, name="grid bot", permissions=BOTH).key
    stale.htmx_post(url(key, "edit"), edit_form(key, permissions=["read"]))
    key.refresh_from_db()
    assert (key.permissions, key.networks) == (READ, "203.0.113.7")


@pytest.mark.parametrize(
    "wider",
    [
        {"permissions": ["read", "trading"]},
        {"networks": "203.0.113.0/24"},
        {"address_rule": "any"},
        {"expires_in": "365"},
    ],
)
def test_widening_a_key_asks_for_the_password_and_keeps_the_form(
    stale: TraderBrowser, issued: IssuedKey, wider: dict[str, Any]
) -> None:
    sent = edit_form(issued.key, name="renamed", **wider)
    answer = stale.htmx_post(url(issued.key, "edit"), sent)
    assert "Confirm your password to do this." in text(answer)
    assert 'value="renamed"' in answer.content.decode()
    assert not KeyEvent.objects.filter(kind=EventKind.EDITED).exists()
    stale.htmx_post(url(issued.key, "edit"), sent | {"password": PASSWORD})
    assert KeyEvent.objects.filter(kind=EventKind.EDITED).count() == 1


def test_edit_keeps_the_expiration_unless_it_is_changed(browser_: TraderBrowser, issued: IssuedKey) -> None:
    browser_.htmx_post(url(issued.key, "edit"), edit_form(issued.key, name="renamed"))
    key = ApiKey.objects.get(name="renamed")
    assert key.expires_at == issued.key.expires_at


def test_invalid_edit_changes_nothing(browser_: TraderBrowser, issued: IssuedKey) -> None:
    answer = browser_.htmx_post(
        url(issued.key, "edit"), edit_form(issued.key, name="renamed", networks="203.0.113.8, nowhere")
    )
    issued.key.refresh_from_db()
    assert (issued.key.name, issued.key.networks) == ("grid bot", "203.0.113.7")
    assert "“nowhere”" in text(answer)


def test_htmx_gets_the_same_page_of_the_table_after_a_change(browser_: TraderBrowser, user: User) -> None:
    keys = [make_key(user.account, name=f"bot-{number:02}").key for number in range(12)]
    answer = browser_.htmx_post(url(keys[0], "pause"), page=f"{KEYS}?page=2")
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#key-table", "outerHTML")
    assert ("bot-00" in text(answer), "bot-11" in text(answer)) == (True, False)
    assert "API key paused" in text(answer)


def test_change_without_javascript_leads_back_to_the_table(browser_: TraderBrowser, issued: IssuedKey) -> None:
    assert browser_.post(url(issued.key, "pause"))["Location"] == KEYS
    assert "API key paused" in text(browser_.get())
