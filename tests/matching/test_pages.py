"""An organizer asks for a plan, looks at it, changes it by hand and offers it; others see nothing of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.matching.plans import MIAMI, NOON
from tests.statements import counted
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.matching import hand, problem, services
from volunteer_hub.matching.models import Run, Wish


@pytest.fixture
def organizer(make, client):
    person = make.person(role="organizer", name="Olive Organizer")
    client.sign_in(person)
    return person


def plan(make, run_jobs, area=None):
    area = area or make.root_of(make.default_campaign)
    with transaction():
        run = services.want_run(
            area.campaign_id,
            area.id,
            from_at=NOON,
            until_at=NOON + timedelta(days=7),
            by=None,
            now=clock.now(),
        )
    run_jobs()
    db.session.expire_all()
    return db.session.get(Run, run.id)


def rows(**fields):
    db.session.expire_all()
    return db.session.scalars(select(Assignment).filter_by(**fields).order_by(Assignment.id)).all()


def pairs(state=State.PROPOSED):
    return {(row.person_id, row.shift_id) for row in rows(state=state)}


def value_of(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]


def test_an_organizer_asks_for_a_plan_and_watches_it(make, client, organizer, run_jobs):
    make.shift()
    ana = make.person(**MIAMI, name="Ana Pérez")
    page = client.get("/matching")
    assert "No plan yet" in page.text
    area = make.root_of(make.default_campaign)
    answer = client.post("/matching", {"area": area.id, "from_on": "2026-10-10", "until_on": "2026-10-23"})
    path = answer.headers["Location"]
    assert "Waiting for its turn" in client.get(path).text
    assert client.get(f"{path}/progress").json["finished"] is False
    run_jobs()
    done = client.get(f"{path}/progress").json
    assert done["finished"]
    assert not done["failed"]
    page = client.get(path)
    assert ana.name in page.text
    assert "no limit broken" in page.text
    assert "best possible plan" in page.text
    assert "volunteer 0" not in page.text


@pytest.mark.parametrize(
    ("from_on", "until_on", "sentence"),
    [
        ("2026-10-12", "2026-10-11", "must not be before"),
        ("2026-10-01", "2026-10-09", "are over"),
        ("2026-10-10", "2027-10-10", "at most 60 days"),
        ("", "soon", "needed"),
    ],
)
def test_days_that_make_no_plan_are_refused_with_a_sentence(
    make, client, organizer, from_on, until_on, sentence
):
    area = make.root_of(make.default_campaign)
    answer = client.post("/matching", {"area": area.id, "from_on": from_on, "until_on": until_on}, status=422)
    assert sentence in answer.text


def test_two_plans_for_one_area_are_not_made_at_once(make, client, organizer):
    area = make.root_of(make.default_campaign)
    form = {"area": area.id, "from_on": "2026-10-10", "until_on": "2026-10-23"}
    first, second = (client.post("/matching", form).headers["Location"] for _ in range(2))
    assert first == second


def test_a_plan_that_failed_says_why_and_what_to_do(make, client, organizer, run_jobs):
    shift = make.shift(capacity=1)
    names = {make.person(**MIAMI, name=name).id: name for name in ("Ana Pérez", "Bo Li")}
    with transaction():
        for person_id in names:
            services.pin(shift.campaign_id, person_id, shift.id, kind="pin", by=organizer.id, now=NOON)
    run = plan(make, run_jobs)
    page = client.get(f"/matching/runs/{run.id}")
    assert "Ana Pérez" in page.text
    assert "make the plan again" in page.text
    assert "Ana" not in run.message  # names are put in when shown


def test_the_table_filters_sorts_and_pages_in_a_fixed_number_of_statements(make, client, organizer, run_jobs):
    shift = make.shift(capacity=200)
    make.person(**MIAMI, name="Zoe Last")
    run = plan(make, run_jobs)

    def cost():
        with counted() as statements:
            client.get(path)
        return statements.total

    path = f"/matching/runs/{run.id}?sort=person&direction=asc"
    cost()  # the first look of a minute is noted in the audit log
    few = cost()
    people = [make.person(**MIAMI, name=f"Name {number:03}") for number in range(60)]
    with transaction():
        assignments.propose(
            shift.campaign_id,
            run.id,
            [assignments.Proposal(each.id, shift.id, 1.0) for each in people],
            now=NOON,
        )
    assert cost() == few
    page = client.get(path)
    assert "Name 000" in page.text
    assert "Zoe Last" not in page.text
    assert "Zoe Last" in client.get(f"/matching/runs/{run.id}?q=zoe").text
    assert "Nobody fits" in client.get(f"/matching/runs/{run.id}?q=%25").text


@pytest.mark.parametrize("part", ["", "/places", "/unplaced", "/changes"])
def test_odd_arguments_break_no_page(make, client, organizer, run_jobs, part):
    make.shift()
    make.person(**MIAMI)
    run = plan(make, run_jobs)
    for query in (
        "sort=nonsense&direction=up",
        "page=-3",
        "page=99999",
        "place=x&state=gone",
        "q=%27%3B--%25_",
        "why=nothing-known",
    ):
        client.get(f"/matching/runs/{run.id}{part}?{query}")


def test_script_in_a_name_stays_text(make, client, organizer, run_jobs):
    make.shift(location=make.location(name="<script>alert(1)</script>"))
    make.person(**MIAMI, name='"><img src=x onerror=alert(1)>')
    run = plan(make, run_jobs)
    for part in ("", "/places", "/unplaced"):
        page = client.get(f"/matching/runs/{run.id}{part}").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_ticked_proposals_are_offered_and_the_answer_is_clear(make, client, organizer, run_jobs):
    make.shift(capacity=5)
    for _ in range(3):
        make.person(**MIAMI)
    run = plan(make, run_jobs)
    ids = [row.id for row in rows(state=State.PROPOSED)]
    client.post(f"/matching/runs/{run.id}/approve", {"id": ids[:2], "which": "ticked"}, status=303)
    page = client.get(f"/matching/runs/{run.id}")
    assert "2 places were offered" in page.text
    assert len(rows(state=State.OFFERED)) == 2
    assert client.get(f"/matching/runs/{run.id}/counts").json["figures"]["offered"] == 2
    assert db.session.scalars(select(AuditEntry.action).where(AuditEntry.action == "offer.assignments")).one()


def test_ticking_nobody_offers_nothing(make, client, organizer, run_jobs):
    make.shift()
    make.person(**MIAMI)
    run = plan(make, run_jobs)
    client.post(f"/matching/runs/{run.id}/approve", {"which": "ticked"}, status=303)
    assert "Tick the people" in client.get(f"/matching/runs/{run.id}").text
    assert not rows(state=State.OFFERED)


def test_all_of_one_place_are_offered_and_no_others(make, client, organizer, run_jobs):
    here = make.shift(capacity=2)
    there = make.shift(capacity=2, location=make.location(latitude=25.9, longitude=-80.2))
    for _ in range(4):
        make.person(**MIAMI)
    run = plan(make, run_jobs)
    form = {"which": "all", "place": there.staging_location_id}
    client.post(f"/matching/runs/{run.id}/approve", form, status=303)
    assert {row.shift_id for row in rows(state=State.OFFERED)} == {there.id}
    assert {row.shift_id for row in rows(state=State.PROPOSED)} == {here.id}


def test_proposals_without_a_free_place_are_told(make, client, organizer, run_jobs):
    shift = make.shift(capacity=1)
    make.person(**MIAMI)
    run = plan(make, run_jobs)
    make.sign_up(shift, make.person())
    client.post(f"/matching/runs/{run.id}/approve", {"which": "all"}, status=303)
    assert "no free place" in client.get(f"/matching/runs/{run.id}").text
    assert not rows(state=State.OFFERED)


def test_another_runs_proposals_cannot_be_offered_through_this_one(make, client, run_jobs):
    north, south = make.area(name="North"), make.area(name="South")
    for area in (north, south):
        make.shift(event=make.event(area=area), location=make.location(area=area))
        make.person(area=area, **MIAMI)
    own, other = plan(make, run_jobs, north), plan(make, run_jobs, south)
    client.sign_in(make.person(role="organizer", area=north))
    foreign = [row.id for row in rows(run_id=other.id)]
    client.post(f"/matching/runs/{own.id}/approve", {"id": foreign, "which": "ticked"}, status=303)
    assert not rows(state=State.OFFERED)
    client.post(f"/matching/runs/{other.id}/approve", {"which": "all"}, status=404)


def test_an_organizer_sees_only_runs_and_people_of_their_own_region(make, client, run_jobs):
    north, south = make.area(name="North"), make.area(name="South")
    shift = make.shift(event=make.event(area=south), location=make.location(area=south))
    person = make.person(area=south, **MIAMI)
    run = plan(make, run_jobs, south)
    client.sign_in(make.person(role="organizer", area=north))
    parts = [
        "",
        "/progress",
        "/counts",
        "/places",
        "/unplaced",
        "/changes",
        "/places.geojson",
        "/ways.geojson",
    ]
    parts += [f"/people/{person.id}", f"/change?kind=remove&person={person.id}&source={shift.id}"]
    for part in parts:
        client.get(f"/matching/runs/{run.id}{part}", status=404)
    assert "No plan yet" in client.get("/matching").text
    answer = client.post(
        "/matching", {"area": south.id, "from_on": "2026-10-10", "until_on": "2026-10-12"}, status=422
    )
    assert "error" in answer.text
    row = rows(run_id=run.id)[0]
    for verb in ("offer", "withdraw"):
        client.post(f"/matching/runs/{run.id}/assignments/{row.id}/{verb}", status=404)


def test_another_campaign_finds_nothing(make, client, run_jobs):
    make.shift()
    person = make.person(**MIAMI)
    run = plan(make, run_jobs)
    other = make.campaign()
    client.sign_in(make.person(role="admin", campaign=other, area=make.root_of(other)))
    client.get(f"/matching/runs/{run.id}", status=404)
    client.get(f"/matching/runs/{run.id}/people/{person.id}", status=404)
    with transaction():
        services.pin(person.campaign_id, person.id, rows()[0].shift_id, kind="never", by=None, now=NOON)
    client.post(f"/matching/wishes/{db.session.scalars(select(Wish.id)).one()}/remove", status=404)


@pytest.mark.parametrize("role", ["field_lead", "volunteer"])
def test_who_does_not_organize_stays_out(make, client, run_jobs, role):
    make.shift()
    make.person(**MIAMI)
    run = plan(make, run_jobs)
    client.sign_in(make.person(role=role))
    for path in ("/matching", f"/matching/runs/{run.id}", "/matching/wishes"):
        client.get(path, status=403)
    client.post(f"/matching/runs/{run.id}/approve", {"which": "all"}, status=403)


def test_the_map_shows_places_and_only_coarse_homes(make, client, organizer, run_jobs):
    make.shift(capacity=2)
    make.person(latitude=25.781234, longitude=-80.193456)
    run = plan(make, run_jobs)
    (place,) = client.get(f"/matching/runs/{run.id}/places.geojson").json["features"]
    assert place["properties"]["filled"] == "1 of 2"
    (way,) = client.get(f"/matching/runs/{run.id}/ways.geojson").json["features"]
    assert way["geometry"]["coordinates"][0] == [-80.2, 25.8]
    assert way["properties"]["people"] == 1


def test_people_without_a_place_have_a_reason_and_what_would_change_it(make, client, organizer, run_jobs):
    make.shift(capacity=1)
    make.person(**MIAMI)
    make.person(name="Far Away", latitude=30.4, longitude=-84.3)
    run = plan(make, run_jobs)
    page = client.get(f"/matching/runs/{run.id}/unplaced").text
    assert "Far Away" in page
    assert "No place lies within" in page
    assert "A longer way to travel" in page
    assert "Far Away" not in client.get(f"/matching/runs/{run.id}/unplaced?why=capacity").text


def test_a_second_plan_shows_what_changed(make, client, organizer, run_jobs):
    make.shift(capacity=1)
    first, second = make.person(**MIAMI), make.person(latitude=25.80, longitude=-80.20)
    plan(make, run_jobs)
    make.shift(starts_at=NOON + timedelta(days=4), capacity=5)
    run = plan(make, run_jobs)
    page = client.get(f"/matching/runs/{run.id}/changes").text
    assert second.name in page
    assert "new in the plan" in page
    assert first.name not in page.split("<table")[1]
    page = client.get("/matching").text
    assert "replaced" in page


def test_why_here_and_why_not_there(make, client, organizer, run_jobs):
    here = make.shift(capacity=1)
    far = make.shift(location=make.location(name="Orlando office", latitude=28.54, longitude=-81.38))
    skilled = make.shift(skills=["drive"], starts_at=NOON + timedelta(days=3))
    ana = make.person(**MIAMI, name="Ana Pérez")
    bo = make.person(latitude=25.80, longitude=-80.20, name="Bo Li")
    run = plan(make, run_jobs)
    path = f"/matching/runs/{run.id}/people"
    page = client.get(f"{path}/{ana.id}?shift={far.id}").text
    assert "they travel at most 16 mi" in page
    assert "skill they do not have" in page
    assert "Worth" in page
    page = client.get(f"{path}/{bo.id}?shift={here.id}").text
    assert "nowhere" in page
    assert pairs() == {(ana.id, here.id)}
    assert skilled.id


@pytest.mark.parametrize("most_free", [1000, 3])
def test_a_pin_shows_its_cost_and_who_makes_room_then_saves_both(
    make, client, organizer, run_jobs, monkeypatch, most_free
):
    monkeypatch.setattr(hand, "MOST_FREE", most_free)
    elsewhere = make.shift(capacity=3, location=make.location(latitude=28.54, longitude=-81.38))
    for _ in range(3):
        make.person(latitude=28.54, longitude=-81.38)
    near = make.shift(capacity=1)
    other = make.shift(capacity=1, location=make.location(latitude=25.95, longitude=-80.2))
    ana = make.person(**MIAMI, name="Ana Pérez")
    bo = make.person(latitude=25.80, longitude=-80.20, name="Bo Li", show_chance=0.4)
    run = plan(make, run_jobs)
    there = {pair for pair in pairs() if pair[1] == elsewhere.id}
    assert pairs() - there == {(ana.id, near.id), (bo.id, other.id)}
    path = f"/matching/runs/{run.id}/change?kind=move&person={bo.id}&shift={near.id}&source={other.id}"
    page = client.get(path)
    assert "less" in page.text
    assert "Ana Pérez" in page.text
    seen = client.get(path, headers={"Accept": "application/json"}).json
    assert seen["cost"] > 0
    assert [each["name"] for each in seen["others"]] == ["Ana Pérez"]
    form = {"kind": "move", "person": bo.id, "shift": near.id, "source": other.id, "which": "now"}
    client.post(path.partition("?")[0], form | {"digest": "stale"}, status=200)
    assert pairs() - there == {(ana.id, near.id), (bo.id, other.id)}  # not what was shown: looked at again
    client.post(path.partition("?")[0], form | {"digest": value_of(page, "digest")}, status=303)
    assert pairs() - there == {(bo.id, near.id), (ana.id, other.id)}
    assert [(row.kind, row.person_id) for row in db.session.scalars(select(Wish))] == [("pin", bo.id)]
    assert db.session.scalars(select(AuditEntry.action).where(AuditEntry.action == "change.plan")).one()
    plan(make, run_jobs)
    assert pairs() - there == {(bo.id, near.id), (ana.id, other.id)}


def test_the_cost_of_a_removal_is_what_the_person_was_worth(make, client, organizer, run_jobs):
    shift = make.shift(capacity=2)
    ana = make.person(**MIAMI, show_chance=0.5)
    run = plan(make, run_jobs)
    path = f"/matching/runs/{run.id}/change?kind=remove&person={ana.id}&source={shift.id}"
    seen = client.get(path, headers={"Accept": "application/json"}).json
    assert seen["cost"] == pytest.approx(1.5)  # three hours, half a chance
    form = {"kind": "remove", "person": ana.id, "source": shift.id, "which": "now", "digest": seen["digest"]}
    client.post(path.partition("?")[0], form, status=303)
    assert pairs() == set()
    assert not db.session.scalars(select(Wish)).all()


def test_a_never_pair_is_kept_listed_and_can_be_taken_back(make, client, organizer, run_jobs):
    shift = make.shift(capacity=2)
    ana = make.person(**MIAMI, name="Ana Pérez")
    run = plan(make, run_jobs)
    path = f"/matching/runs/{run.id}/change?kind=never&person={ana.id}&source={shift.id}"
    digest = value_of(client.get(path), "digest")
    form = {"kind": "never", "person": ana.id, "source": shift.id, "which": "now", "digest": digest}
    client.post(path.partition("?")[0], form, status=303)
    plan(make, run_jobs)
    assert pairs() == set()
    assert "never there" in client.get("/matching/wishes").text
    wish_id = db.session.scalars(select(Wish.id)).one()
    client.post(f"/matching/wishes/{wish_id}/remove", status=303)
    plan(make, run_jobs)
    assert pairs() == {(ana.id, shift.id)}


def test_someone_outside_the_limits_can_be_sent_by_hand(make, client, organizer, run_jobs):
    far = make.shift(location=make.location(latitude=28.54, longitude=-81.38))
    ana = make.person(**MIAMI, name="Ana Pérez")
    run = plan(make, run_jobs)
    assert pairs() == set()
    path = f"/matching/runs/{run.id}/change?kind=pin&person={ana.id}&shift={far.id}"
    form = {"kind": "pin", "person": ana.id, "shift": far.id, "which": "now"}
    page = client.get(path)
    assert "they travel at most 16 mi" in page.text
    client.post(path.partition("?")[0], form | {"digest": value_of(page, "digest")}, status=303)
    (row,) = rows(state=State.PROPOSED)
    assert row.is_pinned
    assert row.travel_km > 300
    assert "Fixed by hand" in row.reason


def test_a_change_can_be_kept_for_a_new_plan(make, client, organizer, run_jobs):
    shift = make.shift(capacity=2)
    ana = make.person(**MIAMI)
    run = plan(make, run_jobs)
    form = {"kind": "never", "person": ana.id, "source": shift.id, "which": "new_plan"}
    answer = client.post(f"/matching/runs/{run.id}/change", form, status=303)
    run_jobs()
    assert pairs() == set()
    assert "Nobody was proposed" in client.get(answer.headers["Location"]).text


def test_what_was_offered_is_withdrawn_before_it_is_moved(make, client, organizer, run_jobs):
    shift = make.shift(capacity=2)
    ana = make.person(**MIAMI)
    run = plan(make, run_jobs)
    (row,) = rows()
    client.post(f"/matching/runs/{run.id}/assignments/{row.id}/offer", status=303)
    path = f"/matching/runs/{run.id}/change?kind=remove&person={ana.id}&source={shift.id}"
    assert "Withdraw the offer first" in client.get(path, status=409).text
    assert "Withdraw the offer" in client.get(f"/matching/runs/{run.id}/people/{ana.id}").text
    client.post(f"/matching/runs/{run.id}/assignments/{row.id}/withdraw", status=303)
    assert pairs(State.WITHDRAWN) == {(ana.id, shift.id)}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "kind=pin",
        "kind=move&person=1&shift=2",
        "kind=explode&person=1&shift=2",
        "kind=pin&person=x&shift=y",
    ],
)
def test_a_change_that_names_nothing_is_refused(make, client, organizer, run_jobs, query):
    make.shift()
    make.person(**MIAMI)
    run = plan(make, run_jobs)
    assert "Choose a person" in client.get(f"/matching/runs/{run.id}/change?{query}", status=422).text


def test_a_shift_whose_places_are_fixed_for_others_is_named_full_and_comes_last(
    make, client, organizer, run_jobs
):
    near, other = make.shift(capacity=1), make.shift(capacity=1, starts_at=NOON + timedelta(days=3))
    ana = make.person(**MIAMI, name="Ana Pérez")
    bo = make.person(latitude=25.80, longitude=-80.20, name="Bo Li", show_chance=0.4)
    with transaction():
        services.pin(near.campaign_id, ana.id, near.id, kind="pin", by=organizer.id, now=NOON)
    run = plan(make, run_jobs)
    page = client.get(f"/matching/runs/{run.id}/people/{bo.id}").text
    (row,) = rows(state=State.PROPOSED, person_id=bo.id)
    assert row.shift_id == other.id
    assert "no place is free" in page


def test_a_full_shift_cannot_be_pinned_and_says_so(make, client, organizer, run_jobs):
    shift = make.shift(capacity=1)
    make.sign_up(shift, make.person())
    ana = make.person(**MIAMI)
    run = plan(make, run_jobs)
    page = client.get(f"/matching/runs/{run.id}/change?kind=pin&person={ana.id}&shift={shift.id}", status=422)
    assert "it is full" in page.text


def test_reading_a_problem_costs_the_same_at_any_size(make):
    def cost(count):
        shift = make.shift(capacity=count)
        people = [make.person(**MIAMI) for _ in range(count)]
        make.sign_up(shift, people[0])
        area = make.root_of(make.default_campaign)
        with counted() as statements:
            problem.read(
                area.campaign_id,
                area_paths=[area.path],
                from_at=NOON,
                until_at=NOON + timedelta(days=7),
                time_zone="America/New_York",
            )
        return statements.total

    assert cost(2) == cost(30)


def test_the_cost_is_never_more_than_of_simply_leaving_the_place_empty(make, client, organizer, run_jobs):
    shifts = [make.shift(capacity=2, location=make.location(latitude=25.7 + k / 20)) for k in range(4)]
    for k in range(10):
        make.person(latitude=25.7 + k / 50, longitude=-80.2, show_chance=0.3 + k / 20)
    run = plan(make, run_jobs)
    assert shifts
    for row in rows(state=State.PROPOSED):
        path = f"/matching/runs/{run.id}/change?kind=remove&person={row.person_id}&source={row.shift_id}"
        seen = client.get(path, headers={"Accept": "application/json"}).json
        assert -1e-9 <= seen["cost"] <= row.value + 1e-9
