"""Metres must be metres, and the CRS chosen must keep distances."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.crs import TooWide, areas_m2, great_circle_km, local_metric_crs, require_metric

LAT, LON = st.floats(-89, 89), st.floats(-180, 180)


def points(lons, lats, crs=4326):
    return gpd.GeoSeries(shapely.points(lons, lats), crs=crs)


@pytest.mark.parametrize("crs", [4326, 3857, 2277, None])
def test_degrees_web_mercator_feet_and_nothing_are_refused(crs):
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=crs)
    with pytest.raises(ValueError, match="local CRS in metres"):
        require_metric(frame)


@pytest.mark.parametrize("crs", [26914, 32617, 3035])
def test_local_metres_are_accepted(crs):
    require_metric(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=crs))


def test_austin_is_in_utm_zone_14():
    assert local_metric_crs((-97.9, 30.1, -97.5, 30.5)).to_epsg() == 32614


def test_sydney_is_in_a_southern_zone():
    assert local_metric_crs((151.0, -34.0, 151.3, -33.7)).to_epsg() == 32756


def test_a_frame_across_the_antimeridian_is_narrow():
    fiji = points([179.5, -179.5], [-17.0, -17.5])
    flat = fiji.to_crs(local_metric_crs(fiji))
    require_metric(flat.to_frame("geometry"))
    true_m = 1000 * great_circle_km(-17.0, 179.5, -17.5, -179.5)
    assert flat.iloc[0].distance(flat.iloc[1]) == pytest.approx(true_m, rel=0.005)


def test_bounds_across_the_antimeridian_say_so_with_west_above_east():
    assert local_metric_crs((178.0, -18.0, -179.5, -16.0)).to_epsg() == 32760


def test_a_state_wider_than_a_zone_keeps_distances_within_one_percent():
    texas = points([-106.6, -93.5], [31.8, 31.1])
    flat = texas.to_crs(local_metric_crs(texas))
    true_m = 1000 * great_circle_km(31.8, -106.6, 31.1, -93.5)
    assert flat.iloc[0].distance(flat.iloc[1]) == pytest.approx(true_m, rel=0.01)


def test_the_whole_globe_is_too_wide_and_says_what_to_do():
    with pytest.raises(TooWide, match="great_circle_km"):
        local_metric_crs((-180, -60, 180, 70))


@pytest.mark.parametrize("bounds", [(0, 10, 1, 5), (float("nan"), 0, 1, 1)])
def test_nonsense_bounds_are_refused(bounds):
    with pytest.raises(ValueError, match="bounds must be"):
        local_metric_crs(bounds)


def test_an_empty_frame_has_no_crs_to_choose():
    with pytest.raises(ValueError, match="empty"):
        local_metric_crs(points([], []))


@given(LAT, LON, LAT, LON)
def test_great_circle_is_symmetric_and_never_beyond_half_the_globe(lat1, lon1, lat2, lon2):
    there, back = great_circle_km(lat1, lon1, lat2, lon2), great_circle_km(lat2, lon2, lat1, lon1)
    assert there == pytest.approx(back, abs=1e-9)
    assert 0 <= there <= np.pi * 6371.0088 + 1e-6


@given(LAT, LON)
def test_no_way_to_oneself_and_full_turns_do_not_matter(lat, lon):
    assert great_circle_km(lat, lon, lat, lon) == 0
    assert great_circle_km(lat, lon, lat, lon + 360) == pytest.approx(0, abs=1e-5)


def test_a_degree_along_the_equator():
    assert great_circle_km(0, 0, 0, 1) == pytest.approx(6371.0088 * np.pi / 180)


@given(st.floats(-84, 84), st.floats(-179, 179), st.floats(0.001, 0.3), st.floats(0.001, 0.3))
def test_distances_in_the_local_crs_agree_with_the_globe(lat, lon, dlat, dlon):
    both = points([lon, lon + dlon], [lat, np.clip(lat + dlat, -84, 84)])
    flat = both.to_crs(local_metric_crs(both))
    true_m = 1000 * great_circle_km(lat, lon, np.clip(lat + dlat, -84, 84), lon + dlon)
    # 0.56 % is the flattening of the earth, which a sphere does not know
    assert flat.iloc[0].distance(flat.iloc[1]) == pytest.approx(true_m, rel=0.008)


@given(st.floats(-80, 79), st.floats(-179, 178))
def test_areas_do_not_grow_towards_the_poles(lat, lon):
    area = areas_m2([shapely.box(lon, lat, lon + 0.1, lat + 0.1)])[0]
    height, width = (
        great_circle_km(lat, lon, lat + 0.1, lon),
        great_circle_km(lat + 0.05, lon, lat + 0.05, lon + 0.1),
    )
    assert area == pytest.approx(1e6 * height * width, rel=0.01)
