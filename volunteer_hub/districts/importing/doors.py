"""Doors from a table: each row becomes one door in one precinct, or is set aside with the reason."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import text

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import coordinates, places, tables
from volunteer_hub.districts.addresses import Address
from volunteer_hub.districts.column_words import NO_HOME
from volunteer_hub.districts.importing import placing
from volunteer_hub.districts.importing.mapped import Mapped, Values, mapped
from volunteer_hub.districts.importing.run import SHOWN, CsvFile, Report, Run, copied

MOST_PEOPLE = 5_000
_Kept = tuple[int, Values, Address, tuple[float, float]]
APART_M = 30  # one address at two points farther apart than this is two buildings
_COLUMNS = (
    "line", "number", "street", "unit", "city", "zip", "address_key", "building_key", "latitude", "longitude",
    "people", "district_id", "precinct_id",
)  # fmt: skip


def load(run: Run) -> Report:
    """Read the file into doors. Doors that are already there, by their address, are updated, none is
    taken away.
    """
    report = Report()
    with tables.open_table(run.path, **table_options(run)) as table:
        load_doors(run, table, mapped("doors", run.options, len(table.columns)), report)
        report.warnings += table.notes
    return report


def table_options(run: Run) -> dict[str, Any]:
    """How a person said the file is to be read."""
    names = ("has_header", "delimiter", "layer", "crs")
    return {name: run.options[name] for name in names if run.options.get(name) not in (None, "")}


def load_doors(run: Run, table: tables.Table, fields: Mapped, report: Report) -> None:
    """The doors of an open table, also of a voter file that has coordinates."""
    kind = placing.layer_for_doors(run.campaign_id, run.options.get("district_kind"))
    snap_m = float(run.options.get("snap_m") or placing.SNAP_M)
    work = _Work(run, fields, placing.placer(run.campaign_id, kind, snap_m=snap_m), report)
    db.session.execute(text(_STAGING))
    with run.csv_file(report, "rejected-doors", ["line", "reason", "row"]) as rejected:
        work.rejected = rejected
        run.progress.step("Reading addresses and finding their precincts", table.total or 100)
        with copied("staged_doors", _COLUMNS) as write:
            for chunk in table.chunks():
                work.take(chunk, write)
                run.progress.to(round(chunk.share * (table.total or 100)))
    if not work.staged:
        raise Refusal(f"No row of the file could become a door. The first reason: {work.first_reason}.")
    run.progress.step("Saving the doors")
    new, updated, merged = _save(run)
    work.report_on(new, updated, merged)


class _Work:
    """What is gathered while the rows go by."""

    def __init__(self, run: Run, fields: Mapped, placer: placing.Placer, report: Report) -> None:
        self.run, self.placer, self.report = run, placer, report
        self.fields = fields.swapped() if run.options.get("swap_coordinates") else fields
        self.rejected: CsvFile
        self.reasons: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.rows = self.staged = self.disagree = 0
        self.first_reason = "the file has no rows"
        self.is_homes_only = bool(run.options.get("homes_only"))
        self.precincts = _precinct_names(run.campaign_id) if "precinct" in fields.fields else None
        self.outside: list[dict[str, Any]] = []

    def take(self, chunk: tables.Chunk, write: Any) -> None:
        for found in chunk.rejected:
            self.reject(found.line, found.reason, found.text)
        kept: list[_Kept] = []
        for line, row in zip(chunk.lines, chunk.rows, strict=True):
            self.rows += 1
            values = self.fields.read(row)
            if self.is_homes_only and NO_HOME.search(use := values["use"].upper()):
                self.left_out[use] += 1
                continue
            point, address = values.point(), values.address()
            reason = _fault(address, point, values)
            if reason or point is None:
                self.reject(line, reason, ", ".join(row))
            else:
                kept.append((line, values, address, point))
        if kept:
            self._stage(kept, write)

    def _stage(self, kept: list[_Kept], write: Any) -> None:
        placed = self.placer.place([point[0] for *_, point in kept], [point[1] for *_, point in kept])
        found = zip(kept, placed.district.tolist(), placed.precinct.tolist(), strict=True)
        for (line, values, address, point), district, precinct in found:
            if not district:
                self._outside(line, address, point)
                continue
            if not precinct and len(self.placer.precinct_ids) and len(self.outside) < SHOWN:
                where = {"latitude": point[1], "longitude": point[0]}
                self.outside.append({"line": line, "address": address.line, **where})
            self._compare(values, precinct)
            write(
                (
                    line, address.full_number, values.street_shown(address), address.unit,
                    values["city"][:100] or address.city, address.zip, address.key, address.building_key,
                    point[1],
                    point[0], values.whole_number("people", 1, MOST_PEOPLE), district, precinct or None,
                )
            )  # fmt: skip
            self.staged += 1

    def _outside(self, line: int, address: Address, point: tuple[float, float]) -> None:
        far = f"it lies in no district and farther than {self.placer.snap_m:g} m from each"
        self.reject(line, far, f"{address.line} ({point[1]:.5f}, {point[0]:.5f})")

    def _compare(self, values: Values, precinct: int) -> None:
        """Count doors that the file puts into another precinct than the map does."""
        if self.precincts is not None and precinct:
            said = values["precinct"]
            if said and self.precincts.find_cached(said) not in (None, precinct):
                self.disagree += 1

    def reject(self, line: int, reason: str, row: str) -> None:
        if not self.reasons:
            self.first_reason = f"line {line}: {reason}"
        self.reasons[reason] += 1
        self.rejected.add(line, reason, row[:1000])

    def report_on(self, new: int, updated: int, merged: int) -> None:
        report, counts = self.report, self.placer.counts
        report.counts |= {"Rows read": self.rows, "New doors": new, "Doors updated": updated}
        if merged:
            report.counts["Rows that share a door"] = merged
            report.notes.append(
                f"{merged:,} rows have the same address and unit as another within {APART_M} m: "
                "they became one door, their people added up."
            )
        if self.left_out:
            report.counts["Left out as no home"] = self.left_out.total()
        if self.reasons:
            report.counts["Rejected"] = self.reasons.total()
        report.rows["Reasons"] = [{"reason": r, "rows": n} for r, n in self.reasons.most_common(SHOWN)]
        report.rows["Left out"] = [{"what": w, "rows": n} for w, n in self.left_out.most_common(SHOWN)]
        report.rows["Doors in no precinct"] = self.outside
        self._warn(counts)

    def _warn(self, counts: dict[str, int]) -> None:
        warnings = self.report.warnings
        if counts["snapped"]:
            self.report.notes.append(
                f"{counts['snapped']:,} doors lie just outside every precinct and went to the nearest, "
                f"at most {self.placer.snap_m:g} m away."
            )
        if counts["no_precinct"] and len(self.placer.precinct_ids):
            warnings.append(
                f"{counts['no_precinct']:,} doors lie farther than {self.placer.snap_m:g} m from every "
                f"precinct. "
                "Those inside a district were kept without a precinct."
            )
        if self.disagree:
            warnings.append(
                f"{self.disagree:,} doors are in another precinct on the map than the file says; the map "
                f"counts. "
                "If these are many, the precincts and the addresses are of different years."
            )


def _fault(address: Address, point: tuple[float, float] | None, values: Values) -> str:
    if address.is_box:
        return "a PO box is not a door"
    if not address.number:
        return "the address has no house number" if address.name else "there is no address"
    if not address.name:
        return "the address has no street"
    if point is None:
        return _point_fault(values["latitude"], values["longitude"])
    if coordinates.are_swapped(point[1], point[0]):
        return "latitude and longitude look swapped"
    return ""


def _point_fault(lat: str, lon: str) -> str:
    if not lat or not lon:
        return "latitude or longitude is missing"
    try:
        swapped = coordinates.are_swapped(float(lat), float(lon))
    except ValueError:
        return "latitude or longitude is no number"
    return "latitude and longitude look swapped" if swapped else "the point is not on the globe"


class _PrecinctNames(places.PlaceIndex):
    """Precincts by name, each spelling looked up once."""

    def find_cached(self, said: str) -> int | None:
        known: dict[str, int | None] = self.__dict__.setdefault("known", {})
        if said not in known:
            known[said] = self.find(precinct=said).place
        return known[said]


def _precinct_names(campaign_id: int) -> _PrecinctNames:
    rows = db.session.execute(
        text("SELECT id, code, name FROM precincts WHERE campaign_id = :campaign"), {"campaign": campaign_id}
    )
    return _PrecinctNames([places.Place(row.id, row.code, row.name) for row in rows])


_STAGING = """
CREATE TEMPORARY TABLE staged_doors (
    line bigint, number text, street text, unit text, city text, zip text,
    address_key text COLLATE "C", building_key text,
    latitude double precision, longitude double precision, people integer, district_id bigint, precinct_id
    bigint
) ON COMMIT DROP
"""

# Rows of one address are put in order from west to east; a step of more than APART_M begins another building.
_SAVE = """
WITH stepped AS (
    SELECT *, coalesce(
        111320 * sqrt((latitude - lag(latitude) OVER w) ^ 2
            + ((longitude - lag(longitude) OVER w) * cos(radians(latitude))) ^ 2) > :apart_m, false
    )::int AS steps
    FROM staged_doors WINDOW w AS (PARTITION BY address_key ORDER BY longitude, latitude, line)
), built AS (
    SELECT *, sum(steps) OVER (PARTITION BY address_key ORDER BY longitude, latitude, line) AS building
    FROM stepped
), one AS (
    SELECT DISTINCT ON (address_key, building) *,
        least(sum(people) OVER (PARTITION BY address_key, building), :most) AS everybody,
        CASE WHEN building = 0 THEN ''
            ELSE '@' || round(latitude::numeric, 4) || ',' || round(longitude::numeric, 4) END AS mark
    FROM built ORDER BY address_key, building, line
), distinct_one AS (
    SELECT * FROM one WHERE mark = ''
    UNION ALL (SELECT DISTINCT ON (address_key, mark) * FROM one WHERE mark <> '' ORDER BY address_key,
    mark, line)
), saved AS (
    INSERT INTO doors (campaign_id, district_id, precinct_id, number, street, unit, city, zip, address_key,
        building_key, latitude, longitude, people, import_id)
    SELECT :campaign, district_id, precinct_id, number, street, unit, city, zip, address_key || mark,
        building_key || mark, latitude, longitude, everybody, :import FROM distinct_one
    ON CONFLICT (campaign_id, address_key) DO UPDATE SET district_id = excluded.district_id,
        precinct_id = excluded.precinct_id, number = excluded.number, street = excluded.street,
        unit = excluded.unit, city = excluded.city, zip = excluded.zip, latitude = excluded.latitude,
        longitude = excluded.longitude, people = excluded.people, import_id = excluded.import_id
    RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM saved
"""


def _save(run: Run) -> tuple[int, int, int]:
    staged = db.session.scalar(text("SELECT count(*) FROM staged_doors"))
    values = {"campaign": run.campaign_id, "import": run.id, "apart_m": APART_M, "most": MOST_PEOPLE}
    new, updated = db.session.execute(text(_SAVE), values).one()
    db.session.execute(text("ANALYZE doors"))
    return new, updated, (staged or 0) - new - updated
