"""What is true after any fault: every action is done completely or not at all, and nothing acknowledged is lost."""

from django.db.models import Count, Sum

from apikeys.models import ApiKey, EventKind, KeyEvent, KeyUsage
from perptools.trading.models import Order
from tests.faults.traffic import DEEDS, Traffic
from tests.perptools.trading.recalculation import check_account

CORRECT = {200, 302, 503, None}  # done, rejected because of the outage, or cut off


def check(traffic: Traffic) -> None:
    assert {answer.status for answer in traffic.answers} <= CORRECT, traffic.tally()
    for deed in DEEDS:
        assert traffic.done(deed), f"Nothing was done by {deed}: {traffic.tally()}"
    check_orders(traffic)
    check_keys(traffic)
    check_usage(traffic)


def check_orders(traffic: Traffic) -> None:
    accounts = [issued.key.account_id for issued in traffic.bots]
    placed = list(Order.objects.filter(account_id__in=accounts).values_list("client_order_id", flat=True))
    assert len(placed) == len(set(placed))
    assert set(traffic.done("order")) <= set(placed)
    for account in accounts:
        check_account(account)


def check_keys(traffic: Traffic) -> None:
    keys = ApiKey.objects.filter(account__user=traffic.trader)
    born = {name: key for key in keys for name in [key.name.removesuffix(" edited")]}
    assert set(traffic.done("create")) <= born.keys()
    assert all(born[name].name == f"{name} edited" for name in traffic.done("edit"))
    assert all(born[name].revoked_at for name in traffic.done("delete"))
    for key in keys:
        check_events(key)


def check_events(key: ApiKey) -> None:
    """Check that every change of a key has its event, and the reverse."""
    told = {row["kind"]: row["times"] for row in events_of(key)}
    expected = {EventKind.CREATED: 1}
    if key.name.endswith(" edited"):
        expected[EventKind.EDITED] = 1
    if key.revoked_at:
        expected[EventKind.REVOKED] = 1
    assert told == expected


def events_of(key: ApiKey) -> list[dict[str, object]]:
    return list(KeyEvent.objects.filter(key=key).order_by().values("kind").annotate(times=Count("pk")))


def check_usage(traffic: Traffic) -> None:
    """Check the counts. They can lack what a killed process hadn't written, but never exceed the requests."""
    for issued in traffic.bots:
        counted = KeyUsage.objects.filter(key=issued.key).aggregate(calls=Sum("calls"))["calls"] or 0
        assert counted <= len(traffic.answers)
