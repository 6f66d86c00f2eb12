"""A first look at a file, before anything is imported: what it holds, what each column seems to be, what
to ask.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import geopandas as gpd

from geodata.boundaries import MissingCrs, SeveralLayers, read_boundaries
from volunteer_hub.districts import columns, queries, tables
from volunteer_hub.districts.column_words import NO_HOME
from volunteer_hub.districts.importing import streets
from volunteer_hub.districts.importing.area_columns import guess_code, guess_name

SHOWN_ROWS = 8
_TABLES = ("results", "doors", "voters")


def look(kind: str, path: Path, options: dict[str, Any], *, name: str = "") -> dict[str, Any]:
    """What is in the file, as plain values to be kept with the import. Refuses what cannot be read.

    `name` is what people call the file: a table whose name promises another format than it has is refused.
    """
    if kind in _TABLES:
        tables.refuse_disguise(path, name)
    if kind == "streets":
        return streets.look(path, options)
    return _look_at_table(kind, path, options) if kind in _TABLES else _look_at_areas(path, options)


def _look_at_table(kind: str, path: Path, options: dict[str, Any]) -> dict[str, Any]:
    given = {
        name: options[name] for name in ("has_header", "layer", "crs") if options.get(name) not in (None, "")
    }
    with tables.open_table(path, **given) as table:
        guess = columns.guess(kind, table.columns, table.sample, has_header=table.has_header)
        found: dict[str, Any] = {
            "columns": table.columns,
            "has_header": table.has_header,
            "sample": [[value[:60] for value in row] for row in table.sample[:SHOWN_ROWS]],
            "rows": table.total,
            "guess": {
                field: {
                    "index": c.index,
                    "confidence": c.confidence,
                    "why": c.why,
                    "samples": list(c.samples),
                }
                for field, c in guess.fields.items()
            },
            "mapping": {**guess.mapping, "history": guess.history},
            "warnings": [*guess.warnings, *table.notes],
            "signature": columns.signature(table.columns, table.has_header),
            "values": [_values(table.sample, at) for at in range(len(table.columns))],
        }
        if "use" in guess.fields:
            uses = Counter(row[guess.fields["use"].index].strip() for row in table.sample)
            found["no_homes"] = [use for use, _ in uses.most_common() if NO_HOME.search(use.upper())][:12]
    return found


def _values(sample: list[list[str]], at: int) -> list[str]:
    return list(dict.fromkeys(row[at].strip()[:40] for row in sample[:300] if row[at].strip()))[:3]


def _look_at_areas(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    try:
        frame = read_boundaries(path, layer=options.get("layer") or None, crs=options.get("crs") or None)
    except MissingCrs as question:
        return {"question": "crs", "sentence": str(question), "columns": []}
    except SeveralLayers as question:
        return {
            "question": "layer",
            "sentence": str(question),
            "layers": list(question.layers),
            "columns": [],
        }
    names = [str(name) for name in frame.columns if name != frame.geometry.name]
    west, south, east, north = (float(x) for x in frame.total_bounds)
    return {
        "columns": names,
        "rows": len(frame),
        "id_columns": guess_code(frame),
        "name_columns": guess_name(frame),
        "values": [_column_values(frame, name) for name in names],
        "bounds": [west, south, east, north],
    }


def _column_values(frame: gpd.GeoDataFrame, name: str) -> list[str]:
    return [str(value)[:40] for value in frame[name].dropna().unique()[:3]]


def mapping_for(campaign_id: int, kind: str, seen: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The mapping to begin with: what a person answered for such a file before, else the guess; and
    which it is.
    """
    known = queries.remembered_mapping(campaign_id, kind, seen["signature"])
    if known and all(at < len(seen["columns"]) for at in (known.get("fields") or {}).values()):
        return known, True
    return seen["mapping"], False
