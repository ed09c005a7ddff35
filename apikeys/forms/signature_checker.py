"""The signature checker's form."""

from django import forms
from django.http import QueryDict

from apikeys.signature_checker.sent_call import Sent


def _line(label: str, longest: int, example: str, help_text: str = "") -> forms.CharField:
    attributes = {"placeholder": example, "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}
    return forms.CharField(
        label=label, max_length=longest, strip=False, help_text=help_text, widget=forms.TextInput(attrs=attributes)
    )


def _lines(label: str, longest: int, example: str, help_text: str = "") -> forms.CharField:
    attributes = {"rows": 3, "placeholder": example, "spellcheck": "false", "autocomplete": "off"}
    return forms.CharField(
        label=label,
        max_length=longest,
        strip=False,
        required=False,
        help_text=help_text,
        widget=forms.Textarea(attrs=attributes),
    )


class SignatureForm(forms.Form):
    """A request as it was sent. The checker neither needs nor asks for a secret."""

    method = _line("Method", 10, "POST")
    target = _line("Path and query", 4_000, "/v1/order", "Exactly as sent, percent-encoded.")
    timestamp = _line("orderly-timestamp", 40, "1767225600000")
    key = _line("orderly-key", 200, "ed25519:…", "The public API key. Never the secret.")
    signature = _line("orderly-signature", 300, "86 or 88 characters")
    body = _lines("Body", 8_000, '{"symbol":"PERP_BTC_USDC", …}', "Exactly as sent; empty for most GET calls.")
    signed = _lines("The text you signed", 12_000, "1767225600000POST/v1/order{…}", "To see where it differs.")

    def __init__(self, data: QueryDict | None = None, *, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="check_%s")

    def sent(self) -> Sent:
        return Sent(**self.cleaned_data)
