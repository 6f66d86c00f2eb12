"""The work on a list: the first look, the dry run, and the adding, which goes in whole or not at all."""

from __future__ import annotations

import csv
import shutil
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.core.exports import safe_cell
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.textfile import Rejected, Shape, TextTable, sniff
from volunteer_hub.people.lists import columns
from volunteer_hub.people.lists.rows import Reading
from volunteer_hub.people.lists.verdicts import Kind, Line, Verdict, verdicts
from volunteer_hub.people.models import Campaign, VolunteerList
from volunteer_hub.people.services.bulk import add_many

SMALL_ROWS = 300  # up to here the answer comes with the next page; more is work for a job
MOST_ROWS = 500_000
SHOWN_ROWS, SHOWN_CELL, SHOWN_BAD = 8, 60, 100
REJECTED = "rejected.csv"
_EVERY_S = 0.5
_LOCK = 7302  # first key of the advisory lock; the second is the campaign
_FOREIGN = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")


def folder_of(uploads: Path, list_id: int) -> Path:
    """Where the files made from a list lie."""
    return uploads / f"list-{list_id}"


def forget_files(uploads: Path, list_id: int, stored_name: str) -> None:
    """Remove an upload and what was made from it."""
    (uploads / stored_name).unlink(missing_ok=True)
    shutil.rmtree(folder_of(uploads, list_id), ignore_errors=True)


def look(path: Path, *, has_header: bool | None = None) -> dict[str, Any]:
    """The first look at a file: its columns, its first rows, the guess. Refuses what is no table of text."""
    with path.open("rb") as file:
        if file.read(8).startswith(_FOREIGN):
            raise Refusal(
                _("This is a workbook, PDF or picture. Save the sheet as “CSV UTF-8” and upload that."),
                field="file",
            )
    shape = _sniffed(path)
    rows = [row[: shape.width] for row in shape.first_rows]
    header = columns.has_header(rows) if has_header is None else has_header
    names = columns.names_of(rows[0] if header else [""] * shape.width)
    names += columns.names_of([""] * shape.width)[len(names) :]
    body = rows[header:]
    if not body:
        raise Refusal(_("The file has a first row and nothing below it."), field="file")
    return {
        "columns": names,
        "has_header": header,
        "sample": [[value[:SHOWN_CELL] for value in row] for row in body[:SHOWN_ROWS]],
        "values": [_values(body, at) for at in range(len(names))],
        "rows": len(body) if len(body) <= SMALL_ROWS else None,
        "guess": columns.guess(names, body, has_header=header),
    }


def _sniffed(path: Path) -> Shape:
    try:
        return sniff(path)
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field="file") from refusal


def _values(rows: list[list[str]], at: int) -> list[str]:
    values = (row[at].strip()[:40] for row in rows[:300] if at < len(row) and row[at].strip())
    return list(dict.fromkeys(values))[:3]


def is_small(options: dict[str, Any]) -> bool:
    """Can the list be worked on while its organizer waits?"""
    return options["seen"]["rows"] is not None


@dataclass
class Tally:
    """What became of the rows so far."""

    kinds: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    shown: list[dict[str, Any]] = field(default_factory=list)
    email_yes: int = 0
    text_yes: int = 0
    vague: int = 0

    def add(self, verdict: Verdict) -> None:
        self.kinds[verdict.kind] += 1
        self.vague += verdict.is_vague
        if verdict.kind is Kind.NEW and verdict.person:
            self.email_yes += verdict.person.email_agreed
            self.text_yes += verdict.person.text_agreed and bool(verdict.person.phone)
        if verdict.reason and len(self.shown) < SHOWN_BAD:
            self.shown.append(
                {
                    "line": verdict.line,
                    "kind": str(verdict.kind),
                    "reason": verdict.reason,
                    "text": " | ".join(filter(None, verdict.cells))[:160].replace("\0", ""),
                }
            )

    def report(self, **more: Any) -> dict[str, Any]:
        counts = {kind.value: self.kinds[kind] for kind in Kind}
        agreed = {"email_yes": self.email_yes, "text_yes": self.text_yes, "vague": self.vague}
        return counts | agreed | {"rows": sum(counts.values()), "shown": self.shown} | more


class Work:
    """One turn at a list."""

    def __init__(self, row: VolunteerList, uploads: Path) -> None:
        self.id, self.campaign_id, self.area_id = row.id, row.campaign_id, row.area_id
        self.options, self.path = dict(row.options), uploads / row.stored_name
        self.folder, self.by = folder_of(uploads, row.id), row.options.get("asserted_by")
        campaign = db.session.get_one(Campaign, row.campaign_id)
        seen = self.options["seen"]
        self.how = Reading(
            self.options["columns"],
            seen["columns"] if seen["has_header"] else (),
            campaign.language,
            bool(self.options.get("all_agreed_to_email")),
        )
        self._told = 0.0

    def wait_for_turn(self) -> None:
        """Until no other list of the campaign is being added, in the transaction that is open."""
        db.session.execute(select(func.pg_advisory_xact_lock(_LOCK, self.campaign_id % 2**31)))

    def check(self) -> dict[str, Any]:
        """The dry run: what would become of each row; nothing changes but the file of rejected rows."""
        tally = Tally()
        deque(self._kept(tally), maxlen=0)
        return tally.report()

    def add(self) -> dict[str, Any]:
        """Add the new people, in the transaction that is open."""
        tally = Tally()
        wanted = {Kind.NEW, Kind.DOUBTFUL} if self.options.get("take_doubtful") else {Kind.NEW}
        people = (v.person for v in self._kept(tally, wanted) if v.kind in wanted and v.person)
        added = add_many(self.campaign_id, self.area_id, people, by=self.by, now=clock.now(), via="file")
        if added.refused:
            _number, why = added.refused[0]
            raise Refusal(_("Nobody was added: %(why)s", why=why))
        return tally.report(added=len(added.ids), took_doubtful=Kind.DOUBTFUL in wanted)

    def _kept(self, tally: Tally, taken: set[Kind] | None = None) -> Iterator[Verdict]:
        """Every verdict, counted; the rejected and doubtful (unless taken) go to a file to be mended."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / REJECTED
        with path.with_suffix(".part").open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(map(safe_cell, [_("Line"), _("Verdict"), _("Why"), *self._header()]))
            for verdict in verdicts(self.campaign_id, self._lines(), self.how):
                tally.add(verdict)
                if verdict.reason and verdict.kind not in (taken or ()):
                    words = _("doubtful") if verdict.kind is Kind.DOUBTFUL else _("rejected")
                    writer.writerow(map(safe_cell, [verdict.line, words, verdict.reason, *verdict.cells]))
                yield verdict
        path.with_suffix(".part").replace(path)

    def _header(self) -> list[str]:
        return list(self.options["seen"]["columns"])

    def _lines(self) -> Iterator[Line]:
        if not self.path.is_file():
            raise Refusal(_("The file is no longer there. Upload it again."))
        table, skip, count = TextTable(self.path, sniff(self.path)), self.options["seen"]["has_header"], 0
        size = max(1, self.path.stat().st_size)
        for found in table.rows():
            if skip and not isinstance(found, Rejected):
                skip = False
                continue
            count += 1
            if count > MOST_ROWS:
                raise Refusal(
                    _("The list has more than %(most)s rows. Split it, please.", most=f"{MOST_ROWS:,}")
                )
            self._tell(int(100 * min(1.0, table.place / size)))
            yield found

    def _tell(self, percent: int) -> None:
        """How far it is; written beside the work's own transaction, so that others see it."""
        now = time.monotonic()
        if is_small(self.options) or now - self._told < _EVERY_S:
            return
        self._told = now
        values = {"done_count": percent, "total_count": 100, "heard_at": clock.now()}
        with suppress(Exception), db.engine.begin() as connection:
            connection.execute(update(VolunteerList).where(VolunteerList.id == self.id).values(**values))
