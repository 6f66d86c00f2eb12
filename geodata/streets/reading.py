"""Reads streets from extracts of OpenStreetMap, TIGER lines, cities' centrelines and plain GeoJSON."""

from __future__ import annotations

import gzip
import re
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely

from geodata.streets.classes import CLOSED
from geodata.streets.columns import Columns, Entry, guess_columns, reader_of
from geodata.streets.errors import BadStreets
from geodata.streets.noding import Longs

FORMATS = "an OpenStreetMap extract (.osm, .osm.gz, .osm.pbf), GeoPackage, GeoJSON, Shapefile or GeoParquet"
_TAG = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_GLOBE = (360.0, 90.0, 360.0, 90.0)  # some files count longitudes on beyond 180
_OSM_TAGS = ("foot", "access", "service", "motorroad", "alt_name", "railway", "waterway")


@dataclass(frozen=True, slots=True, eq=False)
class StreetLines:
    """Streets of a file, in EPSG:4326: lines (n,) shapely LineStrings, kind (n,) numbers of KINDS or CLOSED,
    name (n,) text or None. columns: what was taken for what; left_out: how many lines by why (those of
    motorways stay in `lines`, CLOSED, since they part).
    """

    lines: npt.NDArray[np.object_]
    kind: Longs
    name: npt.NDArray[np.object_]
    columns: Columns
    rows: int
    left_out: dict[str, int]

    def to_crs(self, crs: Any) -> npt.NDArray[np.object_]:
        """(n,) the lines in another CRS. Raises BadStreets for one that lies too far away for it."""
        drawn = np.asarray(gpd.GeoSeries(self.lines, crs=4326).to_crs(crs).array, dtype=object)
        xy, owner = shapely.get_coordinates(drawn, return_index=True)
        endless = owner[~np.isfinite(xy).all(axis=1)]
        if len(endless):
            longitude, latitude = shapely.get_coordinates(self.lines[endless[0]])[0]
            raise BadStreets(
                f"A street at latitude {latitude:g}, longitude {longitude:g} is too far away to be measured "
                "with the doors. Leave it out of the file, or mend its coordinates."
            )
        return drawn


def read_streets(
    path: str | Path, *, columns: Columns | None = None, layer: str | None = None, crs: Any = None
) -> StreetLines:
    """Read the streets of a file; `columns` says where the guess by well-known names is wrong.

    `crs` is used only where the file names none; `layer` picks one of several. Raises BadStreets with a
    sentence that says how to mend the file, FileNotFoundError where there is none.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no file at {path}")
    if path.stat().st_size == 0:
        raise BadStreets(f"{path.name} is empty. Export it again from the program it came from.")
    frame = _in_degrees(_frame(path, layer), path.name, crs)
    frame, dropped = _lines(frame, path.name)
    said = guess_columns([c for c in frame.columns if c != frame.geometry.name], columns)
    for what in ("kind", "name", "alias", "access", "foot"):
        column = getattr(said, what)
        if column is not None and column not in frame.columns:
            there = ", ".join(str(c) for c in frame.columns if c != frame.geometry.name)
            raise BadStreets(f"{path.name} has no column {column}; it has {there}.")
    return _streets(frame, said, dropped)


def _frame(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    """The file as a frame, whoever reads it."""
    name = path.name.lower()
    try:
        if name.endswith((".parquet", ".geoparquet")):
            return gpd.read_parquet(path)
        if name.endswith((".osm", ".osm.gz", ".pbf", ".osm.xml")):
            return _osm(path)
        source = f"/vsigzip/{path}" if name.endswith(".gz") else str(path)
        layers = [str(row[0]) for row in pyogrio.list_layers(source)]
        if layer is None and len(layers) > 1:
            lined = [str(n) for n, kind in pyogrio.list_layers(source) if kind and "LineString" in kind]
            if len(lined) != 1:
                raise BadStreets(
                    f"{path.name} holds several layers ({', '.join(layers)}), and not one alone of lines. "
                    "Export the layer of streets to a file of its own."
                )
            layer = lined[0]
        if layer is not None and layer not in layers:
            raise BadStreets(f"{path.name} has no layer {layer}; it has {', '.join(layers)}.")
        return pyogrio.read_dataframe(source, layer=layer)
    except BadStreets:
        raise
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError) as why:
        raise BadStreets(f"{path.name} cannot be read as {FORMATS} ({why}). Export it again.") from None


def _osm(path: Path) -> gpd.GeoDataFrame:
    """The ways of an extract, with the tags that tell who may walk."""
    if path.name.lower().endswith(".gz"):
        _whole_gzip(path)
        source = f"/vsigzip/{path}"
    else:
        source = str(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # GDAL remarks on ways that leave the extract
        frame = pyogrio.read_dataframe(
            source, layer="lines", columns=["name", "highway", "railway", "other_tags"],
            where="highway IS NOT NULL",
        )  # fmt: skip
    tags = [dict(_TAG.findall(text)) if isinstance(text, str) else {} for text in frame["other_tags"]]
    more = {tag: [each.get(tag) for each in tags] for tag in _OSM_TAGS if tag != "railway"}
    motor = np.array([value == "yes" for value in more.pop("motorroad")], dtype=bool)
    frame = frame.assign(**more)
    if motor.any():
        frame.loc[motor, "highway"] = "motorroad"
    return frame.drop(columns=["other_tags"])


def _whole_gzip(path: Path) -> None:
    """GDAL reads a gzip that was cut off as far as it goes; half a city looks like a whole one."""
    try:
        with gzip.open(path) as file:
            while file.read(1 << 22):
                pass
    except (OSError, EOFError) as why:
        raise BadStreets(f"{path.name} is no whole gzip file ({why}). Download it again.") from None


def _in_degrees(frame: gpd.GeoDataFrame, file: str, crs: Any) -> gpd.GeoDataFrame:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry is None:
        raise BadStreets(f"{file} holds a table without lines. Export the streets with their geometry.")
    if frame.crs is None:
        if crs is None:
            raise BadStreets(
                f"{file} does not say which coordinate system it is in. Export it again with "
                "its coordinate system, or as GeoJSON in degrees."
            )
        frame = frame.set_crs(crs)
    return frame.to_crs(4326)


def _lines(frame: gpd.GeoDataFrame, file: str) -> tuple[gpd.GeoDataFrame, int]:
    """One LineString a row, flat; how many rows had none. Raises BadStreets where there is not one."""
    geometry = np.asarray(shapely.force_2d(np.asarray(frame.geometry.array, dtype=object)), dtype=object)
    parts, row = shapely.get_parts(geometry, return_index=True)
    rings = shapely.get_type_id(parts) == shapely.GeometryType.LINEARRING
    parts[rings] = [shapely.LineString(ring.coords) for ring in parts[rings]]
    good = (shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(parts)
    if not good.any():
        raise BadStreets(f"{file} holds no lines. Streets are needed as lines, not as points or areas.")
    reach = shapely.bounds(parts[good])
    finite = np.isfinite(reach).all(axis=1)
    off = np.flatnonzero(finite & (np.abs(reach) > _GLOBE).any(axis=1))
    if len(off):
        west, south = reach[off[0], :2]
        raise BadStreets(
            f"{file} has a street at latitude {south:g}, longitude {west:g} (row "
            f"{int(row[good][off[0]]) + 1:,}), which is not on the globe. Mend it, or export the file again."
        )
    row, parts = row[good][finite], parts[good][finite]
    kept = frame.drop(columns=frame.geometry.name).iloc[row].reset_index(drop=True)
    there = np.zeros(len(frame), dtype=bool)
    there[row] = True
    return gpd.GeoDataFrame(kept, geometry=parts, crs=4326), int((~there).sum())


def _streets(frame: gpd.GeoDataFrame, columns: Columns, dropped: int) -> StreetLines:
    values = {name: _column(frame, getattr(columns, name)) for name in ("kind", "foot", "access")}
    service = _column(frame, "service" if "service" in frame.columns else None)
    read = reader_of(columns.kind, list(dict.fromkeys(values["kind"])))
    texts = zip(values["kind"], values["foot"], values["access"], service, strict=True)
    known: dict[tuple[Any, ...], tuple[int, str]] = {}
    found = [
        known.get(key) or known.setdefault(key, read(key[0], Entry(*map(_text, key[1:])))) for key in texts
    ]
    kind = np.array([number for number, _ in found], dtype=np.int64)
    why = np.array([reason for _, reason in found], dtype=object)
    left_out = Counter(why[kind == CLOSED].tolist()) + Counter({"not a line": dropped})
    lines, name = np.asarray(frame.geometry.array, dtype=object), _names(frame, columns.name)
    keep = (kind != CLOSED) | (why == "motorway")
    if not (kind != CLOSED).any():
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(left_out.items()))
        raise BadStreets(
            f"No line of the file is a street that people may walk ({reasons}; columns: "
            f"{columns.sentence()}). Export the streets with their classes in a column named class or "
            "highway, or without any: then all count as residential."
        )
    streets = StreetLines(lines[keep], kind[keep], name[keep], columns, len(frame), dict(left_out))
    return _with_aliases(streets, _names(frame, columns.alias)[keep])


def _with_aliases(streets: StreetLines, alias: npt.NDArray[np.object_]) -> StreetLines:
    """A line with a second name is there twice; noding makes one edge of both, with both names."""
    more = np.array([isinstance(text, str) for text in alias], dtype=bool) & (streets.kind != CLOSED)
    return replace(
        streets,
        lines=np.concatenate([streets.lines, streets.lines[more]]),
        kind=np.concatenate([streets.kind, streets.kind[more]]),
        name=np.concatenate([streets.name, alias[more]]),
    )


def _column(frame: pd.DataFrame, column: str | None) -> list[Any]:
    """Texts and numbers, None for blanks; of a list, as joined ways have, the first."""
    if column is None:
        return [None] * len(frame)
    values = [_first(value) for value in frame[column].tolist()]
    return [None if value is None or value != value else value for value in values]


def _first(value: Any) -> Any:
    while isinstance(value, (list, tuple, np.ndarray)):
        value = value[0] if len(value) else None
    return str(value) if isinstance(value, (dict, set)) else value


def _names(frame: pd.DataFrame, column: str | None) -> npt.NDArray[np.object_]:
    out = np.full(len(frame), None, dtype=object)
    for row, text in enumerate(_column(frame, column)):
        if text is not None and str(text).strip():
            out[row] = str(text).strip()
    return out


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
