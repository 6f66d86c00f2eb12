"""Past results from a file: tidied, and laid on the campaign's districts and precincts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import fields as fields_of
from datetime import date
from typing import Any

from sqlalchemy import delete, select, tuple_

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import places, results, tables
from volunteer_hub.districts.importing import placing
from volunteer_hub.districts.importing.doors import table_options
from volunteer_hub.districts.importing.mapped import Mapped, mapped
from volunteer_hub.districts.importing.run import SHOWN, Report, Run, copied
from volunteer_hub.districts.models import District, Precinct, Result
from volunteer_hub.districts.results import Count, Row, Tidy

MOST_ROWS = 3_000_000
_COLUMNS = (
    "campaign_id", "district_id", "precinct_id", "election", "held_on", "office", "party", "candidate",
    "votes",
    "registered", "import_id",
)  # fmt: skip
_TEXTS = {field.name for field in fields_of(Row)} - {"line", "votes", "whole"}

Key = tuple[int, int | None, date, str, str, str]  # district, precinct, day, office, party, candidate


def load(run: Run) -> Report:
    """Read past results. Contests of the file replace those known of the same day and office in the layer."""
    report = Report()
    kind = placing.layer_for_doors(run.campaign_id, run.options.get("district_kind"))
    with tables.open_table(run.path, **table_options(run)) as table:
        run.progress.step("Reading the results", table.total or 100)
        held_on = run.options.get("held_on")
        day = date.fromisoformat(held_on) if held_on else None
        tidy = results.tidy(_rows(run, table), election=run.options.get("election") or "", held_on=day)
        report.warnings += table.notes
    run.progress.step("Finding the places")
    finder = _Finder(run.campaign_id, kind)
    sums = _Sums()
    for count in tidy.counts:
        sums.add(count, finder)
    if not sums.rows:
        raise Refusal(f"No result could be laid on a district or precinct. {_first_reason(tidy, sums)}")
    sums.add_district_totals()
    report.warnings += sums.drop_impossible_registration()
    run.progress.step("Saving")
    _save(run, kind, sums)
    _describe(run, report, tidy, sums)
    return report


def _rows(run: Run, table: tables.Table) -> Iterator[Row]:
    fields = mapped("results", run.options, len(table.columns))
    wide = (run.options.get("mapping") or {}).get("wide") or []
    done = 0
    for chunk in table.chunks():
        done += len(chunk.rows)
        if done > MOST_ROWS:
            raise Refusal(f"The file holds more than {MOST_ROWS:,} rows. Split it by election.")
        for line, row in zip(chunk.lines, chunk.rows, strict=True):
            values = fields.read(row)
            texts = {name: value for name, value in values.items() if name in _TEXTS}
            if wide:
                yield from _unfolded(line, row, texts, wide)
            else:
                whole = "\x1f".join(row)
                yield Row(line=line, votes=values["votes"], whole=whole, **texts)
        run.progress.to(round(chunk.share * (table.total or 100)))


def _unfolded(line: int, row: list[str], texts: dict[str, str], wide: list[dict[str, Any]]) -> Iterator[Row]:
    for column in wide:
        said = {"candidate": column["candidate"], "party": column["party"]}
        if column["office"]:
            said["office"] = column["office"]
        if column["year"]:
            said["election"] = column["year"]
        yield Row(line=line, votes=row[column["index"]], **(texts | said))


class _Finder:
    """The district and precinct of a row, each way of naming a place looked up once."""

    def __init__(self, campaign_id: int, kind: str) -> None:
        districts = db.session.execute(
            select(District.id, District.code, District.name).where(
                District.campaign_id == campaign_id, District.kind == kind
            )
        ).all()
        precincts = db.session.execute(
            select(Precinct.id, Precinct.code, Precinct.name, Precinct.district_id, District.name.label("of"))
            .join(District, District.id == Precinct.district_id)
            .where(District.campaign_id == campaign_id, District.kind == kind)
        ).all()
        self.district_of = {row.id: row.district_id for row in precincts}
        self.districts = places.PlaceIndex(
            [places.Place(row.id, row.code, row.name, _short(row.name)) for row in districts]
        )
        self.precincts = places.PlaceIndex([_precinct_place(row) for row in precincts])
        self.has_precincts = bool(precincts)
        self.only_district = districts[0].id if len(districts) == 1 else None
        self.known: dict[tuple[str, ...], tuple[int | None, int | None, str]] = {}

    def find(self, row: Row) -> tuple[int | None, int | None, str]:
        """(district, precinct, note): without a district the note is the reason."""
        where = row.where
        if where not in self.known:
            self.known[where] = self._find(row)
        return self.known[where]

    def _find(self, row: Row) -> tuple[int | None, int | None, str]:
        is_precinct = bool(row.precinct or row.precinct_code or row.town)
        reason = ""
        if self.has_precincts and (is_precinct or row.geoid):
            found = self.precincts.find(
                geoid=row.geoid, code=row.precinct_code, town=row.town, precinct=row.precinct
            )
            if found.place is not None:
                return self.district_of[found.place], found.place, found.note
            reason = found.note
        wide = self.districts.find(geoid=row.geoid, county=row.county or row.town)
        if wide.place is not None and not (is_precinct and self.has_precincts):
            return wide.place, None, wide.note
        if is_precinct and self.has_precincts:
            district = wide.place or self.only_district
            return district, None, reason or "no place of this name or number"
        return None, None, reason or wide.note


def _short(name: str) -> tuple[str, ...]:
    """A county's name without "County" and the like, since files leave it out or not."""
    for tail in (" County", " Parish", " City and Borough", " Borough", " Census Area", " city", " City"):
        if name.endswith(tail):
            return (name.removesuffix(tail), f"{name.removesuffix(tail)} County")
    return (f"{name} County",)


def _precinct_place(row: Any) -> places.Place:
    """A precinct is also known by the parts of its name: of "Barre City, Washington-3" each alone."""
    parts = row.name.split(", ")
    others = (f"{row.of} {row.name}", row.code if any(c.isalpha() for c in row.code) else "", *parts)
    return places.Place(row.id, row.code, row.name, others)


class _Sums:
    """Votes added up by place and candidate, and what found no place."""

    def __init__(self) -> None:
        self.rows: dict[Key, int] = defaultdict(int)
        self.registered: dict[tuple[int, int | None, date], int] = {}
        self.names: dict[tuple[date, str], str] = {}
        self.loose: dict[Key, int] = defaultdict(int)
        self.unmatched: Counter[tuple[str, str]] = Counter()
        self.notes: Counter[tuple[str, str]] = Counter()

    def add(self, count: Count, finder: _Finder) -> None:
        district, precinct, note = finder.find(count.row)
        said = " / ".join(part for part in count.row.where if part)
        is_whole = precinct is not None or not note
        if district is not None:
            key = (district, precinct, count.held_on, count.office, count.party, count.candidate)
            self.names.setdefault((count.held_on, count.office), count.election)
            (self.rows if is_whole else self.loose)[key] += count.votes
            if is_whole and count.registered is not None:
                self.registered[(district, precinct, count.held_on)] = count.registered
        if not is_whole or district is None:
            self.unmatched[(said, note)] += count.votes
        elif note:
            self.notes[(said, note)] += count.votes

    def add_district_totals(self) -> None:
        """Where votes of a district have no precinct (absentee, provisional), keep the district's whole
        count too.
        """
        contests = {(key[0], key[2], key[3]) for key in self.loose}
        whole: dict[Key, int] = defaultdict(int)
        for source in (self.rows, self.loose):
            for key, votes in source.items():
                if (key[0], key[2], key[3]) in contests:
                    whole[(key[0], None, *key[2:])] += votes
        self.rows.update(whole)

    def drop_impossible_registration(self) -> list[str]:
        """Forget registered voters where more people voted than that, and say so."""
        voted: Counter[tuple[int, int | None, date, str]] = Counter()
        for (district, precinct, day, office, _party, _candidate), votes in self.rows.items():
            voted[(district, precinct, day, office)] += votes
        wrong = {key[:3] for key, votes in voted.items() if votes > self.registered.get(key[:3], votes)}
        for key in wrong:
            del self.registered[key]
        if not wrong:
            return []
        return [
            f"In {len(wrong):,} places fewer voters are registered than voted; the registered are left out. "
            "The counts may be of different days, or one office may let people choose several."
        ]


def _save(run: Run, kind: str, sums: _Sums) -> None:
    contests = sorted({(key[2], key[3]) for key in sums.rows})
    layer = select(District.id).where(District.campaign_id == run.campaign_id, District.kind == kind)
    for start in range(0, len(contests), 500):
        part = contests[start : start + 500]
        db.session.execute(
            delete(Result).where(
                Result.district_id.in_(layer), tuple_(Result.held_on, Result.office).in_(part)
            )
        )
    with copied("results", _COLUMNS) as write:
        for (district, precinct, day, office, party, candidate), votes in sums.rows.items():
            registered = sums.registered.get((district, precinct, day))
            name = sums.names[(day, office)]
            write(
                (
                    run.campaign_id,
                    district,
                    precinct,
                    name,
                    day,
                    office,
                    party,
                    candidate,
                    votes,
                    registered,
                    run.id,
                )
            )


def _describe(run: Run, report: Report, tidy: Tidy, sums: _Sums) -> None:
    contests = {(key[2], key[3]) for key in sums.rows}
    report.counts |= {
        "Results saved": len(sums.rows),
        "Contests": len(contests),
        "Votes": sum(tidy_count.votes for tidy_count in tidy.counts),
        "Votes without a place": sum(sums.unmatched.values()),
        "Rows left out": tidy.left_out.total(),
        "Rows rejected": len(tidy.rejected),
    }
    report.warnings += tidy.warnings
    report.rows["Left out"] = [
        {"what": what, "rows": rows} for what, rows in tidy.left_out.most_common(SHOWN)
    ]
    report.rows["Matched with a doubt"] = [
        {"place": said, "reason": note, "votes": votes}
        for (said, note), votes in sums.notes.most_common(SHOWN)
    ]
    unmatched = sums.unmatched.most_common()
    report.rows["Matched to no place"] = [
        {"place": said, "reason": note, "votes": votes} for (said, note), votes in unmatched[:SHOWN]
    ]
    with run.csv_file(report, "unmatched-results", ["place in the file", "reason", "votes"]) as out:
        for (said, note), votes in unmatched:
            out.add(said, note, votes)
    with run.csv_file(report, "rejected-results", ["line", "reason"]) as out:
        for line, reason in tidy.rejected:
            out.add(line, reason)


def _first_reason(tidy: Tidy, sums: _Sums) -> str:
    if sums.unmatched:
        (said, note), _ = sums.unmatched.most_common(1)[0]
        return f"For example “{said}”: {note}. Are the districts and precincts of the same area imported?"
    if tidy.rejected:
        return f"The first line that could not be read, {tidy.rejected[0][0]}: {tidy.rejected[0][1]}."
    return "The file holds no votes."


__all__ = ["Mapped", "load"]
