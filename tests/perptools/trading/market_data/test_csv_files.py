"""Files of candles as people have them: saved by Excel, with other columns, of other markets."""

import codecs
import logging
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from perptools.trading.market_data import feeds
from perptools.trading.market_data.feeds import UnusableSource, candles_from
from perptools.trading.models import Market

pytestmark = pytest.mark.django_db

HEADER = "time,symbol,open,high,low,close,volume\n"
CANDLE = "1,PERP_BTC_USDC,95000,95600,94900,95500,8\n"
MARKS = [95_000, 94_900, 95_600, 95_500]


def saved(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "candles.csv"
    path.write_bytes(text.encode(encoding))
    return path


def marks(path: Path) -> list[int]:
    return [int(quotes[0].mark) for quotes in candles_from(path)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_are_read_in_the_encodings_of_excel(encoding: str, tmp_path: Path) -> None:
    marked = ("\ufeff" if encoding in ("utf-16-le", "utf-16-be") else "") + HEADER + CANDLE
    assert marks(saved(tmp_path, marked, encoding)) == MARKS


@pytest.mark.parametrize(
    "text",
    [
        (HEADER + CANDLE).replace(",", ";"),
        (HEADER + CANDLE).replace(",", "\t"),
        (HEADER + CANDLE).replace("\n", "\r\n"),
        (HEADER + CANDLE).replace("\n", "\r"),
        HEADER + "\n" + CANDLE + "\n\n",
        HEADER.upper() + CANDLE,
        HEADER.replace(",", ", ") + CANDLE.replace(",", " , "),
        '"' + HEADER.strip().replace(",", '","') + '"\n' + CANDLE,
        "note,close,volume,low,high,open,symbol,time\nx,95500,8,94900,95600,95000,PERP_BTC_USDC,1\n",
        HEADER + CANDLE.rstrip(),
    ],
    ids=["semicolons", "tabs", "crlf", "cr", "blank lines", "capitals", "spaces", "quotes", "columns", "no end"],
)
def test_files_are_read_in_the_forms_of_spreadsheets(text: str, tmp_path: Path) -> None:
    assert marks(saved(tmp_path, text)) == MARKS


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ((HEADER + CANDLE.replace("BTC", "BTCü")).encode("latin-1"), "not in UTF-8. In Excel, save it as “CSV UTF-8”"),
        (codecs.BOM_UTF16_LE + b"odd", "not in UTF-16"),
        (b"\x00" * 40, "must name the columns"),
        (HEADER.encode() + b"1,PERP_BTC_USDC,95000,95600,94900,,8\n", "line 2: close is “”, which is no number"),
        (HEADER.encode() + b'1,PERP_BTC_USDC,1,1,1,1,"8\n"\n\n2,PERP_BTC_USDC,1,1,1,x,8\n', "line 5: close is “x”"),
        (HEADER.replace(",", ";").encode() + b"1;PERP_BTC_USDC;95000,5;1;1;1;1\n", "open is “95000,5”.*like 95000.5"),
        (HEADER.encode() + b"1,PERP_BTC_USDC,inf,1,1,1,1\n", "open is “inf”"),
        (HEADER.encode() + b'1,"' + b"x" * 140_000 + b'",1,1,1,1,1\n', "this is not a table"),
    ],
)
def test_unreadable_file_is_explained(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "candles.csv"
    path.write_bytes(content)
    with pytest.raises(UnusableSource, match=says):
        list(candles_from(path))


def test_unknown_symbols_are_reported_once_and_others_fed(
    bitcoin: Market, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    strange = "1,PERP_BTC-USDC,1,1,1,1,1\n1,DOGE,1,1,1,1,1\n"
    text = HEADER + strange + CANDLE + strange.replace("1,P", "2,P").replace("1,D", "2,D")
    assert marks(saved(tmp_path, text)) == MARKS
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [line.partition(": ")[2] for line in told] == [
        "“PERP_BTC-USDC” is no market here, so its prices are left out. Did you mean PERP_BTC_USDC?",
        told[1].partition(": ")[2],
    ]
    assert "line 3: “DOGE”" in told[1]
    assert bitcoin.symbol in told[1]


@pytest.mark.parametrize("rows", ["", "1,DOGE,1,1,1,1,1\n"])
def test_file_without_any_of_our_markets_is_rejected(rows: str, bitcoin: Market, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=f"no prices of our markets. They are .*{bitcoin.symbol}"):
        call_command("feed_prices", csv=saved(tmp_path, HEADER + rows), interval=0)


def test_columns_are_the_documented_ones() -> None:
    assert ",".join(feeds.COLUMNS) == HEADER.strip()
