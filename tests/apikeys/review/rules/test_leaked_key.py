"""The risk “Storage practice”, at its limits."""

import pytest

from apikeys.models import AddressRule
from apikeys.review.findings import Code, Fix
from apikeys.review.usage_profile import UsageProfile
from tests.support.sound_key import DAY, HOUR, LEAKED, NOW, called, codes, key_of, only


def test_leaked_key_is_found_while_paused() -> None:
    found = only(key_of(paused_at=NOW - DAY), LEAKED)
    assert (found.code, found.fixes) == (Code.LEAKED, (Fix.REGENERATE, Fix.DELETE))


def test_leaked_key_that_is_being_replaced_can_only_be_deleted() -> None:
    assert only(key_of(replaced_at=NOW - HOUR), LEAKED).fixes == (Fix.DELETE,)


@pytest.mark.parametrize(
    ("address", "outcome", "found"),
    [
        ("198.51.100.66", "address_not_allowed", True),
        ("", "address_not_allowed", True),
        ("203.0.113.9", "address_not_allowed", False),  # allowed in the meantime
        ("198.51.100.66", "key_paused", False),
        ("198.51.100.66", "permission_missing", False),
    ],
)
def test_right_secret_from_a_rejected_address_is_found(address: str, outcome: str, found: bool) -> None:
    profile = UsageProfile((called(), called(address=address, outcome=outcome)))
    assert codes(key_of(), profile) == ({Code.USED_ELSEWHERE} if found else set())


def test_key_without_ip_restriction_has_no_such_finding() -> None:
    refused = called(address="198.51.100.66", outcome="address_not_allowed")
    assert codes(key_of(address_rule=AddressRule.ANY, networks=""), UsageProfile((refused,))) == {Code.ANY_ADDRESS}
