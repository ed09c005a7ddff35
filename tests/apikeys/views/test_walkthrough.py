"""The walkthrough: reviewing every key, one after the other."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.keys import leak_response
from apikeys.review import decisions
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import make_trader, owner
from tests.support.review_pages import ALL, NOW, key_of
from tests.support.risky_keys import DAY, HOUR, aged
from tests.support.usage_data import use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def walk(browser: TraderBrowser, *verbs: str) -> Any:
    """Start a walkthrough and decide about one key after the other."""
    page = browser.get(ALL)
    for verb in verbs:
        action = re.findall(r'action="([^"]+since=[^"]+)"', page.content.decode())[0]
        data = {"key": page.context["key"].pk, "verb": verb}
        if verb == "delete":
            data["name"] = page.context["key"].name
        answer = browser.post(action, data)
        page = browser.get(answer.url)
    return page


def test_every_key_is_shown_once(trader: User) -> None:
    page = walk(TraderBrowser(trader), *["keep"] * 7)
    assert "All keys are reviewed You looked at 7 keys." in text(page)


def test_decision_is_recorded(trader: User) -> None:
    walk(TraderBrowser(trader), "keep", "pause", "delete")
    first, second, third = trader.account.keys.order_by("created_at", "id")[:3]
    assert (first.reviewed_at, first.paused_at) == (NOW, None)
    assert (second.reviewed_at, second.paused_at) == (NOW, NOW)
    assert third.revoked_at == NOW


def test_key_used_today_is_deleted_only_after_typing_its_name() -> None:
    key = aged(20 * DAY, name="grid bot").key
    use(key, NOW - HOUR, required="trading")
    usage_recorder.flush()
    browser = TraderBrowser(key.account.user)
    answer = browser.post(f"{ALL}?since={NOW.timestamp()}", {"key": key.pk, "verb": "delete", "name": "grid"})
    key.refresh_from_db()
    assert ("Type “grid bot”" in text(answer), key.revoked_at) == (True, None)


@pytest.mark.parametrize("data", [{"verb": "keep"}, {"key": "x", "verb": "keep"}, {"key": "9" * 30, "verb": "keep"}])
def test_unknown_key_is_not_found(trader: User, data: dict[str, str]) -> None:
    before = list(trader.account.keys.values("pk", "reviewed_at"))
    assert TraderBrowser(trader).post(ALL, data).status_code == 404
    assert list(trader.account.keys.values("pk", "reviewed_at")) == before


@pytest.mark.parametrize("verb", ["", "resume"])
def test_invalid_decision_is_ignored(trader: User, verb: str) -> None:
    key = key_of(trader, "sound")
    TraderBrowser(trader).post(ALL, {"key": key.pk, "verb": verb})
    key.refresh_from_db()
    assert key.reviewed_at is None


@pytest.mark.parametrize("since", ["x", "9" * 400, "nan", "-1", "1e30", ""])
def test_invalid_start_time_starts_again(trader: User, since: str) -> None:
    assert re.search("Key [12] of 7", text(TraderBrowser(trader).get(f"{ALL}?since={since}")))


def test_key_reviewed_yesterday_is_shown_today(trader: User) -> None:
    walk(TraderBrowser(trader), *["keep"] * 7)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert "Key 1 of 7" in text(TraderBrowser(trader).get(ALL))


@pytest.mark.parametrize("key", ["²", "٣", "-1", "", "x", "9" * 30])
def test_decision_without_a_key_is_not_found(key: str) -> None:
    assert TraderBrowser(make_trader()).post(f"{KEYS}review/all/", {"key": key, "verb": "keep"}).status_code == 404


def test_accepted_risk_reopens_when_it_comes_true() -> None:
    key = aged(DAY * 20, purpose="monitoring", name="watcher").key
    user, now = key.account.user, timezone.now()
    finding = next(each for each in decisions.review([key], now).open if each.code == "monitoring_trades")
    decisions.accept(finding, "It will trade soon.", by=owner(user))
    assert "monitoring_trades" not in {each.code for each in decisions.review([key], now).open}
    use(key, now, required="trading")
    usage_recorder.flush()
    assert "monitoring_trades" in {each.code for each in decisions.review([key], now).open}


def test_leaked_key_lists_who_has_used_it_since() -> None:
    key, now = aged(DAY * 20).key, timezone.now()
    use(key, now - DAY, client="before/1")
    with time_machine.travel(now - HOUR, tick=False):
        leak_response.pause_leaked(key, reason="Its secret was reported as leaked.")
    use(key, now, client="thief/1", outcome="key_paused", address="198.51.100.66")
    usage_recorder.flush()
    key.refresh_from_db()
    evidence = next(each for each in decisions.review([key], now).open if each.code == "exposed").evidence
    assert ["thief/1 from 198.51.100.66" in line for line in evidence] == [False, True]
    assert "before/1" not in " ".join(evidence)
