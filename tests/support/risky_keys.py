"""A trader with one key of each kind of risk, with the usage that causes it."""

from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from apikeys.audit import log as audit_log
from apikeys.keys import leak_response, review_confirmation
from apikeys.models import Account, ApiKey, Purpose
from apikeys.usage import recorder as usage_recorder
from tests.support.factories import BOTH, IssuedKey, make_key, make_trader
from tests.support.usage_data import use

DAY, HOUR, TEN = timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)
BOT, OFFICE = "198.51.100.7", "203.0.113.9"


def aged(age: timedelta, account: Account | None = None, **changes: Any) -> IssuedKey:
    """Create a trading key of this age, allowed from two networks, with changes. Its owner signed in today."""
    now = timezone.now()
    wanted: dict[str, Any] = {
        "permissions": BOTH,
        "purpose": Purpose.TRADING,
        "networks": "203.0.113.0/24,198.51.100.0/24",
        "expires_at": now - age + 365 * DAY,
    }
    with time_machine.travel(now - age, tick=False):
        issued = make_key(account, **wanted | changes)
    User.objects.filter(account=issued.key.account).update(last_login=now)
    return issued


def share(key: ApiKey, now: datetime, times: int = 6) -> None:
    """Let two programs use a key at the same time, until now."""
    for number in reversed(range(times)):
        use(key, now - number * TEN, client="grid/1", required="trading")
        use(key, now - number * TEN, address=BOT, client="python-requests/2.34.2")


def risky_trader(**fields: Any) -> User:
    """Create seven keys: six with one risk each, and one without."""
    now, user = timezone.now(), make_trader(**fields)
    account = user.account

    def made(name: str, age: timedelta = 20 * DAY, **changes: Any) -> ApiKey:
        return aged(age, account, name=name, **changes).key

    use(made("only reads"), now - 3 * DAY, calls=60)
    use(made("open", networks=""), now - HOUR, required="trading", calls=40)
    made("forgotten")
    share(made("shared"), now)
    use(leaked := made("leaked"), now - 2 * DAY, required="trading")
    use(made("sound"), now - HOUR, required="trading")
    use(made("elder", 200 * DAY), now - HOUR, required="trading")
    usage_recorder.flush()
    leak_response.pause_leaked(leaked, reason="Its secret was reported as leaked.")
    with time_machine.travel(now - DAY, tick=False):
        review_confirmation.mark_reviewed(account.keys.get(name="elder"), by=audit_log.Actor(user))
    return user
