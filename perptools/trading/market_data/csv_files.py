"""Read CSV files from spreadsheets and scripts: UTF-8 or UTF-16, with or without a byte order mark."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

ENCODINGS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
DELIMITERS = ",;\t"

Row = dict[str, str]


class UnreadableTable(Exception):
    """The file isn't a table with the required columns. The message says why, and where."""


def rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
    """Yield each row with its line number. Columns can be in any order, and others are ignored.

    Raises UnreadableTable if a column is missing or the encoding is unknown, and OSError.
    """
    with path.open(newline="", encoding=_encoding(path)) as file:
        try:
            first = file.readline()
            delimiter = max(DELIMITERS, key=first.count)
            names = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])]
            if missing := [name for name in columns if name not in names]:
                wanted, lacking = ", ".join(columns), ", ".join(missing)
                raise UnreadableTable(f"{path}: the first line must name the columns {wanted}; {lacking} is missing.")
            table, number = csv.reader(file, delimiter=delimiter), 2
            for cells in table:
                if cells:
                    row = dict(zip(names, map(str.strip, cells), strict=False))
                    yield number, {name: row.get(name, "") for name in columns}
                number = table.line_num + 2  # where the next row begins: a cell can contain line breaks
        except UnicodeDecodeError as error:
            raise UnreadableTable(
                f"{path} is not in {error.encoding.upper()}. In Excel, save it as “CSV UTF-8”."
            ) from None
        except csv.Error as error:
            raise UnreadableTable(f"{path}: this is not a table: {error}.") from None


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        begun = file.read(3)
    return next((encoding for mark, encoding in ENCODINGS.items() if begun.startswith(mark)), "utf-8")
