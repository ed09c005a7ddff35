import pytest

from apikeys.models import Account
from perptools.trading.models import Market
from tests.support.api_clients import ApiClient
from tests.support.factories import BOTH, make_key, make_trader


@pytest.fixture
def account(db: None) -> Account:
    """A new trader's account, with paper funds only."""
    return make_trader().account


@pytest.fixture
def bot(account: Account) -> ApiClient:
    """A client whose key can read and trade."""
    return make_key(account, permissions=BOTH).client()


@pytest.fixture
def bitcoin(db: None) -> Market:
    return Market.objects.get(symbol="PERP_BTC_USDC")
