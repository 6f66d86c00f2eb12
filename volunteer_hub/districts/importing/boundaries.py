"""Districts and precincts from a file of areas: looked over, explained, and saved whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from flask import current_app
from sqlalchemy import ColumnElement, delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from geodata.boundaries import (
    BadBoundaries,
    BoundaryReport,
    check_boundaries,
    clean_union,
    locate,
    read_boundaries,
    simplified,
)
from volunteer_hub.core.db import db
from volunteer_hub.core.geometry import shape_columns
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts.importing import placing
from volunteer_hub.districts.importing.area_columns import guess_code, guess_name, joined, text_of
from volunteer_hub.districts.importing.run import SHOWN, Report, Run, copied
from volunteer_hub.districts.models import District, Door, Precinct
from volunteer_hub.districts.places import code_of
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.queries import root_area

CODE, NAME = "import code", "import name"
DEFAULT_KIND = "district"
_NEAR_M = 2_000.0
_OUTLINE_M = 100.0


def load(run: Run) -> Report:
    """Read areas and save them as one layer of districts, or as the precincts inside one."""
    report = Report()
    run.progress.step("Reading the boundaries")
    frame = read(run.path, run.options)
    run.progress.step("Looking for broken shapes, overlaps and gaps")
    checked = check(frame, run.options)
    _describe(run, checked, report)
    run.progress.step("Saving")
    if run.kind == "districts":
        _save_districts(run, checked.frame, report)
    else:
        _save_precincts(run, checked.frame, report)
    return report


def read(path: Path, options: dict[str, Any]) -> gpd.GeoDataFrame:
    """The areas of the file, in EPSG:4326, with code and name columns of their own."""
    frame = read_boundaries(path, layer=options.get("layer") or None, crs=options.get("crs") or None)
    ids = options.get("id_columns") or guess_code(frame)
    if not ids:
        raise Refusal(
            f"Which column holds the code of each area? There are: {_names(frame)}.", field="id_columns"
        )
    missing = [name for name in ids if name not in frame.columns]
    if missing:
        raise Refusal(f"There is no column “{missing[0]}”. There are: {_names(frame)}.", field="id_columns")
    names = options.get("name_columns") or guess_name(frame)
    frame = frame.copy()
    frame[CODE] = frame[ids[0]] if len(ids) == 1 else joined(frame, ids, "-")
    frame[NAME] = joined(frame, [name for name in names if name in frame.columns] or ids, ", ")
    return frame


def _names(frame: gpd.GeoDataFrame) -> str:
    return ", ".join(str(name) for name in frame.columns if name not in (CODE, NAME, frame.geometry.name))[
        :500
    ]


def check(frame: gpd.GeoDataFrame, options: dict[str, Any]) -> BoundaryReport:
    """Look the areas over; refuses what cannot stand, naming the rows."""
    width = int(options["id_width"]) if options.get("id_width") else None
    checked = check_boundaries(frame, id_column=CODE, id_width=width)
    if checked.suggested_id_width and not width:
        checked = check_boundaries(frame, id_column=CODE, id_width=checked.suggested_id_width)
        checked.id_warnings.append(
            f"Codes had lost their leading zeros and were filled up to "
            f"{checked.suggested_id_width or width_of(checked)}"
            " digits, as GEOIDs have."
        )
    blocking = [
        problem for problem in checked.problems if not (options.get("skip_bad") and "no area" in problem)
    ]
    if blocking:
        shown = " ".join(problem.replace(f"“{CODE}”", "the code column") for problem in blocking[:10])
        more = f" And {len(blocking) - 10:,} more." if len(blocking) > 10 else ""
        raise Refusal(f"{shown}{more} Mend the file, or choose another code column, and import it again.")
    return checked


def width_of(checked: BoundaryReport) -> int:
    """How many digits the codes have now."""
    return max((len(str(code)) for code in checked.frame[CODE]), default=0)


def _describe(run: Run, checked: BoundaryReport, report: Report) -> None:
    report.counts["Areas read"] = checked.rows
    if checked.mended:
        report.counts["Shapes mended"] = len(checked.mended)
    if checked.bad_shapes:
        report.counts["Left out without a shape"] = len(checked.bad_shapes)
    report.counts |= {"Overlaps": len(checked.overlaps), "Gaps": len(checked.gaps)}
    report.warnings += [warning.replace(f"“{CODE}”", "the code column") for warning in checked.warnings]
    report.rows["Overlaps"] = [
        {"key": f"overlap-{n}", "between": f"{one.first} and {one.second}", "m2": round(one.area_m2)}
        for n, one in enumerate(checked.overlaps[:SHOWN])
    ]
    report.rows["Gaps"] = [
        {"key": f"gap-{n}", "between": ", ".join(one.beside[:6]), "m2": round(one.area_m2)}
        for n, one in enumerate(checked.gaps[:SHOWN])
    ]
    report.rows["Mended"] = [
        {"area": one.id, "reason": one.reason, "m2": round(one.area_change_m2)}
        for one in checked.mended[:SHOWN]
    ]
    _draw(run, checked, report)


def _draw(run: Run, checked: BoundaryReport, report: Report) -> None:
    """Overlaps and gaps over the outlines of the areas, as GeoJSON for the map of the report."""
    if not checked.overlaps and not checked.gaps:
        return
    outlines = simplified(checked.frame, tolerance_m=_OUTLINE_M)
    features = [
        *(
            _feature(f"area-{n}", name, shape)
            for n, (name, shape) in enumerate(zip(outlines[NAME], outlines.geometry, strict=True))
        ),
        *(_feature(f"gap-{n}", "Gap", g.geometry, g.area_m2) for n, g in enumerate(checked.gaps[:SHOWN])),
        *(
            _feature(f"overlap-{n}", "Overlap", o.geometry, o.area_m2)
            for n, o in enumerate(checked.overlaps[:SHOWN])
        ),
    ]
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "seams.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    report.files["seams"] = "seams.geojson"


def _feature(key: str, name: str, shape: shapely.Geometry, area_m2: float | None = None) -> dict[str, Any]:
    size = {} if area_m2 is None else {"m2": round(area_m2)}
    return {
        "type": "Feature",
        "properties": {"id": key, "name": name, **size},
        "geometry": json.loads(shapely.to_geojson(shape)),
    }


def _save_districts(run: Run, frame: gpd.GeoDataFrame, report: Report) -> None:
    kind = run.options.get("district_kind") or DEFAULT_KIND
    area_id = run.options.get("area_id") or _root_area(run.campaign_id)
    region = run.options.get("region_column")
    rows = [
        {
            "campaign_id": run.campaign_id, "area_id": area_id, "kind": kind, "code": code, "name": name,
            "region": text_of(row[region]) if region in frame.columns else _state(code, kind), **place,
        }
        for (_, row), (code, name, place) in zip(frame.iterrows(), _places(frame), strict=True)
    ]  # fmt: skip
    before = {code for (code,) in _codes_of_layer(run.campaign_id, kind)}
    _upsert(District, rows, ("campaign_id", "kind", "code"), keep=("area_id",))
    codes = {row["code"] for row in rows}
    report.counts |= {"New districts": len(codes - before), "Districts updated": len(codes & before)}
    _gone(run, sorted(before - codes), report, _remove_districts, "districts", kind)
    _move_doors(run, kind, report)


def _save_precincts(run: Run, frame: gpd.GeoDataFrame, report: Report) -> None:
    kind = _layer_of_precincts(run)
    districts = _districts_of(run, frame, kind, report)
    rows = [
        {"campaign_id": run.campaign_id, "district_id": district, "code": code, "name": name, **place}
        for district, (code, name, place) in zip(districts, _places(frame), strict=True)
    ]
    before = {
        (district, code)
        for district, code in db.session.execute(
            select(Precinct.district_id, Precinct.code)
            .join(District, District.id == Precinct.district_id)
            .where(District.campaign_id == run.campaign_id, District.kind == kind)
        )
    }
    _upsert(Precinct, rows, ("campaign_id", "district_id", "code"))
    now = {(row["district_id"], row["code"]) for row in rows}
    report.counts |= {"New precincts": len(now - before), "Precincts updated": len(now & before)}
    gone = sorted(before - now)
    _gone(run, [code for _, code in gone], report, lambda *_: _remove_precincts(gone), "precincts", kind)
    _move_doors(run, kind, report)


def _layer_of_precincts(run: Run) -> str:
    wanted = run.options.get("district_kind")
    kinds = [kind for kind, _, _ in placing.layers(run.campaign_id)]
    if wanted or not kinds:
        return wanted or DEFAULT_KIND
    if len(kinds) > 1:
        raise Refusal(
            f"Inside which layer of districts do the precincts lie? There are: {', '.join(kinds)}.",
            field="district_kind",
        )
    return kinds[0]


def _districts_of(run: Run, frame: gpd.GeoDataFrame, kind: str, report: Report) -> list[int]:
    """The district of each precinct: by a column, by where it lies, or a new one around all of them."""
    column = run.options.get("district_column")
    there = {
        code_of(code): district for code, district in _codes_of_layer(run.campaign_id, kind, with_id=True)
    }
    if column:
        if column not in frame.columns:
            raise Refusal(
                f"There is no column “{column}”. There are: {_names(frame)}.", field="district_column"
            )
        return _by_column(run, frame, [text_of(value) for value in frame[column]], kind, there, report)
    if there:
        return _by_place(run, frame, kind)
    name = run.options.get("district_name") or _unasked_name(run.campaign_id, kind)
    code = run.options.get("district_code") or "1"
    return [_new_district(run, frame, kind, code, name, report)] * len(frame)


def _unasked_name(campaign_id: int, kind: str) -> str:
    """What to call a district that nobody named: as the campaign; in a layer of its own, as that."""
    return db.session.get_one(Campaign, campaign_id).name if kind == DEFAULT_KIND else kind.title()


def _by_column(
    run: Run, frame: gpd.GeoDataFrame, said: list[str], kind: str, there: dict[str, int], report: Report
) -> list[int]:
    known = [there.get(code_of(code)) for code in said]
    if not any(known):
        made = {
            code: _new_district(run, frame[[one == code for one in said]], kind, code, code, report)
            for code in sorted(set(said))
        }
        return [made[code] for code in said]
    unknown = sorted(
        {code or "(empty)" for code, district in zip(said, known, strict=True) if district is None}
    )
    if unknown:
        raise Refusal(
            f"These districts are named in the file but not known: {', '.join(unknown[:20])}. "
            "Import the districts first, or choose another column.",
            field="district_column",
        )
    return [district for district in known if district is not None]


def _by_place(run: Run, frame: gpd.GeoDataFrame, kind: str) -> list[int]:
    shapes = placing.placer(run.campaign_id, kind)
    points = shapely.point_on_surface(np.asarray(frame.geometry.array))
    found = locate(
        shapely.get_x(points),
        shapely.get_y(points),
        shapes.district_shapes,
        ids=shapes.district_codes,
        snap_m=_NEAR_M,
    )
    outside = [str(code) for code, at in zip(frame[CODE], found.index, strict=True) if at < 0]
    if outside:
        raise _outside(outside, len(frame), kind)
    return [int(shapes.district_ids[at]) for at in found.index]


def _outside(codes: list[str], count: int, kind: str) -> Refusal:
    """Precincts beyond all districts of the layer, and what to do; of a second city all lie so."""
    if len(codes) < count:
        way = "Import their districts first, and then the precincts again."
    else:
        way = (
            "To draw a new district around them, change the answers: write a name of its own, as that of the "
            f"city, as layer of districts instead of “{kind}”. Or import their districts first."
        )
    said = (
        f"{len(codes):,} precincts lie in no district of the layer “{kind}”: {', '.join(codes[:20])}. {way}"
    )
    return Refusal(said, field="district_kind")


def _new_district(run: Run, frame: gpd.GeoDataFrame, kind: str, code: str, name: str, report: Report) -> int:
    if not code:
        raise Refusal("A precinct names no district in the chosen column. Fill it, or choose another column.")
    shape = clean_union(np.asarray(frame.geometry.array))
    point = shapely.point_on_surface(shape)
    row = {
        "campaign_id": run.campaign_id, "kind": kind, "code": code, "name": name, "region": None,
        "area_id": run.options.get("area_id") or _root_area(run.campaign_id),
        "latitude": point.y, "longitude": point.x, **shape_columns(shape),
    }  # fmt: skip
    _upsert(District, [row], ("campaign_id", "kind", "code"), keep=("area_id",))
    report.counts["Districts drawn around their precincts"] = (
        report.counts.get("Districts drawn around their precincts", 0) + 1
    )
    return db.session.execute(
        select(District.id).where(
            District.campaign_id == run.campaign_id, District.kind == kind, District.code == code
        )
    ).scalar_one()


def _places(frame: gpd.GeoDataFrame) -> Iterable[tuple[str, str, dict[str, Any]]]:
    points = shapely.point_on_surface(np.asarray(frame.geometry.array))
    for code, name, shape, point in zip(frame[CODE], frame[NAME], frame.geometry.array, points, strict=True):
        yield (
            str(code),
            name or str(code),
            {"latitude": point.y, "longitude": point.x, **shape_columns(shape)},
        )


def _upsert(
    model: Any, rows: list[dict[str, Any]], unique: tuple[str, ...], keep: tuple[str, ...] = ()
) -> None:
    for start in range(0, len(rows), 500):
        query = insert(model).values(rows[start : start + 500])
        updated = {name: query.excluded[name] for name in rows[0] if name not in (*unique, *keep)}
        db.session.execute(query.on_conflict_do_update(index_elements=list(unique), set_=updated))


def _codes_of_layer(campaign_id: int, kind: str, *, with_id: bool = False) -> list[Any]:
    columns = (District.code, District.id) if with_id else (District.code,)
    return list(
        db.session.execute(select(*columns).where(District.campaign_id == campaign_id, District.kind == kind))
    )


def _root_area(campaign_id: int) -> int:
    return root_area(campaign_id).id


def _state(code: str, kind: str) -> str | None:
    """Counties of one state share an error; their GEOID begins with the state's two digits."""
    return code[:2] if kind == "county" and len(code) == 5 and code.isdigit() else None


def _gone(run: Run, codes: list[str], report: Report, remove: Any, what: str, kind: str) -> None:
    """Areas that the layer had and the file has not: named, and taken away only when a person asked for
    it.
    """
    if not codes:
        return
    listed = ", ".join(codes[:20]) + ("…" if len(codes) > 20 else "")
    if run.options.get("remove_missing"):
        remove(run.campaign_id, kind, codes)
        report.counts[f"Old {what} removed"] = len(codes)
    else:
        report.warnings.append(
            f"{len(codes):,} {what} known from before are not in this file and stay: {listed}."
        )


def _remove_districts(campaign_id: int, kind: str, codes: list[str]) -> None:
    doomed = select(District.id).where(
        District.campaign_id == campaign_id, District.kind == kind, District.code.in_(codes)
    )
    if db.session.scalar(select(Door.id).where(Door.district_id.in_(doomed)).limit(1)):
        raise Refusal(
            f"Some of the districts to be removed hold doors ({', '.join(codes[:10])}). "
            "Import this file without “remove”, or move their doors first."
        )
    _refuse_in_use(Precinct.district_id.in_(doomed))
    db.session.execute(delete(District).where(District.id.in_(doomed)))


def _remove_precincts(gone: list[tuple[int, str]]) -> None:
    doomed = tuple_(Precinct.district_id, Precinct.code).in_(gone)
    _refuse_in_use(doomed)
    db.session.execute(delete(Precinct).where(doomed))


def _refuse_in_use(doomed: ColumnElement[bool]) -> None:
    """Ask the features named by PRECINCTS_IN_USE of app.py. The rows stay locked, so that nothing begins
    there meanwhile.
    """
    rows = select(Precinct.id, Precinct.code).where(doomed).order_by(Precinct.id).with_for_update()
    codes = {row.id: row.code for row in db.session.execute(rows)}
    asked: list[Callable[[Sequence[int]], set[int]]] = current_app.extensions.get("precincts_in_use", [])
    in_use = sorted(codes[held] for held in set().union(*(ask(list(codes)) for ask in asked)))
    if in_use:
        listed = ", ".join(in_use[:20]) + ("…" if len(in_use) > 20 else "")
        raise Refusal(
            f"There is turf in {len(in_use):,} of the precincts to be removed ({listed}), and with them it "
            "would be lost. Import this file without “Take away areas”: they stay, and so does the turf."
        )


def _move_doors(run: Run, kind: str, report: Report) -> None:
    """Put the layer's doors into the new shapes, since lines may have moved."""
    own = (Door.campaign_id == run.campaign_id, District.kind == kind)
    query = (
        select(Door.id, Door.longitude, Door.latitude, Door.district_id, Door.precinct_id)
        .join(District, District.id == Door.district_id)
        .where(*own)
    )
    doors = db.session.execute(query).all()
    if not doors:
        return
    run.progress.step("Finding each door's precinct anew", len(doors))
    shapes = placing.placer(run.campaign_id, kind)
    placed = shapes.place([d.longitude for d in doors], [d.latitude for d in doors])
    db.session.execute(
        text("CREATE TEMPORARY TABLE moved_doors (id bigint, d bigint, p bigint) ON COMMIT DROP")
    )
    moved = 0
    with copied("moved_doors", ("id", "d", "p")) as write:
        for door, district, precinct in zip(doors, placed.district, placed.precinct, strict=True):
            new = (int(district) or door.district_id, int(precinct) or None)
            if new != (door.district_id, door.precinct_id):
                write((door.id, *new))
                moved += 1
    db.session.execute(
        text(
            "UPDATE doors SET district_id = m.d, precinct_id = m.p FROM moved_doors AS m WHERE m.id = "
            "doors.id"
        )
    )
    if moved:
        report.counts["Doors moved to another precinct"] = moved


__all__ = ["BadBoundaries", "check", "guess_code", "load", "read"]
