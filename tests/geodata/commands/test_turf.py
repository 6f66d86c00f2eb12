"""Cutting on files: every door once, what is refused, and that a cut is proved from its files alone."""

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


def place(x: float, y: float) -> tuple[float, float]:
    """Degrees of longitude and latitude of metres."""
    return LON + x * DEG_X, LAT + y * DEG_Y


def write_geojson(path: Path, shapes: list[tuple[shapely.Geometry, dict[str, str]]]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": facts,
            "geometry": json.loads(shapely.to_geojson(shapely.transform(shape, _degrees))),
        }
        for shape, facts in shapes
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _degrees(xy: np.ndarray) -> np.ndarray:
    return np.array([place(x, y) for x, y in xy])


@pytest.fixture
def town(tmp_path):
    """Six streets from west to east with houses on both sides, two from south to north, and a rail line
    between the third and the fourth that only the first of these crosses.
    """
    rows = []
    for street in range(6):
        for house in range(20):
            for side in (-12, 12):
                lon, lat = place(20 + house * 15, street * 80 + side)
                rows.append((f"d{len(rows)}", lat, lon, f"b{len(rows)}", f"Street {street}", house * 2))
    with (tmp_path / "doors.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "latitude", "longitude", "building", "street", "number"])
        writer.writerows(rows)
    lines = [(shapely.LineString([(0, y * 80), (340, y * 80)]), {"name": f"Street {y}"}) for y in range(6)]
    lines.append((shapely.LineString([(0, 0), (0, 400)]), {"name": "West Ave"}))
    lines.append((shapely.LineString([(340, 0), (340, 160)]), {"name": "East Ave"}))
    write_geojson(
        tmp_path / "streets.geojson", [(line, {"highway": "residential", **f}) for line, f in lines]
    )
    write_geojson(tmp_path / "rail.geojson", [(shapely.LineString([(-50, 200), (400, 200)]), {"id": "rail"})])
    halves = [
        (shapely.box(-50, -50, 400, 120), {"code": "S"}),
        (shapely.box(-50, 120, 400, 450), {"code": "N"}),
    ]
    write_geojson(tmp_path / "districts.geojson", halves)
    return tmp_path


def turf(folder: Path, *more: str | Path) -> int:
    return run(
        "turf", folder / "doors.csv", "--minutes", "60", "--out", folder / "turf.csv",
        "--json", folder / "summary.json", *more,
    )  # fmt: skip


def check(folder: Path, *more: str | Path) -> int:
    return run("check", "turf", folder / "doors.csv", folder / "turf.csv", "--minutes", "60", *more)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "turf.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def summary_of(folder: Path) -> dict[str, object]:
    return json.loads((folder / "summary.json").read_text())


def test_a_cut_has_every_door_once_and_is_proved_from_the_files(town, capsys):
    assert turf(town) == 0
    rows = rows_of(town)
    assert list(rows[0]) == ["door", "turf", "order"]
    assert sorted(row["door"] for row in rows) == sorted(f"d{i}" for i in range(240))
    summary = summary_of(town)
    assert summary["method"] == "straight line"
    assert summary["seconds"] <= summary["seconds_total"]
    assert 0 < summary["bound_m"] <= summary["metres"]
    assert check(town) == 0
    assert "straight lines" in capsys.readouterr().err


def test_streets_of_another_town_are_refused(town, tmp_path, capsys):
    lines = json.loads((town / "streets.geojson").read_text())
    for each in lines["features"]:
        each["geometry"]["coordinates"] = [[x + 1, y + 1] for x, y in each["geometry"]["coordinates"]]
    (tmp_path / "elsewhere.geojson").write_text(json.dumps(lines))
    assert turf(town, "--streets", tmp_path / "elsewhere.geojson") == 2
    assert "elsewhere.geojson" in capsys.readouterr().err
    assert turf(town) == 0


def test_walks_follow_the_streets_and_cross_the_rail_only_where_one_does(town):
    options = ("--streets", town / "streets.geojson", "--barriers", town / "rail.geojson")
    assert turf(town, *options, "--min-doors", "30", "--max-doors", "50", "--gpkg", town / "turf.gpkg") == 0
    summary = summary_of(town)
    assert summary["method"] == "walking along streets"
    assert (summary["crossings"], summary["off_network"], summary["doubtful"]) == (0, 0, 0)
    assert summary["doors_least"] >= 30
    assert summary["doors_most"] <= 50
    assert check(town, *options, "--min-doors", "30", "--max-doors", "50") == 0
    shapes = gpd.read_file(town / "turf.gpkg", layer="turfs").to_crs(32617)
    walks = gpd.read_file(town / "turf.gpkg", layer="walks")
    assert len(shapes) == len(walks) == summary["turfs"]
    assert shapes.area.sum() == pytest.approx(shapes.union_all().area, rel=1e-6)


def test_no_turf_leaves_its_district(town):
    options = ("--within", town / "districts.geojson", "--id", "code")
    assert turf(town, *options) == 0
    of = {row["door"]: row["turf"] for row in rows_of(town)}
    south = {of[f"d{i}"] for i in range(80)}
    assert south.isdisjoint({of[f"d{i}"] for i in range(80, 240)})
    assert check(town, *options) == 0
    assert check(town) == 0


def test_people_are_counted_for_each_turf(tmp_path):
    rows = [f"d{i},{39.96 + i * 1e-4},-83,{i % 3 if i else ''}" for i in range(60)]
    (tmp_path / "doors.csv").write_text("id,latitude,longitude,people\n" + "\n".join(rows))
    assert turf(tmp_path, "--gpkg", tmp_path / "turf.gpkg") == 0
    known = {f"d{i}": i % 3 if i else 1 for i in range(60)}
    told = gpd.read_file(tmp_path / "turf.gpkg", layer="turfs").set_index("turf")["people"]
    counted = dict.fromkeys(told.index.tolist(), 0)
    for row in rows_of(tmp_path):
        counted[int(row["turf"])] += known[row["door"]]
    assert len(counted) > 1
    assert told.to_dict() == counted
    assert summary_of(tmp_path)["people"] == sum(known.values())


def test_doors_without_a_place_or_a_district_are_kept_and_told(town, capsys):
    with (town / "doors.csv").open("a") as file:
        file.write("nowhere,,,x,Street 1,1\nfaraway,39.90,-83.0,y,Street 1,1\n")
    options = ("--within", town / "districts.geojson", "--id", "code")
    assert turf(town, *options) == 0
    rows = {row["door"]: row for row in rows_of(town)}
    assert rows["nowhere"]["turf"] == rows["faraway"]["turf"] == ""
    assert (summary_of(town)["without_place"], summary_of(town)["outside_districts"]) == (1, 1)
    assert "1 doors lie in no district" in capsys.readouterr().err
    assert check(town, *options) == 0


def test_a_spoilt_cut_is_told_from_a_good_one(town, capsys):
    assert turf(town, "--min-doors", "30", "--max-doors", "50") == 0
    rows = rows_of(town)
    spoilt = [
        ([*rows, rows[0]], "comes a second time"),
        (rows[1:], "is missing"),
        ([{**rows[0], "door": "ghost"}, *rows[1:]], "not among the doors"),
        ([{**row, "turf": "1"} for row in rows], "more than 50"),
        ([{**rows[0], "turf": ""}, *rows[1:]], "has no turf"),
    ]
    for changed, sentence in spoilt:
        with (town / "turf.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, ["door", "turf", "order"])
            writer.writeheader()
            writer.writerows(changed)
        assert check(town, "--min-doors", "30", "--max-doors", "50") == 1
        assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id,latitude,longitude\na,95,-83\n", "row 1, column latitude"),
        ("id,latitude,longitude\na,39,-83\na,39,-83\n", "row 2, column id"),
        ("id,latitude,longitude\na,north,-83\n", "row 1, column latitude"),
        ("id,latitude\na,39\n", "column longitude"),
        ("id,latitude,longitude,people\na,39,-83,2\nb,39,-83,two\n", "row 2, column people"),
        ("id,latitude,longitude\na,,\n", "no door has a latitude"),
        ("id,latitude,longitude\n", "no rows"),
    ],
)
def test_a_bad_file_of_doors_is_refused_by_row_and_column(tmp_path, capsys, text, sentence):
    (tmp_path / "doors.csv").write_text(text)
    assert turf(tmp_path) == 2
    said = capsys.readouterr().err
    assert "doors.csv" in said
    assert sentence in said
    assert not (tmp_path / "turf.csv").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--streets", "none.geojson"), "there is no such file"),
        (("--streets", "empty.geojson"), "empty.geojson"),
        (("--barriers", "points.geojson"), "row 1: a barrier must be a line or an area"),
        (("--barriers", "empty.geojson"), "empty.geojson"),
        (("--within", "districts.geojson"), "go together"),
        (("--within", "districts.geojson", "--id", "nome"), "column nome"),
        (("--min-doors", "9", "--max-doors", "3"), "is more than"),
    ],
)
def test_bad_streets_barriers_and_options_are_refused_in_a_sentence(
    town, monkeypatch, capsys, options, sentence
):
    monkeypatch.chdir(town)
    (town / "empty.geojson").write_text("")
    write_geojson(town / "points.geojson", [(shapely.Point(0, 0), {"id": "tree"})])
    assert turf(town, *options) == 2
    assert sentence in capsys.readouterr().err


def write_rows(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "turf.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["door", "turf", "order"])
        writer.writeheader()
        writer.writerows(rows)


def walks(*doors: list[int]) -> list[dict[str, str]]:
    return [
        {"door": f"d{door}", "turf": str(turf), "order": str(order)}
        for turf, own in enumerate(doors, 1)
        for order, door in enumerate(own, 1)
    ]


DISTRICTS = ["--within", "districts.geojson", "--id", "code"]
RAIL = ["--barriers", "rail.geojson"]
SOUTH, NORTH = list(range(120)), list(range(120, 240))


@pytest.mark.parametrize(
    ("rows", "options", "sentence"),
    [
        (walks(SOUTH[:100], SOUTH[100:] + NORTH), DISTRICTS, "2 districts"),
        (walks(SOUTH + NORTH), RAIL, "crosses a barrier from d119 to d120"),
        (walks(SOUTH + NORTH[:9], NORTH[9:]), ["--min-doors", "112"], "has 111 doors, fewer than 112"),
        (walks(SOUTH[:7], SOUTH[7:], NORTH), ["--min-doors", "9", *RAIL], "has 7 doors"),
        ([{**row, "order": "9" + row["order"]} for row in walks(SOUTH, NORTH)], [], "not the orders"),
        ([{**row, "order": "9" * 5_000} for row in walks(SOUTH, NORTH)], [], "for an order"),
    ],
)  # fmt: skip
def test_each_promise_that_a_cut_breaks_is_named(town, monkeypatch, capsys, rows, options, sentence):
    monkeypatch.chdir(town)
    write_rows(town, rows)
    assert check(town, *options) == 1
    assert sentence in capsys.readouterr().out


def test_turfs_of_a_side_of_a_barrier_may_be_small_where_it_has_no_more_doors(town):
    write_rows(town, walks(SOUTH, NORTH))
    assert check(town, "--min-doors", "130", "--barriers", town / "rail.geojson") == 1
    long = shapely.LineString([(-5_000, 200), (5_000, 200)])
    write_geojson(town / "rail.geojson", [(long, {"id": "rail"})])
    assert check(town, "--min-doors", "130", "--barriers", town / "rail.geojson") == 0
    assert check(town, "--min-doors", "130") == 1


@pytest.mark.parametrize(("doors", "may"), [(10, False), (81, True)])
def test_only_a_building_larger_than_a_turf_may_be_shared(town, capsys, doors, may):
    with (town / "doors.csv").open(newline="") as file:
        rows = [{**row, "building": "B"} if i < doors else row for i, row in enumerate(csv.DictReader(file))]
    with (town / "doors.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    write_rows(town, walks(SOUTH[:4], SOUTH[4:80], SOUTH[80:], NORTH[:60], NORTH[60:]))
    options = ("--minutes", "900", "--max-doors", "80")
    assert check(town, *options) == (0 if may else 1)
    assert may or "Building B of 10 doors is shared" in capsys.readouterr().out


def test_limits_that_no_number_of_turfs_keeps_are_told(tmp_path, capsys):
    lines = [f"d{i},{39.96 + i // 20 * 2e-4},{-83 + i % 20 * 2e-4}" for i in range(400)]
    (tmp_path / "doors.csv").write_text("id,latitude,longitude\n" + "\n".join(lines) + "\n")
    assert turf(tmp_path, "--min-doors", "390", "--max-doors", "395") == 0
    assert "no number of turfs within the limits" in capsys.readouterr().err
    assert check(tmp_path, "--min-doors", "390", "--max-doors", "395") == 0
    assert "no number of turfs of 390 to 395 doors" in capsys.readouterr().err
    assert check(tmp_path, "--min-doors", "390", "--max-doors", "400") == 1


@pytest.mark.parametrize("text", ["a,-73,40.9\n", "a,-83,39.96\n", "a,39.96,-83\nb,86,12\n"])
def test_turf_and_route_refuse_the_same_places(tmp_path, capsys, text):
    stops = tmp_path / "stops.csv"
    stops.write_text("id,latitude,longitude\n" + text)
    said = []
    for command in (["turf", stops, "--minutes", "60"], ["route", stops]):
        assert run(*command, "--out", tmp_path / "out.csv") == 2
        said.append(capsys.readouterr().err)
    assert said[0] == said[1]
    assert "Are latitude and longitude swapped?" in said[0]


def test_a_door_too_far_to_be_measured_is_named_by_its_row(tmp_path, capsys):
    (tmp_path / "doors.csv").write_text("id,latitude,longitude\na,39,-83\nb,,\nzero,0,0\nc,39.001,-83\n")
    assert turf(tmp_path) == 2
    assert "doors.csv, row 3, column latitude: (0, 0) is" in capsys.readouterr().err
    (tmp_path / "doors.csv").write_text("id,latitude,longitude\na,39,-83\nc,39.001,-83\n")
    assert run("route", tmp_path / "doors.csv", "--start", "0,0", "--out", tmp_path / "r.csv") == 2
    assert "--start: (0, 0) is" in capsys.readouterr().err
    for start in ("-73,40", "nan,0"):
        assert run("route", tmp_path / "doors.csv", "--start", start, "--out", tmp_path / "r.csv") == 2
        assert "is no place" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--streets", "--barriers"])
@pytest.mark.parametrize("y", [500.0, 0.0])  # off the globe, or a quarter of it away
def test_streets_and_barriers_off_the_map_are_refused(tmp_path, capsys, option, y):
    (tmp_path / "doors.csv").write_text("id,latitude,longitude\na,39.96,-83\nc,39.961,-83\n")
    lines = [[[-83, 39.96], [-82.99, 39.96]], [[9, y], [9.1, y]]]
    features = [
        {"type": "Feature", "properties": {"highway": "residential"},
         "geometry": {"type": "LineString", "coordinates": line}}
        for line in lines
    ]  # fmt: skip
    far = tmp_path / "far.geojson"
    far.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert turf(tmp_path, option, far) == 2
    said = capsys.readouterr().err
    assert said.rsplit("\n", 2)[1].startswith("far.geojson")
    assert "too far" in said or "row 2" in said


def test_a_house_number_of_thousands_of_digits_is_walked_like_any_other(tmp_path):
    rows = [f"d{i},{39.96 + i * 1e-4},-83,{number}" for i, number in enumerate(["9" * 5_000, "2", "10", "٣"])]
    (tmp_path / "doors.csv").write_text("id,latitude,longitude,number\n" + "\n".join(rows) + "\n")
    assert turf(tmp_path) == 0
    assert check(tmp_path) == 0


def test_districts_whose_names_run_together_stay_apart(town):
    """Polygon "a" with the column saying "b c", beside polygon "a b" with "c"."""
    with (town / "doors.csv").open(newline="") as file:
        rows = [
            {**row, "district": "b c" if i < 80 else "c" if i < 200 else ""}
            for i, row in enumerate(csv.DictReader(file))
        ]
    with (town / "doors.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    halves = [
        (shapely.box(-50, -50, 400, 120), {"code": "a"}), (shapely.box(-50, 120, 400, 450), {"code": "a b"}),
    ]  # fmt: skip
    write_geojson(town / "districts.geojson", halves)
    options = ("--within", town / "districts.geojson", "--id", "code")
    assert turf(town, *options, "--gpkg", town / "turf.gpkg") == 0
    assert summary_of(town)["outside_districts"] == 0
    areas = [{row["turf"] for row in rows_of(town) if int(row["door"][1:]) in part}
             for part in (range(80), range(80, 200), range(200, 240))]  # fmt: skip
    assert sum(map(len, areas)) == len(set().union(*areas))
    assert check(town, *options) == 0
    told = gpd.read_file(town / "turf.gpkg", layer="turfs")
    assert set(told["district"]) == {"a / b c", "a b / c", "a b"}
    write_rows(town, walks(list(range(200)), list(range(200, 240))))
    assert check(town, *options) == 1
