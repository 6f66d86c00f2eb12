"""Real doors to cut: of the public data folder, and of the package iceaddr, where they are at hand."""

from __future__ import annotations

import importlib.util
import sqlite3
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.crs import local_metric_crs
from geodata.routing.neighbours import Floats
from geodata.streets import StreetLines, read_streets
from volunteer_hub.bench.engine.gauge import Gauge
from volunteer_hub.bench.instances.areas import public
from volunteer_hub.bench.instances.quarter import Quarter, around

NEWPORT = ("newport_news/doors.parquet",)
CAMBRIDGE = ("cambridge/doors.parquet", "cambridge/street_centerlines.gpkg")
LAMOILLE = ("vt/addresses.parquet", "vt/roads_tiger_9_counties.parquet")
DWELLINGS = (
    "SINGLE FAMILY DWELLING", "MOBILE HOME", "MULTI-FAMILY DWELLING", "OTHER RESIDENTIAL", "CONDOMINIUM",
    "SEASONAL HOME", "COMMERCIAL W/RESIDENCE", "RESIDENTIAL FARM",
)  # fmt: skip
REYKJAVIK = "SELECT long_wgs84, lat_wgs84 FROM stadfong WHERE svfnr = 0 AND husnr > 0 ORDER BY hnitnum"


def missing(files: tuple[str, ...]) -> str | None:
    """Which of these files of the public data folder is not there, in a sentence; None where all are."""
    gone = [name for name in files if public(name) is None]
    return f"{gone[0]} is not in the public data folder (VOLUNTEER_HUB_REAL_DATA)." if gone else None


def missing_iceaddr() -> str | None:
    """How to install the package iceaddr; None where it is there."""
    if importlib.util.find_spec("iceaddr"):
        return None
    return (
        "the package iceaddr is not installed; .venv/bin/python -m pip install --constraint constraints.txt "
        "--editable '.[bench]' brings it."
    )


def newport(count: int, _seed: int) -> Floats:
    """(count, 2) the doors of Newport News nearest to its median place, in metres."""
    xy, _ = _metric(gpd.read_parquet(_file(NEWPORT[0])).geometry)
    return xy[around(xy, count)]


def reykjavik(count: int, _seed: int) -> Floats:
    """(count, 2) the numbered addresses of Reykjavik nearest to their median place, in metres."""
    spec = importlib.util.find_spec("iceaddr")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(missing_iceaddr())
    with sqlite3.connect(f"file:{Path(spec.origin).with_name('iceaddr.db')}?mode=ro", uri=True) as database:
        rows = np.array(database.execute(REYKJAVIK).fetchall())
    xy, _ = _metric(gpd.GeoSeries(gpd.points_from_xy(*rows.T), crs=4326))
    return xy[around(xy, count)]


def cambridge(count: int, _seed: int, _folder: Path) -> Quarter:
    """The addresses of Cambridge nearest to their median place, and all its streets."""
    doors = gpd.read_parquet(_file(CAMBRIDGE[0]))
    number = doors["house_number"].astype("string") + doors["number_suffix"].astype("string").fillna("")
    return _quarter(doors, number, _file(CAMBRIDGE[1]), count)


def lamoille(count: int, _seed: int, folder: Path) -> Quarter:
    """The dwellings of Lamoille County nearest to their median place, and its TIGER roads."""
    roads = gpd.read_parquet(_file(LAMOILLE[1]))
    file = folder / "lamoille.parquet"
    roads[roads["county_name"] == "lamoille"].to_parquet(file)
    doors = gpd.read_parquet(_file(LAMOILLE[0]))
    doors = doors[(doors["county"] == "LAMOILLE") & doors["sitetype"].isin(DWELLINGS)]
    return _quarter(doors, doors["house_number"].astype("string"), file, count)


def _quarter(doors: gpd.GeoDataFrame, number: pd.Series[Any], streets: Path, count: int) -> Quarter:
    xy, crs = _metric(doors.geometry)
    kept = around(xy, count)
    lines, read_s = _streets(streets)
    return Quarter(
        xy_m=xy[kept],
        street=_text(doors["street"].iloc[kept]),
        lines=lines.to_crs(crs),
        kinds=lines.kind,
        names=lines.name,
        number=_text(number.iloc[kept]),
        read_s=read_s,
    )


def _streets(file: Path) -> tuple[StreetLines, float]:
    with Gauge() as gauge:
        lines = read_streets(file)
    return lines, gauge.seconds


def _text(column: pd.Series[Any]) -> list[Any]:
    return [None if pd.isna(value) else str(value) for value in column]


def _metric(points: gpd.GeoSeries) -> tuple[Floats, Any]:
    crs = local_metric_crs(points)
    at = points.to_crs(crs)
    return np.stack([at.x, at.y], axis=1), crs


def _file(name: str) -> Path:
    file = public(name)
    if file is None:
        raise FileNotFoundError(f"{name} is not in the public data folder (VOLUNTEER_HUB_REAL_DATA)")
    return file
