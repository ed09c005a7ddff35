"""States of the pages to look at: a name, the start page, and the steps that lead there."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from apikeys.guide import EXAMPLE
from tests.browser.signed_in_page import dialog, open_modal
from tests.support.browser_client import KEYS


def fill_create(page: Page, kind: str = "Signing key") -> None:
    modal = open_modal(page, "Create API key")
    modal.get_by_label("Name").fill(f"made as {kind.lower()}")
    modal.get_by_role("radio", name="curl" if kind == "Bearer token" else "ccxt").check()
    modal.get_by_label("Addresses").fill("203.0.113.7, 198.51.100.0/24")


def create(page: Page, kind: str = "Signing key") -> None:
    fill_create(page, kind)
    dialog(page).get_by_role("button", name="Create API key").click()
    expect(dialog(page).get_by_role("heading", name="API key created")).to_be_visible()


def advanced(page: Page) -> None:
    fill_create(page)
    dialog(page).get_by_text("Advanced").click()
    dialog(page).get_by_role("radio", name="My own public key").check()


def create_wrongly(page: Page) -> None:
    modal = open_modal(page, "Create API key")
    modal.get_by_label("Addresses").fill("nowhere, 203.0.113.7/24")
    modal.get_by_role("button", name="Create API key").click()
    expect(modal.locator(".errorlist").first).to_be_visible()


def modal_of(verb: str, name: str = "grid bot") -> Callable[[Page], None]:
    return lambda page: open_modal(page, verb, name) and None


def widen(page: Page) -> None:
    open_modal(page, "Edit", "grid bot").get_by_label("Any address").check()


def pick_two(page: Page) -> None:
    page.get_by_label("Select grid bot").check()
    page.get_by_label("Select ending").check()


def several(verb: str) -> Callable[[Page], None]:
    def opened(page: Page) -> None:
        pick_two(page)
        page.get_by_role("button", name=verb, exact=True).click()
        dialog(page).wait_for()

    return opened


def unfold(summary: str, shown: str) -> Callable[[Page], None]:
    def unfolded(page: Page) -> None:
        page.locator(summary).first.click()
        page.locator(shown).first.wait_for()

    return unfolded


def open_by(name: str) -> Callable[[Page], None]:
    def opened(page: Page) -> None:
        page.get_by_role("link", name=name).click()
        dialog(page).wait_for()

    return opened


def modal_by(name: str) -> Callable[[Page], None]:
    def opened(page: Page) -> None:
        page.get_by_role("link", name=name, exact=True).click()
        dialog(page).wait_for()

    return opened


def lock_all(page: Page) -> None:
    page.get_by_role("button", name="to where they were used").click()
    page.get_by_role("button", name="Undo").wait_for()


def show_side_bar(page: Page) -> None:
    if (button := page.get_by_role("button", name="Portfolio pages")).is_visible():
        button.click()


def follow(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("link", name=name, exact=True).first.click()


def toast(page: Page) -> None:
    page.get_by_role("button", name="Copy Account ID").click()
    page.get_by_text("Account id copied").wait_for()


def collapse(page: Page) -> None:
    page.locator("html").evaluate("element => { element.dataset.side = 'collapsed' }")


def check_signature(page: Page) -> None:
    form = page.locator(".signature-form")
    wrong = EXAMPLE.text.replace("POST", "post")
    values = [
        EXAMPLE.method,
        EXAMPLE.target,
        EXAMPLE.timestamp,
        EXAMPLE.key,
        EXAMPLE.signature[:-6],
        EXAMPLE.body,
        wrong,
    ]
    for field, value in zip(form.get_by_role("textbox").all(), values, strict=True):
        field.fill(value)
    form.get_by_role("button", name="Check signature").click()
    page.get_by_text("The signature isn’t valid").wait_for()


def nothing(page: Page) -> None:
    """Leave the page as it opens."""


EVERY_KEY = f"{KEYS}?size=50"
HOME = "/portfolio/"

# A name, the start page, and the steps.
STATES: list[tuple[str, str, Callable[[Page], None]]] = [
    ("keys-page-2", f"{KEYS}?page=2", nothing),
    ("keys-no-match", f"{KEYS}?q=nothing-like-it", nothing),
    ("keys-collapsed", KEYS, collapse),
    ("keys-picked", EVERY_KEY, pick_two),
    ("keys-toast", KEYS, toast),
    ("create", KEYS, modal_of("Create API key")),
    ("create-filled", KEYS, fill_create),
    ("create-errors", KEYS, create_wrongly),
    ("create-advanced", KEYS, advanced),
    ("create-page", f"{KEYS}new/", nothing),
    ("created-signing", KEYS, create),
    ("created-bearer", KEYS, lambda page: create(page, "Bearer token")),
    ("edit", EVERY_KEY, modal_of("Edit")),
    ("edit-widening", EVERY_KEY, widen),
    ("delete", EVERY_KEY, modal_of("Delete")),
    ("delete-in-use", EVERY_KEY, modal_of("Delete", "sound")),
    ("regenerate", EVERY_KEY, modal_of("Regenerate")),
    ("pause", EVERY_KEY, modal_of("Pause")),
    ("resume", EVERY_KEY, modal_of("Resume", "paused")),
    ("pause-several", EVERY_KEY, several("Pause")),
    ("delete-several", EVERY_KEY, several("Delete")),
    ("key", f"{KEYS}?q=sound", follow("sound")),
    ("key-log", EVERY_KEY, follow("bot with a log")),
    ("key-addresses", EVERY_KEY, follow("many addresses")),
    ("key-unused", EVERY_KEY, follow("grid bot")),
    ("key-regenerated", f"{KEYS}?q=regenerated", follow("regenerated")),
    ("bell", KEYS, unfold(".bell summary", ".bell .notification")),
    ("account-menu", KEYS, unfold("header .menu:not(.bell) summary", "header .menu .name")),
    ("side-bar", KEYS, show_side_bar),
    ("more-of-a-row", KEYS, unfold(".row-actions summary", ".row-actions .menu li:nth-child(2)")),
    ("order-history", f"{HOME}orders/?list=history", nothing),
    ("trades", f"{HOME}orders/?list=trades", nothing),
    ("orders-no-match", f"{HOME}orders/?symbol=PERP_SOL_USDC", nothing),
    ("funding", f"{HOME}assets/?list=funding", nothing),
    ("close-position", f"{HOME}positions/", open_by("Close BTC-PERP")),
    ("cancel-all", f"{HOME}orders/", open_by("Cancel all")),
    ("reset-funds", f"{HOME}assets/", open_by("Reset paper funds")),
    ("review-dismiss", f"{KEYS}review/", modal_by("Dismiss all: Open to the internet")),
    ("review-choose", f"{KEYS}review/", modal_by("Choose keys: Open to the internet")),
    (
        "review-group",
        f"{KEYS}review/",
        lambda page: page.get_by_role("link", name=re.compile(r"^Show all \d+ keys")).first.click(),
    ),
    ("review-undo", f"{KEYS}review/", lock_all),
    ("review-split", f"{KEYS}review/", follow("Split shared")),
    ("review-all", f"{KEYS}review/all/", nothing),
    ("two-factor", "/account/two-factor/", nothing),
    ("two-factor-set-up", "/account/two-factor/totp/activate/", nothing),
    ("email", "/account/email/", nothing),
    ("pause-all-page", f"{HOME}settings/keys/", nothing),
    ("check-signature", "/guide/check-signature", check_signature),
    ("report-a-leak", "/report-a-leak/", nothing),
    ("not-found", "/nothing", nothing),
]
FOR_STRANGERS = [
    ("signed-out", KEYS),
    ("sign-in", "/account/login/"),
    ("sign-up", "/account/signup/"),
    ("password-reset", "/account/password/reset/"),
]
