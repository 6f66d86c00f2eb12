"""Steps longer than a table of walks reaches have the metres that their check finds."""

import csv
import json

import pytest
import shapely

from tests.geodata.commands.running import run
from tests.geodata.commands.test_turf import place, write_geojson


@pytest.fixture
def ladder(tmp_path):
    """Two streets 60 m apart, joined at their west ends only, 1,200 m from the houses at their east ends;
    and a street that nothing joins.
    """
    spots = [
        (1150 + 15 * house, 60 * street + side) for street in (0, 1) for house in range(3) for side in (-9, 9)
    ]
    spots += [(1200, 2_009), (1250, 2_009)]
    with (tmp_path / "doors.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "latitude", "longitude"])
        for row, spot in enumerate(spots):
            lon, lat = place(*spot)
            writer.writerow([f"d{row}", lat, lon])
    ways = [[(0, 0), (1200, 0)], [(0, 60), (1200, 60)], [(0, 0), (0, 60)], [(1100, 2_000), (1300, 2_000)]]
    lines = [(shapely.LineString(way), {"highway": "residential"}) for way in ways]
    write_geojson(tmp_path / "streets.geojson", lines)
    river = shapely.LineString([(50, 30), (1400, 30)])
    write_geojson(tmp_path / "river.geojson", [(river, {"id": "river"})])
    return tmp_path


def told(folder, *arguments):
    summary = folder / "summary.json"
    assert run(*arguments, "--streets", folder / "streets.geojson", "--json", summary) == 0
    return json.loads(summary.read_text())


def test_a_turf_over_a_long_detour_is_as_long_as_its_check_says(ladder):
    options = ("--minutes", "300", "--barriers", ladder / "river.geojson")
    made = told(ladder, "turf", ladder / "doors.csv", *options, "--out", ladder / "turf.csv")
    checked = told(ladder, "check", "turf", ladder / "doors.csv", ladder / "turf.csv", *options)
    assert made["metres"] == pytest.approx(checked["metres"], abs=0.01)
    assert made["guessed_steps"] == checked["guessed_steps"]
    assert made["turfs"] == 1
    assert made["metres"] > 2_400  # once around by the west ends
