"""Screenshots of every page, modal and state, at four sizes in both colour schemes. Not collected by default:

    python3 manage.py test tests/browser/screenshots.py --screenshots FOLDER

Pages in the side bar, the account menu and the admin are found automatically. Add other states to page_states.py.
`readme-desktop.png` is the picture in the README (.github/screenshot.png).
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page

from apikeys.keys import pausing, regeneration
from apikeys.usage import recorder as usage_recorder
from perptools.trading.paper import orders as paper_orders
from tests.browser.accessibility import SCHEMES, SIZES
from tests.browser.page_states import FOR_STRANGERS, HOME, STATES
from tests.browser.signed_in_page import DESKTOP, dialog, visit, wait_until_still
from tests.perptools.trading.order_requests import buy, sell
from tests.support.factories import BOTH, READ, make_key, make_trader, owner
from tests.support.risky_keys import risky_trader
from tests.support.servers import Server
from tests.support.usage_data import use

pytestmark = [pytest.mark.browser, pytest.mark.server]

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
        dashboard = make_key(user.account, name=f"dashboard {number}", kind="bearer").key
        use(dashboard, timezone.now() - timedelta(hours=2), address=f"45.9.{number}.7", calls=120)
    bot = make_key(user.account, name="bot with a log", networks="203.0.113.7", permissions=READ)
    client, elsewhere = bot.client(REMOTE_ADDR="203.0.113.7"), bot.client(REMOTE_ADDR="198.51.100.9")
    for target in ("/v1/client/info", "/v1/positions", "/v1/orders?size=x", "/v1/client/holding"):
        client.get(target, headers={"User-Agent": "ccxt/4.5.64"})
    client.post("/v1/order", {"symbol": "PERP_BTC_USDC"}, headers={"User-Agent": "ccxt/4.5.64"})
    elsewhere.get("/v1/client/holding", headers={"User-Agent": "python-requests/2.34.2"})
    for _ in range(20):
        client.get("/v1/client/holding", headers={"User-Agent": "ccxt/4.5.64"})
    usage_recorder.flush()
    make_key(user.account, name="many addresses", networks=",".join(f"203.0.113.{n}" for n in range(1, 100)))
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


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def look(size: str, scheme: str) -> dict[str, Any]:
    """Options of a browser context with this size and colour scheme."""
    return {"viewport": SIZES[size], "color_scheme": scheme}


def take(page: Page, folder: Path, name: str, size: str) -> None:
    page.wait_for_load_state("networkidle")
    wait_until_still(page)
    whole = not dialog(page).is_visible()
    page.screenshot(path=folder / f"{name}-{size}.png".replace(" ", "-"), full_page=whole)


def test_pages_of_a_trader(
    browser: Browser, server: Server, user: User, size: str, scheme: str, look: dict[str, Any], folder: Path
) -> None:
    with visit(browser, server, user, **look) as page:
        links = page.locator("#side a, header .menu a").evaluate_all("links => links.map((link) => link.pathname)")
        for path in sorted({link for link in links if not NEVER.search(link)}):
            page.goto(path)
            take(page, folder, f"page{path.rstrip('/').replace('/', '-')}", f"{size}-{scheme}")


def test_states_of_pages(
    browser: Browser, server: Server, user: User, size: str, scheme: str, look: dict[str, Any], folder: Path
) -> None:
    with visit(browser, server, user, **look) as page:
        page.on("dialog", lambda warning: warning.accept())
        for name, path, act in STATES:
            page.goto(path)
            page.evaluate("sessionStorage.clear()")  # drafts of the state before
            act(page)
            take(page, folder, name, f"{size}-{scheme}")


def test_pages_without_sign_in(
    browser: Browser, server: Server, size: str, scheme: str, look: dict[str, Any], folder: Path
) -> None:
    with visit(browser, server, None, **look) as page:
        for name, path in FOR_STRANGERS:
            page.goto(path)
            take(page, folder, name, f"{size}-{scheme}")


def test_pages_of_an_admin(
    browser: Browser, server: Server, user: User, size: str, scheme: str, look: dict[str, Any], folder: Path
) -> None:
    with visit(browser, server, make_trader(is_staff=True, is_superuser=True), "/admin/", **look) as page:
        take(page, folder, "admin", f"{size}-{scheme}")
        lists = page.locator("#content th a").evaluate_all("links => links.map((link) => link.pathname)")
        assert "/admin/apikeys/apikey/" in lists
        for path in lists:
            page.goto(path)
            take(page, folder, path.strip("/").replace("/", "-"), f"{size}-{scheme}")
            if (first := page.locator("#result_list tbody th a").first).is_visible():
                first.click()
                take(page, folder, f"{path.strip('/').replace('/', '-')}-one", f"{size}-{scheme}")
        page.goto("/admin/apikeys/apikey/")
        page.locator("#result_list .action-select").first.check()
        page.get_by_label("Action:").select_option("revoke")
        page.get_by_role("button", name="Go", exact=True).click()
        take(page, folder, "admin-revoke", f"{size}-{scheme}")


def test_picture_of_the_readme(browser: Browser, server: Server, folder: Path) -> None:
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
    use(
        made["market maker Tokyo"].key,
        now,
        address="203.0.113.7",
        client="orderly-evm-connector/0.2",
        required="trading",
    )
    use(made["grid bot"].key, now, address="198.51.100.24", required="trading")
    usage_recorder.flush()
    pausing.pause(made["tax report"].key, by=owner(user))
    with visit(browser, server, user, viewport=DESKTOP, color_scheme="dark") as page:
        take(page, folder, "readme", "desktop")


def test_account_without_keys(
    browser: Browser, server: Server, size: str, scheme: str, look: dict[str, Any], folder: Path
) -> None:
    with visit(browser, server, make_trader(), **look) as page:
        take(page, folder, "no-keys", f"{size}-{scheme}")
        for place in ("", "positions/", "orders/", "notifications/", "api-keys/review/"):
            page.goto(f"{HOME}{place}")
            take(page, folder, f"nothing-yet-{place.strip('/').replace('/', '-') or 'overview'}", f"{size}-{scheme}")
