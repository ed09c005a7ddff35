"""Who can open the pages of a key."""

import pytest
from django.contrib.auth.models import User

from apikeys.keys import deletion
from apikeys.models import ApiKey
from tests.support.browser_client import KEYS, TraderBrowser, form, text
from tests.support.factories import IssuedKey, make_key, owner
from tests.support.key_forms import NEW, VERBS, edit_form, url

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verb", VERBS)
def test_other_traders_key_is_not_found(browser_: TraderBrowser, verb: str) -> None:
    foreign = make_key().key
    missing = browser_.get(f"{KEYS}{foreign.pk + 1000}/{verb}/")
    answer = browser_.get(url(foreign, verb))
    assert (answer.status_code, text(answer)) == (404, text(missing))


@pytest.mark.parametrize("verb", VERBS)
def test_other_traders_key_cannot_be_changed(browser_: TraderBrowser, verb: str) -> None:
    foreign = make_key(name="theirs").key
    assert browser_.post(url(foreign, verb), edit_form(foreign, name="mine", overlap="0")).status_code == 404
    foreign.refresh_from_db()
    assert (foreign.name, foreign.paused_at, foreign.revoked_at, foreign.replaced_at) == ("theirs", None, None, None)


@pytest.mark.parametrize("verb", VERBS)
def test_deleted_key_cannot_be_changed(browser_: TraderBrowser, user: User, issued: IssuedKey, verb: str) -> None:
    deletion.revoke(issued.key, by=owner(user))
    before = ApiKey.objects.filter(pk=issued.key.pk).values().get()
    answers = [
        browser_.get(url(issued.key, verb)),
        browser_.post(url(issued.key, verb), edit_form(issued.key, name="mine")),
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert ApiKey.objects.filter(pk=issued.key.pk).values().get() == before


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 30, "9" * 5000, "-1", "abc"])
def test_unknown_number_is_not_found(browser_: TraderBrowser, number: str) -> None:
    assert browser_.get(f"{KEYS}{number}/edit/").status_code == 404


@pytest.mark.parametrize(("asked", "page"), [("/guide/", "/guide"), (KEYS.rstrip("/"), KEYS)])
def test_address_leads_to_its_page_with_and_without_a_slash(asked: str, page: str) -> None:
    assert TraderBrowser().get(f"{asked}?a=b")["Location"] == f"{page}?a=b"


@pytest.mark.parametrize("target", ["preview", "networks-check", "first-request"])
def test_open_form_stays_when_its_session_ends(target: str) -> None:
    answer = TraderBrowser().htmx_post(f"{KEYS}preview/", {}, target=target)
    assert (answer.status_code, "HX-Redirect" in answer.headers) == (204, False)


def test_signed_out_modal_leads_to_sign_in_and_back_to_its_form() -> None:
    answer = TraderBrowser().htmx_get(NEW, page=f"{KEYS}?page=2")
    assert answer["HX-Redirect"] == f"/account/login/?next={NEW}&ended=1"


def test_signed_out_part_of_a_page_leads_to_sign_in_and_back_to_the_page() -> None:
    answer = TraderBrowser().htmx_get(NEW, target="live", page=f"{KEYS}?page=2")
    assert answer["HX-Redirect"] == f"/account/login/?next={KEYS}%3Fpage%3D2&ended=1"


def test_signed_out_modal_page_leads_to_sign_in_and_back() -> None:
    assert TraderBrowser().get(NEW)["Location"] == f"/account/login/?next={NEW}"


def test_page_of_another_site_is_no_redirect_target() -> None:
    browser = TraderBrowser()
    answer = browser.get(NEW, **{"HX-Request": "true", "HX-Current-URL": "https://evil.example/portfolio/"})
    assert answer["HX-Redirect"] == f"/account/login/?next={NEW}&ended=1"


@pytest.mark.parametrize("verb", VERBS)
def test_each_modal_is_also_a_page(browser_: TraderBrowser, issued: IssuedKey, verb: str) -> None:
    page, fragment = browser_.get(url(issued.key, verb)), browser_.htmx_get(url(issued.key, verb))
    assert ("<html" in page.content.decode(), "<html" in fragment.content.decode()) == (True, False)
    assert "grid bot" in page.content.decode()


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
@pytest.mark.parametrize("path", [KEYS, NEW, "/guide", f"{KEYS}check-networks/"])
def test_other_methods_are_rejected(browser_: TraderBrowser, method: str, path: str) -> None:
    assert getattr(browser_.http, method)(path).status_code == 405


def test_form_of_another_site_is_rejected(user: User) -> None:
    browser = TraderBrowser(user)
    browser.http.handler.enforce_csrf_checks = True
    answer = browser.post(NEW, form())
    assert (answer.status_code, ApiKey.objects.count()) == (403, 0)
    assert "This form is out of date" in text(answer)
