"""Admins' forms about users: an older form undoes nothing, and deactivation removes access."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client

from apikeys.keys import creation, pausing
from apikeys.keys.guards import RecentSignInRequired
from apikeys.models import ApiKey, Kind
from perptools.users import deactivation
from tests.support.browser_client import PASSWORD, TraderBrowser, is_signed_in, signed_in, text
from tests.support.concurrency import at_once
from tests.support.factories import IssuedKey, make_key, make_trader, owner, settings_for
from tests.support.html_forms import sent_as_it_is

pytestmark = pytest.mark.django_db


class AdminTab:
    """A user's form that an admin left open."""

    def __init__(self, user: User) -> None:
        number = User.objects.count()
        self.admin = User.objects.create_superuser(f"admin-{number}", f"admin-{number}@example.com")
        self.browser = Client(REMOTE_ADDR="192.0.2.5")
        self.browser.force_login(self.admin)
        self.path = f"/admin/auth/user/{user.pk}/change/"
        self.form = sent_as_it_is(self.browser.get(self.path))

    def send(self, **edited: Any) -> Any:
        """Send the form. None unticks a box."""
        sent = {name: value for name, value in (self.form | edited).items() if value is not None}
        return self.browser.post(self.path, sent)


@pytest.fixture
def issued(user: User) -> IssuedKey:
    return make_key(user.account)


def permission(codename: str) -> Permission:
    return Permission.objects.get(codename=codename, content_type__app_label="apikeys")


def state(user: User) -> tuple[bool, bool, bool, set[str]]:
    user.refresh_from_db()
    codenames = set(user.user_permissions.values_list("codename", flat=True))
    return user.is_active, user.is_staff, user.is_superuser, codenames


# -- An older form ---------------------------------------------------------------------------------------------------


def test_older_form_does_not_reactivate_a_user(user: User, issued: IssuedKey) -> None:
    first, older = AdminTab(user), AdminTab(user)
    first.send(is_active=None)
    assert older.send(is_staff="on").status_code == 302
    assert state(user)[:2] == (False, True)
    assert issued.client().get("/v1/whoami").json()["reason"] == "owner_inactive"


def test_older_form_restores_no_rights(user: User) -> None:
    view, change = permission("view_apikey"), permission("change_apikey")
    user.is_staff = user.is_superuser = True
    user.save()
    user.user_permissions.set([view, change])
    first, older = AdminTab(user), AdminTab(user)
    first.send(is_staff=None, is_superuser=None, user_permissions=[str(change.pk)])
    event = permission("view_keyevent")
    older.send(user_permissions=[str(view.pk), str(change.pk), str(event.pk)])
    assert state(user) == (True, False, False, {"change_apikey", "view_keyevent"})


def test_edited_fields_are_saved(user: User) -> None:
    view = permission("view_apikey")
    AdminTab(user).send(is_staff="on", user_permissions=[str(view.pk)])
    assert state(user) == (True, True, False, {"view_apikey"})
    AdminTab(user).send(is_staff=None, user_permissions=None)
    assert state(user) == (True, False, False, set())


def test_form_without_its_initial_values_is_rejected(user: User) -> None:
    tab = AdminTab(user)
    del tab.form["initial-is_staff"]
    assert "This form is out of date." in text(tab.send(is_staff="on", is_active=None))
    assert state(user)[:2] == (True, False)


def test_two_simultaneous_admins_undo_nothing(transactional_db: None) -> None:
    user = make_trader()
    first, second = AdminTab(user), AdminTab(user)
    view, change = (str(permission(f"{verb}_apikey").pk) for verb in ("view", "change"))
    at_once(
        lambda: first.send(is_active=None, user_permissions=[view]),
        lambda: second.send(is_staff="on", user_permissions=[change]),
    )
    assert state(user) == (False, True, False, {"view_apikey", "change_apikey"})


# -- Deactivating ----------------------------------------------------------------------------------------------------


def test_deactivation_pauses_keys_and_ends_sessions(user: User, issued: IssuedKey) -> None:
    browser = signed_in(user)
    other = make_key().key
    tab = AdminTab(user)
    tab.send(is_active=None)
    AdminTab(user).send(is_active="on")
    assert issued.client().get("/v1/whoami").json()["reason"] == "key_paused"
    assert not is_signed_in(browser)
    event = issued.key.events.first()
    assert event
    assert (event.kind, event.actor, event.address) == ("paused", tab.admin, "192.0.2.5")
    assert event.reason == deactivation.PAUSED_BECAUSE
    other.refresh_from_db()
    assert other.paused_at is None


def test_owner_resumes_the_keys_after_signing_in_again(user: User, issued: IssuedKey) -> None:
    AdminTab(user).send(is_active=None)
    AdminTab(user).send(is_active="on")
    browser = signed_in(user)
    page = browser.get(f"/portfolio/api-keys/{issued.key.pk}/")
    assert deactivation.PAUSED_BECAUSE in text(page)
    path = f"/portfolio/api-keys/{issued.key.pk}/resume/"
    browser.post(path, sent_as_it_is(browser.get(path), path) | {"password": PASSWORD})
    assert issued.client().get("/v1/whoami").status_code == 200


def test_user_deactivated_elsewhere_loses_the_same_access(user: User, issued: IssuedKey) -> None:
    browser = signed_in(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.is_active = True
    user.save()
    issued.key.refresh_from_db()
    assert (issued.key.paused_at is None, is_signed_in(browser), UserSession.objects.count()) == (False, False, 0)
    assert Session.objects.count() == 0


@pytest.mark.parametrize("by_an_admin", [True, False])
def test_user_deactivated_by_an_older_version_gets_nothing_back(
    user: User, issued: IssuedKey, by_an_admin: bool
) -> None:
    browser = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    if by_an_admin:
        AdminTab(user).send(is_active="on")
    else:
        user.is_active = True
        user.save()
    issued.key.refresh_from_db()
    assert (state(user)[0], issued.key.paused_at is None, is_signed_in(browser)) == (True, False, False)


def test_other_saves_of_a_user_remove_nothing(user: User, issued: IssuedKey) -> None:
    browser = signed_in(user)
    user.save()
    user.is_active = False
    user.save(update_fields=["last_login"])
    issued.key.refresh_from_db()
    assert (issued.key.paused_at, is_signed_in(browser)) == (None, True)


def test_paused_key_keeps_its_own_reason(user: User, issued: IssuedKey) -> None:
    pausing.pause(issued.key, by=owner(user), reason="Its program has an error.")
    AdminTab(user).send(is_active=None)
    assert [event.reason for event in issued.key.events.filter(kind="paused")] == ["Its program has an error."]


def test_no_key_is_created_or_resumed_while_its_owner_is_deactivated(transactional_db: None) -> None:
    """A request that waited for the same locks comes too late, in either order."""
    user = make_trader()
    key, paused = make_key(user.account).key, make_key(user.account).key
    pausing.pause(paused, by=owner(user))
    tab = AdminTab(user)

    def attempt(act: Any) -> Any:
        try:
            return act()
        except RecentSignInRequired as rejection:
            return rejection

    at_once(
        lambda: tab.send(is_active=None),
        lambda: attempt(lambda: pausing.resume(paused, by=owner(user))),
        lambda: attempt(lambda: creation.create(user.account, settings_for(), kind=Kind.SIGNING, by=owner(user))),
        lambda: attempt(lambda: pausing.resume(key, by=owner(user))),
    )
    assert not ApiKey.objects.filter(paused_at=None).exists()


# -- What a trader chooses -------------------------------------------------------------------------------------------


def test_older_settings_page_undoes_no_choice(user: User) -> None:
    browser = TraderBrowser(user)
    older = sent_as_it_is(browser.get("/portfolio/settings/"), "/portfolio/settings/notifications/")
    newer = {name: value for name, value in older.items() if name != "expiry"}
    browser.post("/portfolio/settings/notifications/", newer)
    without = {name: value for name, value in older.items() if name != "findings"}
    browser.post("/portfolio/settings/notifications/", without)
    user.notification_preferences.refresh_from_db()
    assert (
        user.notification_preferences.expiry,
        user.notification_preferences.changes,
        user.notification_preferences.findings,
    ) == (
        False,
        True,
        False,
    )


def test_outdated_settings_page_changes_nothing(user: User) -> None:
    browser = TraderBrowser(user)
    browser.get("/portfolio/settings/")
    browser.post("/portfolio/settings/notifications/", {})
    assert "This form is out of date." in text(browser.get("/portfolio/settings/"))
    assert user.notification_preferences.expiry
