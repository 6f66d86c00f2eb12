"""Streets and barriers come in from files, whole or not at all, and turf is cut along them."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import streets
from volunteer_hub.districts.bring import bring
from volunteer_hub.districts.models import Street

WEST, SOUTH = -81.5, 29.0


def lines(*rows) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"highway": kind, "name": name},
            "geometry": {"type": "LineString", "coordinates": places},
        }
        for kind, name, places in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def grid() -> str:
    """Two streets that cross, a motorway, and one of a hundred kilometres."""
    return lines(
        ("residential", "Main St", [[WEST, SOUTH], [WEST + 0.01, SOUTH]]),
        ("residential", "Oak Ave", [[WEST + 0.005, SOUTH - 0.005], [WEST + 0.005, SOUTH + 0.005]]),
        ("motorway", "I 95", [[WEST, SOUTH + 0.003], [WEST + 0.01, SOUTH + 0.003]]),
        ("primary", "State Road", [[WEST, SOUTH - 0.5], [WEST, SOUTH + 0.5]]),
    )


@pytest.fixture
def file(tmp_path):
    def write(text: str, name="streets.geojson"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def kept() -> list[Street]:
    db.session.rollback()
    return db.session.query(Street).order_by(Street.id).all()


def test_streets_are_kept_in_short_pieces_and_found_around_doors(make, file):
    campaign = make.default_campaign
    done = bring(campaign.id, "streets", file(grid()))
    assert ["Lines read", 4] in done.report["counts"]
    rows = kept()
    assert max(row.max_lat - row.min_lat for row in rows) <= streets.LONGEST_PIECE
    found = streets.streets_around(
        campaign.id, np.array([(WEST + 0.002, SOUTH + 0.001), (WEST + 0.004, SOUTH)])
    )
    assert {"Main St", "Oak Ave", "I 95", "State Road"} == set(found.name)
    assert len(found.lines) < len(rows), "only what lies around"
    assert streets.streets_around(campaign.id, np.array([(10.0, 50.0)])) is None


def test_the_same_file_again_changes_nothing_and_a_new_one_replaces_it(make, file):
    campaign = make.default_campaign
    bring(campaign.id, "streets", file(grid()))
    before = [(row.digest, row.name) for row in kept()]
    bring(campaign.id, "streets", file(grid()))
    assert sorted(before) == sorted((row.digest, row.name) for row in kept())
    other = lines(("residential", "Elm St", [[WEST, SOUTH], [WEST + 0.01, SOUTH]]))
    bring(campaign.id, "streets", file(other, "elm.geojson"))
    assert len(kept()) == len(before) + 1, "another file adds to it"
    bring(campaign.id, "streets", file(other, "elm.geojson"), remove_all=True)
    assert [row.name for row in kept()] == ["Elm St"]


def test_a_file_of_barriers_parts_what_lies_on_both_sides(make, file):
    river = lines((None, None, [[WEST, SOUTH + 0.001], [WEST + 0.01, SOUTH + 0.001]]))
    bring(make.default_campaign.id, "streets", file(river, "river.geojson"), are_barriers=True)
    assert [row.kind for row in kept()] == ["barrier"]
    assert streets.street_counts(make.default_campaign.id).barriers == 1


@pytest.mark.parametrize("text", ["", "not a map", '{"type": "FeatureCollection", "features": []}'])
def test_what_is_no_map_of_streets_is_refused_in_a_sentence(make, file, text):
    with pytest.raises(Refusal) as refused:
        bring(make.default_campaign.id, "streets", file(text))
    assert "." in str(refused.value)
    assert kept() == []


def test_an_organizer_brings_streets_in_the_browser_and_turf_goes_along_them(client, make, run_jobs):
    client.sign_in(make.person(role="organizer"))
    place = make.precinct(make.district())
    doors = make.doors(12, precinct=place)
    x, y = doors[0].longitude - 0.0001, doors[0].latitude
    name = doors[0].street
    main = ("residential", name, [[x, y - 0.001], [x, y + 0.003]])
    side = ("residential", "Side St", [[x - 0.001, y + 0.0005], [x + 0.001, y + 0.0005]])
    data = {"kind": "streets", "file": (io.BytesIO(lines(main, side).encode()), "town.geojson")}
    asked = client.post("/imports/new", data | {"csrf_token": client.token()})
    assert "residential" in client.get(asked.location).text
    client.post(asked.location)
    run_jobs()
    db.session.rollback()
    assert len(kept()) == 2
    answer = client.post(f"/turf/precincts/{place.id}/cut", {"minutes": "60"})
    page = client.get(answer.location).text
    assert "Along streets" in page
    state = client.get(f"{answer.location}/turfs.json").json
    assert len(state["turfs"][0]["line"]["coordinates"]) >= 2
    client.get(f"{answer.location}/doubtful")
