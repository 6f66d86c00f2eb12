"""The polygons that `python -m geodata turf --gpkg` draws: own doors alone, no rail, no other district."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata.commands import main

LATITUDE, LONGITUDE = 39.96, -83.0


def degrees(shapes):
    def there(xy):
        wide = 111_320 * np.cos(np.radians(LATITUDE))
        return np.column_stack([LONGITUDE + xy[:, 0] / wide, LATITUDE + xy[:, 1] / 111_132])

    return gpd.GeoSeries(shapely.transform(np.asarray(shapes, dtype=object), there), crs=4326)


@pytest.fixture
def town(tmp_path):
    """300 doors, a rail line through them from south to north, and two districts one above the other."""
    xy = np.random.default_rng(0).uniform(0, 500, (300, 2))
    xy = xy[np.abs(xy[:, 0] - 240) > 5]
    points = degrees(shapely.points(xy))
    doors = {"id": np.arange(len(xy)), "latitude": points.y, "longitude": points.x}
    pd.DataFrame(doors).to_csv(tmp_path / "doors.csv", index=False)
    rail = shapely.LineString([(240, -2_000), (240, 2_500)])
    degrees([rail]).to_frame("geometry").to_file(tmp_path / "rail.geojson")
    boxes = degrees([shapely.box(-100, -100, 600, 200), shapely.box(-100, 200, 600, 600)])
    gpd.GeoDataFrame({"code": ["south", "north"]}, geometry=boxes).to_file(tmp_path / "districts.geojson")
    return tmp_path


def test_polygons_hold_their_doors_alone_and_keep_off_rail_and_district_line(town):
    names = ("doors.csv", "rail.geojson", "districts.geojson", "turf.csv", "turf.gpkg")
    doors, rail, districts, out, gpkg = (str(town / name) for name in names)
    options = ["--minutes", "60", "--barriers", rail, "--within", districts, "--id", "code"]
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["turf", doors, *options, "--out", out, "--gpkg", gpkg])
    turfs = gpd.read_file(gpkg, layer="turfs").to_crs(32617)
    places = pd.read_csv(doors).merge(pd.read_csv(out), left_on="id", right_on="door")
    points = gpd.points_from_xy(places.longitude, places.latitude, crs=4326).to_crs(32617)
    door, turf = shapely.STRtree(turfs.geometry.array).query(points, predicate="within")
    assert turfs.turf.to_numpy()[turf].tolist() == places.turf.to_numpy()[door].tolist()
    assert sorted(door) == list(range(len(places)))
    assert not turfs.intersects(gpd.read_file(rail).to_crs(32617).geometry[0]).any()
    ground = gpd.read_file(districts).to_crs(32617).set_index("code").geometry
    others = turfs.district.map({"south": "north", "north": "south"}).map(ground)
    assert turfs.intersection(gpd.GeoSeries(others, crs=32617)).area.max() < 1
