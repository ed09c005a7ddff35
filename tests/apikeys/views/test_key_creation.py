"""Creating a key, and revealing its secret once."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from apikeys.models import ApiKey, KeyEvent, Kind
from tests.support.browser_client import KEYS, TraderBrowser, form, text
from tests.support.factories import BOTH, IssuedKey, make_key
from tests.support.key_forms import NEW, revealed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["signing", "bearer"])
def test_new_key_is_revealed_in_the_response_to_its_form(browser_: TraderBrowser, kind: str) -> None:
    answer = browser_.htmx_post(NEW, form(kind=kind))
    assert "no-store" in answer["Cache-Control"]
    key, secret = ApiKey.objects.get(), revealed(answer)
    client = IssuedKey(key, secret).client()
    assert client.get("/v1/whoami").json()["data"]["name"] == "grid-bot-1"


def test_key_has_the_settings_of_the_form(browser_: TraderBrowser, user: User) -> None:
    chosen = form(
        purpose="trading", permissions=["read", "trading"], address_rule="list", networks="203.0.113.7 10.0.0.0/8"
    )
    browser_.post(NEW, chosen)
    key = ApiKey.objects.get()
    assert (key.account.user, key.purpose, key.permissions, key.networks) == (
        user,
        "trading",
        BOTH,
        "203.0.113.7,10.0.0.0/8",
    )
    event = KeyEvent.objects.get()
    assert (event.actor, event.address) == (user, "127.0.0.1")


def test_htmx_gets_the_reveal_and_the_updated_table(browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(NEW, form()).content.decode()
    assert '<div id="key-table" hx-swap-oob="true"' in answer
    assert "API key created" in answer


def test_without_javascript_the_page_reveals_the_key_once(browser_: TraderBrowser) -> None:
    sent = form()
    secret = revealed(browser_.post(NEW, sent))
    again = browser_.post(NEW, sent)
    assert "You already created this key" in text(again)
    assert (secret in again.content.decode(), ApiKey.objects.count()) == (False, 1)


def test_nothing_stored_contains_the_secret(browser_: TraderBrowser) -> None:
    secret = revealed(browser_.post(NEW, form()))
    session = repr(dict(browser_.http.session.items())) + repr(browser_.http.cookies)
    assert secret.removeprefix("ed25519:") not in session + browser_.get().content.decode()


def test_own_public_key_has_no_secret_to_show(browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(
        NEW, form(kind="own", public_key="ed25519:9C6hybhQ6Aycep9jaUnP6uL9ZYvDjUp1aSkFWPUFJtpj")
    )
    assert "Nothing to save. You already have the private key." in text(answer)
    assert ApiKey.objects.get().kind == Kind.SIGNING


def test_invalid_form_comes_back_with_its_values(browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(
        NEW, form(name="my bot", permissions=None, address_rule="list", networks="1.2.3.4, nowhere")
    )
    assert (answer.status_code, ApiKey.objects.count()) == (200, 0)
    page = answer.content.decode()
    assert ('value="my bot"' in page, "1.2.3.4, nowhere</textarea>" in page) == (True, True)
    assert "Choose at least one permission." in text(answer)
    assert "“nowhere” isn’t an IP address" in text(answer)


@pytest.mark.parametrize(
    ("changes", "count", "first"),
    [
        ({"name": ""}, "1 thing to fix", "#id_name"),
        ({"address_rule": "list", "networks": "x", "permissions": None}, "2 things to fix", "#id_permissions"),
        ({"idempotency_key": "x"}, "1 thing to fix", "#dialog-title"),
    ],
)
def test_footer_leads_to_the_first_error_without_javascript(
    browser_: TraderBrowser, changes: dict[str, object], count: str, first: str
) -> None:
    page = browser_.post(NEW, form(**changes))
    assert count in text(page)
    assert f'href="{first}" data-first-problem' in page.content.decode()


def test_used_name_is_rejected_beside_its_field(browser_: TraderBrowser, issued: IssuedKey) -> None:
    answer = browser_.htmx_post(NEW, form(name="grid bot"))
    assert "You already have a key named “grid bot”" in text(answer)


def test_form_at_the_limit_says_so_and_creates_nothing(
    browser_: TraderBrowser, issued: IssuedKey, settings: Settings
) -> None:
    settings.API_KEYS_PER_ACCOUNT = 1
    assert "at most 1 keys" in text(browser_.htmx_post(NEW, form()))
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize(
    "pasted", ["-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----", "5" * 88]
)
def test_pasted_private_key_is_never_sent_back(browser_: TraderBrowser, pasted: str) -> None:
    answer = browser_.htmx_post(NEW, form(kind="own", public_key=pasted))
    assert "This is a private key" in text(answer)
    assert pasted.splitlines()[-1][:20] not in answer.content.decode().replace("-----BEGIN", "")


def test_secret_of_another_key_is_rejected_and_never_sent_back(browser_: TraderBrowser) -> None:
    issued = make_key()
    answer = browser_.htmx_post(NEW, form(kind="own", public_key=issued.secret))
    assert (issued.secret in answer.content.decode(), ApiKey.objects.count()) == (False, 1)


def test_typed_text_is_escaped(browser_: TraderBrowser) -> None:
    answer = browser_.htmx_post(NEW, form(name="<img src=x>", address_rule="list", networks="<b>bold</b>"))
    assert ("<img src=x>" in answer.content.decode(), "<b>bold" in answer.content.decode()) == (False, False)


def test_name_with_tags_is_shown_as_text(browser_: TraderBrowser) -> None:
    browser_.post(NEW, form(name="<script>alert(1)</script>"))
    assert "<script>alert" not in browser_.get().content.decode()


def test_ip_allowlist_is_checked_before_the_form_is_sent(browser_: TraderBrowser) -> None:
    check = f"{KEYS}check-networks/"
    assert "Stored as: 203.0.113.7, 2001:db8::/32" in text(
        browser_.htmx_post(check, {"networks": "203.0.113.7 2001:DB8::/32"})
    )
    assert "“nowhere” isn’t an IP address" in text(browser_.htmx_post(check, {"networks": "203.0.113.7 nowhere"}))


@pytest.mark.parametrize("sent", [{}, {"networks": ""}, {"networks": "\0"}, {"networks": "x" * 100_000}])
def test_invalid_list_gets_an_answer(browser_: TraderBrowser, sent: dict[str, str]) -> None:
    assert "errorlist" in browser_.htmx_post(f"{KEYS}check-networks/", sent).content.decode()
