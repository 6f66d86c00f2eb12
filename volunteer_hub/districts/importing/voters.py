"""Voters from a file, laid over the doors by their address, with what is doubtful and unmatched listed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import text

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import tables
from volunteer_hub.districts.addresses import Address
from volunteer_hub.districts.door_match import DOUBTFUL, MATCHED, DoorIndex, Match, MatchReport
from volunteer_hub.districts.importing.doors import load_doors, table_options
from volunteer_hub.districts.importing.mapped import Mapped, Values, mapped
from volunteer_hub.districts.importing.run import SHOWN, CsvFile, Report, Run, copied
from volunteer_hub.districts.results import party_of

_COLUMNS = (
    "line", "file_ref", "given_name", "family_name", "birth_year", "party", "support", "turnout",
    "address_text",
    "precinct_text", "door_id", "match", "match_note", "match_kind", "candidates",
)  # fmt: skip
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_VOTED_NOT = frozenset(("", "0", "N", "NO", "F", "FALSE", "-", "DNV"))
RECENT = 6


def load(run: Run) -> Report:
    """Read the file into voters. Voters already there, by the file's id, are updated; none is taken away."""
    report = Report()
    with tables.open_table(run.path, **table_options(run)) as table:
        fields = mapped("voters", run.options, len(table.columns))
        if {"latitude", "longitude"} <= set(fields.fields) and run.options.get("make_doors", True):
            load_doors(run, table, fields, report)
        _load_voters(run, table, fields, report)
        report.warnings += table.notes
    return report


def _load_voters(run: Run, table: tables.Table, fields: Mapped, report: Report) -> None:
    run.progress.step("Reading the doors")
    index = door_index(run.campaign_id)
    if not len(index):
        report.warnings.append(
            "There are no doors yet, so no voter has one. Import doors, then this file again."
        )
    db.session.execute(text(_STAGING))
    work = _Work(run, fields, index)
    header = ["voter id", "address in the file", "match", "reason", "door"]
    with (
        run.csv_file(report, "rejected-voters", ["line", "reason", "row"]) as rejected,
        run.csv_file(report, "unmatched-voters", header) as unmatched,
    ):
        work.rejected, work.unmatched = rejected, unmatched
        run.progress.step("Reading voters and finding their doors", table.total or 100)
        with copied("staged_voters", _COLUMNS) as write:
            for chunk in table.chunks():
                work.take(chunk, write)
                run.progress.to(round(chunk.share * (table.total or 100)))
        run.progress.step("Saving the voters")
        _reject_repeats(work)
    if not work.staged:
        raise Refusal(f"No row of the file could become a voter. The first reason: {work.first_reason}.")
    new, updated = db.session.execute(text(_SAVE), {"campaign": run.campaign_id, "import": run.id}).one()
    db.session.execute(text(_COUNT_PEOPLE), {"campaign": run.campaign_id, "import": run.id})
    work.report_on(report, new, updated)


def door_index(campaign_id: int) -> DoorIndex:
    """The campaign's doors by address, for matching."""
    return DoorIndex(_doors(campaign_id))


def _doors(campaign_id: int) -> Iterator[tuple[int, Address]]:
    rows = db.session.execute(
        text("SELECT id, address_key, city FROM doors WHERE campaign_id = :campaign ORDER BY id"),
        {"campaign": campaign_id},
        execution_options={"yield_per": 20_000},
    )
    for door, key, city in rows:
        yield door, Address.from_key(key, city)


class _Work:
    """What is gathered while the voters go by."""

    def __init__(self, run: Run, fields: Mapped, index: DoorIndex) -> None:
        self.fields, self.index = fields, index
        self.history = [
            at for at in (run.options.get("mapping") or {}).get("history", []) if isinstance(at, int)
        ]
        self.found, self.reasons = MatchReport(), Counter[str]()
        self.rejected: CsvFile
        self.unmatched: CsvFile
        self.rows = self.staged = 0
        self.first_reason = "the file has no rows"

    def take(self, chunk: tables.Chunk, write: Any) -> None:
        for bad in chunk.rejected:
            self.reject(bad.line, bad.reason, bad.text)
        for line, row in zip(chunk.lines, chunk.rows, strict=True):
            self.rows += 1
            values = self.fields.read(row)
            file_ref = values["voter_id"][:100]
            if not file_ref:
                self.reject(line, "the voter id is missing", ", ".join(row))
                continue
            match = self.index.match(values.address())
            self.found.add(file_ref, match)
            write(self._staged(line, file_ref, values, self._turnout(row), match))
            self.staged += 1
            if match.state != MATCHED:
                self.unmatched.add(file_ref, values.address_text(), match.state, match.reason, match.door)

    def _staged(
        self, line: int, file_ref: str, values: Values, past: float | None, match: Match
    ) -> tuple[Any, ...]:
        given, family = _name(values)
        turnout = values.share("turnout")
        return (
            line, file_ref, given, family, _birth_year(values), party_of(values["party"][:60]),
            values.share("support"), past if turnout is None else turnout, values.address_text(),
            values["precinct"][:100], match.door, match.state, match.reason,
            match.kind, list(match.candidates),
        )  # fmt: skip

    def _turnout(self, row: Sequence[str]) -> float | None:
        """The chance to vote unasked, from the last elections of the file: (voted + 1) / (elections + 2).

        Laplace's rule of succession: nobody is certain to vote, or not to, from six elections.
        """
        last = self.history[-RECENT:]
        if not last:
            return None
        voted = sum(row[at].strip().upper() not in _VOTED_NOT for at in last if at < len(row))
        return (voted + 1) / (len(last) + 2)

    def reject(self, line: int, reason: str, row: str) -> None:
        if not self.reasons:
            self.first_reason = f"line {line}: {reason}"
        self.reasons[reason] += 1
        self.rejected.add(line, reason, row[:1000])

    def report_on(self, report: Report, new: int, updated: int) -> None:
        counts = self.found.counts
        report.counts |= {
            "Voters read": self.rows, "New voters": new, "Voters updated": updated,
            "At a door": counts[MATCHED], "Doubtful": counts[DOUBTFUL], "Without a door": counts["unmatched"],
        }  # fmt: skip
        if self.reasons:
            report.counts["Voters rejected"] = self.reasons.total()
        for name, listed in (("Doubtful", self.found.doubtful), ("Without a door", self.found.unmatched)):
            report.rows[name] = [{"voter": voter, "reason": reason} for voter, reason in listed[:SHOWN]]


def _name(values: Values) -> tuple[str, str]:
    given, family = values["given_name"][:100], values["family_name"][:100]
    if not given and not family:
        given, family = split_name(values["full_name"][:200])
    return given, f"{family} {values['name_suffix'][:20]}".strip()


def _birth_year(values: Values) -> int | None:
    match = _YEAR.search(values["birth_year"] or values["birth_date"])
    return int(match[0]) if match else None


def split_name(name: str) -> tuple[str, str]:
    """Given and family name of "Adams, Scott Joyce" or "Scott Joyce Adams"."""
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma:
        return given, family
    parts = name.split()
    return (" ".join(parts[:-1]), parts[-1]) if len(parts) > 1 else ("", name)


def _reject_repeats(work: _Work) -> None:
    """Of two rows with one voter id the later counts; the earlier is listed."""
    repeats = db.session.execute(text(_REPEATS)).all()
    for line, file_ref in repeats:
        work.reject(line, "this voter id comes again further down, which counts", file_ref)


_STAGING = """
CREATE TEMPORARY TABLE staged_voters (
    line bigint, file_ref text COLLATE "C", given_name text, family_name text, birth_year integer, party text,
    support double precision, turnout double precision, address_text text, precinct_text text, door_id bigint,
    match text, match_note text, match_kind text, candidates bigint[]
) ON COMMIT DROP
"""
_REPEATS = """
SELECT line, file_ref FROM (
    SELECT line, file_ref, row_number() OVER (PARTITION BY file_ref ORDER BY line DESC) AS place FROM
    staged_voters
) AS numbered WHERE place > 1 ORDER BY line
"""
# What a person decided holds until the file says another address, or the door is gone.
_KEEPS = """voters.decided_at IS NOT NULL AND voters.address_text = excluded.address_text
        AND (voters.match = 'unmatched' OR voters.door_id IS NOT NULL)"""
_SAVE = """
WITH one AS (SELECT DISTINCT ON (file_ref) * FROM staged_voters ORDER BY file_ref, line DESC), saved AS (
    INSERT INTO voters (campaign_id, door_id, file_ref, given_name, family_name, birth_year, party,
    support, turnout,
        address_text, match, match_note, match_kind, candidates, precinct_text, import_id)
    SELECT :campaign, door_id, file_ref, given_name, family_name, birth_year, party, support, turnout,
        address_text, match, match_note, match_kind, candidates, precinct_text, :import FROM one
    ON CONFLICT (campaign_id, file_ref) DO UPDATE SET
        door_id = CASE WHEN {keeps} THEN voters.door_id ELSE excluded.door_id END,
        match = CASE WHEN {keeps} THEN voters.match ELSE excluded.match END,
        decided_at = CASE WHEN {keeps} THEN voters.decided_at END,
        decided_by = CASE WHEN {keeps} THEN voters.decided_by END,
        match_kind = excluded.match_kind, candidates = excluded.candidates,
        given_name = excluded.given_name, family_name = excluded.family_name, birth_year =
        excluded.birth_year,
        party = excluded.party, support = coalesce(excluded.support, voters.support),
        turnout = coalesce(excluded.turnout, voters.turnout), address_text = excluded.address_text,
        match_note = excluded.match_note, precinct_text = excluded.precinct_text,
        import_id = excluded.import_id
    RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM saved
""".replace("{keeps}", _KEEPS)
_COUNT_PEOPLE = """
UPDATE doors SET people = known.voters FROM (
    SELECT door_id, count(*) AS voters FROM voters WHERE campaign_id = :campaign AND door_id IS NOT NULL
    GROUP BY door_id
) AS known WHERE known.door_id = doors.id AND doors.people <> known.voters
    AND doors.id IN (SELECT door_id FROM voters WHERE import_id = :import)
"""
