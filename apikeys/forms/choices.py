"""What a trader chooses from when creating or editing a key, and how it is shown."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.forms.widgets import ChoiceWidget

from apikeys.models import MAX_LIFETIME, AddressRule, Kind, Purpose
from apikeys.permissions import Permission

OWN_KEY = "own"  # a signing key whose pair the trader generated
KEEP, DATE = "keep", "date"  # instead of a number of days


class Option(NamedTuple):
    value: str
    label: str
    description: str = ""


PURPOSES = [
    Option(Purpose.MONITORING.value, "Monitoring", "For dashboards, alerts and analytics."),
    Option(Purpose.TRADING.value, "Trading", "For bots and strategies that place orders."),
]
KINDS = [
    Option(
        Kind.SIGNING.value,
        "Signing key",
        "Signs each request. The secret never leaves your program. Works with ccxt and SDKs.",
    ),
    Option(
        Kind.BEARER.value,
        "Bearer token",
        "A single string you send with each request. Easiest for curl and dashboards.",
    ),
    Option(OWN_KEY, "My own public key", "Bring your own key pair. We only ever see the public key."),
]
PERMISSIONS = [
    Option(Permission.READ.value, "Read", "View balances, positions, orders and trades. Can’t change anything."),
    Option(Permission.TRADING.value, "Trading", "Place, edit and cancel orders; set leverage. Can’t withdraw."),
]
ADDRESS_RULES = [Option(AddressRule.LIST.value, "Only these IPs"), Option(AddressRule.ANY.value, "Any address")]
OVERLAPS = [
    Option("0", "No"),
    Option("1", "For 1 hour"),
    Option("24", "For 24 hours"),
    Option("168", "For 7 days"),
]
DAYS = (7, 30, 90, 180, MAX_LIFETIME.days)
EXPIRIES = [*(Option(str(days), f"{days} days") for days in DAYS), Option(DATE, "On a date…")]

ONE_OF_THESE = {"required": "Choose one of these.", "invalid_choice": "Choose one of these."}


class DescriptionsMixin(ChoiceWidget):
    """Options with a line below each label that explains it. Templates read it as `option.data.description`."""

    def __init__(self, options: Sequence[Option]) -> None:
        super().__init__()
        self.descriptions = {option.value: option.description for option in options}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        return option | {"description": self.descriptions[str(value)]}


class DescribedRadioSelect(DescriptionsMixin, forms.RadioSelect):
    pass


class DescribedCheckboxSelect(DescriptionsMixin, forms.CheckboxSelectMultiple):
    pass


def pairs(options: Sequence[Option]) -> list[tuple[str, str]]:
    return [(option.value, option.label) for option in options]


def one_of(label: str, options: Sequence[Option], initial: str) -> forms.ChoiceField:
    """A choice of one, shown as cards if its options have descriptions, and as a row of segments if not."""
    described = any(option.description for option in options)
    return forms.ChoiceField(  # type: ignore[call-arg]  # the stubs don't know template_name
        label=label,
        choices=pairs(options),
        initial=initial,
        widget=DescribedRadioSelect(options) if described else forms.RadioSelect,
        template_name="components/_choices.html" if described else "components/_segments.html",
        error_messages=ONE_OF_THESE,
    )


def one_of_menu(label: str, options: Sequence[Option], initial: str) -> forms.ChoiceField:
    """A choice of one, shown as a drop-down menu."""
    return forms.ChoiceField(label=label, choices=pairs(options), initial=initial, error_messages=ONE_OF_THESE)
