"""Tables in text files, whatever program wrote them: any encoding, any delimiter, damaged lines named.

A file is read line by line with bounded memory. A line that cannot be a row is set aside with its number
and the reason, and reading goes on behind it.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from flask_babel import gettext as _

from volunteer_hub.core.refusals import Refusal

MAX_LINE = 1024**2
MAX_FIELD = 131_072  # the csv module's own limit, which is process-wide and left alone
MAX_COLUMNS = 4_000
MAX_UNPACKED = 16 * 1024**3
MAX_RATIO = 250
DELIMITERS = (",", "\t", "|", ";", "^", "~")
_HEAD = 256 * 1024
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is no row: its number in the file (from 1), why, and how it begins."""

    line: int
    reason: str
    text: str = ""


@dataclass
class Shape:
    """How a text table is written."""

    encoding: str
    delimiter: str
    width: int
    first_rows: list[list[str]]
    least: int = 1  # columns that every full row fills: a shorter line is broken, not merely left out


@dataclass
class TextTable:
    """A text table being read. `fallbacks` counts lines that were not in the file's encoding (read as
    cp1252).
    """

    path: Path
    shape: Shape
    fallbacks: int = 0
    place: int = field(default=0)

    def rows(self) -> Iterator[tuple[int, list[str]] | Rejected]:
        """Every row with the number of its first line, header included, and every line that is none."""
        with self.path.open("rb") as raw:
            for found in _parse(self._lines(raw), self.shape):
                self.place = raw.tell()
                yield found

    def _lines(self, raw: IO[bytes]) -> Iterator[tuple[int, str] | Rejected]:
        source = _unpacked(raw)
        if self.shape.encoding.startswith("utf-16") or self.shape.encoding.endswith("+cr"):
            return _text_lines(source, self.shape.encoding.removesuffix("+cr"))
        return self._byte_lines(source)

    def _byte_lines(self, source: IO[bytes]) -> Iterator[tuple[int, str] | Rejected]:
        number = 0
        while line := source.readline(MAX_LINE):
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if len(line) >= MAX_LINE and not line.endswith(b"\n"):
                yield Rejected(number, _too_long(_skip_line(source) + len(line)), _start(line))
                continue
            try:
                yield number, line.decode("utf-8")
            except UnicodeDecodeError:
                self.fallbacks += 1
                yield number, _western(line)


def sniff(path: Path, *, delimiter: str | None = None) -> Shape:
    """Encoding, delimiter and width of the text table at `path`. Refuses what is no text table."""
    try:
        with path.open("rb") as raw:
            head = _unpacked(raw).read(_HEAD)
    except (OSError, EOFError, zlib.error) as problem:
        raise Refusal(
            _(
                "The file cannot be unpacked (%(problem)s). Pack it again, or send it unpacked.",
                problem=problem,
            )
        ) from problem
    encoding = _encoding(head)
    shape = Shape(encoding, delimiter or ",", 1, [])
    lines = _sample_lines(path, shape)
    if not lines:
        raise Refusal(_why_empty(path, shape))
    shape.delimiter = delimiter or _delimiter(lines)
    shape.first_rows = [row for _, row in _rows_of(lines, shape)][:1000]
    _measure(shape)
    return shape


def _why_empty(path: Path, shape: Shape) -> str:
    """A file without a row is empty, or its lines are too long to be any."""
    with path.open("rb") as raw:
        first = next(TextTable(path, shape)._lines(raw), None)
    if isinstance(first, Rejected):
        return _("The file cannot be read as a table: %(reason)s", reason=first.reason)
    return _("The file is empty. Export it again from the program it came from.")


def _measure(shape: Shape) -> None:
    body = shape.first_rows[1:] or shape.first_rows
    widths = Counter(len(row) for row in body)
    shape.width = max(widths, key=lambda width: (widths[width], width), default=1)
    full = [len(_trimmed(row)) for row in body if len(row) == shape.width]
    shape.least = min(full, default=1)
    if shape.first_rows:
        shape.width = max(shape.width, len(_trimmed(shape.first_rows[0])))
    if shape.width > MAX_COLUMNS:
        raise Refusal(
            _(
                "The table has %(n)s columns; %(most)s are allowed. Keep those you need.",
                n=f"{shape.width:,}",
                most=f"{MAX_COLUMNS:,}",
            )
        )


def _sample_lines(path: Path, shape: Shape) -> list[tuple[int, str]]:
    lines: list[tuple[int, str]] = []
    size = 0
    with path.open("rb") as raw:
        for line in TextTable(path, shape)._lines(raw):
            if isinstance(line, Rejected):
                continue
            lines.append(line)
            size += len(line[1])
            if len(lines) >= 1200 or size > 8 * _HEAD:
                break
    return lines


def _rows_of(lines: list[tuple[int, str]], shape: Shape) -> list[tuple[int, list[str]]]:
    return [found for found in _parse(iter(lines), shape, check=False) if isinstance(found, tuple)]


def _delimiter(lines: list[tuple[int, str]]) -> str:
    """The character that cuts most lines into the same number of fields, and into more than one."""
    best, best_score = ",", (0.0, 0)
    for candidate in DELIMITERS:
        rows = _rows_of(lines[:200], Shape("", candidate, 1, []))
        widths = Counter(len(row) for _, row in rows)
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        score = (round(count / len(rows), 1), width)
        if width > 1 and score > best_score:
            best, best_score = candidate, score
    return best


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if len(head) >= 16 and head.count(0) > len(head) // 4:
        odd, even = head[1::2].count(0), head[::2].count(0)
        if max(odd, even) > len(head) // 3:
            return "utf-16-le" if odd > even else "utf-16-be"
    strange = sum(head.count(code) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if strange > len(head) // 50 or head.count(0) > len(head) // 10:
        raise Refusal(
            _(
                "The file is no table that can be read. Save it as CSV and upload it again (spreadsheet "
                "programs have “CSV UTF-8” under Save as)."
            )
        )
    return "utf-8+cr" if b"\r" in head and b"\n" not in head else "utf-8"


def _unpacked(raw: IO[bytes]) -> IO[bytes]:
    """The file's bytes, unpacked when it is gzip, refusing one that unpacks beyond all measure."""
    is_packed = raw.read(2) == _GZIP
    raw.seek(0)
    return io.BufferedReader(_Bounded(raw)) if is_packed else raw  # type: ignore[type-var]


class _Bounded(io.RawIOBase):
    """gzip unpacked within bounds."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw, self._file, self._total = raw, gzip.GzipFile(fileobj=raw), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        try:
            data = self._file.read(len(buffer))
        except (OSError, EOFError, zlib.error) as problem:
            raise Refusal(
                _(
                    "The packed file is damaged or cut off (%(problem)s). Pack it again and upload it once "
                    "more.",
                    problem=problem,
                )
            ) from problem
        buffer[: len(data)] = data
        self._total += len(data)
        if self._total > 20 * 1024**2 and self._total > min(
            MAX_UNPACKED, MAX_RATIO * max(self._raw.tell(), 1)
        ):
            raise Refusal(
                _(
                    "The packed file unpacks to more than %(n)s times its size, as zip bombs do. "
                    "If it is honest, send it unpacked.",
                    n=MAX_RATIO,
                )
            )
        return len(data)


def _text_lines(source: IO[bytes], encoding: str) -> Iterator[tuple[int, str] | Rejected]:
    text = io.TextIOWrapper(source, encoding, errors="replace", newline=None)
    try:
        yield from _lines_of(text)
    finally:
        with contextlib.suppress(ValueError):
            text.detach()  # else it would close the file, which is not its own


def _lines_of(text: io.TextIOWrapper) -> Iterator[tuple[int, str] | Rejected]:
    number = 0
    while line := text.readline(MAX_LINE):
        number += 1
        if len(line) >= MAX_LINE and not line.endswith("\n"):
            start, size = line[:200], len(line)
            while (line := text.readline(MAX_LINE)) and not line.endswith("\n"):
                size += len(line)
            yield Rejected(number, _too_long(size), start)
        else:
            yield number, line.removeprefix("\ufeff") if number == 1 else line


def _skip_line(source: IO[bytes]) -> int:
    size = 0
    while line := source.readline(MAX_LINE):
        size += len(line)
        if line.endswith(b"\n"):
            break
    return size


def _too_long(size: int) -> str:
    return _(
        "the line is %(n)s characters long; %(most)s are allowed. Is a quotation mark missing?",
        n=f"{size:,}",
        most=f"{MAX_LINE:,}",
    )


def _western(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _start(line: bytes) -> str:
    return line[:200].decode("utf-8", "replace")


class _Feed:
    """Hands lines to csv.reader and remembers those of the row in hand, so that they can be read again."""

    def __init__(self, lines: Iterator[tuple[int, str] | Rejected]) -> None:
        self.lines, self.again = lines, list[tuple[int, str]]()
        self.taken: list[tuple[int, str]] = []
        self.rejected: list[Rejected] = []
        self.has_nul = False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        while True:
            line = self.again.pop() if self.again else next(self.lines)
            if isinstance(line, Rejected):
                self.rejected.append(line)
                continue
            self.taken.append(line)
            if "\0" in line[1]:
                self.has_nul = True
            return line[1]


def _parse(
    lines: Iterator[tuple[int, str] | Rejected], shape: Shape, *, check: bool = True
) -> Iterator[tuple[int, list[str]] | Rejected]:
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=shape.delimiter)
    while True:
        feed.taken.clear()
        feed.has_nul = False
        try:
            row = next(reader)
        except StopIteration:
            yield from _drained(feed)
            return
        except csv.Error as problem:
            yield from _drained(feed)
            yield _swallowed(feed, problem)
            reader = csv.reader(feed, delimiter=shape.delimiter)
            continue
        if feed.rejected:
            yield from _drained(feed)
        if not row or row == [""]:
            continue
        number = feed.taken[0][0]
        yield _checked(number, row, shape, feed.has_nul) if check else (number, row)


def _drained(feed: _Feed) -> list[Rejected]:
    found, feed.rejected = feed.rejected, []
    return found


def _swallowed(feed: _Feed, problem: csv.Error) -> Rejected:
    """Set the first line of a broken row aside and read the lines it had swallowed once more."""
    number, text = feed.taken[0]
    feed.again = [*feed.again, *reversed(feed.taken[1:])]
    is_long = "limit" in str(problem)
    reason = _("a field is longer than %(n)s characters", n=f"{MAX_FIELD:,}") if is_long else str(problem)
    if len(feed.taken) > 1:
        reason += "; " + _("a quotation mark is opened and never closed")
    return Rejected(number, reason, text[:200])


def _checked(number: int, row: list[str], shape: Shape, has_nul: bool) -> tuple[int, list[str]] | Rejected:
    if len(row) != shape.width:
        row = _trimmed(row)
        if len(row) > shape.width:
            return Rejected(
                number,
                _ragged(row, shape) + "; " + _("a field that holds the delimiter needs quotes"),
                _show(row),
            )
        if len(row) < shape.least:
            return Rejected(number, _ragged(row, shape), _show(row))
        row = row + [""] * (shape.width - len(row))
    if has_nul:
        row = [value.strip("\0") for value in row]
        if any("\0" in value for value in row):
            return Rejected(
                number, _("the line holds NUL bytes (binary data)"), _show(row).replace("\0", "␀")
            )
    return number, row


def _ragged(row: list[str], shape: Shape) -> str:
    return _("the line has %(n)s columns where %(width)s are expected", n=len(row), width=shape.width)


def _trimmed(row: list[str]) -> list[str]:
    """Without empty fields at the end: some programs write one delimiter too many, some leave them out."""
    end = len(row)
    while end > 1 and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _show(row: list[str]) -> str:
    return ", ".join(row)[:200]
