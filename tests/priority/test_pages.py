"""The pages of priority as an organizer meets them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.priority import queries, services
from volunteer_hub.priority.jobs import rescore
from volunteer_hub.priority.models import Contest, Progress


@pytest.fixture
def organizer(make, client):
    return client.sign_in(make.person(role="organizer"))


@pytest.fixture
def counties(make):
    """Three counties with doors and results."""
    found = [make.district(name=name) for name in ("North", "South", "West")]
    for number, county in enumerate(found):
        make.doors(50 * (number + 1), district=county)
        make.result(county, ours=5000 + 100 * number, theirs=5100, registered=15000 + 2000 * number)
    return found


@pytest.fixture
def contest(make, counties, run_jobs):
    with transaction():
        row = services.create_contest(
            make.default_campaign.id,
            name="Governor",
            district_kind="county",
            ours="Ours",
            weights={"plurality": 1.0},
            now=clock.now(),
        )
    run_jobs()
    return row


def fields(**changes):
    return {
        "name": "Governor", "ours": "Ours", "office": "", "seat_mode": "one", "seat_list": "",
        "weight_plurality": "100", "weight_turnout": "0", "weight_coverage": "0", "high_salience": "y",
    } | changes  # fmt: skip


def test_without_districts_the_page_says_to_bring_them(organizer):
    page = organizer.get("/priorities").text
    assert "First, the map" in page
    assert "/imports" in page


def test_with_districts_the_page_leads_to_the_contest(organizer, counties):
    assert "/priorities/contests/new" in organizer.get("/priorities").text


def test_the_list_shows_value_interval_doors_and_why(organizer, contest):
    page = organizer.get("/priorities").text
    for word in ("North", "South", "West", "150", "interval"):
        assert word in page
    line = queries.district_scores(queries.newest_snapshot(contest.id).id)[0]
    assert line.why.split(",")[0][:20] in page
    assert "See its precincts" not in page


def test_the_list_sorts_and_finds(organizer, contest):
    page = organizer.get("/priorities?sort=doors_left&direction=desc").text
    assert page.index(">West<") < page.index(">South<") < page.index(">North<")
    assert ">South<" not in organizer.get("/priorities?q=nor").text
    assert "No district of that name" in organizer.get("/priorities?q=%25").text


def test_the_list_costs_the_same_at_any_number_of_districts(organizer, make, contest):
    organizer.get("/priorities")
    with counted() as few:
        organizer.get("/priorities")
    for number in range(40):
        make.result(make.district(), ours=300 + number, theirs=310)
    rescore_now(contest)
    organizer.get("/priorities")
    with counted() as many:
        organizer.get("/priorities")
    assert many.total == few.total


def rescore_now(contest):
    with transaction():
        services.want_rescore(contest.campaign_id, now=clock.now())
    rescore(contest.campaign_id)


def test_shapes_are_kept_by_the_browser_until_the_districts_change(organizer, make, contest, counties):
    page = organizer.get("/priorities").text
    address = page.split('data-src="')[1].split('"')[0]
    answer = organizer.get(address)
    assert {each["properties"]["name"] for each in answer.json["features"]} == {"North", "South", "West"}
    assert "immutable" in answer.headers["Cache-Control"]
    assert organizer.get(address, status=304, headers={"If-None-Match": answer.headers["ETag"]}).data == b""
    make.district(name="East")
    assert organizer.get(address, status=302).location != address


def test_the_map_gets_a_number_for_each_district(organizer, contest, counties):
    snapshot = queries.newest_snapshot(contest.id)
    found = organizer.get(f"/priorities/values/{snapshot.id}.json").json
    assert set(found) == {str(county.id) for county in counties}
    assert all(row["value"] > 0 for row in found.values())


def test_one_district_shows_every_part_its_curve_and_past_results(organizer, contest, counties):
    page = organizer.get(f"/priorities/{counties[0].id}").text
    for word in (
        "Supporters who stay at home",
        "chart__line",
        "2024 general",
        "Wellstone",
        "Bring precincts",
    ):
        assert word in page


def test_a_precinct_has_a_page_of_its_own(organizer, make, contest, counties):
    precinct = make.precinct(counties[0], name="Old Town")
    rescore_now(contest)
    assert "Old Town" in organizer.get(f"/priorities/{counties[0].id}").text
    assert "Old Town" in organizer.get(f"/priorities/{counties[0].id}/{precinct.id}").text
    organizer.get(f"/priorities/{counties[1].id}/{precinct.id}", status=404)


def test_the_page_says_what_moved_since_yesterday_and_why(organizer, contest, counties):
    with clock.standing_at(clock.now() + timedelta(days=1)):
        done = services.Increment(
            counties[0].id, None, attempts=40, contacts=30, supporters=20, opponents=5, doors_tried=40,
            doors_done=35,
        )  # fmt: skip
        with transaction():
            services.add_progress(contest.campaign_id, [done], now=clock.now())
        rescore(contest.campaign_id)
        page = organizer.get("/priorities").text
        assert "What moved since" in page
        assert "North" in page.split("What moved since")[1][:3000]
        assert "mostly by" in page
        place = organizer.get(f"/priorities/{counties[0].id}").text
        assert "mostly by" in place
        assert "a difference of" in place


def test_two_dated_snapshots_can_be_compared(organizer, contest, counties):
    first = queries.newest_snapshot(contest.id)
    done = services.Increment(counties[0].id, None, attempts=40, contacts=30, doors_tried=40, doors_done=35)
    with transaction():
        services.add_progress(contest.campaign_id, [done], now=clock.now())
    rescore(contest.campaign_id)
    assert "mostly by" in organizer.get(f"/priorities?since={first.id}").text
    assert "first scores" in organizer.get(f"/priorities?snapshot={first.id}").text
    organizer.get("/priorities?since=999999", status=404)


def test_an_organizer_of_a_region_sees_its_districts_only(make, client, contest, counties):
    region = make.area(name="Panhandle")
    mine = make.district(name="Mine", area=region)
    make.result(mine, ours=400, theirs=410)
    rescore_now(contest)
    viewer = client.sign_in(make.person(role="organizer", area=region))
    page = viewer.get("/priorities").text
    assert ">Mine<" in page
    assert ">North<" not in page
    assert f'/priorities/{mine.id}">See its precincts' in page
    snapshot = queries.newest_snapshot(contest.id)
    assert set(viewer.get(f"/priorities/values/{snapshot.id}.json").json) == {str(mine.id)}
    viewer.get(f"/priorities/{counties[0].id}", status=403)
    viewer.get(f"/priorities/contests/{contest.id}", status=403)
    viewer.post(f"/priorities/contests/{contest.id}", fields(do="save"), status=403)
    viewer.post(f"/priorities/contests/{contest.id}/activate", status=403)


def test_volunteers_and_other_campaigns_stay_outside(make, client, contest, counties):
    client.sign_in(make.person())
    for path in ("/priorities", "/priorities/contests", f"/priorities/{counties[0].id}"):
        client.get(path, status=403)
    other = make.campaign()
    client.sign_in(make.person(role="organizer", campaign=other))
    client.get(f"/priorities/{counties[0].id}", status=404)
    client.get(f"/priorities/contests/{contest.id}", status=404)
    client.get(f"/priorities/values/{queries.newest_snapshot(contest.id).id}.json", status=404)


def test_a_preview_shows_both_maps_and_saves_nothing(organizer, contest):
    page = organizer.post(
        f"/priorities/contests/{contest.id}",
        fields(do="preview", weight_plurality="0", weight_coverage="100"),
        status=200,
    ).text
    assert 'id="next-map"' in page
    assert 'id="present-map"' in page
    assert "doors per hour" in page
    db.session.expire_all()
    assert db.session.get(Contest, contest.id).weights == {"plurality": 1.0}
    assert len(queries.snapshots(contest.id)) == 1


def test_saving_keeps_rules_and_assumptions_and_scores_anew(organizer, contest, run_jobs):
    organizer.post(
        f"/priorities/contests/{contest.id}",
        fields(do="save", weight_plurality="50", weight_turnout="50", contact_rate_low="0.2",
               contact_rate_mid="0.3", contact_rate_high="0.4"),
    )  # fmt: skip
    run_jobs()
    db.session.expire_all()
    row = db.session.get(Contest, contest.id)
    assert row.weights == {"plurality": 0.5, "turnout": 0.5}
    assert row.params["contact_rate"] == [0.2, 0.3, 0.4]
    assert "revisit" not in row.params
    newest = queries.newest_snapshot(contest.id)
    assert (newest.cause, newest.unit) == ("rules", "times an average hour")
    assert queries.district_scores(newest.id)[0].contact_rate == pytest.approx(0.3)
    assert 'value="0.3"' in organizer.get(f"/priorities/contests/{contest.id}").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weight_plurality": "0"}, "at least one rule"),
        ({"weight_plurality": "101"}, "from 0 to 100"),
        ({"contact_rate_low": "0.5"}, "must rise"),
        ({"contact_rate_high": "1.5"}, "must lie between 0 and 1"),
        ({"seat_mode": "list", "seat_list": "99999,1"}, "99999"),
        ({"seat_mode": "list", "seat_list": "nonsense"}, "Line 1"),
        ({"name": ""}, "Give it a name"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(organizer, contest, changes, sentence):
    for do in ("preview", "save"):
        page = organizer.post(f"/priorities/contests/{contest.id}", fields(do=do, **changes), status=200).text
        if do == "save" or "weight" in str(changes) or "seat" in str(changes) or "contact" in str(changes):
            assert sentence in page


def test_a_contest_is_made_in_the_browser_and_plans_follow_it(organizer, make, counties, run_jobs):
    assert "Theirs" in organizer.get("/priorities/contests/new?kind=county").text
    organizer.post("/priorities/contests/new?kind=county", fields(name="Senate", do="save"))
    run_jobs()
    row = queries.active_contest(make.default_campaign.id)
    assert (row.name, row.ours) == ("Senate", "Ours")
    assert "North" in organizer.get("/priorities").text
    page = organizer.post(
        "/priorities/contests/new?kind=county", fields(name="Senate", do="save"), status=200
    ).text
    assert "already" in page


def test_an_election_day_that_is_over_is_refused(organizer, make, counties):
    new = "/priorities/contests/new?kind=county"
    for do in ("preview", "save"):
        page = organizer.post(new, fields(election_on="2020-01-01", do=do), status=200).text
        assert "This election day is over." in page
    assert queries.contests(make.default_campaign.id) == []
    today = clock.campaign_day(clock.now(), ZoneInfo(make.default_campaign.time_zone))
    organizer.post(new, fields(election_on=today.isoformat(), do="save"))
    assert queries.active_contest(make.default_campaign.id).election_on == today


def test_a_contest_whose_day_has_passed_can_still_be_renamed(organizer, contest):
    with transaction():
        db.session.get(Contest, contest.id).election_on = date(2024, 11, 5)
    page = f"/priorities/contests/{contest.id}"
    organizer.post(page, fields(name="Governor 2024", election_on="2024-11-05", do="save"))
    db.session.expire_all()
    assert db.session.get(Contest, contest.id).name == "Governor 2024"
    assert "is over." in organizer.post(page, fields(election_on="2024-11-04", do="save"), status=200).text


def test_another_contest_can_be_followed(organizer, make, contest, run_jobs):
    organizer.post("/priorities/contests/new?kind=county", fields(name="Senate", do="save"))
    organizer.post(f"/priorities/contests/{contest.id}/activate")
    assert queries.active_contest(make.default_campaign.id).id == contest.id


def test_each_district_a_seat_gives_each_its_own_closeness(organizer, contest, counties, run_jobs):
    organizer.post(f"/priorities/contests/{contest.id}", fields(do="save", seat_mode="each"))
    run_jobs()
    newest = queries.newest_snapshot(contest.id)
    found = {queries.detail(newest.id, each.id)["parts"]["margin_share"] for each in counties}
    assert len(found) == 3
    assert queries.seat_names(contest.id) == {each.id: each.code for each in counties}


def test_seats_by_list_regions_and_states():
    from volunteer_hub.priority.forms import seats_by

    places = [(1, "12001", "A"), (2, "12003", "B"), (3, "48001", None)]
    assert seats_by("state", "", places) == {1: "12", 2: "12", 3: "48"}
    assert seats_by("region", "", places) == {1: "A", 2: "B"}
    assert seats_by("list", "code,seat\n12001,House 7\n48001, House 9\n", places) == {
        1: "House 7",
        3: "House 9",
    }
    assert seats_by("one", "", places) == {}


def test_counts_that_cannot_be_are_named_and_left_out(organizer, contest, counties):
    with transaction():
        db.session.add(
            Progress(
                campaign_id=contest.campaign_id,
                district_id=counties[0].id,
                attempts=3,
                contacts=9,
                changed_at=clock.now(),
            )
        )
    rescore_now(contest)
    page = organizer.get("/priorities").text
    assert "One row could not be right" in page
    assert "more contacts than attempts" in page
    assert "North" in page


def test_more_votes_than_registered_is_named_and_scored_without(organizer, make, contest):
    county = make.district(name="Loving")
    make.result(county, ours=500, theirs=400, registered=800)
    rescore_now(contest)
    newest = queries.newest_snapshot(contest.id)
    assert newest.fault_count == 1
    assert "Loving" in newest.faults[0]
    assert queries.detail(newest.id, county.id)["parts"]["is_registered"] == 0


def test_score_now_takes_a_snapshot_by_hand(organizer, contest, run_jobs):
    organizer.post("/priorities/rescore")
    run_jobs()
    assert [each.cause for each in queries.snapshots(contest.id)] == ["by hand", "rules"]


def test_script_in_a_name_is_shown_as_text(organizer, make, contest):
    make.result(make.district(name="<script>alert(1)</script>"), ours=1, theirs=2)
    rescore_now(contest)
    for path in ("/priorities", f"/priorities/contests/{contest.id}"):
        assert "<script>alert" not in organizer.get(path).text
    page = organizer.post(f"/priorities/contests/{contest.id}", fields(do="preview"), status=200).text
    assert "<script>alert" not in page
    assert json.loads(page.split('data-values="')[1].split('"')[0].replace("&#34;", '"'))
