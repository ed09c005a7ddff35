"""What each field accepts, and its errors."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone

from apikeys.forms.confirmation import DeleteForm
from apikeys.forms.keys import EditForm, NetworksForm, RegenerateForm
from apikeys.models import ApiKey, Kind
from apikeys.network import ip_allowlist
from apikeys.permissions import Permission
from tests.support.factories import make_key
from tests.support.filled_forms import create_form, posted
from tests.support.key_forms import opened

LATER = (timezone.now() + timedelta(days=400)).date().isoformat()
LONG = "x" * 100_000
ONE_OF = "Choose one of these."

REFUSED = [
    ("name", None, "Give the key a name."),
    ("name", "", "Give the key a name."),
    ("name", "   ", "Give the key a name."),
    ("name", "x" * 65, "at most 64 characters"),
    ("name", LONG, "at most 64 characters"),
    ("name", "bot\0", "Null characters are not allowed."),
    ("name", "bot\u202etxt.exe", "letters, numbers and symbols only"),
    ("name", "two\nlines", "letters, numbers and symbols only"),
    ("purpose", None, ONE_OF),
    ("purpose", "fun", ONE_OF),
    ("kind", None, ONE_OF),
    ("kind", "master", ONE_OF),
    ("kind", LONG, ONE_OF),
    ("permissions", None, "Choose at least one permission."),
    ("permissions", [], "Choose at least one permission."),
    ("permissions", ["withdraw"], "Choose from these."),
    ("permissions", ["read", "admin"], "Choose from these."),
    ("address_rule", None, ONE_OF),
    ("address_rule", "all", ONE_OF),
    ("expires_in", None, ONE_OF),
    ("expires_in", "366", ONE_OF),
    ("expires_in", "-1", ONE_OF),
    ("expires_in", "٣٠", ONE_OF),
    ("idempotency_key", None, "This form is out of date"),
    ("idempotency_key", "1", "is out of date"),
    ("idempotency_key", LONG, "is out of date"),
]


@pytest.mark.parametrize(("field", "value", "message"), REFUSED)
def test_error_names_the_invalid_field(field: str, value: object, message: str) -> None:
    errors = create_form(**{field: value}).errors
    assert list(errors) == [field]
    assert message in " ".join(errors[field])


@pytest.mark.parametrize("text", ["", "tomorrow", "2027-13-01", "01/02/2027", "0001-01-01", "9999-12-31", LATER, LONG])
def test_invalid_date_is_named(text: str) -> None:
    assert list(create_form(expires_in="date", expires_at=text).errors) == ["expires_at"]


def test_date_lasts_until_the_end_of_the_day_in_the_traders_zone() -> None:
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        day = timezone.localdate() + timedelta(days=5)
        filled = create_form(expires_in="date", expires_at=day.isoformat())
        assert filled.is_valid()
    next_day = day + timedelta(days=1)
    assert filled.settings().expires_at == datetime(*next_day.timetuple()[:3], tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("zone", "day", "ends"),
    [
        ("UTC", "2027-04-03", "2027-04-04T00:00Z"),
        ("America/Santiago", "2027-04-03", "2027-04-04T04:00Z"),  # clocks go back at midnight: 23:59 comes twice
        ("Asia/Beirut", "2027-10-30", "2027-10-30T22:00Z"),
        ("Asia/Beirut", "2027-03-27", "2027-03-27T22:00Z"),  # clocks go forward at midnight, which does not exist
        ("Africa/Cairo", "2027-04-29", "2027-04-29T22:00Z"),
        ("Pacific/Kiritimati", "2027-04-03", "2027-04-03T10:00Z"),
        ("Asia/Calcutta", "2027-04-03", "2027-04-03T18:30Z"),  # an older name, which browsers send
    ],
)
def test_day_ends_when_the_next_one_begins(zone: str, day: str, ends: str) -> None:
    with time_machine.travel("2026-11-22T12:00Z", tick=False), timezone.override(ZoneInfo(zone)):
        filled = create_form(expires_in="date", expires_at=day)
        assert filled.is_valid()
        assert filled.settings().expires_at == datetime.fromisoformat(ends)


def test_last_possible_day_is_exactly_365_days_from_now() -> None:
    day = timezone.localdate() + timedelta(days=365)
    filled = create_form(expires_in="date", expires_at=day.isoformat())
    assert filled.is_valid()
    assert filled.settings().expires_at <= timezone.now() + timedelta(days=365)


def test_unused_date_is_ignored() -> None:
    assert create_form(expires_in="30", expires_at="nonsense").is_valid()


@pytest.mark.parametrize("days", ["7", "30", "90", "180", "365"])
def test_lifetime_counts_from_now(days: str) -> None:
    filled = create_form(expires_in=days)
    assert filled.is_valid()
    left = filled.settings().expires_at - timezone.now()
    assert timedelta(0) <= timedelta(days=int(days)) - left < timedelta(minutes=1)


# -- Addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("203.0.113.256", "203.0.113", "203.0.113.07", "3405803783", "203.0.113.7/33", "2001:db8::/129"),
        *("203.0.113.7:443", "[2001:db8::7]:443", "http://203.0.113.7", "example.com", "localhost", "fe80::1%eth0"),
        *("*", "203.0.113.*", "203.0.113.9-203.0.113.1", "0.0.0.0/0", "::/0", "203.0.113.7/24", "<script>"),
        *("203.0.113.0/255.255.255.0", "203.0.113.7,not-an-ip", " , ,\n, ", "", "1.2.3.4\0", "1" * 100_000),
    ],
)
def test_invalid_address_is_rejected_beside_its_field(text: str) -> None:
    assert list(create_form(address_rule="list", networks=text).errors) == ["networks"]


def test_each_invalid_entry_is_named() -> None:
    errors = NetworksForm(QueryDict("networks=203.0.113.7,example.com,10.0.0.256")).errors["networks"]
    assert ["“example.com”" in errors[0], "“10.0.0.256”" in errors[1]] == [True, True]
    assert list(errors)[2:] == [ip_allowlist.EXAMPLE]  # once


def test_addresses_are_stored_in_one_form() -> None:
    filled = create_form(address_rule="list", networks="203.0.113.7;2001:DB8::/32\n203.0.113.7, ::ffff:198.51.100.1")
    assert filled.is_valid()
    assert filled.settings().networks == "203.0.113.7,2001:db8::/32,198.51.100.1"


@pytest.mark.parametrize("text", ["203.0.113.7", "nonsense", "x" * 100_000])
def test_any_address_ignores_the_list(text: str) -> None:
    filled = create_form(address_rule="any", networks=text)
    assert filled.is_valid()
    assert filled.settings().networks == ""


# -- A public key of one's own ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pasted",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\n-----END OPENSSH PRIVATE KEY-----",
        "ed25519:" + "5" * 88,
        "ed25519:" + "1" * 44,
        "nonsense",
        "x" * 100_000,
        "key\0",
        "",
    ],
)
def test_invalid_public_key_is_rejected_and_never_sent_back(pasted: str) -> None:
    filled = create_form(kind="own", public_key=pasted)
    assert list(filled.errors) == ["public_key"]
    assert filled["public_key"].value() == ""


@pytest.mark.django_db
def test_secret_of_a_key_is_rejected_and_never_sent_back() -> None:
    issued = make_key()
    filled = create_form(kind="own", public_key=issued.secret, name="")
    assert "public_key" in filled.errors
    assert filled["public_key"].value() == ""


def test_unused_public_key_is_ignored_and_not_sent_back() -> None:
    filled = create_form(kind="signing", public_key="-----BEGIN PRIVATE KEY-----", name="")
    assert list(filled.errors) == ["name"]
    assert filled["public_key"].value() == ""


@pytest.mark.django_db
def test_valid_public_key_stays_while_another_field_is_fixed() -> None:
    key = "ed25519:9C6hybhQ6Aycep9jaUnP6uL9ZYvDjUp1aSkFWPUFJtpj"
    filled = create_form(kind="own", public_key=key, name="")
    assert list(filled.errors) == ["name"]
    assert filled["public_key"].value() == key


# -- The other forms -------------------------------------------------------------------------------------------------


@pytest.fixture
def key(db: None) -> ApiKey:
    return as_opened(make_key(name="grid bot", networks="203.0.113.7,2001:db8::/32").key)


def as_opened(key: ApiKey) -> ApiKey:
    """Return the key as a form reads it when it is opened."""
    return ApiKey.objects.with_last_event().get(pk=key.pk)


def test_edit_form_starts_with_the_keys_settings(key: ApiKey) -> None:
    unchanged = EditForm(posted(**EditForm(key=key).initial), key=key)
    assert unchanged.is_valid()
    wanted = unchanged.settings()
    assert (wanted.name, wanted.networks, wanted.expires_at) == (key.name, key.networks, key.expires_at)
    assert wanted.permissions == {Permission.READ}


@pytest.mark.parametrize("overlap", ["", "2", "1000", "-1", "now", "9" * 5000])
def test_overlap_is_one_of_four(key: ApiKey, overlap: str) -> None:
    assert list(RegenerateForm(posted(overlap=overlap, **opened(key)), key=key).errors) == ["overlap"]


def test_bearer_token_is_regenerated_as_one(db: None) -> None:
    bearer = as_opened(make_key(kind=Kind.BEARER).key)
    assert list(RegenerateForm(posted(overlap="0", kind="signing", **opened(bearer)), key=bearer).errors) == ["kind"]


@pytest.mark.parametrize("typed", ["", "Grid bot", "grid", "grid bot!", "grid bot\0", "x" * 100_000])
def test_used_key_is_deleted_only_by_its_exact_name(key: ApiKey, typed: str) -> None:
    assert list(DeleteForm(QueryDict(mutable=True) | {"name": typed}, key=key, ask_name=True).errors) == ["name"]
