"""Routes on files: every stop once, the length told is the length walked, and what is refused."""

from __future__ import annotations

import csv
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.geodata.commands.running import run

LAT, LON = 39.96, -83.0
DEG_Y, DEG_X = 1 / 111_132, 1 / (111_320 * np.cos(np.radians(LAT)))


def write_stops(path: Path, xy: np.ndarray, street: list[str] | None = None) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "latitude", "longitude", "street"])
        for i, (x, y) in enumerate(xy):
            rows.writerow([f"s{i}", LAT + y * DEG_Y, LON + x * DEG_X, street[i] if street else ""])
    return path


def order_of(path: Path) -> list[str]:
    return [row["stop"] for row in csv.DictReader(path.read_text().splitlines())]


@pytest.fixture
def eight(tmp_path):
    xy = np.random.default_rng(8).uniform(0, 2_000, (8, 2))
    return xy, write_stops(tmp_path / "stops.csv", xy)


def shortest(xy: np.ndarray, closed: bool) -> float:
    ways = []
    for path in itertools.permutations(range(len(xy))):
        steps = itertools.pairwise([*path, path[0]] if closed else path)
        ways.append(sum(math.dist(xy[a], xy[b]) for a, b in steps))
    return min(ways)


@pytest.mark.parametrize("closed", [False, True])
def test_a_short_route_is_the_shortest_and_its_check_measures_the_same(eight, tmp_path, closed):
    xy, stops = eight
    out, made, checked = (tmp_path / name for name in ("route.csv", "made.json", "checked.json"))
    options = ["--closed"] if closed else []
    assert run("route", stops, *options, "--out", out, "--json", made) == 0
    assert run("check", "route", stops, out, *options, "--json", checked) == 0
    told = json.loads(made.read_text())
    assert told["length_m"] == pytest.approx(shortest(xy, closed), rel=2e-3)  # a plane is not the globe
    assert json.loads(checked.read_text())["length_m"] == pytest.approx(told["length_m"], abs=0.01)
    assert sorted(order_of(out)) == [f"s{i}" for i in range(8)]


def test_the_start_is_where_the_walk_begins_and_the_way_from_it_counts(tmp_path):
    stops = write_stops(tmp_path / "stops.csv", np.array([[100.0, 0], [300, 0], [200, 0]]))
    out, made = tmp_path / "route.csv", tmp_path / "made.json"
    assert run("route", stops, "--start", f"{LAT},{LON + 400 * DEG_X}", "--out", out, "--json", made) == 0
    assert order_of(out) == ["s1", "s2", "s0"]
    assert json.loads(made.read_text())["length_m"] == pytest.approx(300, rel=2e-3)


def test_tsplib_files_are_measured_as_tsplib_does(tmp_path):
    square = "NAME : four\nTYPE: TSP (4 points)\nCOMMENT : a square\nDIMENSION : 4\n"
    square += "EDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n"
    square += "1 0 0\n2 10.4 0\n3 10.4 10.4\n4 0 10.4\nEOF\n"
    stops, out, made = tmp_path / "four.tsp", tmp_path / "route.csv", tmp_path / "made.json"
    stops.write_text(square)
    assert run("route", stops, "--closed", "--tsplib", "--out", out, "--json", made) == 0
    assert json.loads(made.read_text())["length_m"] == 40
    assert run("check", "route", stops, out, "--closed", "--tsplib") == 0


@pytest.mark.parametrize("xy", [
    np.zeros((30, 2)), np.zeros((1, 2)), np.column_stack([np.arange(40.0), np.zeros(40)]), np.ones((2, 2)),
])  # fmt: skip
def test_stops_at_one_place_or_on_a_line_have_a_route(tmp_path, xy):
    stops, out = write_stops(tmp_path / "stops.csv", xy), tmp_path / "route.csv"
    for options in ([], ["--closed"], ["--start", f"{LAT},{LON}"]):
        assert run("route", stops, *options, "--out", out) == 0
        assert run("check", "route", stops, out, *options) == 0


@pytest.fixture
def ladder(tmp_path):
    """Two streets from west to east, 200 m apart, joined at their west ends alone; houses along both."""
    lines = [[(0, 0), (500, 0)], [(0, 200), (500, 200)], [(0, 0), (0, 200)]]
    shapes = [[[LON + x * DEG_X, LAT + y * DEG_Y] for x, y in line] for line in lines]
    features = [
        {"type": "Feature", "properties": {"name": name, "highway": "residential"},
         "geometry": {"type": "LineString", "coordinates": shape}}
        for name, shape in zip(("Low St", "High St", "West St"), shapes, strict=True)
    ]  # fmt: skip
    streets = tmp_path / "streets.geojson"
    streets.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    xy = np.array([[x, y] for y in (12.0, 188.0) for x in range(40, 500, 40)])
    return streets, write_stops(tmp_path / "stops.csv", xy, ["Low St"] * 12 + ["High St"] * 12)


def test_streets_lead_around_by_their_end(ladder, tmp_path):
    streets, stops = ladder
    out, made, checked = (tmp_path / name for name in ("route.csv", "made.json", "checked.json"))
    assert run("route", stops, "--streets", streets, "--out", out, "--json", made) == 0
    path = [int(each[1:]) for each in order_of(out)]
    if path[0] >= 12:
        path.reverse()
    assert path == [*range(11, -1, -1), *range(12, 24)]  # west along one, east along the other
    assert run("check", "route", stops, out, "--streets", streets, "--json", checked) == 0
    told = json.loads(made.read_text())
    assert told["method"] == "walking along streets"
    assert told["off_network"] == 0
    assert json.loads(checked.read_text())["length_m"] == pytest.approx(told["length_m"], abs=0.01)


def test_a_round_on_streets_comes_back(ladder, tmp_path):
    streets, stops = ladder
    out, made, open_one = (tmp_path / name for name in ("route.csv", "made.json", "open.json"))
    assert run("route", stops, "--streets", streets, "--closed", "--out", out, "--json", made) == 0
    assert run("check", "route", stops, out, "--streets", streets, "--closed") == 0
    assert run("route", stops, "--streets", streets, "--out", out, "--json", open_one) == 0
    assert json.loads(made.read_text())["length_m"] > json.loads(open_one.read_text())["length_m"]


def test_a_wrong_route_is_named_fault_by_fault(eight, tmp_path, capsys):
    _, stops = eight
    route = tmp_path / "route.csv"
    route.write_text("stop,order\n" + "".join(f"s{i},{i + 1}\n" for i in range(6)) + "s5,7\nx9,9\n")
    assert run("check", "route", stops, route) == 1
    said = capsys.readouterr().out
    assert "'s5' is visited twice" in said
    assert "'x9' is in the route but is no stop" in said
    assert "'s6' is not in the route" in said
    assert "'s7' is not in the route" in said


@pytest.mark.parametrize(("text", "told"), [
    ("id,latitude,longitude\na,39.9,-83\na,39.8,-83\n", "stops.csv, row 2, column id"),
    ("id,latitude,longitude\na,39.9,-83\nb,north,-83\n", "stops.csv, row 2, column latitude"),
    ("id,latitude,longitude\na,-83,39.9\n", "swapped"),
    ("id,lat\na,39.9\n", "column latitude"),
    ("", "the file is empty"),
])  # fmt: skip
def test_bad_stops_are_refused_by_row_and_column(tmp_path, capsys, text, told):
    stops = tmp_path / "stops.csv"
    stops.write_text(text)
    assert run("route", stops, "--out", tmp_path / "route.csv") == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "route.csv").exists()


@pytest.mark.parametrize(("body", "told"), [
    ("DIMENSION : 2\nEDGE_WEIGHT_TYPE : GEO\nNODE_COORD_SECTION\n1 0 0\n2 1 1\nEOF\n", "only EUC_2D"),
    ("DIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 1 1\nEOF\n", "are 2 points"),
    ("DIMENSION : 2\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 1 one\nEOF\n", "row 5"),
    ("DIMENSION : 2\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\n1 1 1\nEOF\n", "a second time"),
    ("TYPE : ATSP\nDIMENSION : 1\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\nEOF\n", "only TSP"),
    ("TYPE : CVRP\nDIMENSION : 1\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\nEOF\n", "CVRP"),
    ("DIMENSION : 2\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 1 1\nFIXED_EDGES_SECTION\n1 2\n"
     "-1\nEOF\n", "row 6: FIXED_EDGES_SECTION"),
    ("DIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\nb 1 1\n3 2 2\nEOF\n", "row 5"),
    ("DIMENSION : 0\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\nEOF\n", "there are no points"),
    ("DIMENSION : 1\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 1e300 0\nEOF\n", "row 4"),
])  # fmt: skip
def test_bad_tsplib_files_are_refused(tmp_path, capsys, body, told):
    stops = tmp_path / "bad.tsp"
    stops.write_text(body)
    assert run("route", stops, "--out", tmp_path / "route.csv") == 2
    assert told in capsys.readouterr().err


def test_options_that_do_not_go_together_are_refused(eight, tmp_path, capsys):
    _, stops = eight
    for options, told in (
        (["--tsplib"], ".tsp"),
        (["--start", "here"], "latitude"),
        (["--start", "99,0"], "no place"),
    ):
        assert run("route", stops, *options, "--out", tmp_path / "route.csv") == 2
        assert told in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--seconds=nan", "--seconds=inf", "--seconds=0"])
def test_numbers_that_are_none_are_refused(eight, tmp_path, capsys, option):
    _, stops = eight
    assert run("route", stops, option, "--out", tmp_path / "route.csv") == 2
    assert "--seconds" in capsys.readouterr().err


def test_the_way_back_counts_among_the_guessed_steps(ladder, tmp_path):
    streets, _ = ladder
    stops = write_stops(tmp_path / "far.csv", np.array([[9_000.0, 9_000], [9_100, 9_000], [9_000, 9_100]]))
    made = tmp_path / "made.json"
    options = ["--streets", streets, "--closed", "--out", tmp_path / "route.csv", "--json", made]
    assert run("route", stops, *options) == 0
    told = json.loads(made.read_text())
    assert (told["off_network"], told["guessed_steps"]) == (3, 3)


def test_a_way_around_beyond_the_reach_is_measured_as_its_check_does(tmp_path):
    """Two dead ends whose houses are 60 m apart, and 3.4 km by the streets that join them."""
    lines = [[(0, 0), (1_600, 0)], [(0, 60), (1_600, 60)], [(0, 0), (0, 60)]]
    features = [
        {"type": "Feature", "properties": {"name": f"Road {i}", "highway": "residential"},
         "geometry": {"type": "LineString", "coordinates": at}}
        for i, at in enumerate([[[LON + x * DEG_X, LAT + y * DEG_Y] for x, y in line] for line in lines])
    ]  # fmt: skip
    streets, made, checked = (tmp_path / name for name in ("far.geojson", "made.json", "checked.json"))
    streets.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    xy = np.array([[1_590.0, 5], [1_590, 55]])
    stops = write_stops(tmp_path / "stops.csv", xy, ["Road 0", "Road 1"])
    options, out = ["--streets", streets], tmp_path / "route.csv"
    assert run("route", stops, *options, "--out", out, "--json", made) == 0
    assert run("check", "route", stops, out, *options, "--json", checked) == 0
    told = json.loads(made.read_text())
    assert told["guessed_steps"] == 0
    assert told["length_m"] == pytest.approx(3_240, rel=0.02)
    assert json.loads(checked.read_text())["length_m"] == pytest.approx(told["length_m"], abs=0.01)
