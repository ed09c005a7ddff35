"""Pictures of every page, modal and state, at both sizes. Not collected by itself:

    python3 manage.py test tests/browser/screenshots.py --screenshots FOLDER

Pages in the side bar, the account menu and the administration are found by themselves. What else there is to see is a
line in STATES. `readme-desktop.png` is the picture in README (.github/screenshot.png).
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from apikeys.guide import EXAMPLE
from apikeys.keys import pausing, regeneration
from apikeys.usage import recorder as usage_recorder
from perptools.trading.paper import orders as paper_orders
from tests.browser.signed_in_page import DESKTOP, dialog, open_modal, visit, wait_until_still
from tests.perptools.trading.tickets import buy, sell
from tests.support.browser_client import KEYS
from tests.support.factories import BOTH, make_key, make_trader, owner
from tests.support.risky_keys import risky_trader
from tests.support.servers import Server
from tests.support.usage_data import use

pytestmark = [pytest.mark.browser, pytest.mark.server]

SIZES = {"desktop": DESKTOP, "phone": {"width": 390, "height": 844}}
NEVER = re.compile("/logout/|/admin/")


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    chosen = request.config.getoption("screenshots")
    if not chosen:
        pytest.fail("Say where the pictures go: --screenshots FOLDER")
    found = Path(chosen)
    found.mkdir(parents=True, exist_ok=True)
    return found


@pytest.fixture
def user(server: Server) -> User:
    """A trader with a key in each state, with each risk, and with positions and orders."""
    user = risky_trader()
    make_key(user.account, name="grid bot", networks="203.0.113.7,198.51.100.0/24,2001:db8::/32", permissions=BOTH)
    pausing.pause(make_key(user.account, name="paused").key, by=owner(user))
    make_key(user.account, name="ending", expires_at=timezone.now() + timedelta(days=2))
    for number in range(4):
        make_key(user.account, name=f"dashboard {number}", kind="bearer")
    regenerated = make_key(user.account, name="regenerated").key
    year = timezone.now() + timedelta(days=90)
    regeneration.regenerate(regenerated, expires_at=year, overlap=timedelta(hours=24), by=owner(user))
    for wanted in (
        buy("0.05", tag="grid"),
        sell("0.5", symbol="PERP_ETH_USDC"),
        buy("0.01", "90000", client_order_id="grid-1-buy-90000-abcdef-0123456789"),
    ):
        paper_orders.place(user.account.pk, wanted)
    return user


def fill_create(page: Page, kind: str = "Signing key") -> None:
    modal = open_modal(page, "Create API key")
    modal.get_by_label("Name").fill(f"made as {kind.lower()}")
    modal.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    modal.get_by_label("Addresses").fill("203.0.113.7, 198.51.100.0/24")


def create(page: Page, kind: str = "Signing key") -> None:
    fill_create(page, kind)
    dialog(page).get_by_role("button", name="Create API key").click()
    expect(dialog(page).get_by_role("heading", name="API key created")).to_be_visible()


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
    page.get_by_text("The signature does not hold").wait_for()


def nothing(page: Page) -> None:
    """The page as it opens."""


EVERY_KEY = f"{KEYS}?size=50"
HOME = "/portfolio/"

# A name, where it starts, and what is done there.
STATES: list[tuple[str, str, Callable[[Page], None]]] = [
    ("keys-page-2", f"{KEYS}?page=2", nothing),
    ("keys-no-match", f"{KEYS}?q=nothing-like-it", nothing),
    ("keys-collapsed", KEYS, collapse),
    ("keys-picked", EVERY_KEY, pick_two),
    ("keys-toast", KEYS, toast),
    ("create", KEYS, modal_of("Create API key")),
    ("create-filled", KEYS, fill_create),
    ("create-errors", KEYS, create_wrongly),
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
    ("key-unused", EVERY_KEY, follow("grid bot")),
    ("key-regenerated", f"{KEYS}?q=regenerated", follow("regenerated")),
    ("bell", KEYS, unfold(".bell summary", ".bell .told")),
    ("account-menu", KEYS, unfold("header .menu:not(.bell) summary", "header .menu .name")),
    ("side-bar", KEYS, show_side_bar),
    ("more-of-a-row", KEYS, unfold(".row-actions summary", ".row-actions .menu li")),
    ("order-history", f"{HOME}orders/?list=history", nothing),
    ("trades", f"{HOME}orders/?list=trades", nothing),
    ("orders-no-match", f"{HOME}orders/?symbol=PERP_SOL_USDC", nothing),
    ("funding", f"{HOME}assets/?list=funding", nothing),
    ("close-position", f"{HOME}positions/", open_by("Close BTC-PERP")),
    ("cancel-all", f"{HOME}orders/", open_by("Cancel all")),
    ("reset-funds", f"{HOME}assets/", open_by("Reset paper funds")),
    ("review-put-aside", f"{KEYS}review/", unfold(".put-aside summary", ".put-aside[open] select")),
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


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


def take(page: Page, folder: Path, name: str, size: str) -> None:
    page.wait_for_load_state("networkidle")
    wait_until_still(page)
    whole = not dialog(page).is_visible()
    page.screenshot(path=folder / f"{name}-{size}.png", full_page=whole)


def test_every_page_that_a_trader_is_led_to(
    browser: Browser, server: Server, user: User, size: str, folder: Path
) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        links = page.locator("#side a, header .menu a").evaluate_all("links => links.map((link) => link.pathname)")
        for path in sorted({link for link in links if not NEVER.search(link)}):
            page.goto(path)
            take(page, folder, f"page{path.rstrip('/').replace('/', '-')}", size)


def test_every_state(browser: Browser, server: Server, user: User, size: str, folder: Path) -> None:
    with visit(browser, server, user, viewport=SIZES[size]) as page:
        page.on("dialog", lambda warning: warning.accept())
        for name, path, act in STATES:
            page.goto(path)
            act(page)
            take(page, folder, name, size)


def test_what_strangers_see(browser: Browser, server: Server, size: str, folder: Path) -> None:
    with visit(browser, server, None, viewport=SIZES[size]) as page:
        for name, path in FOR_STRANGERS:
            page.goto(path)
            take(page, folder, name, size)


def test_what_admins_see(browser: Browser, server: Server, user: User, size: str, folder: Path) -> None:
    with visit(browser, server, make_trader(is_staff=True, is_superuser=True), "/admin/", viewport=SIZES[size]) as page:
        take(page, folder, "admin", size)
        lists = page.locator("#content th a").evaluate_all("links => links.map((link) => link.pathname)")
        assert "/admin/apikeys/apikey/" in lists
        for path in lists:
            page.goto(path)
            take(page, folder, path.strip("/").replace("/", "-"), size)
            if (first := page.locator("#result_list tbody th a").first).is_visible():
                first.click()
                take(page, folder, f"{path.strip('/').replace('/', '-')}-one", size)
        page.goto("/admin/apikeys/apikey/")
        page.locator("#result_list .action-select").first.check()
        page.get_by_label("Action:").select_option("revoke")
        page.get_by_role("button", name="Go", exact=True).click()
        take(page, folder, "admin-revoke", size)


def test_the_picture_of_the_readme(browser: Browser, server: Server, folder: Path) -> None:
    user = make_trader()
    user.email = "demo@perptools.example"
    user.save()
    now, hour = timezone.now(), timedelta(hours=1)
    made = {
        "Demo call": make_key(user.account, name="Demo call", kind="bearer", networks="127.0.0.1"),
        "tax report": make_key(user.account, name="tax report", networks="192.0.2.40"),
        "grafana dashboard": make_key(user.account, name="grafana dashboard", kind="bearer"),
    }
    for name, networks in (("market maker Tokyo", "2001:db8::/32,203.0.113.7"), ("grid bot", "198.51.100.24")):
        made[name] = make_key(user.account, name=name, networks=networks, permissions=BOTH, purpose="trading")
    use(made["Demo call"].key, now - 3 * hour, address="127.0.0.1", client="curl/8.14.1")
    use(made["grafana dashboard"].key, now - hour, address="203.0.113.60", client="Grafana/12.1")
    use(made["market maker Tokyo"].key, now, address="203.0.113.7", client="orderly-evm-connector/0.2", need="trading")
    use(made["grid bot"].key, now, address="198.51.100.24", need="trading")
    usage_recorder.flush()
    pausing.pause(made["tax report"].key, by=owner(user))
    with visit(browser, server, user, viewport=DESKTOP) as page:
        take(page, folder, "readme", "desktop")


def test_an_account_without_keys(browser: Browser, server: Server, size: str, folder: Path) -> None:
    with visit(browser, server, make_trader(), viewport=SIZES[size]) as page:
        take(page, folder, "no-keys", size)
        for place in ("", "positions/", "orders/", "notices/", "api-keys/review/"):
            page.goto(f"{HOME}{place}")
            take(page, folder, f"nothing-yet-{place.strip('/').replace('/', '-') or 'overview'}", size)
