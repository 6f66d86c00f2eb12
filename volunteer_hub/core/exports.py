"""CSV files for people's spreadsheets: UTF-8 with a byte-order mark, no cell that runs as a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from flask import Response

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_ROWS_AT_ONCE = 500


def safe_cell(value: Any) -> str:
    """A value as the text of a cell. Text a spreadsheet would run is kept as text by a leading apostrophe.

    Follows OWASP's advice on CSV injection: cells that start with = + - @, tab, carriage return or
    line feed, also behind blanks and in full-width form. Numbers stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value).replace("\x00", "")
    if text.lstrip(" \u00a0").startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def csv_lines(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The file in pieces of some hundred lines, so that a large one needs little memory."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_MINIMAL)
    buffer.write("\ufeff")  # without it Excel reads UTF-8 as Latin-1
    writer.writerow([safe_cell(value) for value in header])
    for number, row in enumerate(rows, start=1):
        writer.writerow([safe_cell(value) for value in row])
        if number % _ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def csv_response(file_name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Response:
    """The file as a download. `file_name` without ".csv"; what a file name cannot hold is left out."""
    response = Response(csv_lines(header, list(rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{plain_name(file_name)}.csv"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def plain_name(text: str) -> str:
    """A text as a file name of ASCII letters, digits, dashes and dots."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "-", ascii_text).strip("-.")[:80] or "export"
