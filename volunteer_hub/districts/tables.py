"""One way to read a table of doors, voters or results, whatever file it comes in, in bounded memory.

Text (CSV, TSV, any delimiter and encoding, also packed with gzip or zip), Parquet and GeoParquet, GeoPackage,
FlatGeobuf, GeoJSON, KML and zipped Shapefile. Values are text; points become the columns latitude and
longitude in EPSG:4326. The format is told by the first bytes of the file, never by its name.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geodata.boundaries import BadBoundaries, archives
from volunteer_hub.core import textfile
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.textfile import Rejected
from volunteer_hub.districts import columns

CHUNK_ROWS = 20_000
LATITUDE, LONGITUDE = "latitude", "longitude"
_SAMPLE_ROWS = 1000
_MAX_GROUP_BYTES = 4 * 1024**3
_LAYER_KINDS = {b"SQLite format 3": ".gpkg", b"fgb\x03": ".fgb"}
_NO_TEXT = {
    ".parquet": "Parquet file",
    ".geoparquet": "Parquet file",
    ".gpkg": "GeoPackage",
    ".fgb": "FlatGeobuf",
    ".zip": "zip file",
    ".geojson": "GeoJSON",
    ".kml": "KML",
}
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


@dataclass
class Chunk:
    """Some rows as text, the line (or row) number of each, the lines set aside, and how far reading is
    (0 to 1).
    """

    rows: list[list[str]]
    lines: list[int]
    rejected: list[Rejected]
    share: float


@dataclass
class Table:
    """A table ready to be read. `sample` are up to 1,000 of its first rows; `total` its rows where known."""

    columns: list[str]
    has_header: bool
    sample: list[list[str]]
    total: int | None
    _source: Any
    notes: list[str] = field(default_factory=list)

    def chunks(self, size: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """All rows, `size` at a time; may be called again to read from the start."""
        yield from self._source.chunks(size)
        self.notes += [note for note in self._source.notes() if note not in self.notes]


def refuse_disguise(path: Path, name: str) -> None:
    """Refuse plain text that is called a Parquet file, a GeoPackage and so on, as a browser saves an error
    page.
    """
    ending = Path(name.lower()).suffix
    if ending in _NO_TEXT and _kind(path) == "text":
        raise Refusal(
            f"The file’s name ends in {ending}, but its content is plain text and no {_NO_TEXT[ending]}. "
            "Export or download it again; if it is a table as text, let its name end in .csv."
        )


@contextlib.contextmanager
def open_table(
    path: Path,
    *,
    has_header: bool | None = None,
    delimiter: str | None = None,
    layer: str | None = None,
    crs: Any = None,
) -> Iterator[Table]:
    """Open the table at `path`; what is not given is found out. Refuses, with a sentence, what is no
    table.
    """
    with tempfile.TemporaryDirectory(prefix="table-") as folder, contextlib.ExitStack() as stack:
        path, suffix = _unzipped(path, Path(folder))
        if suffix == "text":
            yield _text(path, has_header, delimiter)
        elif suffix == ".parquet":
            yield _binary(_Parquet(path, stack))
        else:
            link = Path(folder) / f"layer{suffix}"
            if suffix != ".shp":
                link.symlink_to(path.resolve())
            yield _binary(_Layer(path if suffix == ".shp" else link, layer, crs))


def _unzipped(path: Path, folder: Path) -> tuple[Path, str]:
    """The file to read and its kind; a zip is unpacked first, and must hold one table."""
    kind = _kind(path)
    if kind != ".zip":
        return path, kind
    try:
        files = archives.unpack(path, folder / "zip")
    except BadBoundaries as problem:
        raise Refusal(str(problem)) from problem
    if any(file.name == "workbook.xml" for file in files):
        raise Refusal("This is an Excel workbook. Save the sheet as “CSV UTF-8” and upload that.")
    shapes = [file for file in files if file.suffix == ".shp"]
    tables = shapes or [
        f for f in files if f.suffix not in (".prj", ".cpg", ".txt", ".md", ".pdf", ".xml", ".html")
    ]
    tables = tables or [file for file in files if file.suffix == ".txt"]
    if len(tables) != 1:
        names = ", ".join(file.name for file in tables[:5]) or "no table"
        raise Refusal(f"The zip holds {names}; put exactly one table into it.")
    if shapes:
        _require_parts(shapes[0])
        return shapes[0], ".shp"
    kind = _kind(tables[0])
    if kind == ".zip":
        raise Refusal("The zip holds another zip. Unpack it once and upload what is inside.")
    return tables[0], kind


def _require_parts(shape: Path) -> None:
    for suffix, what in ((".shx", "the index of the shapes"), (".dbf", "the table with the addresses")):
        if not shape.with_suffix(suffix).is_file():
            raise Refusal(
                f"{shape.stem}{suffix} is missing, {what}. Zip .shp, .shx, .dbf and .prj together and "
                f"upload again."
            )


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return ".zip"
    if head.startswith(b"PAR1"):
        return ".parquet"
    if head.startswith(b"\x00\x00\x27\x0a"):
        raise Refusal(
            "A .shp alone has no addresses. Zip .shp, .shx, .dbf and .prj together and upload again."
        )
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise Refusal(f"This is {what}, not a table. Save the table as CSV and upload it again.")
    for magic, suffix in _LAYER_KINDS.items():
        if head.startswith(magic):
            return suffix
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return ".geojson"
    if text.startswith(b"<"):
        return _xml_kind(path, text)
    return "text"


def _xml_kind(path: Path, head: bytes) -> str:
    if b"<kml" not in head.lower():
        raise Refusal(
            "The file is XML but not KML. Save it as CSV, GeoPackage or GeoJSON and upload it again."
        )
    with path.open("rb") as file:
        if any(b"<!DOCTYPE" in line.upper() or b"<!ENTITY" in line.upper() for line in file):
            raise Refusal("The KML defines XML entities, which KML never needs. Export it without.")
    return ".kml"


def _text(path: Path, has_header: bool | None, delimiter: str | None) -> Table:
    shape = textfile.sniff(path, delimiter=delimiter)
    rows = [row[: shape.width] + [""] * (shape.width - len(row)) for row in shape.first_rows]
    header = columns.has_header(rows) if has_header is None else has_header
    names = columns.unique_names(rows[0]) if header else [f"column {n}" for n in range(1, shape.width + 1)]
    source = _Text(path, shape, header)
    return Table(names, header, rows[header : _SAMPLE_ROWS + header], None, source)


class _Text:
    def __init__(self, path: Path, shape: textfile.Shape, has_header: bool) -> None:
        self.file, self.has_header = textfile.TextTable(path, shape), has_header
        self.size = max(1, path.stat().st_size)

    def chunks(self, size: int) -> Iterator[Chunk]:
        chunk = Chunk([], [], [], 0.0)
        skip = self.has_header
        for found in self.file.rows():
            if isinstance(found, Rejected):
                chunk.rejected.append(found)
            elif skip:
                skip = False
            else:
                chunk.lines.append(found[0])
                chunk.rows.append(found[1])
            if len(chunk.rows) >= size or len(chunk.rejected) >= size:
                chunk.share = min(1.0, self.file.place / self.size)
                yield chunk
                chunk = Chunk([], [], [], 0.0)
        chunk.share = 1.0
        yield chunk

    def notes(self) -> list[str]:
        count = self.file.fallbacks
        return (
            [f"{count:,} lines were not in UTF-8 and were read as Windows-1252 (Latin-1)."] if count else []
        )


def _binary(source: _Parquet | _Layer) -> Table:
    first = next(source.chunks(_SAMPLE_ROWS), Chunk([], [], [], 1.0))
    if not source.names:
        raise Refusal("The file holds no columns. Export it again from the program it came from.")
    return Table(source.names, True, first.rows, source.total, source, source.notes())


class _Batches:
    """Arrow batches as rows of text, with points as two columns. Subclasses say where batches come from."""

    names: list[str]
    total: int | None
    geometry: str | None
    crs: CRS | None

    def _set_columns(self, schema: pa.Schema) -> None:
        self._kept = [n for n in schema.names if n != self.geometry and not _is_nested(schema.field(n).type)]
        self.names = list(self._kept)
        self._dropped = [n for n in schema.names if n != self.geometry and n not in self._kept]
        if self.geometry:
            self.names += [LATITUDE, LONGITUDE]

    def notes(self) -> list[str]:
        return (
            [f"Columns with lists or records were left out: {', '.join(self._dropped)}."]
            if self._dropped
            else []
        )

    def _batches(self, size: int) -> Iterator[pa.RecordBatch]:
        raise NotImplementedError

    def chunks(self, size: int) -> Iterator[Chunk]:
        done = 0
        for batch in self._batches(size):
            texts = [_texts(batch.column(batch.schema.get_field_index(name))) for name in self._kept]
            if self.geometry:
                texts += self._points(batch.column(batch.schema.get_field_index(self.geometry)))
            numbers = range(done + 1, done + batch.num_rows + 1)
            done += batch.num_rows
            yield _short_enough(texts, list(numbers), done / self.total if self.total else 0.5)

    def _points(self, column: pa.Array) -> list[list[str]]:
        shapes = _shapes(column)
        with np.errstate(invalid="ignore"):
            points = np.where(shapely.get_type_id(shapes) == 0, shapes, shapely.point_on_surface(shapes))
        x, y = shapely.get_x(points), shapely.get_y(points)
        if self.crs is not None and self.crs.to_epsg() != 4326:
            try:
                x, y = Transformer.from_crs(self.crs, 4326, always_xy=True).transform(x, y)
            except ProjError as problem:
                raise Refusal(
                    f"The file's coordinate system cannot be used ({problem}). Save it in EPSG:4326."
                ) from problem
        return [_degrees(y), _degrees(x)]


def _degrees(values: NDArray[np.float64]) -> list[str]:
    return [f"{value:.7f}" if np.isfinite(value) else "" for value in values]


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _texts(column: pa.Array) -> list[str]:
    """A column's values as text: whole numbers without ".0", missing values empty, no NUL."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        values = column.to_numpy(zero_copy_only=False)
        finite = values[np.isfinite(values)]
        if len(finite) and (np.abs(finite) < 1e15).all() and (finite == np.round(finite)).all():
            column = pa.array(values, from_pandas=True).cast(pa.int64())
        else:
            column = pa.array(values, from_pandas=True)
    text = pc.fill_null(column.cast(pa.large_string()), "")
    if pc.any(pc.match_substring(text, "\0")).as_py():
        text = pc.replace_substring(text, "\0", "")
    found: list[str] = text.to_pylist()
    return found


def _short_enough(texts: list[list[str]], numbers: list[int], share: float) -> Chunk:
    rows = [list(row) for row in zip(*texts, strict=True)]
    longest = max((max(map(len, column), default=0) for column in texts), default=0)
    if longest <= textfile.MAX_FIELD:
        return Chunk(rows, numbers, [], share)
    kept: list[tuple[int, list[str]]] = []
    rejected = []
    for number, row in zip(numbers, rows, strict=True):
        if max(map(len, row)) > textfile.MAX_FIELD:
            rejected.append(Rejected(number, f"a field is longer than {textfile.MAX_FIELD:,} characters"))
        else:
            kept.append((number, row))
    return Chunk([row for _, row in kept], [number for number, _ in kept], rejected, share)


class _Parquet(_Batches):
    def __init__(self, path: Path, stack: contextlib.ExitStack) -> None:
        try:
            self.file = stack.enter_context(pq.ParquetFile(path))
        except (pa.ArrowException, OSError) as problem:
            raise Refusal(f"The Parquet file is damaged ({_first(problem)}). Export it again.") from problem
        meta = self.file.metadata
        if any(meta.row_group(i).total_byte_size > _MAX_GROUP_BYTES for i in range(meta.num_row_groups)):
            raise Refusal("The Parquet file packs too much into one row group. Write it in smaller groups.")
        self.total = meta.num_rows
        schema = self.file.schema_arrow
        self.geometry, self.crs = _geo(schema)
        self._set_columns(schema)

    def _batches(self, size: int) -> Iterator[pa.RecordBatch]:
        wanted = [*self._kept, *([self.geometry] if self.geometry else [])]
        try:
            yield from self.file.iter_batches(size, columns=wanted, use_threads=False)
        except (pa.ArrowException, OSError) as problem:
            raise Refusal(f"The Parquet file is damaged ({_first(problem)}). Export it again.") from problem


def _geo(schema: pa.Schema) -> tuple[str | None, CRS | None]:
    """The geometry column of a GeoParquet file and its CRS (longitude and latitude where none is named)."""
    import json

    raw = (schema.metadata or {}).get(b"geo")
    if not raw:
        return None, None
    try:
        geo = json.loads(raw)
        name = geo["primary_column"]
        named = geo["columns"][name].get("crs", "OGC:CRS84")
        crs = CRS.from_user_input(named) if named else None
    except (ValueError, KeyError, TypeError, CRSError) as problem:
        raise Refusal(
            f"The GeoParquet file describes its shapes wrongly ({problem}). Export it again."
        ) from problem
    return (name if name in schema.names else None), crs


class _Layer(_Batches):
    def __init__(self, path: Path, layer: str | None, crs: Any) -> None:
        self.path = path
        with _quiet():
            names = [str(name) for name, _ in _listed(path)]
            if layer is None and len(names) > 1:
                raise Refusal(
                    f"The file holds several layers; choose one of: {', '.join(names[:20])}.", field="layer"
                )
            if layer is not None and layer not in names:
                raise Refusal(
                    f"There is no layer “{layer}”. There are: {', '.join(names[:20])}.", field="layer"
                )
            self.layer = layer or names[0]
            info = _gdal(lambda ogr: ogr.read_info(path, layer=self.layer, force_feature_count=True))
        self.total = int(info["features"]) or None
        self.geometry = "wkb" if info["geometry_type"] else None
        self.crs = self._crs(info, crs)
        self._ogr_names = [str(name) for name in info["fields"]]
        self._kept, self._dropped = list(self._ogr_names), []
        self.names = self._kept + ([LATITUDE, LONGITUDE] if self.geometry else [])

    def _crs(self, info: dict[str, Any], given: Any) -> CRS | None:
        if not self.geometry:
            return None
        named = info["crs"] or given
        try:
            if named:
                return CRS.from_user_input(named)
        except CRSError as problem:
            raise Refusal(
                f"“{named}” is no coordinate system. Give a code such as EPSG:4269.", field="crs"
            ) from problem
        west, south, east, north = info["total_bounds"] or (0, 0, 0, 0)
        if west < -180 or east > 180 or south < -90 or north > 90:
            raise Refusal(
                "Which coordinate system is this? The file names none (its .prj part may be missing). "
                "Give its code, such as EPSG:26918 for UTM zone 18 north.",
                field="crs",
            )
        return CRS.from_epsg(4326)

    def _batches(self, size: int) -> Iterator[pa.RecordBatch]:
        import pyogrio

        with (
            _quiet(),
            pyogrio.open_arrow(self.path, layer=self.layer, batch_size=size, use_pyarrow=True) as (
                meta,
                reader,
            ),
        ):
            geometry = meta.get("geometry_name") or "wkb_geometry"
            try:
                for batch in reader:
                    names = [
                        "wkb" if name in (geometry, "wkb_geometry") else name for name in batch.schema.names
                    ]
                    yield batch.rename_columns(names)
            except (pa.ArrowException, RuntimeError, OSError) as problem:
                raise Refusal(f"The file is damaged ({_first(problem)}). Export it again.") from problem


def _listed(path: Path) -> Any:
    import pyogrio

    return _gdal(lambda _: pyogrio.list_layers(path))


def _gdal(call: Any) -> Any:
    import pyogrio

    try:
        return call(pyogrio)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        RuntimeError,
        ValueError,
    ) as problem:
        raise Refusal(
            f"The file cannot be read ({_first(problem)}). Export it again or use another format."
        ) from problem


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ring order, unknown suffixes: nothing a table cares for
        yield


def _first(problem: Exception) -> str:
    """The first line of a library's complaint, without the folder the file lies in."""
    text = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
    return " ".join(word for word in text.split() if os.sep not in word)[:200]


def _shapes(column: pa.Array) -> NDArray[np.object_]:
    values = column.to_numpy(zero_copy_only=False)
    return np.asarray(shapely.from_wkb(values, on_invalid="ignore"), dtype=object)
