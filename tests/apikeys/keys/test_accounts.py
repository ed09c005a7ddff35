"""The Account ID is derived from the trader's wallet as on Orderly."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from apikeys.crypto import wallets
from apikeys.crypto.wallets import InvalidWallet
from apikeys.keys import accounts
from apikeys.models import Account
from tests.support.browser_client import text
from tests.support.factories import make_key, make_trader
from tests.support.html_forms import sent_as_it_is

EVM = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
OTHER_EVM = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
SOLANA = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"
EVM_ID = "0x7d74819aae0cfe4fac82fb3e92821880b329c343f5ade24e9c955fff0fad3ac1"


@pytest.mark.parametrize(
    ("wallet", "broker", "account_id"),
    [
        (
            "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
            "woofi_dex",
            "0x5a6b742d72d39192b0013b5a904ec7b7b3e245422d85e15bb68348201bead7ac",
        ),
        (
            "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A",
            "woofi_pro",
            "0xd7e83be2bfc1af7dc6180aa350126e31fab4a8b9f9f4f83913f8b904cf1995aa",
        ),
        (EVM, "dextools", EVM_ID),
        (EVM.lower(), "dextools", EVM_ID),
        (SOLANA, "dextools", "0xe83887346760defe88219752721c077611aca5fc52e148f399ca7f77883c37f3"),
    ],
)
def test_account_id_is_derived_as_on_orderly(wallet: str, broker: str, account_id: str) -> None:
    assert wallets.account_id(wallet, broker) == account_id


@pytest.mark.parametrize(
    ("wallet", "why"),
    [
        ("", "Write an EVM address"),
        (EVM[:-1], "Write an EVM address"),
        (EVM[2:], "Write an EVM address"),
        (EVM.replace("d8dA", "D8dA"), "A letter of this address is wrong"),
        (SOLANA[:-3], "Write an EVM address"),
        (SOLANA.replace("9", "0"), "Write an EVM address"),
        ("1" * 60_000, "Write an EVM address"),
        ("0x" + "٠" * 40, "Write an EVM address"),
    ],
)
def test_invalid_wallet_is_rejected_with_the_reason(wallet: str, why: str) -> None:
    with pytest.raises(InvalidWallet, match=why):
        wallets.account_id(wallet, "dextools")


# -- Linking one -----------------------------------------------------------------------------------------------------


@pytest.fixture
def account(db: None) -> Account:
    return make_trader().account


def test_linking_a_wallet_gives_the_account_its_id(account: Account) -> None:
    accounts.link_wallet(account, EVM.lower())
    account.refresh_from_db()
    assert (account.wallet, account.account_id) == (EVM, EVM_ID)


def test_account_without_a_wallet_has_a_random_id(account: Account) -> None:
    accounts.link_wallet(account, EVM)
    assert accounts.link_wallet(account, "").account_id not in (EVM_ID, account.account_id)


def test_account_with_keys_keeps_its_id(account: Account) -> None:
    make_key(account)
    with pytest.raises(ValidationError, match="This account has keys"):
        accounts.link_wallet(account, EVM)


def test_wallet_has_one_account(account: Account) -> None:
    accounts.link_wallet(account, EVM)
    with pytest.raises(ValidationError, match="This wallet is already linked to another account"):
        accounts.link_wallet(make_trader().account, EVM.lower())


# -- By an admin -----------------------------------------------------------------------------------------------------


@pytest.fixture
def admin(client: Client, account: Account) -> Client:
    client.force_login(User.objects.create_superuser("admin", "admin@example.com"))
    return client


def path(account: Account) -> str:
    return f"/admin/apikeys/account/{account.pk}/change/"


def test_admin_links_a_wallet(admin: Client, account: Account) -> None:
    admin.post(path(account), sent_as_it_is(admin.get(path(account))) | {"wallet": EVM})
    account.refresh_from_db()
    assert account.account_id == EVM_ID


def test_older_form_unlinks_no_wallet_and_changes_no_id(admin: Client, account: Account) -> None:
    older = sent_as_it_is(admin.get(path(account)))
    accounts.link_wallet(account, EVM)
    admin.post(path(account), older)
    page = admin.post(path(account), older | {"wallet": OTHER_EVM})
    account.refresh_from_db()
    assert (account.wallet, account.account_id) == (EVM, EVM_ID)
    assert f"Somebody changed this to “{EVM}” after you opened the form." in text(page)
    assert sent_as_it_is(page)["wallet"] == EVM


def test_saving_an_unchanged_account_keeps_its_id(admin: Client, account: Account) -> None:
    before = account.account_id
    admin.post(path(account), sent_as_it_is(admin.get(path(account))))
    account.refresh_from_db()
    assert account.account_id == before


def test_admin_form_explains_an_invalid_wallet(admin: Client, account: Account) -> None:
    page = admin.post(path(account), sent_as_it_is(admin.get(path(account))) | {"wallet": "0x12"})
    assert "Write an EVM address" in page.content.decode()


def test_admin_cannot_change_the_id_of_an_account_with_keys(admin: Client, account: Account) -> None:
    make_key(account)
    before = account.account_id
    assert admin.post(f"/admin/apikeys/account/{account.pk}/change/", {"wallet": EVM}).status_code == 403
    account.refresh_from_db()
    assert account.account_id == before
