"""The same promises on real districts and real doors."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from geodata.boundaries import check_boundaries, guess_id_column, guess_name_column, locate, read_boundaries

DATA = Path(os.environ.get("VOLUNTEER_HUB_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
pytestmark = pytest.mark.real_data


def real(name):
    file = DATA / name
    if not file.exists():
        pytest.skip(f"real data not found: {file.name} is not in {DATA}")
    return file


@pytest.mark.parametrize(
    ("name", "rows", "id_column", "name_column"),
    [
        ("newport_news/precincts_2013.gpkg", 45, "CODE", "NAME"),
        ("vt/census_vtd_2010.gpkg", 284, "GEOID10", "NAMELSAD10"),
        ("us/congressional_districts_2016_simplified.parquet", 435, "district", "district"),
        ("us/states_cb_2016_500k.parquet", 56, "GEOID", "NAME"),
        ("precincts/ri_precincts.parquet", 419, "JOINID", "NAME"),
    ],
)
def test_real_files_are_read_and_their_columns_guessed(name, rows, id_column, name_column):
    frame = read_boundaries(real(name))
    assert len(frame) == rows
    assert frame.crs.to_epsg() == 4326
    assert (guess_id_column(frame), guess_name_column(frame)) == (id_column, name_column)


def test_newport_news_is_clean_and_nearly_every_door_has_its_precinct():
    frame = read_boundaries(real("newport_news/precincts_2013.gpkg"))
    report = check_boundaries(frame, id_column="CODE")
    assert report.is_clean
    doors = gpd.read_parquet(real("newport_news/doors.parquet")).geometry
    found = locate(doors.x, doors.y, report.frame.geometry.array, ids=report.frame["CODE"], snap_m=200)
    assert found.inside + found.snapped + found.nowhere == 51_350
    assert found.nowhere < 20
    assert found.snapped < 200


def test_vermonts_addresses_land_where_the_source_says():
    frame = read_boundaries(real("vt/voting_tabulation_areas_2012.gpkg"))
    addresses = gpd.read_parquet(real("vt/addresses.parquet"))
    shapes = np.asarray(frame.geometry.array)
    found = locate(
        addresses.geometry.x, addresses.geometry.y, shapes, ids=[f"{i:03d}" for i in frame["vta_ix"]]
    )
    told = addresses["vta_ix"].to_numpy(dtype=np.float64, na_value=-1)
    inside = (found.index >= 0) & (told >= 0)
    same = frame["vta_ix"].to_numpy()[found.index[inside]] == told[inside]
    assert inside.mean() > 0.999
    assert same.mean() > 0.99999
