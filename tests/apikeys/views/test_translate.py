"""Browsers don't translate secrets, keys, addresses or code, or send them to a translation service."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.browser_client import KEYS, TraderBrowser, form
from tests.support.factories import IssuedKey
from tests.support.key_forms import NEW

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
OPENS = re.compile(r"<(?:code|kbd)\b[^>]*")


def kept_as_it_is(page: str) -> Iterator[str]:
    """Return the elements that contain code and must not be translated."""
    yield from (tag for tag in OPENS.findall(page) if 'translate="no"' not in tag)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_template_keeps_code_from_being_translated(template: Path) -> None:
    assert list(kept_as_it_is(template.read_text())) == []


@pytest.mark.django_db
def test_secret_and_the_account_are_not_translated(browser_: TraderBrowser, issued: IssuedKey) -> None:
    table = browser_.get(KEYS).content.decode()
    account = issued.key.account
    assert f'<dd translate="no">{account.uid}' in table
    assert f'<span translate="no" title="{account.account_id}">' in table
    revealed = browser_.post(NEW, form(kind="bearer")).content.decode()
    [tag] = re.findall(r"(<[^>]+>)ptk_[0-9a-z]{16}_[0-9A-Za-z]{49}<", revealed)[:1]
    assert 'translate="no"' in tag
    assert list(kept_as_it_is(revealed)) == []
