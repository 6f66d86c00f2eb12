"""What an organizer of an empty campaign is told, and in which words a file is refused."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from tests.districts import samples
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import bring
from volunteer_hub.districts.models import District, Door

NEXT = "/imports/new?kind=districts"


def test_an_empty_campaign_is_told_to_bring_districts_first(client, make, tmp_path):
    client.sign_in(make.person(role="organizer"))
    assert NEXT in client.get("/").text
    path = tmp_path / "wards.geojson"
    path.write_bytes(samples.geojson(samples.squares()))
    bring.bring(make.default_campaign.id, "precincts", path, district_kind="ward", district_name="Barre")
    assert NEXT not in client.get("/").text


def test_a_volunteer_is_not_told_to_bring_districts(client, make):
    client.sign_in(make.person(role="volunteer"))
    assert NEXT not in client.get("/").text


def brought(client, kind: str, name: str, content: bytes) -> str:
    """Upload a file; gives the address of the questions about it."""
    data = {"kind": kind, "file": (io.BytesIO(content), name)}
    return client.post("/imports/new", data, content_type="multipart/form-data").location


@pytest.mark.parametrize("kind", ["precincts", "doors"])
def test_a_broken_geopackage_is_refused_without_its_database_s_words(client, make, tmp_path, kind):
    samples.squares().to_file(tmp_path / "wards.gpkg", engine="pyogrio")
    whole = (tmp_path / "wards.gpkg").read_bytes()
    client.sign_in(make.person(role="organizer"))
    page = client.get(brought(client, kind, "wards.gpkg", whole[:5000]), status=422).text
    assert "it is damaged or was cut off. Export it again" in page
    assert "sqlite" not in page
    assert "SELECT" not in page


def test_text_under_the_name_of_another_format_is_refused(client, make):
    client.sign_in(make.person(role="organizer"))
    page = client.get(
        brought(client, "doors", "doors.parquet", b"hello this is not a map\n"), status=422
    ).text
    assert "name ends in .parquet, but its content is plain text" in page
    assert "hello this is not a map" not in page


def test_the_first_district_is_offered_the_campaign_s_name(client, make, tmp_path):
    client.sign_in(make.person(role="organizer"))
    where = brought(client, "precincts", "precincts_2013.geojson", samples.geojson(samples.squares()))
    assert f'value="{make.default_campaign.name}"' in client.get(where).text
    path = tmp_path / "precincts_2013.geojson"
    path.write_bytes(samples.geojson(samples.squares()))
    bring.bring(make.default_campaign.id, "precincts", path)
    assert db.session.scalars(select(District.name)).all() == [make.default_campaign.name]


@pytest.fixture
def two_cities(client, make, tmp_path):
    """One city in its layer, and the file of another far from it."""
    path = tmp_path / "wards.geojson"
    path.write_bytes(samples.geojson(samples.squares()))
    bring.bring(make.default_campaign.id, "precincts", path, district_name="Barre")
    other = samples.squares()
    other["geometry"] = other.geometry.translate(xoff=1.0)
    path.write_bytes(samples.geojson(other))
    client.sign_in(make.person(role="organizer"))
    return path


def test_a_second_city_is_told_the_way_into_a_layer_of_its_own(two_cities, make):
    campaign = make.default_campaign.id
    with pytest.raises(Refusal, match="write a name of its own, as that of the city, as layer of districts"):
        bring.bring(campaign, "precincts", two_cities, district_name="Stowe")
    bring.bring(campaign, "precincts", two_cities, district_kind="stowe")
    named = db.session.execute(select(District.kind, District.name).order_by(District.id)).all()
    assert named == [("district", "Barre"), ("stowe", "Stowe")]


def test_where_two_layers_have_precincts_the_form_asks_for_one(two_cities, client, make, run_jobs):
    bring.bring(
        make.default_campaign.id, "precincts", two_cities, district_kind="city", district_name="Stowe"
    )
    where = brought(client, "doors", "doors.csv", samples.doors_csv())
    page = client.get(where).text
    assert "district (Barre)" in page
    assert "city (Stowe)" in page
    assert "the one with precincts" not in page
    answers = {f"map_{name}": str(at) for name, at in [("number", 0), ("street", 1), ("zip", 4)]}
    answers |= {"map_latitude": "5", "map_longitude": "6", "has_header": "y"}
    assert "Choose the layer" in client.post(where, answers, status=200).text
    client.post(where, answers | {"district_kind": "district"}, status=302)
    run_jobs()
    assert db.session.scalar(select(func.count()).select_from(Door)) == 20


def test_places_that_match_nothing_come_with_what_to_do(client, make, tmp_path):
    path = tmp_path / "file"
    campaign = make.default_campaign.id
    path.write_bytes(samples.geojson(samples.squares()))
    bring.bring(campaign, "precincts", path)
    path.write_bytes(samples.results_csv().replace(b"0101 - EAST END", b"112 - KNOLLWOOD MEADOWS"))
    row = bring.bring(campaign, "results", path)
    client.sign_in(make.person(role="organizer"))
    page = client.get(f"/imports/{row.id}").text
    assert "112 - KNOLLWOOD MEADOWS" in page
    assert "bring the file of results once more. It replaces" in page


def test_a_file_that_cannot_be_read_is_called_by_its_name(client, make):
    client.sign_in(make.person(role="organizer"))
    file = (io.BytesIO(b"\x00\x01\x02 nothing that is a map"), "wards.gpkg")
    where = client.post(
        "/imports/new", {"kind": "districts", "file": file}, content_type="multipart/form-data"
    ).location
    assert "“wards.gpkg” is in no format that can be read" in client.get(where, status=422).text
