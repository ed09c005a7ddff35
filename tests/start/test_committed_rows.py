"""A test that commits finds what the migrations put into the tables, whichever test was there before it."""

import pytest
from playwright.sync_api import Page

from perptools.trading.models import Market


@pytest.mark.parametrize("turn", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_markets_are_there_by_the_mark(turn: str) -> None:
    assert Market.objects.exists()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_markets_are_there_by_the_fixture(turn: str, transactional_db: None) -> None:
    assert Market.objects.exists()


@pytest.mark.browser
@pytest.mark.parametrize("turn", ["first", "second"])
def test_markets_are_there_beside_a_browser(turn: str, page: Page) -> None:
    assert Market.objects.exists()
