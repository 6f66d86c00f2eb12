"""Tables from files: CSV, GeoParquet or whatever else GDAL reads, with checked columns.

A column is asked for by name and kind; what does not fit is refused with file, row and column.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import shapely

from geodata.commands.errors import BadInput
from geodata.matching.problem import Floats, Ints, Longs

_TEXT_FILES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
_DELIMITERS = ",\t;|"
_NOBODY_SOUTH, _NOBODY_NORTH = -60.0, 85.0
_BLANK = 1.5e300  # which nobody writes


class Table:
    """Columns of a file. Methods that give one raise BadInput where it does not hold what it must."""

    def __init__(self, file: str, columns: pa.Table) -> None:
        self.file = file
        self._columns = columns
        self.rows = columns.num_rows

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self._columns.column_names

    def names(self) -> list[str]:
        """The columns, in the order of the file."""
        return list(self._columns.column_names)

    def need(self, *names: str) -> None:
        """Refuse a file without one of these columns."""
        for name in names:
            if not self.has(name):
                there = ", ".join(self.names()) or "none"
                raise BadInput(self.file, f"there is no such column; the file has {there}.", column=name)

    def text(self, name: str, default: str = "") -> np.ndarray[Any, Any]:
        """(rows,) str; blanks are `default`."""
        if not self.has(name):
            return np.full(self.rows, default, dtype=object)
        return np.asarray(self._text(name, default).to_numpy(zero_copy_only=False), dtype=object)

    def ids(self, name: str) -> np.ndarray[Any, Any]:
        """(rows,) str, no two alike and none empty."""
        self.need(name)
        column = self._text(name, "")
        empty = pc.equal(column, "")
        if pc.any(empty).as_py():
            raise self._bad(name, _first(empty), "the id is empty.")
        codes = pc.dictionary_encode(column).combine_chunks()
        if len(codes.dictionary) < self.rows:
            seen = np.bincount(codes.indices.to_numpy())
            twice = np.flatnonzero(seen[codes.indices.to_numpy()] > 1)
            first = codes[int(twice[0])].as_py()
            again = int(np.flatnonzero(codes.indices.to_numpy() == codes.indices[int(twice[0])].as_py())[1])
            raise self._bad(
                name, again, f"the id {first!r} occurs a second time (first in row {int(twice[0]) + 1:,})."
            )
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)

    def number(
        self,
        name: str,
        default: float | None = None,
        *,
        low: float = -np.inf,
        high: float = np.inf,
    ) -> Floats:
        """(rows,) float64 from `low` to `high`; a blank is `default`, or refused where there is none."""
        if not self.has(name):
            if default is None:
                self.need(name)
            return np.full(self.rows, default, dtype=np.float64)
        values = self._numbers(name, default)
        wrong = ~((values >= low) & (values <= high))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise self._bad(name, row, f"{_plain(values[row])} {_limits(low, high)}.")
        return values

    def whole(self, name: str, default: int | None = None, *, low: int = 0, high: int = 2**31 - 1) -> Ints:
        """(rows,) int32 from `low` to `high`."""
        values = self.number(name, default, low=low, high=high)
        broken = values != np.floor(values)
        if broken.any():
            row = int(np.argmax(broken))
            raise self._bad(name, row, f"{_plain(values[row])} is not a whole number.")
        return values.astype(np.int32)

    def positions(self, latitude: str = "latitude", longitude: str = "longitude") -> tuple[Floats, Floats]:
        """Latitude and longitude (rows,) in degrees, where people can live."""
        lat, lon = self.number(latitude), self.number(longitude)
        self._refuse_nowhere(lat, lon, np.ones(self.rows, bool), latitude, longitude)
        return lat, lon

    def known_positions(
        self, latitude: str = "latitude", longitude: str = "longitude"
    ) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """Latitude and longitude (rows,), and which rows have both: those are where people can live."""
        self.need(latitude, longitude)
        lat, lon = self.number(latitude, _BLANK), self.number(longitude, _BLANK)
        placed = (lat != _BLANK) & (lon != _BLANK)
        self._refuse_nowhere(lat, lon, placed, latitude, longitude)
        return lat, lon, placed

    def _refuse_nowhere(self, lat: Floats, lon: Floats, rows: Any, latitude: str, longitude: str) -> None:
        wrong = rows & ~((lat >= _NOBODY_SOUTH) & (lat <= _NOBODY_NORTH) & (np.abs(lon) <= 180))
        if wrong.any():
            row = int(np.argmax(wrong))
            is_lat, why = nowhere(lat[row], lon[row]) or (True, "")
            raise self._bad(latitude if is_lat else longitude, row, why)

    def sets(self, name: str) -> tuple[Longs, list[frozenset[str]]]:
        """Lists separated by `;`: the class of each row, and the names of each class."""
        if not self.has(name):
            return np.zeros(self.rows, np.int64), [frozenset()]
        codes = pc.dictionary_encode(self._text(name, "")).combine_chunks()
        classes: dict[frozenset[str], int] = {}
        found = [
            classes.setdefault(
                frozenset(part.strip() for part in cell.split(";") if part.strip()), len(classes)
            )
            for cell in codes.dictionary.to_pylist()
        ]
        return np.asarray(found, np.int64)[codes.indices.to_numpy()], list(classes)

    def refuse(self, name: str, row: int, why: str) -> BadInput:
        """The refusal of the cell in this row (counted from 0)."""
        return self._bad(name, row, why)

    def _text(self, name: str, default: str) -> pa.ChunkedArray:
        column = self._columns[name]
        if not pa.types.is_string(column.type):
            column = self._cast(name, column, pa.string())
        trimmed = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
        return pc.if_else(pc.equal(trimmed, ""), default, trimmed) if default else trimmed

    def _numbers(self, name: str, default: float | None) -> Floats:
        column = self._columns[name]
        if pa.types.is_dictionary(column.type) or pa.types.is_large_string(column.type):
            column = self._cast(name, column, pa.string())
        if pa.types.is_string(column.type):
            column = self._from_text(name, column)
        values = np.asarray(self._cast(name, column, pa.float64()).to_numpy(), dtype=np.float64).copy()
        blank = np.asarray(pc.is_null(column).to_numpy(), dtype=bool)
        if blank.any():
            if default is None:
                raise self._bad(name, int(np.argmax(blank)), "a number is missing.")
            values[blank] = default
        if not np.isfinite(values[~blank]).all():
            row = int(np.argmax(~np.isfinite(values) & ~blank))
            raise self._bad(name, row, f"{_plain(values[row])} is not a number that can be counted with.")
        return values

    def _cast(self, name: str, column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
        try:
            return pc.cast(column, kind)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            wanted = "text" if pa.types.is_string(kind) else "numbers"
            raise BadInput(self.file, f"{wanted} are expected, not {column.type}.", column=name) from None

    def _from_text(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        text = pc.utf8_trim_whitespace(column)
        text = pc.if_else(pc.equal(text, ""), None, text)
        try:
            return pc.cast(text, pa.float64())
        except pa.ArrowInvalid:
            for row, cell in enumerate(text.to_pylist()):
                if cell is not None and not _is_number(cell):
                    raise self._bad(name, row, f"{_shown(cell)} is not a number.") from None
            raise

    def _bad(self, name: str, row: int, why: str) -> BadInput:
        return BadInput(self.file, why, row=row + 1, column=name)


def nowhere(latitude: float, longitude: float) -> tuple[bool, str] | None:
    """Why nobody can live there, and whether the latitude is to blame; None where people can."""
    if abs(latitude) > 90 or abs(longitude) > 180:
        hint = " Are latitude and longitude swapped?" if abs(longitude) <= 90 < abs(latitude) else ""
        place = f"({_plain(latitude)}, {_plain(longitude)})"
        return abs(latitude) > 90, f"{place} is not on the globe.{hint}"
    if _NOBODY_SOUTH <= latitude <= _NOBODY_NORTH:
        return None
    return True, f"nobody lives at latitude {_plain(latitude)}. Are latitude and longitude swapped?"


def read(path: Path, *, rename: Mapping[str, str] | None = None) -> Table:
    """The table in this file; `rename` maps our name of a column to the file's. Raises BadInput."""
    file = path.name
    if not path.is_file():
        raise BadInput(str(path), "there is no such file.")
    if path.stat().st_size == 0:
        raise BadInput(file, "the file is empty.")
    if file.lower().endswith(_TEXT_FILES):
        columns = _csv(path)
    elif file.lower().endswith((".parquet", ".geoparquet")):
        columns = _parquet(path)
    else:
        columns = _gdal(path)
    if columns.num_rows == 0:
        raise BadInput(file, "there are no rows under the heading.")
    return Table(file, _renamed(file, columns, rename or {}))


def _renamed(file: str, columns: pa.Table, rename: Mapping[str, str]) -> pa.Table:
    theirs = {theirs: ours for ours, theirs in rename.items()}
    for name in theirs:
        if name not in columns.column_names:
            raise BadInput(
                file, f"there is no such column; the file has {', '.join(columns.column_names)}.", column=name
            )
    kept = [name for name in columns.column_names if name in theirs or name not in rename]
    columns = columns.select(kept)
    return columns.rename_columns([theirs.get(name, name) for name in kept])


def _csv(path: Path) -> pa.Table:
    raw = _bytes(path)
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in raw[:100_000]:
        raise BadInput(path.name, "this is not a text file.")
    try:
        heading = next(csv.reader(io.StringIO(raw[:100_000].decode("utf-8", "replace"))), [])
        delimiter = _delimiter(raw)
        heading = next(
            csv.reader(io.StringIO(raw[:1_000_000].decode("utf-8", "replace")), delimiter=delimiter), []
        )
    except csv.Error as why:
        raise BadInput(path.name, f"the heading cannot be read ({why}).") from None
    names = [name.strip() for name in heading]
    _check_heading(path.name, names)
    faults: list[Any] = []

    def note(row: Any) -> str:
        faults.append(row)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(raw),
            read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as why:
        reason = "it is not UTF-8 text" if "UTF" in str(why) else str(why)
        raise BadInput(path.name, f"the file cannot be read: {reason}.") from None
    if faults:
        row = faults[0]
        number = None if row.number is None else max(row.number - 1, 1)
        raise BadInput(
            path.name,
            f"there are {row.actual_columns} cells, the heading has {row.expected_columns}.",
            row=number,
        )
    return table


def _bytes(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.name.lower().endswith(".gz") else raw
    except (OSError, EOFError, zlib.error) as why:
        raise BadInput(path.name, f"the file cannot be read ({why}).") from None


def _delimiter(raw: bytes) -> str:
    line = raw[:100_000].split(b"\n", 1)[0].decode("utf-8", "replace")
    return max(_DELIMITERS, key=lambda each: (line.count(each), each == ","))


def _check_heading(file: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(file, "the heading has this column more than once.", column=twice[0] or "(no name)")


def _parquet(path: Path) -> pa.Table:
    try:
        schema = pq.read_schema(path)
        if b"geo" not in (schema.metadata or {}):
            return pq.read_table(path)
        import geopandas as gpd

        return _with_positions(path.name, gpd.read_parquet(path))
    except (pa.ArrowInvalid, ValueError, OSError) as why:
        raise BadInput(path.name, f"the file cannot be read ({why}).") from None


def _gdal(path: Path) -> pa.Table:
    import pyogrio

    try:
        return _with_positions(path.name, pyogrio.read_dataframe(path))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as why:
        raise BadInput(path.name, f"the file cannot be read ({why}).") from None


def _with_positions(file: str, frame: Any) -> pa.Table:
    """The plain columns, and latitude and longitude of points in degrees."""
    if not hasattr(frame, "geometry") or frame.geometry is None:
        return pa.Table.from_pandas(frame, preserve_index=False)
    if frame.crs is None:
        raise BadInput(file, "the file does not say which coordinate system it is in.")
    points = frame.geometry.to_crs(4326)
    plain = frame.drop(columns=frame.geometry.name)
    if (points.geom_type == "Point").all() and not {"latitude", "longitude"} & set(plain.columns):
        plain = plain.assign(latitude=shapely.get_y(points.array), longitude=shapely.get_x(points.array))
    return pa.Table.from_pandas(plain, preserve_index=False)


def _first(mask: Any) -> int:
    return int(np.argmax(np.asarray(mask.to_numpy(), dtype=bool)))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell and cell.isascii()


def _plain(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:40] + "…")


def _limits(low: float, high: float) -> str:
    if np.isinf(high):
        return "is negative" if low == 0 else f"is less than {low:g}"
    if np.isinf(low):
        return f"is more than {high:g}"
    return (
        f"is not between {low:g} and {high:,.0f}" if high >= 1e6 else f"is not between {low:g} and {high:g}"
    )
