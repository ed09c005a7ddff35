"""`grants_nothing_new` agrees with the gate about every request, for any old and new settings."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from itertools import product
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from apikeys.audit.log import Actor
from apikeys.authentication import admission
from apikeys.authentication.key_lookup import find_key
from apikeys.http.errors import ApiError
from apikeys.keys import guards, pausing
from apikeys.keys.guards import RecentSignInRequired
from apikeys.keys.validation import KeySettings, grants_nothing_new
from apikeys.models import AddressRule, ApiKey, Purpose
from apikeys.network import client_ip
from apikeys.network.client_ip import UNKNOWN, ClientIP
from apikeys.permissions import Access, Permission
from tests.support.factories import BOTH, READ, TRADING, make_key
from tests.support.gate_rows import row_of
from tests.support.key_acts import edit
from tests.support.reviewed_keys import NOW

SECOND = timedelta(seconds=1)
EXPIRATIONS = [NOW + timedelta(days=days) for days in (1, 30, 90)]
NETWORKS = [
    "203.0.113.0/24",
    "203.0.113.0/25",
    "203.0.113.128/25",
    "203.0.113.7",
    "203.0.112.0/23",
    "0.0.0.0/1",
    "2001:db8::/32",
    "2001:db8::/33",
    "2001:db8:8000::/33",
    "2001:db8::7",
]


def addresses() -> Iterator[ClientIP]:
    """Yield the first and last address of each network, those just outside, and an unknown one."""
    yield UNKNOWN
    for network in map(ip_network, NETWORKS):
        for number in (int(network[0]) - 1, int(network[0]), int(network[-1]), int(network[-1]) + 1):
            if 0 <= number < 2**network.max_prefixlen:
                yield client_ip.known(type(network[0])(number))


REQUESTS = list(product(sorted(set(addresses()), key=str), [*Permission, Access.ANY_KEY]))
MOMENTS = [moment + step for moment in EXPIRATIONS for step in (-SECOND, timedelta(0))]


@st.composite
def keys(draw: st.DrawFn) -> ApiKey:
    networks = ",".join(draw(st.lists(st.sampled_from(NETWORKS), unique=True, max_size=4)))
    permissions = draw(st.sampled_from([READ, TRADING, BOTH]))
    return ApiKey(
        name="grid bot",
        purpose=Purpose.TRADING,
        can_read=Permission.READ in permissions,
        can_trade=Permission.TRADING in permissions,
        address_rule=AddressRule.LIST if networks else AddressRule.ANY,
        networks=networks,
        expires_at=draw(st.sampled_from(EXPIRATIONS)),
        paused_at=draw(st.sampled_from([None, None, None, NOW])),
        revoked_at=draw(st.sampled_from([None, None, None, NOW])),
    )


def admitted(key: ApiKey) -> set[tuple[Any, ...]]:
    """Return which of the requests the gate admits, at each time."""
    row = row_of(key)
    found = set()
    for moment in MOMENTS:
        with time_machine.travel(moment, tick=False):
            found |= {(moment, *request) for request in REQUESTS if passes(row, *request)}
    return found


def passes(row: Any, client_ip: ClientIP, required: Any) -> bool:
    try:
        admission.check_usable(row)
        admission.check_ip_address(row, client_ip)
        admission.check_permission(row, required)
    except ApiError:
        return False
    return True


@given(keys(), keys())
def test_grants_nothing_new_agrees_with_the_gate(old: ApiKey, new: ApiKey) -> None:
    says = grants_nothing_new(KeySettings.in_force(old), KeySettings.in_force(new))
    assert says == (admitted(new) <= admitted(old))


def test_key_that_does_not_exist_yet_admits_nothing() -> None:
    settings = KeySettings.in_force(ApiKey(can_read=True, address_rule="any", purpose="trading", expires_at=NOW))
    assert (grants_nothing_new(None, settings), grants_nothing_new(settings, None)) == (False, True)


@pytest.mark.django_db
def test_test_row_is_the_row_that_the_gate_reads() -> None:
    key = make_key(networks="203.0.113.7").key
    assert row_of(key) == find_key(key.public_id)


@pytest.mark.django_db
def test_widening_a_paused_key_requires_a_recent_sign_in() -> None:
    issued = make_key()
    pausing.pause(issued.key, by=Actor(issued.key.account.user))
    with pytest.raises(RecentSignInRequired):
        edit(issued, recently=False, permissions=BOTH)


@pytest.mark.django_db
def test_deactivated_user_cannot_add_access_after_a_recent_sign_in() -> None:
    key = make_key().key
    user = key.account.user
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(RecentSignInRequired):
        guards.require_step_up(Actor(user, recently_signed_in=True), None, KeySettings.of(key))
