"""The form for reporting a leaked secret, which anyone can use."""

from django import forms


class LeakForm(forms.Form):
    secret = forms.CharField(
        label="The token or secret key that leaked",
        max_length=4_000,
        widget=forms.Textarea(
            attrs={"rows": 4, "placeholder": "ptk_… or ed25519:…", "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text="You can paste the whole line or file, up to 4,000 characters.",
        error_messages={"required": "Paste the token or secret key."},
    )
