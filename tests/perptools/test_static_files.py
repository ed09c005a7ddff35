"""Static files as browsers get them: with hashed names, compressed, and cached for a year."""

import re
from collections.abc import Callable

import httpx
import pytest
from django.conf import settings

from tests.support.servers import Server

YEAR_SECONDS = 365 * 24 * 3600
LARGEST_FONT = 45_000  # bytes of a subset; the whole fonts have two to four times as many

PAGES = ("/accounts/login/", "/accounts/signup/", "/guide", "/nowhere")
Get = Callable[..., httpx.Response]

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def get(product: Server) -> Get:
    def ask(path: str) -> httpx.Response:
        return httpx.get(f"{product.url}{path}", headers={"Accept-Encoding": "br, gzip"}, follow_redirects=True)

    return ask


def linked(page: str) -> set[str]:
    """Return our static files that a page refers to."""
    return set(re.findall(r"""(?:href|src)="(/static/[^"#]+)""", page))


@pytest.mark.parametrize("path", PAGES)
def test_static_files_are_cached_for_a_year_under_hashed_names(get: Get, path: str) -> None:
    files = linked(get(path).text)
    assert files
    for file in files:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", file), file
        kept = get(file).headers["Cache-Control"]
        assert "immutable" in kept
        assert int(re.search(r"max-age=(\d+)", kept)[1]) >= YEAR_SECONDS  # type: ignore[index]


@pytest.mark.parametrize("path", PAGES)
def test_styles_and_scripts_are_compressed(get: Get, path: str) -> None:
    files = [file for file in linked(get(path).text) if file.endswith((".css", ".js"))]
    encodings = {file: get(file).headers.get("Content-Encoding") for file in files}
    assert files
    assert set(encodings.values()) <= {"br", "gzip"}, encodings


@pytest.mark.parametrize("path", PAGES)
def test_text_font_is_preloaded(get: Get, path: str) -> None:
    page = get(path).text
    preloaded = re.search(r'<link rel="preload" href="(/static/fonts/manrope\.[0-9a-f]{12}\.woff2)"', page)
    assert preloaded
    assert page.index(preloaded[0]) < page.index('rel="stylesheet"')
    assert preloaded[1].rpartition("/")[2] in get(next(file for file in linked(page) if "tokens" in file)).text


@pytest.mark.parametrize(
    ("path", "own"),
    [("/accounts/login/", set()), ("/guide", {"guide", "signature_checker"}), ("/report-a-leak/", {"leak_report"})],
)
def test_pages_load_only_their_own_style_sheets(get: Get, path: str, own: set[str]) -> None:
    assert set(re.findall(r"/css/pages/(\w+)\.", get(path).text)) == own


def test_every_style_sheet_is_used() -> None:
    templates = "".join(file.read_text() for file in (settings.BASE_DIR / "templates").rglob("*.html"))
    sheets = {
        sheet.relative_to(settings.BASE_DIR / "static").as_posix()
        for sheet in (settings.BASE_DIR / "static").rglob("*.css")
    }
    assert sheets == set(re.findall(r"{% static '(css/[\w/]+\.css)' %}", templates))


def test_fonts_contain_only_what_the_pages_need() -> None:
    fonts = list((settings.BASE_DIR / "static" / "fonts").iterdir())
    assert {font.suffix for font in fonts} >= {".woff2"}
    assert all(font.stat().st_size < LARGEST_FONT for font in fonts)
