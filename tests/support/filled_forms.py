"""Key forms, filled in as a browser sends them."""

from typing import Any

from django.http import QueryDict

from apikeys.forms.keys import CreateForm
from tests.support.browser_client import form


def posted(**changes: Any) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in form(**changes).items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def create_form(**changes: Any) -> CreateForm:
    return CreateForm(posted(**changes))
