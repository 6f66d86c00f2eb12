"""Where turfs begin, and doors that belong nowhere."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.geodata.commands.running import run

LAT, LON = 39.96, -83.0
DEG_Y, DEG_X = 1 / 111_132, 1 / (111_320 * np.cos(np.radians(LAT)))


def degrees(xy: np.ndarray) -> np.ndarray:
    return np.column_stack([LON + xy[:, 0] * DEG_X, LAT + xy[:, 1] * DEG_Y])


def write_doors(folder: Path, xy: list[tuple[float, float]], **columns: list[str]) -> None:
    with (folder / "doors.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "longitude", "latitude", *columns])
        for i, (place, *more) in enumerate(zip(degrees(np.array(xy)), *columns.values(), strict=True)):
            writer.writerow([f"d{i}", *place, *more])


def write_shapes(path: Path, shapes: list[shapely.Geometry], **facts: list[str]) -> None:
    moved = [shapely.transform(shape, degrees) for shape in shapes]
    gpd.GeoDataFrame(facts, geometry=moved, crs=4326).to_file(path)


def turf_of(folder: Path) -> dict[str, str]:
    with (folder / "turf.csv").open(newline="") as file:
        return {row["door"]: row["turf"] for row in csv.DictReader(file)}


@pytest.mark.parametrize(("x", "west"), [(30.0, True), (160.0, False)])
def test_a_turf_begins_at_the_corner_of_its_street_nearest_to_its_first_door(tmp_path, x, west):
    """A street of 200 m between two others; the only doors stand on its north side."""
    street = shapely.LineString([(0, 0), (200, 0)])
    across = [shapely.LineString([(end, -100), (end, 100)]) for end in (0, 200)]
    write_shapes(tmp_path / "streets.geojson", [street, *across], highway=["residential"] * 3)
    write_doors(tmp_path, [(x, 12.0), (x, 12.0)])
    command = ["turf", tmp_path / "doors.csv", "--minutes", "60", "--out", tmp_path / "turf.csv"]
    assert run(*command, "--streets", tmp_path / "streets.geojson", "--gpkg", tmp_path / "turf.gpkg") == 0
    (start,) = gpd.read_file(tmp_path / "turf.gpkg", layer="starts").geometry
    at = np.array([(start.x - LON) / DEG_X, (start.y - LAT) / DEG_Y])
    assert at == pytest.approx([6.0 if west else 194.0, 6.0], abs=0.5)  # streets are 12 m wide


def test_without_streets_a_turf_begins_at_its_first_door(tmp_path):
    write_doors(tmp_path, [(0.0, 0.0), (50.0, 0.0)])
    command = ["turf", tmp_path / "doors.csv", "--minutes", "60", "--out", tmp_path / "turf.csv"]
    assert run(*command, "--gpkg", tmp_path / "turf.gpkg") == 0
    starts = gpd.read_file(tmp_path / "turf.gpkg", layer="starts").geometry
    walks = gpd.read_file(tmp_path / "turf.gpkg", layer="walks").geometry
    assert [(p.x, p.y) for p in starts] == [pytest.approx(walk.coords[0][:2]) for walk in walks]


def test_doors_in_no_district_have_no_turf_whatever_their_column_says(tmp_path):
    write_shapes(tmp_path / "d.geojson", [shapely.box(-10, -10, 100, 100)], code=["A"])
    write_doors(tmp_path, [(0.0, 0.0), (50.0, 0.0), (500.0, 0.0), (510.0, 0.0)], district=["1", "", "1", ""])
    options = ["--minutes", "60", "--within", tmp_path / "d.geojson", "--id", "code"]
    told = tmp_path / "told.json"
    doors, out = tmp_path / "doors.csv", tmp_path / "turf.csv"
    assert run("turf", doors, *options, "--out", out, "--json", told) == 0
    turf = turf_of(tmp_path)
    assert turf["d2"] == turf["d3"] == ""
    assert turf["d0"] != turf["d1"]  # a blank is a district of its own
    assert json.loads(told.read_text())["outside_districts"] == 2
    assert run("check", "turf", doors, out, *options) == 0


def test_a_district_whose_name_says_that_there_is_none_is_not_a_blank(tmp_path):
    write_doors(tmp_path, [(0.0, 0.0), (5.0, 0.0)], district=["(no district)", ""])
    out = tmp_path / "turf.csv"
    assert run("turf", tmp_path / "doors.csv", "--minutes", "60", "--out", out) == 0
    turf = turf_of(tmp_path)
    assert turf["d0"] != turf["d1"]
    out.write_text("door,turf,order\nd0,1,1\nd1,1,2\n")
    assert run("check", "turf", tmp_path / "doors.csv", out, "--minutes", "60") == 1


@pytest.mark.parametrize("code", [None, ""])
def test_a_district_without_a_code_is_refused_by_its_row(tmp_path, capsys, code):
    write_shapes(
        tmp_path / "d.geojson", [shapely.box(0, 0, 9, 9), shapely.box(9, 0, 90, 9)], code=["A", code]
    )
    write_doors(tmp_path, [(5.0, 5.0), (20.0, 5.0)])
    options = [tmp_path / "d.geojson", "--id", "code", "--out", tmp_path / "out.csv"]
    for command in (["turf", tmp_path / "doors.csv", "--minutes", "60", "--within"],
                    ["locate", tmp_path / "doors.csv"]):  # fmt: skip
        assert run(*command, *options) == 2
        assert "d.geojson, row 2, column code: a district has no code" in capsys.readouterr().err


def test_a_district_of_two_rows_is_one_and_its_turfs_are_drawn_in_both(tmp_path):
    halves = [shapely.box(-100, -100, 50, 100), shapely.box(50, -100, 200, 100)]
    write_shapes(tmp_path / "d.geojson", halves, code=["A", "A"])
    write_doors(tmp_path, [(x, 0.0) for x in range(0, 101, 10)])
    command = ["turf", tmp_path / "doors.csv", "--minutes", "60", "--out", tmp_path / "turf.csv"]
    within = ["--within", tmp_path / "d.geojson", "--id", "code"]
    assert run(*command, *within, "--gpkg", tmp_path / "turf.gpkg") == 0
    assert set(turf_of(tmp_path).values()) == {"1"}
    (shape,) = gpd.read_file(tmp_path / "turf.gpkg", layer="turfs").geometry
    assert all(shape.contains(shapely.Point(at)) for at in degrees(np.array([(10.0, 0.0), (90.0, 0.0)])))
