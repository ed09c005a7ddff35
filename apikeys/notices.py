"""What a key's owner is told by e-mail, once what happened is certain to have happened."""

from functools import partial

from django.core.mail import send_mail
from django.db import transaction

from apikeys.models import ApiKey


def tell_owner(key: ApiKey, subject: str, text: str) -> None:
    """Send after the transaction: a mail server that is down must not undo what made the key safe."""
    transaction.on_commit(partial(_send, key.account.user.email, subject, text), robust=True)


def _send(address: str, subject: str, text: str) -> None:
    if address:
        send_mail(f"[PERPTools] {subject}", text, None, [address])
