"""Doors, streets, barriers and districts from files, as cutting needs them: the same for its check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer

from geodata.boundaries import locate
from geodata.commands.errors import BadInput
from geodata.commands.options import Number
from geodata.commands.polygons import checked_polygons
from geodata.commands.summary import Summary
from geodata.commands.tables import Table, read
from geodata.crs import TooWide, great_circle_km, local_metric_crs
from geodata.matching.problem import Floats
from geodata.streets import BadStreets, Network, Ties, WalkTable, build_network, read_streets, tie, walk_table
from geodata.turf import Pace

MOST_MINUTES = 1_440  # at a door: a day
ELSEWHERE_M = 20_000.0  # streets so far from every door are another town's
STRAIGHT_DEG = 0.01  # an edge so long bends by some centimetres when projected


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of a cut that its check needs too."""

    minutes: float
    streets: Path | None
    barriers: Path | None
    within: Path | None
    id_column: str | None
    min_doors: int | None
    max_doors: int | None
    pace: Pace


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The walking network around the doors, and where each door stands on it."""

    network: Network
    ties: Ties
    table: WalkTable


@dataclass(frozen=True, slots=True, eq=False)
class DoorsToCut:
    """ids of all doors of the file; used (n,) rows of those with a place and in a district, the others are in
    `without`: counts by why. All else is of the used ones: xy_m (n, 2) in `crs`, building (key or None),
    group (a key), street, number, unit, people (n,) or None; barriers: shapely; ground: None without streets;
    within: the district's polygon of each group, None where no file of them is given.
    """

    file: str
    ids: np.ndarray[Any, Any]
    used: np.ndarray[Any, Any]
    without: dict[str, int]
    xy_m: np.ndarray[Any, Any]
    crs: CRS
    building: list[Any] | None
    group: list[tuple[str, ...]] | None
    street: list[str] | None
    number: list[str] | None
    unit: list[str] | None
    people: np.ndarray[Any, Any] | None
    barriers: list[Any]
    ground: Ground | None
    within: dict[tuple[str, ...], Any] | None = None


def turf_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that make up Wanted."""
    file = click.Path(path_type=Path)
    options = (
        click.option("--minutes", type=Number(min=1, max=10_000), required=True,
                     help="of a turf, walking and talking"),
        click.option("--streets", type=file, metavar="FILE",
                     help="measure walks along these streets (OSM extract, TIGER or a city's lines)"),
        click.option("--barriers", type=file, metavar="FILE",
                     help="lines or areas that nobody walks across, but by a street"),
        click.option("--within", type=file, metavar="DISTRICTS", help="areas that no turf leaves"),
        click.option("--id", "id_column", metavar="COLUMN", help="the districts' column of codes"),
        click.option("--min-doors", type=click.IntRange(min=1), metavar="N", help="of a turf, at least"),
        click.option("--max-doors", type=click.IntRange(min=1), metavar="N", help="of a turf, at most"),
        click.option("--pace", type=Number(min=1, max=1000), default=75.0, show_default=True,
                     help="metres a minute"),
        click.option("--contact-rate", type=Number(min=0, max=1), default=0.25, show_default=True,
                     help="share of doors where somebody talks"),
        click.option("--knock-minutes", type=Number(0.01, MOST_MINUTES), default=1.0, show_default=True),
        click.option("--contact-minutes", type=Number(0, MOST_MINUTES), default=4.0, show_default=True),
        click.option("--stairs-minutes", type=Number(0, MOST_MINUTES), default=0.25, show_default=True,
                     help="for each door of a building above its first"),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def wanted(given: dict[str, Any]) -> Wanted:
    """The options as one object. Raises a usage error for those that do not go together."""
    if (given["within"] is None) != (given["id_column"] is None):
        raise click.UsageError("--within DISTRICTS and --id COLUMN go together.")
    low, high = given["min_doors"], given["max_doors"]
    if low is not None and high is not None and low > high:
        raise click.UsageError(f"--min-doors {low} is more than --max-doors {high}.")
    pace = Pace(
        given["pace"], given["knock_minutes"], given["contact_minutes"], given["contact_rate"],
        given["stairs_minutes"],
    )  # fmt: skip
    return Wanted(
        given["minutes"], given["streets"], given["barriers"], given["within"], given["id_column"], low, high,
        pace,
    )  # fmt: skip


def read_doors(doors: Path, wish: Wanted, summary: Summary) -> DoorsToCut:
    """Read and check everything. Raises BadInput."""
    table = read(doors)
    ids = table.ids("id")
    latitude, longitude, placed = table.known_positions()
    summary.step(f"{table.rows:,} doors read")
    group, inside, districts = _districts(table, latitude, longitude, placed, wish)
    used = np.flatnonzero(inside)
    if not len(used):
        why = "no door has a latitude and a longitude." if not placed.any() else "no door lies in a district."
        raise BadInput(table.file, why)
    crs, xy = projected(
        latitude[used], longitude[used], lambda at, why: table.refuse("latitude", int(used[at]), why)
    )
    barriers = lines_of(wish.barriers, crs)
    street = _column(table, "street", used)
    ground = ground_of(wish.streets, crs, xy, street, barriers, summary) if wish.streets else None
    building = _column(table, "building", used)
    groups = [group[row] for row in used] if group is not None else None
    without = {"without_place": int((~placed).sum()), "outside_districts": int((placed & ~inside).sum())}
    return DoorsToCut(
        table.file, ids, used, without, xy, crs,
        [each or None for each in building] if building is not None else None,
        groups,
        street, _column(table, "number", used), _column(table, "unit", used),
        table.whole("people", 1)[used] if table.has("people") else None, barriers, ground,
        _within(districts, groups, crs) if districts is not None and groups is not None else None,
    )  # fmt: skip


def _districts(
    table: Table, latitude: Any, longitude: Any, placed: Any, wish: Wanted
) -> tuple[list[tuple[str, ...]] | None, Any, Any]:
    """A key for each row of the districts that no turf may leave, the area's code and what the table says
    (None where nobody asked); (rows,) which doors have a place in one; and the polygons by code in degrees,
    None without --within.
    """
    told = table.text("district").tolist() if table.has("district") else None
    if wish.within is None or wish.id_column is None:
        return None if told is None else [(each,) for each in told], placed, None
    frame = checked_polygons(wish.within, wish.id_column)
    codes = frame[wish.id_column].astype(str).tolist()
    shapes = np.asarray(frame.geometry.to_crs(4326).array, dtype=object)
    found = locate(
        np.where(placed, longitude, 0.0), np.where(placed, latitude, 0.0), shapes, ids=codes
    )  # fmt: skip
    names = np.append(np.asarray(codes, dtype=object), "")[found.index].tolist()
    keys: list[tuple[str, ...]] = [(name,) for name in names]
    if told is not None:
        keys = list(zip(names, told, strict=True))
    return keys, placed & (found.index >= 0), _by_code(codes, shapes)


def _by_code(codes: list[str], shapes: Any) -> dict[str, Any]:
    """One shape for each code; some districts have a row for each of their parts."""
    parts: dict[str, list[Any]] = {}
    for code, shape in zip(codes, shapes, strict=True):
        parts.setdefault(code, []).append(shape)
    return {code: shapely.union_all(own) if len(own) > 1 else own[0] for code, own in parts.items()}


def _within(districts: dict[str, Any], groups: list[tuple[str, ...]], crs: CRS) -> dict[tuple[str, ...], Any]:
    """The polygon of each group's district in this CRS. Its edges are straight in degrees, so long ones get
    corners between.
    """
    codes = sorted({group[0] for group in groups})
    fine = shapely.segmentize([districts[code] for code in codes], STRAIGHT_DEG)
    of = dict(zip(codes, gpd.GeoSeries(fine, crs=4326).to_crs(crs), strict=True))
    return {group: of[group[0]] for group in set(groups)}


def projected(
    latitude: Floats, longitude: Floats, refusal: Callable[[int, str], BadInput]
) -> tuple[CRS, Floats]:
    """A local CRS in metres around these places, and where they lie in it (n, 2).

    Where they lie too far apart, raises what `refusal` makes of the farthest (its row here) and a sentence.
    """
    try:
        crs = local_metric_crs(gpd.GeoSeries(gpd.points_from_xy(longitude, latitude), crs=4326))
    except TooWide:
        raise refusal(*_farthest(latitude, longitude)) from None
    x, y = Transformer.from_crs(4326, crs, always_xy=True).transform(longitude, latitude)
    return crs, np.column_stack([x, y])


def _farthest(latitude: Floats, longitude: Floats) -> tuple[int, str]:
    """The last of the places that are farthest from the middle of all, and why that is too far."""
    km = great_circle_km(np.median(latitude), np.median(longitude), latitude, longitude)
    row = int(np.flatnonzero(km == km.max())[-1])
    return row, (
        f"({latitude[row]:g}, {longitude[row]:g}) is {km[row]:,.0f} km from the middle of the others, too "
        "far to be measured with them. Mend it, or take the places apart into files of their own."
    )


def lines_of(path: Path | None, crs: CRS) -> list[Any]:
    """The barriers of a file in the doors' CRS."""
    if path is None:
        return []
    if not path.is_file():
        raise BadInput(str(path), "there is no such file.")
    try:
        frame = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    except Exception as why:  # every reader fails in its own way
        raise BadInput(path.name, f"the file cannot be read ({str(why).splitlines()[0]}).") from None
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise BadInput(
            path.name, "the file has no lines or areas, or does not say in which coordinate system."
        )
    shapes = np.asarray(frame.geometry.to_crs(crs).array, dtype=object)
    there = np.array([shape is not None and not shape.is_empty for shape in shapes], bool)
    parts, row = shapely.get_parts(shapes[there], return_index=True)
    parts, again = shapely.get_parts(parts, return_index=True)  # of collections within collections
    points = shapely.get_dimensions(parts) < 1
    if points.any():
        first = int(np.flatnonzero(there)[row[again[np.argmax(points)]]])
        raise BadInput(path.name, "a barrier must be a line or an area.", row=first + 1)
    coordinates, of = shapely.get_coordinates(shapes, return_index=True)
    endless = of[~np.isfinite(coordinates).all(axis=1)]
    if len(endless):
        raise BadInput(
            path.name, "a barrier lies off the globe, or too far from the doors to be measured with them. "
            "Leave it out.", row=int(endless[0]) + 1,
        )  # fmt: skip
    return list(parts)


def ground_of(path: Path, crs: CRS, xy: Any, street: Any, barriers: list[Any], summary: Summary) -> Ground:
    """The walking network of a file, and places xy (n, 2) tied to it. Raises BadInput."""
    try:
        streets = read_streets(path)
        summary.step(f"{streets.rows:,} streets read ({streets.columns.sentence()})")
        network = build_network(streets.to_crs(crs), streets.kind, streets.name, barriers=barriers)
    except FileNotFoundError:
        raise BadInput(str(path), "there is no such file.") from None
    except BadStreets as why:
        raise BadInput(path.name, str(why).removeprefix(f"{path.name} ")) from None
    ties = tie(xy, street, network, barriers)
    if ties.off_network.all() and _lies_elsewhere(streets.to_crs(crs), xy):
        raise BadInput(path.name, "its streets are those of another place: none comes near a door or stop. "
                       "Give the streets around them, or none at all.")  # fmt: skip
    table = walk_table(xy, ties, network)
    summary.step(f"walking network of {len(network.length_m):,} blocks in {network.pieces:,} parts")
    return Ground(network, ties, table)


def _lies_elsewhere(lines: Any, xy: Any) -> bool:
    """Whether the boxes around the streets and around the places lie `ELSEWHERE_M` apart or more."""
    west, south, east, north = shapely.total_bounds(lines)
    low, high = np.min(xy, axis=0), np.max(xy, axis=0)
    return max(west - high[0], low[0] - east, south - high[1], low[1] - north) >= ELSEWHERE_M


def _column(table: Table, name: str, used: Any) -> list[str] | None:
    return table.text(name)[used].tolist() if table.has(name) else None
