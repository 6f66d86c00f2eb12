"""A file lands whole, where it belongs, and says what became of each row."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select, update

from tests.districts import samples
from tests.statements import counted
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import bring, queries
from volunteer_hub.districts.models import District, Door, Import, Precinct, Result, Voter
from volunteer_hub.turf.models import Lease, Turf


@pytest.fixture
def town(app, make, tmp_path):
    """A campaign with the four precincts; `town(kind, bytes, **options)` imports one more file."""
    campaign_id = make.default_campaign.id

    def take(kind: str, content: bytes, name: str = "file", **options) -> Import:
        path = tmp_path / name
        path.write_bytes(content)
        return bring.bring(campaign_id, kind, path, **options)

    take(
        "precincts",
        samples.geojson(samples.squares()),
        "precincts.geojson",
        district_kind="ward",
        district_name="Barre",
    )
    return take


def counts(row: Import) -> dict[str, int]:
    return dict(row.report["counts"])


def mapped(**fields) -> dict[str, str]:
    """The answers of the page that asks which column is what."""
    return {f"map_{name}": str(at) for name, at in fields.items()} | {"has_header": "y"}


def number(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def test_precincts_without_districts_get_one_drawn_around_them(town):
    district = db.session.scalars(select(District)).one()
    assert (district.name, district.kind) == ("Barre", "ward")
    assert {p.code for p in db.session.scalars(select(Precinct))} == set(samples.CODES), (
        "leading zeros are kept"
    )
    assert district.geometry.area == pytest.approx(4 * samples.STEP**2)


def test_every_door_lies_in_exactly_one_precinct(town):
    report = counts(town("doors", samples.doors_csv()))
    assert report["New doors"] == 20
    per_precinct = db.session.execute(select(Door.precinct_id, func.count()).group_by(Door.precinct_id)).all()
    assert sorted(count for _, count in per_precinct) == [5, 5, 5, 5]
    assert None not in {precinct for precinct, _ in per_precinct}


def test_doors_brought_again_keep_their_ids(town):
    town("doors", samples.doors_csv())
    before = set(db.session.scalars(select(Door.id)))
    assert counts(town("doors", samples.doors_csv()))["Doors updated"] == 20
    assert set(db.session.scalars(select(Door.id))) == before


def test_a_door_on_a_shared_edge_goes_to_one_precinct_and_always_the_same(town):
    edge = [
        [1, "Edge Road", "", "Barre", "05641", samples.SOUTH + samples.STEP, samples.WEST + samples.STEP, 1]
    ]
    homes = []
    for _ in range(2):
        town("doors", samples.doors_csv(edge))
        homes.append(db.session.scalars(select(Door.precinct_id)).all())
    assert len(homes[0]) == 1
    assert homes[0] == homes[1]


def test_a_door_just_outside_goes_to_the_nearest_and_one_far_away_is_rejected(town):
    rows = [
        [1, "Near Road", "", "Barre", "05641", samples.SOUTH - 0.0005, samples.WEST + 0.005, 1],
        [2, "Far Road", "", "Barre", "05641", samples.SOUTH - 0.5, samples.WEST, 1],
    ]
    row = town("doors", samples.doors_csv(rows))
    assert counts(row)["New doors"] == 1
    assert counts(row)["Rejected"] == 1
    assert "farther than 100 m" in row.report["rows"]["Reasons"][0]["reason"]
    assert "1 doors lie just outside every precinct" in row.report["notes"][0]


def test_one_address_twice_is_one_door_and_two_buildings_are_two(town):
    lat, lon = samples.SOUTH + 0.01, samples.WEST + 0.01
    rows = [
        [1, "Oak Street", "", "Barre", "05641", lat, lon, 2],
        [1, "OAK ST", "", "Barre", "05641", lat + 0.00005, lon, 3],
        [1, "Oak Street", "", "Barre", "05641", lat, lon + 0.003, 4],
    ]
    assert counts(town("doors", samples.doors_csv(rows)))["Rows that share a door"] == 1
    assert sorted(db.session.scalars(select(Door.people))) == [4, 5]


def test_doors_come_as_points_in_any_coordinate_system(town, tmp_path):
    samples.points().to_file(tmp_path / "points.gpkg", engine="pyogrio")
    assert counts(town("doors", (tmp_path / "points.gpkg").read_bytes(), "points.gpkg"))["New doors"] == 20
    samples.points().to_parquet(tmp_path / "points.parquet")
    again = town("doors", (tmp_path / "points.parquet").read_bytes(), "whatever.txt")
    assert counts(again)["Rows read"] == 20
    assert db.session.scalar(select(Door.precinct_id).where(Door.precinct_id.is_(None))) is None


def test_swapped_coordinates_are_refused_with_the_reason(town):
    rows = [[*r[:5], r[6], r[5], r[7]] for r in samples.door_rows()]
    with pytest.raises(Refusal, match="swapped"):
        town("doors", samples.doors_csv(rows))
    assert number(Door) == 0
    assert counts(town("doors", samples.doors_csv(rows), swap_coordinates=True))["New doors"] == 20


def test_voters_are_laid_over_the_doors(town):
    town("doors", samples.doors_csv())
    report = counts(town("voters", samples.voters_csv(), "voters.csv"))
    assert (report["At a door"], report["Doubtful"], report["Without a door"]) == (1, 1, 1)
    mary, paul, ann = db.session.scalars(select(Voter).order_by(Voter.file_ref))
    assert mary.door_id is not None
    assert "spelled MAIN ST" in paul.match_note
    assert (ann.door_id, ann.match) == (None, "unmatched")
    assert mary.turnout == pytest.approx(3 / 4), "voted in both of two elections: (2 + 1) / (2 + 2)"
    assert queries.voter_counts(mary.campaign_id).total == 3
    assert db.session.get(Door, mary.door_id).people == 1


def test_a_voter_id_that_comes_twice_counts_once(town):
    town("doors", samples.doors_csv())
    lines = samples.voters_csv().decode().splitlines()
    row = town("voters", "\n".join([*lines, lines[1]]).encode(), "voters.csv")
    assert number(Voter) == 3
    assert counts(row)["Voters rejected"] == 1


def test_a_voter_file_with_coordinates_brings_its_own_doors(town):
    header = ["voter_id", "first_name", "last_name", *samples.DOOR_HEADER[:-1]]
    rows = [[f"V{n}", "Ann", "Lee", *door[:-1]] for n, door in enumerate(samples.door_rows())]
    report = counts(town("voters", samples.csv_bytes(header, rows), "voters.csv"))
    assert (report["New doors"], report["At a door"]) == (20, 20)


def test_results_find_their_precincts_and_absentee_votes_stay_with_the_district(town):
    row = town("results", samples.results_csv(), "results.csv")
    assert counts(row)["Votes without a place"] == 40
    assert row.report["rows"]["Left out"] == [{"what": "a total", "rows": 4}]
    blue = select(func.sum(Result.votes)).where(Result.candidate == "Ada Blue")
    assert db.session.scalar(blue.where(Result.precinct_id.is_not(None))) == 240
    assert db.session.scalar(blue.where(Result.precinct_id.is_(None))) == 280, (
        "the district's own is the whole"
    )
    assert [r.votes for r in queries.results_of(db.session.scalars(select(District.id)).one())] == [280, 200]


def test_results_by_district_code_need_no_answer(make, tmp_path):
    layer, past = tmp_path / "wards.geojson", tmp_path / "results.csv"
    layer.write_bytes(samples.geojson(samples.squares()))
    lines = [f"2024-11-05,Mayor,{code},{party},50" for code in samples.CODES for party in ("DEM", "REP")]
    past.write_text("\n".join(["date,office,district,party,votes", *lines]))
    campaign_id = make.default_campaign.id
    bring.bring(campaign_id, "districts", layer)
    row = bring.bring(campaign_id, "results", past)
    assert (counts(row)["Results saved"], counts(row)["Votes without a place"]) == (8, 0)
    codes = db.session.scalars(select(District.code).join(Result).where(Result.precinct_id.is_(None)))
    assert set(codes) == set(samples.CODES)
    assert set(db.session.scalars(select(Result.office))) == {"Mayor"}


def test_results_brought_again_replace_themselves(town):
    town("results", samples.results_csv(), "results.csv")
    before = number(Result)
    town("results", samples.results_csv(), "results.csv")
    assert number(Result) == before


def test_results_that_match_nothing_are_refused_and_change_nothing(town):
    town("results", samples.results_csv(), "results.csv")
    before = number(Result)
    other = (
        samples.results_csv().replace(b"0101 - EAST END", b"x").replace(b"01", b"77").replace(b"02", b"78")
    )
    with pytest.raises(Refusal):
        town(
            "results",
            b"election,office,precinct,party,candidate,votes\n2024-11-05,President,Atlantis,DEM,A,5\n",
        )
    assert number(Result) == before
    assert other


def test_a_failed_import_leaves_what_was_there(town, monkeypatch):
    town("doors", samples.doors_csv())
    from volunteer_hub.districts.importing import doors

    def broken(*_):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(doors._Work, "report_on", broken)
    rows = [
        [n, "New Road", "", "Barre", "05641", samples.SOUTH + 0.01, samples.WEST + 0.01, 9]
        for n in range(1, 9)
    ]
    with pytest.raises(RuntimeError):
        town("doors", samples.doors_csv(rows))
    assert number(Door) == 20
    failed = db.session.scalars(select(Import).order_by(Import.id.desc())).first()
    assert failed.state == "failed"
    assert "nothing of the file was imported" in failed.message


def test_codes_used_twice_are_named_and_nothing_is_saved(town):
    frame = samples.squares()
    frame.loc[1, "GEOID"] = "0101"
    with pytest.raises(Refusal, match="“0101” in the code column is used 2 times"):
        town(
            "districts", samples.geojson(frame), "twice.geojson", district_kind="county", id_columns=["GEOID"]
        )
    assert number(District) == 1


def test_two_columns_together_can_be_the_code(town):
    frame = samples.squares()
    frame["TOWN"], frame["PART"] = ["Barre", "Barre", "Stowe", "Stowe"], ["1", "2", "1", "2"]
    town(
        "districts",
        samples.geojson(frame),
        "d.geojson",
        district_kind="part",
        id_columns=["TOWN", "PART"],
        name_columns=["TOWN", "PART"],
    )
    names = db.session.scalars(select(District.name).where(District.kind == "part").order_by(District.code))
    assert list(names) == ["Barre, 1", "Barre, 2", "Stowe, 1", "Stowe, 2"]


def test_moved_lines_move_the_doors(town):
    town("doors", samples.doors_csv())
    frame = samples.squares()
    frame.geometry = frame.geometry.translate(xoff=0.0)
    frame["geometry"] = list(frame.geometry[[1, 0, 3, 2]])
    row = town("precincts", samples.geojson(frame), "moved.geojson", district_kind="ward")
    assert counts(row)["Doors moved to another precinct"] == 20


def test_a_precinct_with_turf_is_not_taken_away(town, make):
    precinct = db.session.scalars(select(Precinct).where(Precinct.code == "0202")).one()
    lease = make.lease(make.turf(3, precinct=precinct))
    without = samples.geojson(samples.squares().iloc[[1, 2]])
    with pytest.raises(Refusal, match=r"turf in 1 of the precincts to be removed \(0202\)"):
        town("precincts", without, "fewer.geojson", district_kind="ward", remove_missing=True)
    with pytest.raises(Refusal, match=r"turf in 1 of .* \(0202\)|hold doors"):
        town("districts", without, "others.geojson", district_kind="ward", remove_missing=True)
    assert number(Precinct) == 4
    assert db.session.get(Lease, lease.lease_id).returned_at is None
    db.session.rollback()
    with transaction():
        db.session.execute(update(Turf).values(state="retired"))
    row = town("precincts", without, "fewer.geojson", district_kind="ward", remove_missing=True)
    assert counts(row)["Old precincts removed"] == 2


def test_overlaps_are_counted_and_drawn(town):
    frame = samples.squares()
    frame.loc[0, "geometry"] = samples.box(
        samples.WEST, samples.SOUTH, samples.WEST + 1.3 * samples.STEP, samples.SOUTH + samples.STEP
    )
    row = town("districts", samples.geojson(frame), "overlap.geojson", district_kind="county")
    assert counts(row)["Overlaps"] == 1
    assert row.report["files"]["seams"] == "seams.geojson"


def test_an_organizer_brings_a_file_through_the_pages(town, client, make, run_jobs):
    client.sign_in(make.person(role="organizer"))
    client.get("/imports")
    client.get("/imports/new?kind=doors")
    sent = client.post(
        "/imports/new", {"kind": "doors", "file": (io.BytesIO(samples.doors_csv()), "doors.csv")},
        content_type="multipart/form-data",
    )  # fmt: skip
    page = client.get(sent.location)
    assert "Which column is what?" in page.text
    answers = mapped(number=0, street=1, zip=4, latitude=5, longitude=6, people=7)
    going = client.post(sent.location, answers)
    assert "Waiting for its turn" in client.get(going.location).text
    assert client.get(f"{going.location}/progress").json["finished"] is False
    run_jobs()
    assert client.get(f"{going.location}/progress").json["finished"] is True
    assert "All of the file is in" in client.get(going.location).text
    assert number(Door) == 20
    client.get("/districts")
    district = db.session.scalars(select(District.id)).one()
    assert samples.NAMES[0] in client.get(f"/districts/{district}").text
    assert len(client.get("/districts/shapes/ward.geojson").json["features"]) == 1
    assert len(client.get(f"/districts/{district}/precincts.geojson").json["features"]) == 4


def test_answers_are_remembered_for_the_next_file_of_the_same_layout(town, client, make):
    client.sign_in(make.person(role="organizer"))

    def upload() -> str:
        file = (io.BytesIO(samples.doors_csv()), "doors.csv")
        return client.post(
            "/imports/new", {"kind": "doors", "file": file}, content_type="multipart/form-data"
        ).location

    first = upload()
    client.get(first)
    client.post(first, mapped(number=0, street=1, latitude=5, longitude=6))
    again = client.get(upload())
    assert "laid out like this was imported before" in again.text


def test_a_missing_column_is_asked_for(town, client, make):
    client.sign_in(make.person(role="organizer"))
    file = (io.BytesIO(samples.doors_csv()), "doors.csv")
    where = client.post(
        "/imports/new", {"kind": "doors", "file": file}, content_type="multipart/form-data"
    ).location
    client.get(where)
    page = client.post(where, mapped(number=0, street=1, latitude=""), status=200)
    assert "Still needed: latitude and longitude" in page.text


def test_volunteers_and_strangers_cannot_import(town, client, make):
    assert client.http.get("/imports").status_code == 302
    client.sign_in(make.person(role="volunteer"))
    client.get("/imports", status=403)
    client.get("/districts", status=403)


def test_another_campaigns_import_is_not_found(town, client, make):
    import_id = db.session.scalars(select(Import.id)).first()
    other = make.campaign()
    client.sign_in(make.person(role="organizer", area=make.root_of(other)))
    client.get(f"/imports/{import_id}", status=404)
    client.get(f"/imports/{import_id}/progress", status=404)


def test_registered_voters_fewer_than_votes_are_left_out_and_told(town):
    header = ["date", "office", "precinct", "party", "candidate", "votes", "registered"]
    rows = [["2024-11-05", "President", c, "DEM", "Ada Blue", n, 50] for c, n in (("0101", 90), ("0102", 9))]
    row = town("results", samples.csv_bytes(header, rows), "results.csv")
    assert "fewer voters are registered than voted" in row.report["warnings"][0]
    assert set(db.session.scalars(select(Result.registered))) == {None, 50}


def test_the_file_itself_is_not_kept_once_it_is_in(town, config):
    row = town("doors", samples.doors_csv())
    assert not (config.uploads_dir / row.stored_name).exists()


@pytest.mark.parametrize("path", ["/imports", "/districts"])
def test_a_list_costs_the_same_at_any_size(town, client, make, path):
    client.sign_in(make.person(role="organizer"))
    client.get(path)
    with counted() as few:
        client.get(path)
    for number in range(4):
        frame = samples.squares()
        frame["GEOID"] = [f"{number}{code}" for code in samples.CODES]
        town(
            "districts",
            samples.geojson(frame),
            f"{number}.geojson",
            district_kind="ward",
            id_columns=["GEOID"],
        )
    with counted() as many:
        client.get(path)
    assert many.total == few.total
