"""Real streets and real doors: nearly all are tied, by the name of their address."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from geodata.crs import local_metric_crs
from geodata.streets import build_network, nearest, read_streets, tie, walk_table

DATA = Path(os.environ.get("VOLUNTEER_HUB_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
pytestmark = pytest.mark.real_data


def real(name):
    file = DATA / name
    if not file.exists():
        reason = f"real data not found: {file.name} is not in {DATA}"
        print(reason)
        pytest.skip(reason)
    return file


def tied(streets, doors, names):
    crs = local_metric_crs(doors)
    network = build_network(streets.to_crs(crs), streets.kind, streets.name)
    at = doors.to_crs(crs)
    xy = np.stack([at.x, at.y], axis=1)
    return network, xy, tie(xy, names, network)


def test_cambridge_is_one_network_and_nearly_no_door_is_in_doubt():
    doors = gpd.read_parquet(real("cambridge/doors.parquet"))
    streets = read_streets(real("cambridge/street_centerlines.gpkg"))
    network, xy, ties = tied(streets, doors.geometry, doors["street"].tolist())
    assert network.pieces == 1
    assert not ties.off_network.any()
    assert ties.doubtful.mean() < 0.015
    table = walk_table(xy, ties, network)
    rows, metres = nearest(table, 10)
    door = np.repeat(np.arange(len(xy)), 10)
    assert table.guessed(door, rows.reshape(-1)).mean() < 0.001
    assert (metres.reshape(-1) == table.between(door, rows.reshape(-1))).all()


def test_a_county_of_vermont_is_tied_to_its_tiger_roads(tmp_path):
    roads = gpd.read_parquet(real("vt/roads_tiger_9_counties.parquet"))
    roads[roads["county_name"] == "lamoille"].to_parquet(tmp_path / "roads.parquet")
    doors = gpd.read_parquet(real("vt/addresses.parquet"))
    doors = doors[doors["county"] == "LAMOILLE"]
    streets = read_streets(tmp_path / "roads.parquet")
    network, _, ties = tied(streets, doors.geometry, doors["street"].tolist())
    assert network.length_m[network.piece == 0].sum() > 0.98 * network.length_m.sum()
    assert ties.off_network.mean() < 0.01
    assert ties.doubtful.mean() < 0.14


@pytest.mark.parametrize(
    ("name", "kilometres"),
    [
        ("andorra.osm.pbf", 800),
        ("helsinki.osm.pbf", 90),
        ("monaco.osm.gz", 80),
        ("north-bayreuth.osm.gz", 540),
    ],
)
def test_extracts_of_openstreetmap_are_read_whole(name, kilometres):
    streets = read_streets(real(f"osm/{name}"))
    crs = local_metric_crs(gpd.GeoSeries(streets.lines, crs=4326))
    network = build_network(streets.to_crs(crs), streets.kind, streets.name)
    assert network.length_m.sum() / 1_000 == pytest.approx(kilometres, rel=0.05)
    assert network.length_m[network.piece == 0].sum() > 0.75 * network.length_m.sum()
