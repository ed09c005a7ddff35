"""A form that was opened before its key changed undoes nothing: it says what changed, and shows the current key."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from apikeys.audit.log import Actor
from apikeys.keys import leak_response, pausing
from apikeys.models import AddressRule, ApiKey, EventKind, Purpose
from apikeys.permissions import Permission
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import BOTH, READ, IssuedKey, make_key, owner
from tests.support.html_forms import sent_as_it_is
from tests.support.key_acts import edit
from tests.support.key_forms import url

pytestmark = pytest.mark.django_db

ADDRESSES = "127.0.0.1,198.51.100.66"


@pytest.fixture
def issued(user: User) -> IssuedKey:
    return make_key(user.account, name="grid bot", permissions=BOTH, purpose=Purpose.TRADING, networks=ADDRESSES)


class Tab:
    """A form that the trader left open, in a browser with or without JavaScript."""

    def __init__(self, browser: TraderBrowser, key: ApiKey, verb: str, *, scripts: bool) -> None:
        self.path = url(key, verb)
        self._get, self._post = (browser.htmx_get, browser.htmx_post) if scripts else (browser.get, browser.post)
        self.form = self.fields(self._get(self.path))

    def fields(self, page: Any) -> dict[str, Any]:
        return sent_as_it_is(page, self.path)

    def send(self, **typed: Any) -> Any:
        answer = self._post(self.path, self.form | typed)
        if f'action="{self.path}"'.encode() in answer.content:
            self.form = self.fields(answer)
        return answer


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def tab(browser_: TraderBrowser, issued: IssuedKey, request: pytest.FixtureRequest) -> Callable[[str], Tab]:
    return lambda verb: Tab(browser_, issued.key, verb, scripts=request.param)


def settings(key: ApiKey) -> tuple[Any, ...]:
    key.refresh_from_db()
    return key.name, key.purpose, key.permissions, key.networks


def test_older_form_restores_no_access(tab: Callable[[str], Tab], issued: IssuedKey) -> None:
    older, newer = tab("edit"), tab("edit")
    newer.send(permissions=["read"], networks="127.0.0.1")
    said = text(older.send(name="renamed"))
    assert settings(issued.key) == ("grid bot", "trading", READ, "127.0.0.1")
    assert "Permissions: Read, Trading → Read" in said
    assert "IP addresses: 127.0.0.1, 198.51.100.66 → 127.0.0.1" in said
    assert "Nothing was saved." in said


def test_form_then_shows_the_new_values_and_keeps_what_was_typed(tab: Callable[[str], Tab], issued: IssuedKey) -> None:
    older, newer = tab("edit"), tab("edit")
    newer.send(permissions=["read"], networks="127.0.0.1")
    older.send(name="renamed")
    assert [older.form[name] for name in ("name", "permissions", "networks")] == ["renamed", "read", "127.0.0.1"]
    assert "API key updated" in text(older.send()) or settings(issued.key)[0] == "renamed"
    assert settings(issued.key) == ("renamed", "trading", READ, "127.0.0.1")


CHANGES = [
    ({"permissions": READ}, {"permissions": "read"}),
    ({"networks": "127.0.0.1"}, {"networks": "127.0.0.1"}),
    ({"networks": "", "address_rule": AddressRule.ANY}, {"address_rule": "any"}),
    ({"purpose": Purpose.MONITORING}, {"purpose": "monitoring"}),
    ({"name": "dashboard"}, {"name": "dashboard"}),
]


@pytest.mark.parametrize(("change", "shown"), CHANGES, ids=["rights", "networks", "any address", "purpose", "name"])
def test_every_setting_that_changed_is_kept(
    tab: Callable[[str], Tab], issued: IssuedKey, change: dict[str, Any], shown: dict[str, Any]
) -> None:
    older = tab("edit")
    edit(issued, **change)
    now = settings(issued.key)
    typed = {"purpose": "monitoring"} if "name" in change else {"name": "renamed"}
    older.send(**typed)
    assert settings(issued.key) == now
    assert older.form.items() >= (shown | typed).items()


def test_shorter_expiration_is_kept(tab: Callable[[str], Tab], issued: IssuedKey) -> None:
    older, newer = tab("edit"), tab("edit")
    newer.send(expires_in="7")
    issued.key.refresh_from_db()
    until = issued.key.expires_at
    said = text(older.send(expires_in="365"))
    issued.key.refresh_from_db()
    assert (issued.key.expires_at, "Expires: " in said, older.form["expires_in"]) == (until, True, "keep")


def test_two_older_forms_are_rejected_one_after_the_other(tab: Callable[[str], Tab], issued: IssuedKey) -> None:
    first, second = tab("edit"), tab("edit")
    edit(issued, permissions=READ)
    first.send(name="renamed")
    first.send(purpose="monitoring")
    said = text(second.send(networks="127.0.0.1"))
    assert "Name: grid bot → renamed" in said
    assert settings(issued.key) == ("renamed", "monitoring", READ, ADDRESSES)


def test_change_that_was_undone_is_no_reason_to_reject(tab: Callable[[str], Tab], issued: IssuedKey) -> None:
    older = tab("edit")
    edit(issued, permissions=READ)
    issued.key.refresh_from_db()
    edit(issued, permissions=BOTH)
    older.send(name="renamed")
    assert settings(issued.key)[0] == "renamed"


def test_pause_is_no_reason_to_reject_an_edit_and_stays(tab: Callable[[str], Tab], issued: IssuedKey) -> None:
    older = tab("edit")
    pausing.pause(issued.key, by=owner(issued.key.account.user))
    older.send(name="renamed")
    issued.key.refresh_from_db()
    assert (issued.key.name, issued.key.paused_at is None) == ("renamed", False)


def test_form_sent_twice_is_not_a_conflict(tab: Callable[[str], Tab], issued: IssuedKey) -> None:
    twice = tab("edit")
    sent = twice.form | {"name": "renamed"}
    for _ in range(2):
        answer = twice._post(twice.path, sent)
    assert "This key changed" not in text(answer)
    assert issued.key.events.filter(kind=EventKind.EDITED).count() == 1


@pytest.mark.parametrize("last_event", [None, "", "x", "-1", "9" * 30, "1.5"])
def test_form_without_its_opening_time_is_rejected(
    tab: Callable[[str], Tab], issued: IssuedKey, last_event: str | None
) -> None:
    older = tab("edit")
    older.form = {name: value for name, value in older.form.items() if name != "last_event"}
    said = text(older.send(name="renamed", **({} if last_event is None else {"last_event": last_event})))
    assert "This form is out of date." in said
    assert settings(issued.key)[0] == "grid bot"


# -- Resuming and regenerating ---------------------------------------------------------------------------------------


def again_paused(issued: IssuedKey) -> None:
    pausing.resume(issued.key, by=owner(issued.key.account.user))
    pausing.pause(issued.key, by=Actor(), reason="The account was taken over.")


def leaked(issued: IssuedKey) -> None:
    leak_response.pause_leaked(issued.key, reason="Its secret was reported as leaked.")


def widened(issued: IssuedKey) -> None:
    edit(issued, networks="", address_rule=AddressRule.ANY)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (again_paused, "The key was paused: The account was taken over."),
        (leaked, "The key’s secret was exposed: Its secret was reported as leaked."),
        (widened, "IP addresses: 127.0.0.1, 198.51.100.66 → Any address"),
    ],
)
@pytest.mark.parametrize("verb", ["resume", "regenerate"])
def test_changed_key_is_neither_resumed_nor_regenerated(
    tab: Callable[[str], Tab], issued: IssuedKey, verb: str, change: Callable[[IssuedKey], None], said: str
) -> None:
    pausing.pause(issued.key, by=owner(issued.key.account.user))
    older = tab(verb)
    change(issued)
    assert said in text(older.send())
    issued.key.refresh_from_db()
    assert (issued.key.paused_at is None, ApiKey.objects.count()) == (False, 1)
    older.send()
    issued.key.refresh_from_db()
    assert (issued.key.paused_at is None) if verb == "resume" else (ApiKey.objects.count() == 2)


def test_resumed_key_is_not_resumed_again(browser_: TraderBrowser, issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(issued.key.account.user))
    tab = Tab(browser_, issued.key, "resume", scripts=True)
    tab.send()
    assert "API key resumed" in text(tab.send())


def test_form_of_the_key_page_is_protected_too(browser_: TraderBrowser, issued: IssuedKey) -> None:
    """A suggestion (`?grant=`) is added to the key as it was shown."""
    page = browser_.htmx_get(f"{url(issued.key, 'edit')}?allow=203.0.113.9")
    edit(issued, networks="127.0.0.1", permissions=READ)
    sent = sent_as_it_is(page, url(issued.key, "edit"))
    assert "198.51.100.66" in sent["networks"]
    browser_.htmx_post(url(issued.key, "edit"), sent, page=f"{KEYS}{issued.key.pk}/")
    assert settings(issued.key)[2:] == (frozenset({Permission.READ}), "127.0.0.1")
