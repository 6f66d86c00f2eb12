"""Streets and barriers from a file: OSM extracts, TIGER roads, a city's centrelines, or lines of barriers."""

from __future__ import annotations

import uuid
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from sqlalchemy import delete, select, text

from geodata.streets import BadStreets, Columns, StreetLines, read_streets
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import streets
from volunteer_hub.districts.importing.run import Report, Run, copied
from volunteer_hub.districts.models import Import, Street

OSM_ENDINGS = (".osm", ".osm.gz", ".pbf", ".osm.xml")
_RAIL = ("rail", "light_rail", "narrow_gauge", "tram_train")
_WATER = ("river", "canal")
_COLUMNS = (
    "kind", "road_class", "name", "line", "digest", "min_lon", "min_lat", "max_lon", "max_lat",
    "campaign_id", "import_id",
)  # fmt: skip


def load(run: Run) -> Report:
    """Bring the streets of a file in. A file of the same name replaces what came from it before."""
    report = Report()
    run.progress.step("Reading the file")
    found = list(_barriers(run, report) if run.options.get("are_barriers") else _streets(run, report))
    run.progress.step("Saving the streets", len(found))
    _forget_earlier(run)
    before = _count(run.campaign_id)
    _save(run, found)
    report.counts["Pieces kept"] = _count(run.campaign_id) - before
    return report


def look(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """A first look at a file of streets: how many lines of which class, and which columns say so."""
    try:
        read = _read(path, options)
    except Refusal as refusal:
        return {"rows": len(_outlines(path, options)), "columns": [], "classes": {}, "sentence": str(refusal)}
    west, south, east, north = shapely.total_bounds(read.lines)
    return {
        "rows": len(read.lines),
        "columns": [],
        "said": read.columns.sentence(),
        "classes": _classes(read.kind),
        "left_out": {why: count for why, count in read.left_out.items() if count and why != "motorway"},
        "named": int(sum(name is not None for name in read.name)),
        "bounds": [float(each) for each in (west, south, east, north)],
    }


def _read(path: Path, options: dict[str, Any]) -> StreetLines:
    with _named(path) as named:
        try:
            return read_streets(
                named, columns=_columns(options), layer=options.get("layer") or None,
                crs=options.get("crs") or None,
            )  # fmt: skip
        except BadStreets as refusal:
            raise Refusal(str(refusal).replace(named.name, path.name)) from refusal


@contextmanager
def _named(path: Path) -> Iterator[Path]:
    """The file under a name that ends as its first bytes say; uploads are kept without an ending."""
    with path.open("rb") as file:
        start = file.read(4096)
    ending = next((ending for ending, is_it in _ENDINGS if is_it(start)), ".geojson")
    named = path.with_name(f"{path.name}-{uuid.uuid4().hex[:8]}{ending}")
    named.hardlink_to(path)
    try:
        yield named
    finally:
        named.unlink()


def _gunzipped(start: bytes) -> bytes:
    """What a gzip file begins with, as far as these bytes tell; empty for others."""
    try:
        return zlib.decompressobj(wbits=31).decompress(start, 2048)
    except zlib.error:
        return b""


_ENDINGS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    (".zip", lambda start: start.startswith(b"PK")),
    (".gpkg", lambda start: start.startswith(b"SQLite format 3")),
    (".parquet", lambda start: start.startswith(b"PAR1")),
    (".fgb", lambda start: start.startswith(b"fgb")),
    (".osm.pbf", lambda start: b"OSMHeader" in start[:64]),
    (".osm.gz", lambda start: b"<osm" in _gunzipped(start)),
    (".geojson.gz", lambda start: start.startswith(b"\x1f\x8b")),
    (".osm", lambda start: b"<osm" in start),
)


def _classes(kind: Any) -> dict[str, int]:
    return dict(Counter(streets.class_name(each) for each in kind).most_common())


def _columns(options: dict[str, Any]) -> Columns:
    return Columns(kind=options.get("class_column") or None, name=options.get("name_column") or None)


def _streets(run: Run, report: Report) -> Iterator[tuple[Any, ...]]:
    read = _read(run.path, run.options)
    report.counts["Lines read"] = len(read.lines)
    listed = ", ".join(f"{name} {count:,}" for name, count in _classes(read.kind).items())
    report.notes.append(f"By class: {listed}.")
    report.notes.append(f"Columns: {read.columns.sentence()}.")
    if left := {why: count for why, count in read.left_out.items() if count and why != "motorway"}:
        listed = ", ".join(f"{count:,} ({why})" for why, count in left.items())
        report.notes.append(f"Left out, since nobody walks there: {listed}.")
    yield from streets.pieces(read.lines, map(streets.class_name, read.kind), read.name, "street")
    with _named(run.path) as path:
        if path.name.endswith(OSM_ENDINGS):
            yield from _osm_barriers(path, report)


def _osm_barriers(path: Path, report: Report) -> Iterator[tuple[Any, ...]]:
    """Railways, rivers and canals of an extract."""
    source = f"/vsigzip/{path}" if path.name.endswith(".gz") else str(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # GDAL remarks on ways that leave the extract
        frame = pyogrio.read_dataframe(
            source, layer="lines", columns=["name", "railway", "waterway"],
            where="railway IS NOT NULL OR waterway IS NOT NULL",
        )  # fmt: skip
    kept = frame[frame["railway"].isin(_RAIL) | frame["waterway"].isin(_WATER)]
    report.counts["Barriers (railways and rivers)"] = len(kept)
    classes = ["rail" if value in _RAIL else "water" for value in kept["railway"]]
    yield from streets.pieces(kept.geometry.array, classes, [None] * len(kept), "barrier")


def _barriers(run: Run, report: Report) -> Iterator[tuple[Any, ...]]:
    """All lines and outlines of areas of the file."""
    lines = _outlines(run.path, run.options)
    report.counts["Barriers"] = len(lines)
    yield from streets.pieces(lines, ["barrier"] * len(lines), [None] * len(lines), "barrier")


def _outlines(path: Path, options: dict[str, Any]) -> Any:
    """All lines of a file, and the outlines of its areas, in degrees."""
    try:
        with _named(path) as named:
            frame = gpd.read_file(named)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise Refusal(
            "This file is no map of lines. Barriers can be read from Shapefile, GeoPackage and GeoJSON."
        ) from error
    if frame.crs is None:
        frame = frame.set_crs(options.get("crs") or 4326)
    shapes = np.asarray(shapely.force_2d(np.asarray(frame.to_crs(4326).geometry.array, dtype=object)))
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    outlines = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    lines = shapely.get_parts(outlines)
    lines = lines[shapely.get_dimensions(lines) == 1]
    if not len(lines):
        raise Refusal("This file holds no lines and no areas. Barriers are railways, rivers, motorways.")
    return lines


def _forget_earlier(run: Run) -> None:
    earlier = select(Import.id).where(
        Import.campaign_id == run.campaign_id,
        Import.kind == "streets",
        Import.id != run.id,
        Import.file_name == run.file_name,
    )
    own = Street.campaign_id == run.campaign_id
    if run.options.get("remove_all"):
        db.session.execute(delete(Street).where(own))
    else:
        db.session.execute(delete(Street).where(own, Street.import_id.in_(earlier)))


def _save(run: Run, found: list[tuple[Any, ...]]) -> None:
    """A piece that is there already, from an extract that overlaps, is kept once."""
    db.session.execute(
        text("CREATE TEMPORARY TABLE new_streets (LIKE streets INCLUDING DEFAULTS) ON COMMIT DROP")
    )
    db.session.execute(text("ALTER TABLE new_streets ALTER COLUMN id DROP NOT NULL"))
    with copied("new_streets", _COLUMNS) as write:
        for done, piece in enumerate(found, start=1):
            write((*piece, run.campaign_id, run.id))
            if not done % 1000:
                run.progress.to(done)
    names = ", ".join(_COLUMNS)
    db.session.execute(
        text(
            f"INSERT INTO streets ({names}) SELECT {names} FROM new_streets "  # noqa: S608 - our own names
            "ON CONFLICT (campaign_id, digest) DO NOTHING"
        )
    )


def _count(campaign_id: int) -> int:
    counts = streets.street_counts(campaign_id)
    return counts.streets + counts.barriers
