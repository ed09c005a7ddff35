"""Accounts. Every user has one from the start, and can link a wallet that determines its Account ID."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from apikeys.crypto import wallets
from apikeys.models import Account, random_account_id


def open_account(instance: User, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if created and not raw:
        Account.objects.create(user=instance)


@transaction.atomic
def link_wallet(account: Account, wallet: str) -> Account:
    """Set the Account ID that Orderly derives from a wallet, or a random one without a wallet.

    Possible only before the first key, because clients send the ID with every signed request. Raises ValidationError by
    field.
    """
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    check_wallet(account, wallet)
    account.wallet = wallets.normalise(wallet) if wallet else ""
    account.account_id = wallets.account_id(wallet, settings.BROKER_ID) if wallet else random_account_id()
    account.save(update_fields=["wallet", "account_id"])
    return account


def check_wallet(account: Account, wallet: str) -> None:
    """Raise the ValidationError that `link_wallet` would raise."""
    if account.keys.exists():
        raise ValidationError({"wallet": "This account has keys, whose clients send its Account ID as it is."})
    try:
        derived = wallets.account_id(wallet, settings.BROKER_ID) if wallet else ""
    except wallets.InvalidWallet as error:
        raise ValidationError({"wallet": str(error)}) from None
    if Account.objects.filter(account_id=derived).exclude(pk=account.pk).exists():
        raise ValidationError({"wallet": "This wallet is already linked to another account."})
