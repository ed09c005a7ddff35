"""The second factor: its secrets are encrypted in the database, and its QR code is a part of the page.

They are encrypted with SECRET_KEY, so a copy of the database alone makes no codes. With another SECRET_KEY, all codes
are wrong: an admin then removes the authenticators, and their owners set them up again.
"""

import base64
import hashlib
import secrets

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.utils.html import format_html
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

QUIET = 4  # modules of white margin, which scanners need


class TwoFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right, or no longer. Enter the one that the app shows now."
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(_box().encrypt(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _box().decrypt(base64.b64decode(encrypted_text)).decode()
        except CryptoError:
            return base64.b32encode(secrets.token_bytes(20)).decode()  # nobody knows a code for it

    def build_totp_svg(self, url: str) -> str:
        """Draw the code as inline SVG: an image in a data URL would need a weaker content security policy."""
        code = qrcode.QRCode(border=QUIET)
        code.add_data(url)
        rows = code.get_matrix()
        dots = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
        drawing = '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="QR code"><path d="{1}"/></svg>'
        return format_html(drawing, len(rows), "".join(dots))


def _box() -> SecretBox:
    return SecretBox(hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"two-factor").digest())
