"""A trader who uses the page."""

import re
import time
from dataclasses import dataclass

from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page

from tests.support.factories import make_trader

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Trader:
    page: Page
    user: User

    @classmethod
    def signed_in(cls, page: Page) -> "Trader":
        """Sign in through the form, with a password."""
        user = make_trader(password=PASSWORD)
        page.goto("/")
        page.get_by_role("link", name="Sign in").first.click()
        page.get_by_label("Email").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="API Keys", exact=True).wait_for()
        return cls(page, user)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def row(self, name: str) -> Locator:
        return self.page.get_by_role("row", name=name)

    def create_key(self, name: str, *, kind: str = "Signing key", trading: bool = False) -> dict[str, str]:
        """Create a key and leave its reveal open. Returns what it shows, by label."""
        self.page.get_by_role("link", name="Create API key").first.click()
        self.dialog.get_by_label("Name").fill(name)
        self.dialog.get_by_text("Advanced").click()
        self.dialog.get_by_role("radio", name=re.compile(f"^{kind}")).check()
        self.dialog.get_by_label("Any address").check()
        if trading:
            self.dialog.get_by_role("checkbox", name="Trading").check()
        self.dialog.get_by_role("button", name="Create API key").click()
        self.dialog.get_by_role("heading", name="API key created").wait_for()
        return {
            fact.get_attribute("data-fact") or "": (fact.text_content() or "")
            for fact in self.dialog.locator("[data-fact]").all()
        }

    def store_secret(self) -> None:
        self.dialog.get_by_label("I’ve saved my").check()
        self.dialog.get_by_role("button", name="Done").click()
        self.dialog.wait_for(state="hidden")

    def open(self, verb: str, name: str) -> None:
        self.row(name).get_by_role("link", name=verb).click()
        self.dialog.wait_for()

    def delete_used_key(self, name: str) -> None:
        """Delete a key that has just been used, by typing its name."""
        deadline = time.monotonic() + 10
        while not self.user.account.keys.filter(name=name).exclude(last_used_at=None).exists():
            assert time.monotonic() < deadline, "The key's use was not written"
            time.sleep(0.1)
        self.open("Delete", name)
        self.dialog.get_by_role("textbox").fill(name)
        self.confirm("Delete key")

    def confirm(self, button: str) -> None:
        self.dialog.get_by_role("button", name=button).click()
        self.dialog.wait_for(state="hidden")
