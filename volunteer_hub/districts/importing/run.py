"""What a loader is given (Run), how it tells how far it is (Progress), and what it gives back (Report)."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import update

from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.core.exports import safe_cell
from volunteer_hub.districts.models import Import

Tell = Callable[[str, int, int | None], None]  # what is being done, how much of it, of how much
_EVERY_S = 0.5
SHOWN = 200


class Progress:
    """How far an import is. Written beside the import's own transaction, so that others see it while it
    runs.
    """

    def __init__(self, import_id: int, tell: Tell | None = None) -> None:
        self.import_id, self.tell = import_id, tell
        self.words, self.total = "", None  # type: str, int | None
        self._last = 0.0

    def step(self, words: str, total: int | None = None) -> None:
        """Begin the next piece of work."""
        self.words, self.total, self._last = words, total, 0.0
        self.to(0)

    def to(self, done: int) -> None:
        """So much of it is done; shown at most twice a second."""
        now = time.monotonic()
        if now - self._last < _EVERY_S and done != self.total:
            return
        self._last = now
        if self.tell:
            self.tell(self.words, done, self.total)
        values = {"step": self.words, "done_count": done, "total_count": self.total, "heard_at": clock.now()}
        with db.engine.begin() as connection:
            connection.execute(update(Import).where(Import.id == self.import_id).values(**values))


@dataclass
class Report:
    """What came of an import, for the page and for the record.

    counts: label -> number, in order; warnings: sentences; rows: table name -> list of dicts to show;
    files: name -> file below the run's folder, to download.
    """

    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As stored with the import; counts as pairs, since JSONB does not keep the order of names."""
        stored = asdict(self)
        return {**stored, "counts": [list(pair) for pair in self.counts.items()]}


@dataclass(frozen=True)
class Run:
    """One import at work: the file, a person's answers (`options`), and a folder for its own files."""

    id: int
    campaign_id: int
    kind: str
    path: Path
    file_name: str
    options: dict[str, Any]
    folder: Path
    progress: Progress
    now: datetime

    @contextmanager
    def csv_file(self, report: Report, name: str, header: Sequence[str]) -> Iterator[CsvFile]:
        """A CSV file of the report, for people's spreadsheets; it is offered only if it holds a row."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            written = CsvFile(csv.writer(out))
            written.writer.writerow([safe_cell(cell) for cell in header])
            yield written
        if written.count:
            report.files[name] = path.name
        else:
            path.unlink()


class CsvFile:
    """Rows on their way to a file; cells that a spreadsheet would run are kept as text by an apostrophe."""

    def __init__(self, writer: Any) -> None:
        self.writer, self.count = writer, 0

    def add(self, *cells: Any) -> None:
        self.writer.writerow([safe_cell(cell) for cell in cells])
        self.count += 1


@contextmanager
def copied(table: str, columns: Sequence[str]) -> Iterator[Callable[[Sequence[Any]], None]]:
    """COPY rows into a table of the present transaction; memory stays that of one row."""
    cursor = db.session.connection().connection.driver_connection.cursor()  # type: ignore[union-attr]
    names = ", ".join(columns)
    with cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        yield copy.write_row
