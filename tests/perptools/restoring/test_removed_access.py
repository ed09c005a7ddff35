"""A restored backup doesn't bring back access that was removed after it."""

import re
import stat
from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from apikeys.keys import deletion, pausing
from apikeys.models import AddressRule, ApiKey, KeyEvent
from perptools import restoring
from tests.support.browser_client import PASSWORD, is_signed_in, signed_in
from tests.support.factories import BOTH, READ, IssuedKey, make_key, make_trader, owner
from tests.support.installations import Installation, ask, manage
from tests.support.key_acts import edit, regenerate

pytestmark = pytest.mark.django_db(transaction=True)


# -- Keys ------------------------------------------------------------------------------------------------------------


def test_every_key_is_paused_and_its_owner_notified_why(installation: Installation, issued: IssuedKey) -> None:
    installation.back_up()
    said = installation.restore()
    assert "Keys paused: 1." in said
    assert installation.keys() == {"grid bot": "paused"}
    events = ask(installation.database, "SELECT kind, reason FROM apikeys_keyevent ORDER BY id")
    assert events == [("created", ""), ("paused", restoring.PAUSED_BECAUSE)]
    assert stat.S_IMODE(installation.database.stat().st_mode) == 0o600


def test_key_that_was_deleted_after_the_backup_is_deleted(installation: Installation, issued: IssuedKey) -> None:
    replaced, other = make_key(issued.key.account, name="old"), make_key(issued.key.account, name="other")
    installation.back_up()
    deletion.revoke(issued.key, by=owner(issued.key.account.user))
    regenerate(replaced)
    assert "Keys deleted again that were deleted after the backup: 2." in installation.restore()
    assert installation.keys() == {"grid bot": "deleted", "old": "deleted", other.key.name: "paused"}


def test_owner_of_several_keys_gets_one_mail(installation: Installation, user: User) -> None:
    for _ in range(3):
        make_key(user.account)
    make_key()
    installation.back_up()
    ask(installation.backup, "UPDATE apikeys_notice SET mailed_at = at")
    said = installation.restore()
    assert sorted(re.findall(r"^To: (.*)$", said, re.MULTILINE)) == sorted(User.objects.values_list("email", flat=True))
    assert "Owners notified by mail: 2." in said
    sent = manage(installation.folder, "send_notifications").stdout
    assert "Mails sent: 0." in sent


def test_keys_with_unchanged_access_can_keep_running(installation: Installation, user: User) -> None:
    """If the replaced database can be read, it decides."""
    made = {name: make_key(user.account, name=name, permissions=BOTH) for name in "abcdefg"}
    installation.back_up()
    deletion.revoke(made["a"].key, by=owner(user))
    pausing.pause(made["b"].key, by=owner(user))
    edit(made["c"], permissions=READ)
    edit(made["d"], networks="203.0.113.7", address_rule=AddressRule.LIST)
    edit(made["e"], expires_at=timezone.now() + timedelta(days=5))
    edit(made["f"], name="f", expires_at=timezone.now() + timedelta(days=300))
    installation.restore("--keep-keys-running")
    states = dict.fromkeys("bcde", "paused") | dict.fromkeys("fg", "running") | {"a": "deleted"}
    assert installation.keys() == states


def test_keep_keys_running_works_without_the_old_database(installation: Installation, issued: IssuedKey) -> None:
    installation.back_up()
    installation.folder.mkdir()
    said = installation.restore("--keep-keys-running")
    assert (installation.keys(), "Keys paused: 0." in said) == ({"grid bot": "running"}, True)


# -- People ----------------------------------------------------------------------------------------------------------


def test_sessions_do_not_come_back(installation: Installation, user: User) -> None:
    browser = signed_in(user)
    installation.back_up()
    assert "Sessions ended: 1." in installation.restore()
    assert ask(installation.database, "SELECT COUNT(*) FROM django_session") == [(0,)]
    assert ask(installation.database, "SELECT COUNT(*) FROM usersessions_usersession") == [(0,)]
    assert is_signed_in(browser)  # in this database, which wasn't restored


def test_accounts_that_get_access_back_are_listed(installation: Installation, user: User) -> None:
    people = {name: make_trader(password=PASSWORD) for name in ("active", "password", "staff", "factor", "sound")}
    people["staff"].is_superuser = True
    people["staff"].save()
    people["staff"].user_permissions.add(Permission.objects.get(codename="change_apikey"))
    Authenticator.objects.create(user=people["factor"], type="totp", data={"secret": "old"})
    EmailAddress.objects.create(user=user, email="lost@example.com", verified=True)
    installation.back_up()
    people["active"].is_active = False
    people["active"].save()
    people["password"].set_password("another one")
    people["password"].save()
    people["staff"].is_staff, people["staff"].is_superuser = True, False
    people["staff"].save()
    people["staff"].user_permissions.clear()
    Authenticator.objects.update(data={"secret": "new"})
    Authenticator.objects.create(user=people["sound"], type="totp", data={"secret": "added"})
    EmailAddress.objects.get(email="lost@example.com").delete()
    said = installation.restore()
    listed = dict(re.findall(r"^  (\S+) <\S+>: (.*)$", said, re.MULTILINE))
    assert listed == {
        people["active"].username: "was deactivated",
        people["password"].username: "had another password",
        people["staff"].username: "was no administrator any more, had fewer permissions",
        people["factor"].username: "had another second factor, or none",
        people["sound"].username: "had a second factor",
        user.username: "had removed lost@example.com",
    }
    assert "another one" not in said
    assert "pbkdf2" not in said


def test_accounts_without_removed_access_are_not_listed(installation: Installation, user: User) -> None:
    installation.back_up()
    user.last_login = timezone.now()
    user.save()
    make_trader()
    assert "No account has anything again that was taken from it after the backup." in installation.restore()


def test_administrators_are_listed_if_removed_access_is_unknown(installation: Installation, user: User) -> None:
    admin = make_trader(is_staff=True)
    installation.back_up()
    installation.folder.mkdir()
    said = installation.restore()
    assert "It is unknown what was removed from accounts after the backup" in said
    assert re.findall(r"^  (\S+) <\S+>$", said, re.MULTILINE) == [admin.username]


# -- Databases that their own tools put back -------------------------------------------------------------------------


@pytest.fixture
def loaded(issued: IssuedKey, user: User) -> str:
    signed_in(user)
    mail.outbox.clear()
    said = StringIO()
    call_command("restore", "--already-loaded", stdout=said)
    return said.getvalue()


def test_loaded_database_is_treated_the_same(loaded: str, issued: IssuedKey, user: User) -> None:
    assert "Keys paused: 1. Sessions ended: 1." in loaded
    assert "It is unknown which keys were deleted after the backup." in loaded
    assert "deleted again" not in loaded
    assert not ApiKey.objects.filter(paused_at=None).exists()
    assert Session.objects.count() == 0
    assert [message.to for message in mail.outbox] == [[user.email]]
    assert issued.client().get("/v1/whoami").json()["reason"] == "key_paused"


@pytest.mark.parametrize("options", [[], ["backup", "--already-loaded"], ["--already-loaded", "--keep-keys-running"]])
def test_contradicting_options_are_rejected(options: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("restore", *options)
    assert KeyEvent.objects.count() == 0
