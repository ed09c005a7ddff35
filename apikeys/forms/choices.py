"""What a trader chooses from, each with the line that explains it."""

from typing import Self

from django import forms

from apikeys.models import MAX_LIFETIME, AddressRule, Kind, Purpose
from apikeys.permissions import Permission

OWN_KEY = "own"  # a signing key whose pair the trader made
KEEP, DATE = "keep", "date"  # instead of a lifetime


class Choice(str):
    """A choice's label, and what it means."""

    about: str

    def __new__(cls, label: str, about: str = "") -> Self:
        choice = super().__new__(cls, label)
        choice.about = about
        return choice


Choices = list[tuple[str, Choice]]

DAYS = (7, 30, 90, 180, MAX_LIFETIME.days)
EXPIRIES: Choices = [*((str(days), Choice(f"{days} days")) for days in DAYS), (DATE, Choice("Date"))]
PURPOSES: Choices = [
    (Purpose.MONITORING.value, Choice("Monitoring", "Only looks: dashboards, alerts, analytics.")),
    (Purpose.TRADING.value, Choice("Trading", "Places orders: bots and strategies.")),
]
KINDS: Choices = [
    (Kind.SIGNING.value, Choice("Signing key", "Signs every call, its secret never travels. For ccxt and SDKs.")),
    (Kind.BEARER.value, Choice("Bearer token", "One string sent with every call. Simplest, for curl and dashboards.")),
    (OWN_KEY, Choice("My own public key", "A signing key whose pair you made. We never see its secret.")),
]
PERMISSIONS: Choices = [
    (Permission.READ.value, Choice("Read", "See balances, positions, orders and trades. Changes nothing.")),
    (Permission.TRADING.value, Choice("Trading", "Place, change and cancel orders, set leverage. No withdrawals.")),
]
ADDRESS_RULES: Choices = [
    (AddressRule.LIST.value, Choice("Only these", "Calls from anywhere else are refused, also with the right secret.")),
    (AddressRule.ANY.value, Choice("Any address", "Whoever holds the secret can use it, from anywhere.")),
]
OVERLAPS: Choices = [
    ("0", Choice("Ends now")),
    ("1", Choice("1 hour more")),
    ("24", Choice("24 hours more")),
    ("168", Choice("7 days more")),
]


def one_of(label: str, choices: Choices, initial: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        initial=initial,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of these.", "invalid_choice": "Choose one of these."},
    )
