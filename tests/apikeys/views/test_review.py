"""The review pages without JavaScript: what they say, and what each of their buttons does."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.keys import leak_response
from apikeys.models import ApiKey, EventKind
from apikeys.review import decisions, fixes
from apikeys.review.findings import Fix
from apikeys.usage import recorder as usage_recorder
from tests.support.browser_client import KEYS, TraderBrowser, text
from tests.support.factories import BOTH, READ, TRADING, make_key, make_trader, owner
from tests.support.risky_keys import BOT, DAY, HOUR, OFFICE, aged, risky_trader, share
from tests.support.usage_data import use

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REVIEW = "/portfolio/api-keys/review/"
ALL = f"{REVIEW}all/"


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trader() -> User:
    return risky_trader()


def key_of(trader: User, name: str) -> ApiKey:
    return trader.account.keys.get(name=name)


def path(key: ApiKey, code: str, verb: str) -> str:
    return f"/portfolio/api-keys/{key.pk}/{code}/{verb}/"


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# -- The list ------------------------------------------------------------------------------------------------------


def test_findings_are_grouped_by_risk_the_worst_first(trader: User) -> None:
    page = TraderBrowser(trader).get(REVIEW).content.decode()
    risks = re.findall(r'<h2 id="risk-\d">(.*?) <span class="count">(\d)', page)
    assert risks == [
        ("Storage practice", "1"),
        ("Key usage", "1"),
        ("IP restriction", "1"),
        ("Permission setup", "1"),
        ("Ongoing management", "1"),
        ("Expiration handling", "1"),
    ]


def test_a_finding_says_what_its_fix_would_have_done(trader: User) -> None:
    page = text(TraderBrowser(trader).get(REVIEW))
    assert "Read-only: 0 of 60 calls in 30 days would have been refused." in page
    assert "Locked to 203.0.113.0/24 : 0 of 40 calls in 30 days would have been refused." in page


@pytest.mark.parametrize("page", [REVIEW, "/portfolio/api-keys/", "/guide"])
def test_the_side_bar_counts_them(trader: User, page: str) -> None:
    assert "Review 6 open findings" in text(TraderBrowser(trader).get(page))


def test_a_trader_without_risks_reads_that_all_is_clear() -> None:
    user = make_trader()
    make_key(user.account, networks="203.0.113.9")
    assert "All clear" in text(TraderBrowser(user).get(REVIEW))


@pytest.mark.parametrize("page", [REVIEW, ALL])
def test_a_stranger_is_sent_to_sign_in(page: str) -> None:
    assert TraderBrowser().get(page).url == f"/account/login/?next={page}"


def test_somebody_elses_findings_are_nowhere(trader: User) -> None:
    assert "All clear" not in text(TraderBrowser(make_trader()).get(REVIEW))
    assert "shared" not in text(TraderBrowser(make_trader()).get(REVIEW))


@pytest.mark.parametrize("verb", ["fix/pause", "snooze", "accept", "reopen", "split"])
def test_somebody_elses_key_cannot_be_decided_about(trader: User, verb: str) -> None:
    key = key_of(trader, "shared")
    answer = TraderBrowser(make_trader()).post(path(key, "shared", verb), {"days": "7", "reason": "x"})
    key.refresh_from_db()
    assert (answer.status_code in (302, 404), key.paused_at, key.decisions.count()) == (True, None, 0)


# -- Where else it shows -------------------------------------------------------------------------------------------


def test_the_table_counts_what_was_found_on_each_key(trader: User) -> None:
    page = TraderBrowser(trader).get("/portfolio/api-keys/").content.decode()
    found = set(re.findall(r'class="found (\w+)" href="/portfolio/api-keys/(\d+)/#health"', page))
    assert len(found) == 6
    assert ("high", str(key_of(trader, "open").pk)) in found


def test_a_keys_own_page_says_what_was_found_on_it_alone(trader: User) -> None:
    page = text(TraderBrowser(trader).get(f"/portfolio/api-keys/{key_of(trader, 'only reads').pk}/"))
    assert "Read-only: 0 of 60 calls in 30 days would have been refused." in page
    assert "Locked to" not in page


@pytest.mark.parametrize(("name", "shown"), [("sound", False), ("open", True)])
def test_only_a_key_with_findings_has_health_to_speak_of(trader: User, name: str, shown: bool) -> None:
    page = TraderBrowser(trader).get(f"/portfolio/api-keys/{key_of(trader, name).pk}/").content.decode()
    assert ('id="health"' in page) is shown


def test_a_fix_on_the_keys_page_leads_back_to_it(trader: User) -> None:
    key = key_of(trader, "forgotten")
    answer = TraderBrowser(trader).post(path(key, "never_used", "fix/pause"), {"shown": "key"})
    assert answer.url == f"/portfolio/api-keys/{key.pk}/"


def test_the_edit_form_names_the_risks_of_what_it_would_make(trader: User) -> None:
    key = key_of(trader, "sound")
    answer = TraderBrowser(trader).htmx_post(
        f"/portfolio/api-keys/{key.pk}/outlook/",
        {
            "name": "sound",
            "purpose": "monitoring",
            "permissions": ["trading"],
            "address_rule": "any",
            "expires_in": "keep",
        },
    )
    assert "Its purpose is monitoring, yet it could trade." in text(answer)


# -- Fixing --------------------------------------------------------------------------------------------------------


def test_one_click_makes_a_key_read_only(trader: User) -> None:
    key = key_of(trader, "only reads")
    TraderBrowser(trader, recently=False).post(path(key, "unused_trading", "fix/read_only"))
    key.refresh_from_db()
    assert (key.permissions, key.events.first().kind) == (READ, EventKind.EDITED)  # type: ignore[union-attr]


def test_one_click_locks_a_key_to_where_it_was_used_from(trader: User) -> None:
    key = key_of(trader, "open")
    TraderBrowser(trader, recently=False).post(path(key, "any_address", "fix/lock"))
    key.refresh_from_db()
    assert (key.address_rule, key.networks) == ("list", "203.0.113.0/24")


def test_one_click_pauses_a_key(trader: User) -> None:
    key = key_of(trader, "forgotten")
    answer = TraderBrowser(trader, recently=False).post(path(key, "never_used", "fix/pause"))
    key.refresh_from_db()
    assert (answer.url, key.paused_at) == (REVIEW, NOW)


def test_a_fixed_finding_is_gone(trader: User) -> None:
    browser = TraderBrowser(trader)
    browser.post(path(key_of(trader, "forgotten"), "never_used", "fix/pause"))
    assert "Review 5 open findings" in text(browser.get(REVIEW))


def test_a_key_that_only_trades_takes_a_recent_sign_in_to_read_instead() -> None:
    key = aged(20 * DAY, permissions=TRADING).key
    use(key, NOW - HOUR, need="any_key", calls=50)
    usage_recorder.flush()
    answer = TraderBrowser(key.account.user, recently=False).post(path(key, "unused_trading", "fix/read_only"))
    assert "Confirm your password" in text(answer)


@pytest.mark.parametrize("verb", ["delete", "regenerate", "nonsense"])
def test_what_is_no_fix_of_a_click_is_no_page(trader: User, verb: str) -> None:
    key = key_of(trader, "leaked")
    assert TraderBrowser(trader).post(path(key, "exposed", f"fix/{verb}")).status_code == 404


def test_a_fix_that_the_finding_does_not_offer_is_not_done(trader: User) -> None:
    key = key_of(trader, "only reads")
    TraderBrowser(trader).post(path(key, "unused_trading", "fix/pause"))
    key.refresh_from_db()
    assert key.paused_at is None


def test_a_fix_of_what_is_settled_changes_nothing(trader: User) -> None:
    key, browser = key_of(trader, "only reads"), TraderBrowser(trader)
    for _ in range(2):
        browser.post(path(key, "unused_trading", "fix/read_only"))
    assert said(browser.get(REVIEW))[-1] == "That was settled meanwhile"


def test_a_fix_by_get_only_asks(trader: User) -> None:
    key = key_of(trader, "open")
    page = text(TraderBrowser(trader).get(path(key, "any_address", "fix/lock")))
    key.refresh_from_db()
    assert ("0 of 40 calls in 30 days would have been refused." in page, key.networks) == (True, "")


def test_an_edit_of_a_moment_ago_survives_a_fix(trader: User) -> None:
    key = key_of(trader, "open")
    [finding] = decisions.review([key], NOW).open
    by = audit_log.Actor(trader, recently_signed_in=True)
    ApiKey.objects.filter(pk=key.pk).update(can_trade=False)
    fixes.apply(Fix.LOCK, finding, by=by)
    key.refresh_from_db()
    assert (key.permissions, key.networks) == (READ, "203.0.113.0/24")


# -- What the fix says is what the gate then does ------------------------------------------------------------------

CALLS = [
    ("GET", "/v1/client/holding", OFFICE),
    ("GET", "/v1/orders", BOT),
    ("GET", "/v1/whoami", OFFICE),
    ("POST", "/v1/client/leverage", OFFICE),
    ("GET", "/v1/client/holding", "2001:db8:1::5"),
]


@pytest.mark.parametrize(
    ("code", "verb", "changes"),
    [
        ("monitoring_trades", "read_only", {"purpose": "monitoring", "networks": ""}),
        ("any_address", "lock", {"networks": ""}),
        ("wide_network", "lock", {"networks": "203.0.0.0/8,198.51.100.0/24,2001::/16"}),
    ],
)
def test_a_replay_says_what_the_gate_then_does(code: str, verb: str, changes: dict[str, Any]) -> None:
    held = aged(20 * DAY, permissions=BOTH, **changes)
    with time_machine.travel(NOW - HOUR, tick=False):
        assert make_calls(held) == 0
        usage_recorder.flush()
    browser = TraderBrowser(held.key.account.user)
    page = browser.get(REVIEW).content.decode()
    [promised] = re.findall(rf'data-replay="{verb}">.*?<strong>(\d) of 5 calls', page)
    browser.post(path(held.key, code, f"fix/{verb}"))
    assert make_calls(held) == int(promised)


def make_calls(held: Any) -> int:
    """Make the calls, and count those that the gate refuses."""
    statuses = []
    for method, target, address in CALLS:
        body = {"symbol": "PERP_ETH_USDC", "leverage": 5} if method == "POST" else b""
        statuses.append(held.client(REMOTE_ADDR=address).request(method, target, body).status_code)
    return statuses.count(403)


# -- Putting aside -------------------------------------------------------------------------------------------------


def test_a_snoozed_finding_is_put_aside(trader: User) -> None:
    browser = TraderBrowser(trader)
    browser.post(path(key_of(trader, "open"), "any_address", "snooze"), {"days": "30"})
    assert "Snoozed until 22 Dec 2026, 12:00 UTC" in text(browser.get(REVIEW))


def test_an_accepted_finding_is_put_aside_with_its_reason(trader: User) -> None:
    browser = TraderBrowser(trader)
    browser.post(path(key_of(trader, "open"), "any_address", "accept"), {"reason": "A <phone>."})
    assert "Accepted just now: “A &lt;phone&gt;.”" in text(browser.get(REVIEW))


@pytest.mark.parametrize(
    ("verb", "data", "why"),
    [
        ("accept", {"reason": " "}, "Say why"),
        ("accept", {"reason": "It is ptk_0123456789abcdef_xyz"}, "This looks like a secret"),
        ("snooze", {"days": "9999"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_decided_so_is_said_beside_it(trader: User, verb: str, data: dict[str, str], why: str) -> None:
    key = key_of(trader, "open")
    assert why in text(TraderBrowser(trader).post(path(key, "any_address", verb), data))


def test_a_finding_can_be_opened_again(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "open")
    browser.post(path(key, "any_address", "accept"), {"reason": "A phone."})
    browser.post(path(key, "any_address", "reopen"))
    assert "Review 6 open findings" in text(browser.get(REVIEW))


# -- Splitting -----------------------------------------------------------------------------------------------------


def split_form(browser: TraderBrowser, key: ApiKey) -> dict[str, str]:
    page = browser.get(path(key, "shared", "split")).content.decode()
    return {"submission": re.findall(r'name="submission" value="([0-9a-f-]+)"', page)[0]}


def test_a_split_makes_one_key_for_each_place_with_the_same_settings(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    browser.post(path(key, "shared", "split"), split_form(browser, key))
    made = [key_of(trader, "shared 1"), key_of(trader, "shared 2")]
    assert {(one.permissions, one.networks, one.expires_at, one.purpose) for one in made} == {
        (key.permissions, key.networks, key.expires_at, key.purpose)
    }


def test_a_split_reveals_each_secret_once(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    data = split_form(browser, key)
    first = browser.post(path(key, "shared", "split"), data)
    again = browser.post(path(key, "shared", "split"), data)
    secret = re.compile(r'<span class="secret">ed25519:\w{44}<')
    assert [len(secret.findall(answer.content.decode())) for answer in (first, again)] == [2, 0]
    assert ("no-store" in first["Cache-Control"], trader.account.keys.filter(name__startswith="shared ").count()) == (
        True,
        2,
    )
    assert "exists already" in text(again)


def test_a_split_takes_a_recent_sign_in(trader: User) -> None:
    key = key_of(trader, "shared")
    browser = TraderBrowser(trader, recently=False)
    answer = browser.post(path(key, "shared", "split"), split_form(browser, key))
    assert ("Confirm your password" in text(answer), trader.account.keys.count()) == (True, 7)


def test_after_a_split_there_is_a_week_to_move(trader: User) -> None:
    browser, key = TraderBrowser(trader), key_of(trader, "shared")
    browser.post(path(key, "shared", "split"), split_form(browser, key))
    assert key.decisions.get().until == NOW + 7 * DAY


def test_the_names_of_a_split_are_free_and_fit(trader: User) -> None:
    key = aged(10 * DAY, trader.account, name="x" * 64).key
    make_key(trader.account, name="x" * 62 + " 1")
    share(key, NOW)
    usage_recorder.flush()
    browser = TraderBrowser(trader)
    browser.post(path(key, "shared", "split"), split_form(browser, key))
    assert set(trader.account.keys.filter(name__startswith="xx").values_list("name", flat=True)) == {
        "x" * 64,
        *("x" * 62 + f" {number}" for number in (1, 2, 3)),
    }


# -- Review all ----------------------------------------------------------------------------------------------------


def walk(browser: TraderBrowser, *verbs: str) -> Any:
    """Begin a review and decide about one key after the other."""
    page = browser.get(ALL)
    for verb in verbs:
        action = re.findall(r'action="([^"]+since=[^"]+)"', page.content.decode())[0]
        data = {"key": page.context["key"].pk, "verb": verb}
        if verb == "delete":
            data["name"] = page.context["key"].name
        answer = browser.post(action, data)
        page = browser.get(answer.url)
    return page


def test_every_key_is_asked_about_once(trader: User) -> None:
    page = walk(TraderBrowser(trader), *["keep"] * 7)
    assert "All keys are reviewed You looked at 7 keys." in text(page)


def test_what_was_decided_is_stamped(trader: User) -> None:
    walk(TraderBrowser(trader), "keep", "pause", "delete")
    first, second, third = trader.account.keys.order_by("created_at", "id")[:3]
    assert (first.reviewed_at, first.paused_at) == (NOW, None)
    assert (second.reviewed_at, second.paused_at) == (NOW, NOW)
    assert third.revoked_at == NOW


def test_a_key_that_was_used_today_is_deleted_by_its_name_only() -> None:
    key = aged(20 * DAY, name="grid bot").key
    use(key, NOW - HOUR, need="trading")
    usage_recorder.flush()
    browser = TraderBrowser(key.account.user)
    answer = browser.post(f"{ALL}?since={NOW.timestamp()}", {"key": key.pk, "verb": "delete", "name": "grid"})
    key.refresh_from_db()
    assert ("Type “grid bot”" in text(answer), key.revoked_at) == (True, None)


@pytest.mark.parametrize("data", [{"verb": "keep"}, {"key": "x", "verb": "keep"}, {"key": "9" * 30, "verb": "keep"}])
def test_a_key_that_is_not_there_is_not_found(trader: User, data: dict[str, str]) -> None:
    assert TraderBrowser(trader).post(ALL, data).status_code == 404


@pytest.mark.parametrize("verb", ["", "resume"])
def test_what_is_no_decision_is_none(trader: User, verb: str) -> None:
    key = key_of(trader, "sound")
    TraderBrowser(trader).post(ALL, {"key": key.pk, "verb": verb})
    key.refresh_from_db()
    assert key.reviewed_at is None


@pytest.mark.parametrize("since", ["x", "9" * 400, "nan", "-1", "1e30", ""])
def test_a_damaged_address_begins_anew(trader: User, since: str) -> None:
    assert TraderBrowser(trader).get(f"{ALL}?since={since}").status_code == 200


def test_a_review_of_yesterday_is_asked_about_today(trader: User) -> None:
    walk(TraderBrowser(trader), *["keep"] * 7)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert "Key 1 of 7" in text(TraderBrowser(trader).get(ALL))


@pytest.mark.parametrize("key", ["²", "٣", "-1", "", "x", "9" * 30])
def test_a_walk_asked_for_no_key_answers_that_there_is_none(key: str) -> None:
    assert TraderBrowser(make_trader()).post(f"{KEYS}review/all/", {"key": key, "verb": "keep"}).status_code == 404


def test_an_accepted_risk_is_open_again_once_it_has_come_true() -> None:
    key = aged(DAY * 20, purpose="monitoring", name="watcher").key
    user, now = key.account.user, timezone.now()
    finding = next(each for each in decisions.review([key], now).open if each.code == "monitoring_trades")
    decisions.accept(finding, "It will trade soon.", by=owner(user))
    assert "monitoring_trades" not in {each.code for each in decisions.review([key], now).open}
    use(key, now, need="trading")
    usage_recorder.flush()
    assert "monitoring_trades" in {each.code for each in decisions.review([key], now).open}


def test_an_exposed_key_says_who_has_called_with_it_since() -> None:
    key, now = aged(DAY * 20).key, timezone.now()
    use(key, now - DAY, client="before/1")
    with time_machine.travel(now - HOUR, tick=False):
        leak_response.expose(key, reason="Its secret was reported as leaked.")
    use(key, now, client="thief/1", outcome="key_paused", address="198.51.100.66")
    usage_recorder.flush()
    key.refresh_from_db()
    evidence = next(each for each in decisions.review([key], now).open if each.code == "exposed").evidence
    assert ["thief/1 from 198.51.100.66" in line for line in evidence] == [False, True]
    assert "before/1" not in " ".join(evidence)
