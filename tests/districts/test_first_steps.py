"""What an organizer of an empty campaign is told, and in which words a file is refused."""

from __future__ import annotations

import io

from tests.districts import samples
from volunteer_hub.districts import bring

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


def test_a_file_that_cannot_be_read_is_called_by_its_name(client, make):
    client.sign_in(make.person(role="organizer"))
    file = (io.BytesIO(b"\x00\x01\x02 nothing that is a map"), "wards.gpkg")
    where = client.post(
        "/imports/new", {"kind": "districts", "file": file}, content_type="multipart/form-data"
    ).location
    assert "“wards.gpkg” is in no format that can be read" in client.get(where, status=422).text
