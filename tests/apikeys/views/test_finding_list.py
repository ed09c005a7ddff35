"""The Review page without JavaScript, and other places that show findings."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.support.browser_client import TraderBrowser, text
from tests.support.factories import make_key, make_trader
from tests.support.key_forms import opened
from tests.support.review_pages import ALL, REVIEW, click, key_of, path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def headlines(page: Any) -> list[str]:
    return [" ".join(re.sub("<.*?>", "", one).split()) for one in re.findall("<h2>(.*?)</h2>", page.content.decode())]


def test_findings_come_worst_first(trader: User) -> None:
    assert headlines(TraderBrowser(trader).get(REVIEW)) == [
        "High Leaked",
        "High Shared by several programs",
        "High Open to the internet",
        "Medium Can trade, but doesn’t",
        "Medium Old secret",
        "Medium Never used",
    ]


def test_finding_says_what_its_fix_would_have_done(trader: User) -> None:
    page = text(TraderBrowser(trader).get(REVIEW))
    assert "Read-only: 0 of 60 requests in 30 days would have been blocked." in page
    assert "Locked to 203.0.113.0/24 : 0 of 40 requests in 30 days would have been blocked." in page


@pytest.mark.parametrize("page", [REVIEW, "/portfolio/api-keys/", "/guide"])
def test_side_bar_counts_findings(trader: User, page: str) -> None:
    assert "Review 6 open findings" in text(TraderBrowser(trader).get(page))


def test_page_without_findings_says_so() -> None:
    user = make_trader()
    make_key(user.account, networks="203.0.113.9")
    assert "All clear" in text(TraderBrowser(user).get(REVIEW))


@pytest.mark.parametrize("page", [REVIEW, ALL])
def test_review_requires_sign_in(page: str) -> None:
    assert TraderBrowser().get(page).url == f"/account/login/?next={page}"


def test_other_traders_findings_are_not_shown(trader: User) -> None:
    assert "All clear" not in text(TraderBrowser(make_trader()).get(REVIEW))
    assert "shared" not in text(TraderBrowser(make_trader()).get(REVIEW))


@pytest.mark.parametrize("verb", ["fix/pause", "dismiss", "split"])
def test_other_traders_finding_cannot_be_decided(trader: User, verb: str) -> None:
    key = key_of(trader, "shared")
    answer = TraderBrowser(make_trader()).post(path(key, "shared", verb), {"decision": "7", "chosen": f"{key.pk}.x"})
    key.refresh_from_db()
    assert (answer.status_code in (302, 404), key.paused_at, key.decisions.count()) == (True, None, 0)


def test_table_counts_findings_of_each_key(trader: User) -> None:
    page = TraderBrowser(trader).get("/portfolio/api-keys/").content.decode()
    found = set(re.findall(r'class="signal tip (\w+)"\s+href="/portfolio/api-keys/(\d+)/#health"', page))
    assert len(found) == 6
    assert ("high", str(key_of(trader, "open").pk)) in found


def test_key_page_shows_only_its_own_findings(trader: User) -> None:
    page = text(TraderBrowser(trader).get(f"/portfolio/api-keys/{key_of(trader, 'only reads').pk}/"))
    assert "Read-only: 0 of 60 requests in 30 days would have been blocked." in page
    assert "Locked to" not in page


@pytest.mark.parametrize(("name", "shown"), [("sound", False), ("open", True)])
def test_key_without_findings_has_no_health_section(trader: User, name: str, shown: bool) -> None:
    page = TraderBrowser(trader).get(f"/portfolio/api-keys/{key_of(trader, name).pk}/").content.decode()
    assert ('id="health"' in page) is shown


def test_fix_on_the_key_page_leads_back_to_it(trader: User) -> None:
    key = key_of(trader, "forgotten")
    browser = TraderBrowser(trader)
    page = browser.get(f"/portfolio/api-keys/{key.pk}/")
    answer = click(browser, key, "never_used", "fix/pause", page)
    assert answer.url == f"/portfolio/api-keys/{key.pk}/"


def test_edit_form_names_the_risks_of_its_settings(trader: User) -> None:
    key = key_of(trader, "sound")
    answer = TraderBrowser(trader).htmx_post(
        f"/portfolio/api-keys/{key.pk}/preview/",
        {
            "name": "sound",
            "purpose": "monitoring",
            "permissions": ["trading"],
            "address_rule": "any",
            "expires_in": "keep",
            **opened(key),
        },
    )
    assert "This key is for monitoring, but it can trade." in text(answer)
