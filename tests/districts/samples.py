"""Tiny made-up files for tests: a square town of four precincts, its doors, voters and results. All
synthetic.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import geopandas as gpd
from shapely.geometry import Point, Polygon, box

WEST, SOUTH, STEP = -72.60, 44.20, 0.02
CODES = ("0101", "0102", "0201", "0202")
NAMES = ("EAST END", "MILL TOWN", "OLD PORT", "WEST HILL")


def squares() -> gpd.GeoDataFrame:
    """Four precincts, two by two, sharing edges."""
    shapes = [
        box(WEST + x * STEP, SOUTH + y * STEP, WEST + (x + 1) * STEP, SOUTH + (y + 1) * STEP)
        for y in range(2)
        for x in range(2)
    ]
    return gpd.GeoDataFrame(
        {"GEOID": CODES, "NAME": NAMES, "COUNTY": ["023"] * 4}, geometry=shapes, crs="EPSG:4326"
    )


def geojson(frame: gpd.GeoDataFrame) -> bytes:
    return frame.to_json().encode()


def zipped_shapefile(frame: gpd.GeoDataFrame, folder: Path, *, without: tuple[str, ...] = ()) -> bytes:
    """A zipped Shapefile, lacking the parts named (".prj", ".shx", ...)."""
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_file(folder / "areas.shp", engine="pyogrio")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in sorted(folder.glob("areas.*")):
            if part.suffix not in without:
                archive.write(part, part.name)
    return out.getvalue()


def csv_bytes(
    header: list[str] | None, rows: list[list[object]], *, delimiter: str = ",", encoding: str = "utf-8"
) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([header, *rows] if header else rows)
    return out.getvalue().encode(encoding)


def door_rows(per_precinct: int = 5) -> list[list[object]]:
    """number, street, unit, city, zip, latitude, longitude, people."""
    rows: list[list[object]] = []
    for at in range(4):
        west, south = WEST + (at % 2) * STEP, SOUTH + (at // 2) * STEP
        for n in range(per_precinct):
            lon, lat = west + STEP * (n + 1) / (per_precinct + 1), south + STEP / 2
            rows.append(
                [
                    2 * n + 2,
                    f"{('Oak', 'Elm', 'Main', 'Pine')[at]} Street",
                    "",
                    "Barre",
                    "05641",
                    f"{lat:.6f}",
                    f"{lon:.6f}",
                    2,
                ]
            )
    return rows


DOOR_HEADER = ["House Number", "Street", "Unit", "City", "Zip", "Latitude", "Longitude", "People"]


def doors_csv(rows: list[list[object]] | None = None) -> bytes:
    return csv_bytes(DOOR_HEADER, door_rows() if rows is None else rows)


VOTER_HEADER = [
    "VOTER_ID", "LAST_NAME", "FIRST_NAME", "BIRTH_YEAR", "PARTY", "HOUSE_NUM", "STREET_NAME", "STREET_TYPE",
    "RES_ZIP", "GEN_20201103", "GEN_20241105",
]  # fmt: skip


def voters_csv() -> bytes:
    """Three voters: one at a door, one whose street is misspelt, one nowhere."""
    return csv_bytes(
        VOTER_HEADER,
        [
            ["V001", "SMITH", "MARY", 1960, "DEM", 2, "OAK", "ST", "05641", "Y", "Y"],
            ["V002", "JONES", "PAUL", 1971, "REP", 4, "MAINE", "ST", "05641", "", "Y"],
            ["V003", "LEE", "ANN", 1990, "IND", 99, "NOWHERE", "RD", "05641", "", ""],
        ],
    )


def results_csv() -> bytes:
    rows = [
        ["2024-11-05", "President", f"{code} - {name}", party, candidate, votes]
        for code, name in zip(CODES, NAMES, strict=True)
        for party, candidate, votes in (("DEM", "Ada Blue", 60), ("REP", "Max Red", 50), ("", "Total", 110))
    ]
    rows.append(["2024-11-05", "President", "ABSENTEE", "DEM", "Ada Blue", 40])
    return csv_bytes(["election", "office", "precinct", "party", "candidate", "votes"], rows)


def crossed() -> gpd.GeoDataFrame:
    """A precinct whose ring crosses itself."""
    frame = squares()
    bow = Polygon([(WEST, SOUTH), (WEST + STEP, SOUTH + STEP), (WEST + STEP, SOUTH), (WEST, SOUTH + STEP)])
    frame.loc[0, "geometry"] = bow
    return frame


def points(frame_rows: list[list[object]] | None = None) -> gpd.GeoDataFrame:
    """Doors as points in another coordinate system (UTM 18 north)."""
    rows = door_rows() if frame_rows is None else frame_rows
    frame = gpd.GeoDataFrame(
        {"house_number": [r[0] for r in rows], "street": [r[1] for r in rows], "zip": [r[4] for r in rows]},
        geometry=[Point(float(str(r[6])), float(str(r[5]))) for r in rows],
        crs=4326,
    )
    return frame.to_crs(26918)


def feature_collection(geometries: list[object]) -> bytes:
    features = [
        {"type": "Feature", "properties": {"GEOID": str(n)}, "geometry": g} for n, g in enumerate(geometries)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
