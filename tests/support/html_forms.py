"""Read a page's form like a browser: the values it would send unchanged."""

from html.parser import HTMLParser
from typing import Any


def sent_as_it_is(page: Any, action: str = "") -> dict[str, Any]:
    """Return the fields of the page's form with this `action`, or of its last one."""
    reader = _Reader()
    reader.feed(page.content.decode())
    found = [fields for where, fields in reader.forms if action in where]
    assert found, f"The page has no form for {action}"
    return {name: values if len(values) > 1 else values[0] for name, values in found[-1].items()}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self._text = ""  # the name of the current textarea

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "textarea":
            self._add(given["name"], "")
            self._text = given["name"]
        elif tag == "input" and given.get("name") and given.get("type") not in ("submit", "button", "password"):
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                self._add(given["name"], given.get("value", "on" if given.get("type") == "checkbox" else ""))
        elif tag == "option" and "selected" in given and self._select:
            self._add(self._select, given.get("value", ""))
        elif tag == "select":
            self._select = given.get("name", "")

    _select = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            values = self.forms[-1][1][self._text]
            values[-1] = (values[-1] + data).removeprefix("\n")

    def _add(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1][1].setdefault(name, []).append(value)
