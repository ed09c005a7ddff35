"""The audit log can't be changed. Its owner and admins can export it."""

import codecs
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.test import Client

from apikeys.keys import deletion, editing
from apikeys.keys.validation import KeySettings
from apikeys.models import ApiKey, KeyEvent
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import IssuedKey, make_key, make_trader, owner

pytestmark = pytest.mark.django_db
EVENTS = "/admin/apikeys/keyevent/"


@pytest.fixture
def issued() -> IssuedKey:
    issued = make_key(name="=HYPERLINK(1)")
    deletion.revoke(issued.key, by=owner(issued.key.account.user), reason="+cmd|' /C calc'!A0")
    return issued


def content(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def json_lines(response: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content(response).splitlines()]


# -- Its owner -------------------------------------------------------------------------------------------------------


def test_trader_exports_the_whole_log_including_deleted_keys(issued: IssuedKey) -> None:
    rows = json_lines(TraderBrowser(issued.key.account.user).get(f"{KEYS}history.jsonl"))
    assert [(row["event"], row["key"], row["by"]) for row in rows] == [
        ("revoked", issued.key.public_id, "You"),
        ("created", issued.key.public_id, "You"),
    ]


def test_export_is_offered_only_if_there_are_events(issued: IssuedKey) -> None:
    pages = [text(TraderBrowser(user).get()) for user in (issued.key.account.user, make_trader())]
    assert ["History of all keys" in page for page in pages] == [True, False]


def test_change_has_the_old_and_the_new_value() -> None:
    issued = make_key(name="before")
    editing.edit(issued.key, replace(KeySettings.of(issued.key), name="after"), by=owner(issued.key.account.user))
    rows = json_lines(TraderBrowser(issued.key.account.user).get(f"{KEYS}{issued.key.pk}/history.jsonl"))
    assert rows[0]["changes"] == {"name": ["before", "after"]}


def test_trader_export_names_no_administrator(issued: IssuedKey) -> None:
    admin = User.objects.create_superuser("root", "root@example.com")
    other = make_key(issued.key.account)
    deletion.revoke(other.key, by=replace(owner(admin), address="198.51.100.77"), reason="Leaked.")
    browser = TraderBrowser(issued.key.account.user)
    for told in (content(browser.get(f"{KEYS}history.csv")), text(browser.get(f"{KEYS}{other.key.pk}/"))):
        assert ("An administrator" in told, "root" in told, "198.51.100.77" in told) == (True, False, False)


def test_spreadsheets_evaluate_no_cell(issued: IssuedKey) -> None:
    taken = content(TraderBrowser(issued.key.account.user).get(f"{KEYS}history.csv"))
    cells = [cell for row in csv.reader(io.StringIO(taken)) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_excel_reads_all_characters(user: User) -> None:
    issued = make_key(user.account, name="größer ünï 中")
    browser = TraderBrowser(user)
    saved = b"".join(browser.get(f"{KEYS}history.csv").streaming_content)
    assert saved.startswith(codecs.BOM_UTF8)  # by which Excel recognizes UTF-8
    assert next(csv.DictReader(io.StringIO(saved.decode("utf-8-sig"))))["name"] == issued.key.name
    assert content(browser.get(f"{KEYS}history.jsonl")).startswith("{")


@pytest.mark.parametrize("path", ["history.csv", "{key}/history.csv"])
def test_log_of_another_trader_is_not_found(issued: IssuedKey, path: str) -> None:
    answer = TraderBrowser(make_trader()).get(KEYS + path.format(key=issued.key.pk))
    assert answer.status_code == 404 or issued.key.public_id not in content(answer)


def test_export_requires_sign_in() -> None:
    assert TraderBrowser().get(f"{KEYS}history.csv")["Location"].startswith("/account/login/")


def test_export_is_a_file_that_caches_do_not_store(issued: IssuedKey) -> None:
    answer = TraderBrowser(issued.key.account.user).get(f"{KEYS}history.csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="api-key-events-')
    assert "no-store" in answer["Cache-Control"]


def test_pages_offer_the_export(issued: IssuedKey) -> None:
    browser = TraderBrowser(issued.key.account.user)
    assert [text(browser.get(page)).count("JSON lines") for page in (KEYS, f"{KEYS}{issued.key.pk}/")] == [1, 1]


# -- Admins ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.com"))
    return client


@pytest.mark.parametrize(("query", "kinds"), [("", {"created", "revoked"}), ("?kind__exact=revoked", {"revoked"})])
def test_admin_exports_the_filtered_events(admin: Client, issued: IssuedKey, query: str, kinds: set[str]) -> None:
    chosen = {"action": "export_json_lines", "select_across": "1", "_selected_action": KeyEvent.objects.first().pk}  # type: ignore[union-attr]
    rows = json_lines(admin.post(EVENTS + query, chosen))
    assert {row["event"] for row in rows} == kinds
    assert {row["by"] for row in rows} == {issued.key.account.user.get_username()}


@pytest.mark.parametrize("path", ["add/", "{}/delete/", "{}/change/"])
def test_admins_cannot_write_events(admin: Client, issued: IssuedKey, path: str) -> None:
    event = KeyEvent.objects.filter(key=issued.key).get(kind="created")
    before = list(KeyEvent.objects.order_by("pk").values())
    assert admin.post(EVENTS + path.format(event.pk), {"reason": "other"}).status_code == 403
    assert list(KeyEvent.objects.order_by("pk").values()) == before


def test_admins_cannot_delete_many_events(admin: Client, issued: IssuedKey) -> None:
    chosen = {
        "action": "delete_selected",
        "select_across": "1",
        "_selected_action": KeyEvent.objects.first().pk,
        "post": "yes",
    }  # type: ignore[union-attr]
    admin.post(EVENTS, chosen)
    assert KeyEvent.objects.count() == 2


# -- Code ------------------------------------------------------------------------------------------------------------


def one() -> KeyEvent:
    return KeyEvent.objects.first() or KeyEvent()


WAYS: dict[str, Callable[[], object]] = {
    "save": lambda: one().save(),
    "delete": lambda: one().delete(),
    "update": lambda: KeyEvent.objects.update(reason=""),
    "update of some": lambda: KeyEvent.objects.filter(kind="created").update(reason=""),
    "delete many": lambda: KeyEvent.objects.all().delete(),
    "bulk_update": lambda: KeyEvent.objects.bulk_update([one()], ["reason"]),
    "update_or_create": lambda: KeyEvent.objects.update_or_create(pk=one().pk, defaults={"reason": ""}),
    "through the key": lambda: one().key.events.update(reason=""),
    "without our manager": lambda: KeyEvent._base_manager.update(reason=""),
    "delete without our manager": lambda: KeyEvent._base_manager.all().delete(),
}


@pytest.mark.parametrize("way", WAYS)
def test_events_cannot_be_changed(issued: IssuedKey, way: str) -> None:
    with pytest.raises(ValidationError):
        WAYS[way]()


def test_key_with_events_cannot_be_removed(issued: IssuedKey) -> None:
    with pytest.raises(ProtectedError):
        ApiKey.objects.filter(pk=issued.key.pk).delete()
