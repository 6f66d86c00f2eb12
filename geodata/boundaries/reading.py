"""Reads boundaries from whatever file people have.

The format is told by the file's first bytes, never by its name, and the file is handed to GDAL under the
right name in a folder of its own, so that neither a wrong extension nor a tricky one changes who reads it.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from geopandas import GeoDataFrame
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from geodata.boundaries import archives
from geodata.boundaries.errors import (
    BadBoundaries,
    EmptyBoundaries,
    MissingCrs,
    MissingPart,
    NotPolygons,
    SeveralLayers,
)

FORMATS = "zipped Shapefile, GeoPackage, GeoJSON, TopoJSON, KML, FlatGeobuf or GeoParquet"
_NO_CRS_OF_THEIR_OWN = {"TopoJSON", "KML"}  # both are longitude and latitude on WGS84 by their definition
_SUFFIX = {
    "GeoPackage": ".gpkg", "GeoJSON": ".geojson", "TopoJSON": ".topojson", "KML": ".kml",
    "FlatGeobuf": ".fgb", "GeoParquet": ".parquet", "Shapefile": ".shp", "zip": ".zip",
}  # fmt: skip
_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"SQLite format 3", "GeoPackage"),
    (b"fgb", "FlatGeobuf"),
    (b"PAR1", "GeoParquet"),
    (b"\x00\x00\x27\x0a", "Shapefile"),
)
_TOGETHER = "Zip .shp, .shx, .dbf and .prj together and upload again."
_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def read_boundaries(
    path: str | Path, *, layer: str | None = None, crs: Any = None, max_bytes: int = archives.MAX_BYTES
) -> GeoDataFrame:
    """Read areas from a file, in EPSG:4326 (x longitude, y latitude), with all their columns.

    Reads zipped Shapefile (or .shp with its parts beside it), GeoPackage, GeoJSON, TopoJSON, KML and KMZ,
    FlatGeobuf and GeoParquet, each also inside a zip, in any CRS. `crs` (anything pyproj understands) is used
    only when the file names none; `layer` picks one of several. Rings are not mended here
    (see check_boundaries): rows whose geometry is missing or no area are kept, so that they can be named.
    `max_bytes` bounds what a zip may unpack to.

    Raises BadBoundaries or one of its kinds: MissingCrs, MissingPart, UnsafeArchive, SeveralLayers,
    EmptyBoundaries, NotPolygons. FileNotFoundError when there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no file at {path}")
    with tempfile.TemporaryDirectory(prefix="boundaries-") as folder:
        source, kind, layer = _source(path, Path(folder), layer, max_bytes)
        frame = _read(source, kind, layer)
    return _in_degrees(_areas(frame), kind, crs)


def boundary_layers(path: str | Path, *, max_bytes: int = archives.MAX_BYTES) -> list[str]:
    """Names of the layers that read_boundaries can read from `path`; raises as it does."""
    path = Path(path)
    with tempfile.TemporaryDirectory(prefix="boundaries-") as folder:
        try:
            source, kind, _ = _source(path, Path(folder), None, max_bytes)
        except SeveralLayers as several:
            return list(several.layers)
        return [source.stem] if kind in ("GeoParquet", "Shapefile") else _layers(source)


def _source(path: Path, folder: Path, layer: str | None, max_bytes: int) -> tuple[Path, str, str | None]:
    """The file GDAL shall read, its format, and the layer left to choose inside it."""
    kind = _kind(path)
    if kind == "Shapefile":
        _require_parts(path, list(path.parent.iterdir()))
        return path, kind, None
    if kind != "zip":
        copy = folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', path.stem)[:60] or 'boundaries'}{_SUFFIX[kind]}"
        shutil.copyfile(path, copy)
        return copy, kind, layer
    files = archives.unpack(path, folder, max_bytes=max_bytes)
    return _chosen(files, layer)


def _chosen(files: list[Path], layer: str | None) -> tuple[Path, str, str | None]:
    """The one dataset among unpacked files; several are layers to choose from by their names."""
    shapes = _shapefiles(files)
    others = {f.stem: f for f in files if f not in shapes.values() and _is_dataset(f)}
    datasets = {**others, **shapes}
    if not datasets:
        names = ", ".join(sorted({f.suffix or f.name for f in files})[:8]) or "nothing"
        raise BadBoundaries(f"The zip holds no boundaries ({names}). Put a {FORMATS} into it.")
    if len(datasets) == 1:
        name, file = next(iter(datasets.items()))
        inner = None if layer == name else layer
    elif layer in datasets:
        file, inner = datasets[layer], None
    else:
        raise SeveralLayers(sorted(datasets), layer)
    kind = _kind(file)
    if kind == "Shapefile":
        _require_parts(file, files)
        if inner is not None:
            raise SeveralLayers([file.stem], inner)
    return file, kind, inner


def _shapefiles(files: list[Path]) -> dict[str, Path]:
    """Each shapefile's .shp by stem; other parts without their .shp are an error."""
    shapes = {f.stem: f for f in files if f.suffix == ".shp"}
    orphans = {f.stem for f in files if f.suffix == ".shx"} - set(shapes)
    if orphans:
        name = sorted(orphans)[0]
        raise MissingPart(f"{name}.shp is missing, the part with the shapes. {_TOGETHER}")
    return shapes


def _require_parts(shp: Path, files: list[Path]) -> None:
    there = {f.suffix.lower() for f in files if f.stem == shp.stem and f.parent == shp.parent}
    why = {".shx": "the index of the shapes", ".dbf": "the table with names and codes"}
    for suffix, what in why.items():
        if suffix not in there:
            raise MissingPart(f"{shp.stem}{suffix} is missing, {what}. {_TOGETHER}")
    _require_whole(shp)


def _require_whole(shp: Path) -> None:
    """A .shp states its length in its header; GDAL would read a shorter one as districts without shape."""
    with shp.open("rb") as file:
        stated = int.from_bytes(file.read(28)[24:28], "big") * 2  # in 16-bit words
    if shp.stat().st_size < stated:
        raise BadBoundaries(f"{shp.name} is cut off: it should have {stated:,} bytes. Export it again.")


def _is_dataset(file: Path) -> bool:
    if file.suffix not in {*_SUFFIX.values(), ".json", ".geoparquet"} or file.suffix == ".zip":
        return False
    try:
        return _kind(file) != "zip"
    except BadBoundaries:
        return False


def _kind(path: Path) -> str:
    """The format by the first bytes of the file."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise EmptyBoundaries(f"{path.name} is empty. Export it again from the program it came from.")
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return _json_kind(path)
    if text.startswith(b"<") and b"<kml" in text.lower():
        return _kml(path)
    raise BadBoundaries(f"{path.name} is in no format that can be read. Save it as {FORMATS}.")


def _json_kind(path: Path) -> str:
    kind = _json_type(path)
    if kind == "Topology":
        return "TopoJSON"
    if kind in ("FeatureCollection", "Feature", "Polygon", "MultiPolygon", "GeometryCollection"):
        return "GeoJSON"
    raise BadBoundaries(f"{path.name} is JSON but neither GeoJSON nor TopoJSON. Save it as {FORMATS}.")


def _json_type(path: Path) -> str | None:
    """The "type" of the outermost object, and a sentence if the file is broken or cut off.

    GDAL reads a file that was cut off as far as it goes, and half a set of districts looks like a whole one.
    Balanced brackets and a type at the start are proof enough for large files; any doubt costs a full parse.
    """
    with path.open("rb") as file:
        first = re.match(rb'\s*\{\s*"type"\s*:\s*"(\w+)"', file.read(4096).removeprefix(b"\xef\xbb\xbf"))
    if first and _brackets_balance(path):
        return first[1].decode()
    try:
        with path.open(encoding="utf-8-sig") as text:
            found = json.load(text).get("type")
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        said = f"{path.name} is broken JSON ({problem}). Export it again, it may be cut off."
        raise BadBoundaries(said) from problem
    return found if isinstance(found, str) else None


def _brackets_balance(path: Path) -> bool:
    open_by = {b"{": 0, b"[": 0}
    with path.open("rb") as file:
        while chunk := file.read(1024**2):
            for opening, closing in ((b"{", b"}"), (b"[", b"]")):
                open_by[opening] += chunk.count(opening) - chunk.count(closing)
    return not any(open_by.values())


def _kml(path: Path) -> str:
    content = path.read_bytes()
    # An entity defined in the file itself can grow without bound ("billion laughs"); KML needs none.
    if re.search(rb"<!(DOCTYPE|ENTITY)", content, re.IGNORECASE):
        raise BadBoundaries(f"{path.name} defines XML entities, which KML never needs. Export it without.")
    # A link holds no areas, and nothing an upload names is ever fetched.
    if re.search(rb"<(\w+:)?NetworkLink\b", content):
        raise BadBoundaries(f"{path.name} only points to another file. Open that one and save its areas.")
    return "KML"


def _read(source: Path, kind: str, layer: str | None) -> GeoDataFrame:
    try:
        if kind == "GeoParquet":
            return gpd.read_parquet(source)
        if kind == "Shapefile":
            return _read_layer(source, None)
        names = _layers(source)
        if layer is None and len(names) > 1:
            raise SeveralLayers(names)
        if layer is not None and layer not in names:
            raise SeveralLayers(names, layer)
        return _read_layer(source, layer)
    except BadBoundaries:
        raise
    except Exception as problem:  # GDAL, Arrow and pandas raise a dozen kinds for a damaged file
        first = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
        first = first.replace(f"{source.parent}/", "")
        said = f"The {kind} file cannot be read ({first}). Export it again or use another format."
        raise BadBoundaries(said) from problem


def _read_layer(source: Path, layer: str | None) -> GeoDataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ring order, invalid geometry: check_boundaries reports on those
        frame = pyogrio.read_dataframe(source, layer=layer, on_invalid="ignore")
    if not isinstance(frame, GeoDataFrame):
        raise NotPolygons("The file is a table without shapes. Upload the file with the areas themselves.")
    return frame


def _layers(source: Path) -> list[str]:
    """Layers that hold shapes; plain tables inside a GeoPackage are no boundaries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        listed = pyogrio.list_layers(source)
    with_shapes = [str(name) for name, geometry in listed if geometry is not None]
    return with_shapes or [str(name) for name, _ in listed]


def _areas(frame: GeoDataFrame) -> GeoDataFrame:
    if not len(frame):
        raise EmptyBoundaries("The file holds no boundaries. Check the export: was anything selected?")
    shapes = shapely.force_2d(np.asarray(frame.geometry.array))
    kinds = shapely.get_type_id(shapes)
    if not np.isin(kinds, [*_POLYGONS, shapely.GeometryType.GEOMETRYCOLLECTION]).any():
        found = sorted({shapely.GeometryType(k).name.lower() for k in kinds if k >= 0}) or ["nothing"]
        raise NotPolygons(f"The file holds {', '.join(found)} where areas are needed. Upload the polygons.")
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def _in_degrees(frame: GeoDataFrame, kind: str, crs: Any) -> GeoDataFrame:
    if frame.crs is None or (kind == "TopoJSON" and crs is not None):
        frame = frame.set_crs(_given_crs(frame, kind, crs), allow_override=True)
    if frame.crs.to_epsg() != 4326:
        try:
            frame = frame.to_crs(4326)
        except (ProjError, CRSError) as problem:
            raise BadBoundaries(
                f"The file's coordinate system “{frame.crs.name}” has no place on the globe. "
                "Save it in EPSG:4326 (longitude and latitude) and upload again."
            ) from problem
    _require_on_globe(frame, kind)
    return frame.reset_index(drop=True)


def _given_crs(frame: GeoDataFrame, kind: str, crs: Any) -> CRS:
    if crs is not None:
        try:
            return CRS.from_user_input(crs)
        except CRSError as problem:
            said = f"“{crs}” is no coordinate system. Give a code such as EPSG:4269."
            raise BadBoundaries(said) from problem
    if kind in _NO_CRS_OF_THEIR_OWN and _looks_like_degrees(frame):
        return CRS.from_epsg(4326)
    part = "Its .prj part is missing." if kind == "Shapefile" else "The file names none."
    raise MissingCrs(
        f"Which coordinate system is this? {part} Add it, or give its code, such as EPSG:4269 for "
        "US Census files in degrees or EPSG:26918 for UTM zone 18 north."
    )


def _looks_like_degrees(frame: GeoDataFrame) -> bool:
    west, south, east, north = frame.total_bounds
    return bool(west >= -180.001 and east <= 180.001 and south >= -90.001 and north <= 90.001)


def _require_on_globe(frame: GeoDataFrame, kind: str) -> None:
    coordinates = shapely.get_coordinates(np.asarray(frame.geometry.array))
    if not len(coordinates):
        return
    lon, lat = np.abs(coordinates).max(axis=0)
    if not (lon <= 360 and lat <= 90.001):  # NaN and infinity fail this too
        raise MissingCrs(
            f"Coordinates of this {kind} file are not on the globe, so its coordinate system is not "
            "what it says. Save it in EPSG:4326 (longitude and latitude) and upload again."
        )
