"""A key that is used from more IP addresses than usage stores: what is stored, and what the owner sees."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Sum

from apikeys.models import AddressRule, ApiKey, EventKind, KeyUsage, Kind
from apikeys.network import ip_allowlist
from apikeys.review import fixes, reviewer
from apikeys.review.findings import Code, Fix
from apikeys.usage import recorder as usage_recorder
from apikeys.usage import rollup
from apikeys.usage.recorder import MOST_CLIENTS
from tests.support.factories import make_key
from tests.support.usage_data import use

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)
HOME = "2001:db8:1:2::/64"


@pytest.fixture
def key(time_machine: Any) -> ApiKey:
    """A key without an IP restriction."""
    time_machine.move_to(NOW, tick=False)
    return make_key(address_rule=AddressRule.ANY, networks="", kind=Kind.BEARER).key


def host(number: int) -> str:
    """Return one of many addresses of an IPv6 host."""
    return f"2001:db8:1:2::{number:x}"


def used_by(key: ApiKey, addresses: list[str], **more: Any) -> None:
    for address in addresses:
        use(key, NOW, address=address, **more)
    usage_recorder.flush()


def stored(key: ApiKey) -> dict[str, int]:
    rows = KeyUsage.objects.filter(key=key).values_list("address").annotate(calls=Sum("calls"))
    return dict(rows)


@pytest.mark.parametrize(
    ("addresses", "network"),
    [
        ([host(number) for number in range(400)], HOME),
        ([f"203.0.113.{number}" for number in range(250)], "203.0.113.0/24"),
    ],
    ids=["IPv6", "IPv4"],
)
def test_network_is_stored_past_the_limit(addresses: list[str], network: str, key: ApiKey) -> None:
    used_by(key, addresses)
    kept = stored(key)
    assert kept.pop(network) == len(addresses) - 2 * MOST_CLIENTS
    assert list(kept.values()) == [1] * 2 * MOST_CLIENTS
    assert "" not in kept


def test_clients_are_unknown_only_past_the_limit_of_networks(key: ApiKey) -> None:
    used_by(key, [f"203.0.{number}.7" for number in range(4 * MOST_CLIENTS)])
    kept = stored(key)
    assert (kept[""], sum(kept.values())) == (MOST_CLIENTS, 4 * MOST_CLIENTS)


def test_lock_admits_a_client_with_many_addresses(key: ApiKey) -> None:
    used_by(key, [host(number) for number in range(400)])
    use(key, NOW, address="203.0.113.9", calls=10)
    usage_recorder.flush()
    [finding] = [one for one in reviewer.review([key], NOW) if one.code == Code.ANY_ADDRESS]
    assert "Used from 2001:db8:1::/48 and 203.0.113.0/24 in the last 30 days." in finding.evidence
    offered = fixes.offer(Fix.LOCK, finding)
    assert str(offered.impact) == "0 of 410 requests in 30 days would have been blocked."
    assert offered.settings
    assert all(ip_allowlist.allows_all(offered.settings.networks, host(number)) for number in range(400))


def test_key_locked_to_that_network_has_no_finding(key: ApiKey) -> None:
    used_by(key, [host(number) for number in range(400)], outcome="address_not_allowed")
    key.address_rule, key.networks = AddressRule.LIST, HOME
    key.save()
    assert Code.USED_ELSEWHERE not in {finding.code for finding in reviewer.review([key], NOW)}


def test_owner_is_notified_about_the_network(key: ApiKey) -> None:
    narrow = make_key(key.account, networks="198.51.100.1").key
    used_by(narrow, [host(number) for number in range(2 * MOST_CLIENTS)])
    used_by(narrow, [host(9999)], outcome="address_not_allowed")
    alarmed = narrow.events.filter(kind=EventKind.ALERTED)
    assert list(alarmed.values_list("address", flat=True)) == [HOME]


def test_stored_network_is_anonymized_like_addresses(key: ApiKey) -> None:
    used_by(key, [host(number) for number in range(400)])
    rollup.roll_up(NOW + timedelta(days=40))
    assert stored(key) == {"2001:db8:1::/48": 400}


@pytest.mark.parametrize(
    ("networks", "text", "allowed"),
    [
        ("2001:db8:1::/48", HOME, True),
        (HOME, HOME, True),
        ("2001:db8:1:2::7", HOME, False),
        ("203.0.113.0/25,203.0.113.128/25", "203.0.113.0/24", True),
        ("203.0.113.0/25", "203.0.113.0/24", False),
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "", False),
    ],
)
def test_list_allows_a_network_only_as_a_whole(networks: str, text: str, allowed: bool) -> None:
    assert ip_allowlist.allows_all(networks, text) == allowed
