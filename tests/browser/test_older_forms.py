"""Two tabs: a form that was opened earlier doesn't undo what the other tab saved."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from apikeys.models import ApiKey
from tests.browser.accessibility import SIZES, every_size, look
from tests.browser.signed_in_page import dialog, open_modal, visit
from tests.support.browser_client import KEYS
from tests.support.factories import BOTH, READ, make_key, make_trader
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def key(server: Server) -> ApiKey:
    user: User = make_trader()
    return make_key(user.account, name="grid bot", permissions=BOTH, networks="127.0.0.1,198.51.100.66").key


def narrow(page: Page, key: ApiKey) -> None:
    """Narrow the key in another tab of the same browser."""
    tab = page.context.new_page()
    tab.goto(KEYS)
    modal = open_modal(tab, "Edit")
    modal.get_by_role("checkbox", name="Trading").uncheck()
    modal.get_by_label("Addresses").fill("127.0.0.1")
    modal.get_by_role("button", name="Save changes").click()
    tab.get_by_text("API key updated").wait_for()
    tab.close()


@every_size
def test_form_left_open_in_another_tab_restores_no_access(
    browser: Browser, server: Server, key: ApiKey, size: str
) -> None:
    with visit(browser, server, key.account.user, KEYS, viewport=SIZES[size]) as page:
        modal = open_modal(page, "Edit")
        narrow(page, key)
        modal.get_by_label("Name").fill("renamed")
        modal.get_by_role("button", name="Save changes").click()
        expect(modal.get_by_role("alert")).to_contain_text("Permissions: Read, Trading → Read")
        expect(modal.get_by_role("checkbox", name="Trading")).not_to_be_checked()
        expect(modal.get_by_label("Addresses")).to_have_value("127.0.0.1")
        expect(modal.get_by_label("Name")).to_have_value("renamed")
        assert look(page) == []
        key.refresh_from_db()
        assert (key.name, key.permissions, key.networks) == ("grid bot", READ, "127.0.0.1")
        modal.get_by_role("button", name="Save changes").click()
        page.get_by_text("API key updated").wait_for()
        expect(dialog(page)).to_be_hidden()
    key.refresh_from_db()
    assert (key.name, key.permissions, key.networks) == ("renamed", READ, "127.0.0.1")


def test_older_form_restores_no_access_without_javascript(browser: Browser, server: Server, key: ApiKey) -> None:
    user = key.account.user
    with visit(browser, server, user, f"{KEYS}{key.pk}/edit/", java_script_enabled=False) as page:
        with visit(browser, server, user) as other:
            narrow(other, key)
        page.get_by_label("Name").fill("renamed")
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_role("alert")).to_contain_text("IP addresses: 127.0.0.1, 198.51.100.66 → 127.0.0.1")
        expect(page.get_by_role("checkbox", name="Trading")).not_to_be_checked()
    key.refresh_from_db()
    assert (key.name, key.permissions) == ("grid bot", READ)


def test_admins_older_form_restores_no_rights(browser: Browser, server: Server, key: ApiKey) -> None:
    admin = User.objects.create_superuser("admin", "admin@example.com")
    user = key.account.user
    user.is_staff = user.is_superuser = True
    user.save()
    path = f"/admin/auth/user/{user.pk}/change/"
    with visit(browser, server, admin, path) as older:
        with visit(browser, server, admin, path) as page:
            for box in ("Active", "Staff status", "Superuser status"):
                page.get_by_role("checkbox", name=box).uncheck()
            page.get_by_role("button", name="Save", exact=True).click()
            page.get_by_text("was changed successfully").wait_for()
        older.locator("#id_user_permissions_from").select_option(label="API keys | API key | Can view API key")
        older.locator("#id_user_permissions_add, #id_user_permissions_add_link").click()
        older.get_by_role("button", name="Save", exact=True).click()
        older.get_by_text("was changed successfully").wait_for()
    user.refresh_from_db()
    key.refresh_from_db()
    assert (user.is_active, user.is_staff, user.is_superuser) == (False, False, False)
    assert [permission.codename for permission in user.user_permissions.all()] == ["view_apikey"]
    assert key.paused_at
