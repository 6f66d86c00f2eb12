"""People and shifts change after a plan: only what must change is proposed anew, and the page says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from geodata.matching.reach import solve_reach
from geodata.matching.reach.pairs import suits
from tests.geodata.matching.test_reach import random_problem
from tests.matching.plans import MIAMI, NOON, pairs, plan, want
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import services as events
from volunteer_hub.events.services.planning import ShiftPlan
from volunteer_hub.matching import jobs, replanning
from volunteer_hub.matching.models import Replan, Run
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Person
from volunteer_hub.people.windows import Window

MONDAY = datetime(2026, 10, 12, 14, 0, tzinfo=UTC)  # 10:00 in New York
TUESDAY = MONDAY + timedelta(days=1)
LATER = NOON + timedelta(hours=3)


def later(run_jobs, change):
    """A change three hours after the plan, and all that follows it."""
    with clock.standing_at(LATER):
        with transaction():
            change()
        run_jobs()
    db.session.expire_all()


def replans():
    db.session.expire_all()
    return list(db.session.scalars(select(Replan).order_by(Replan.id)))


def ids_of_proposals():
    db.session.expire_all()
    return set(db.session.scalars(select(Assignment.id).where(Assignment.state == State.PROPOSED)))


def page_of(client, run):
    return client.get(f"/matching/runs/{run.id}").text


def test_without_a_plan_nothing_happens(make, run_jobs):
    make.shift()
    ana = make.person(**MIAMI)
    later(run_jobs, lambda: people.set_windows(db.session.get(Person, ana.id), []))
    assert pairs() == set()
    assert replans() == []


def test_somebody_new_takes_a_free_place_and_nobody_else_moves(make, client, organizer, run_jobs):
    shift = make.shift(capacity=3)
    for _ in range(2):
        make.person(**MIAMI)
    run = plan(make, run_jobs)
    before, run_id = ids_of_proposals(), run.id
    campaign_id, area_id = shift.campaign_id, make.root_of(make.default_campaign).id

    def join():
        profile = people.Profile(name="Nia New", language="en", home_text="33128", max_travel_km=25)
        people.add_person(
            campaign_id, area_id, "nia@example.org", profile, email_agreed=True, now=clock.now(),
            via="staff", by=organizer.id,
        )  # fmt: skip

    later(run_jobs, join)
    assert before < ids_of_proposals()
    assert len(pairs()) == 3
    (made,) = replans()
    assert [(line["is_new"], line["lost"]) for line in made.changes] == [(True, [])]
    page = page_of(client, db.session.get(Run, run_id))
    assert "One proposal changed since the plan of Sat, Oct 10" in page
    assert "Nia New is new and goes to" in page


def test_who_is_not_free_any_more_goes_elsewhere_and_the_page_says_why(make, client, organizer, run_jobs):
    first = make.shift(starts_at=MONDAY, hours=2, capacity=5)
    second = make.shift(starts_at=TUESDAY, hours=2, capacity=5, location=make.location(latitude=25.9))
    ana, bo = make.person(**MIAMI, name="Ana Pérez"), make.person(**MIAMI)
    run = plan(make, run_jobs)
    assert pairs() == {(ana.id, first.id), (bo.id, first.id)}
    run_id = run.id
    tuesdays = [Window(1, None, time(8), time(20))]
    later(run_jobs, lambda: people.set_windows(db.session.get(Person, ana.id), tuesdays))
    assert pairs() == {(ana.id, second.id), (bo.id, first.id)}
    page = page_of(client, db.session.get(Run, run_id))
    assert "Ana Pérez goes to" in page
    assert "not free then any more" in page
    again = client.get(f"/matching/runs/{run_id}/changes").text
    assert "People or shifts changed" in again


def test_whoever_is_set_aside_makes_room_for_somebody_without_a_place(make, client, organizer, run_jobs):
    shift = make.shift(capacity=1)
    ana = make.person(**MIAMI, name="Ana Pérez")
    bo = make.person(latitude=25.80, longitude=-80.20, name="Bo Li")
    run_id = plan(make, run_jobs).id
    assert pairs() == {(ana.id, shift.id)}
    later(
        run_jobs,
        lambda: people.set_active(db.session.get(Person, ana.id), False, by=organizer.id, now=clock.now()),
    )
    assert pairs() == {(bo.id, shift.id)}
    page = page_of(client, db.session.get(Run, run_id))
    assert "2 proposals changed since" in page
    assert "takes part no more" in page
    assert "Bo Li goes to" in page
    assert "People who go nowhere: 1" not in page


def test_a_cancelled_shift_sends_its_people_elsewhere(make, client, organizer, run_jobs):
    first = make.shift(starts_at=MONDAY, hours=2)
    second = make.shift(starts_at=TUESDAY, hours=2, location=make.location(latitude=25.9))
    ana = make.person(**MIAMI, name="Ana Pérez")
    run_id = plan(make, run_jobs).id
    assert pairs() == {(ana.id, first.id)}
    later(run_jobs, lambda: events.cancel_shift(first.campaign_id, first.id, now=clock.now()))
    assert pairs() == {(ana.id, second.id)}
    page = page_of(client, db.session.get(Run, run_id))
    assert ": cancelled." in page
    later(run_jobs, lambda: people.set_windows(db.session.get(Person, ana.id), []))
    assert len(replans()) == 1  # it is told once


def test_a_shift_with_fewer_places_keeps_those_who_fit(make, client, organizer, run_jobs):
    shift = make.shift(capacity=3, starts_at=MONDAY)
    staying = [make.person(**MIAMI, show_chance=0.9) for _ in range(2)]
    going = make.person(**MIAMI, show_chance=0.4, name="Gus")
    run_id = plan(make, run_jobs).id
    change = ShiftPlan(
        starts_at=shift.starts_at, ends_at=shift.ends_at, capacity=2,
        staging_location_id=shift.staging_location_id,
    )  # fmt: skip
    later(run_jobs, lambda: events.edit_shift(shift.campaign_id, shift.id, change, now=clock.now()))
    assert pairs() == {(each.id, shift.id) for each in staying}
    page = page_of(client, db.session.get(Run, run_id))
    assert f"{going.name} no longer goes to" in page
    assert "fewer places there now" in page


def test_what_was_offered_or_accepted_is_never_touched(make, run_jobs):
    shift = make.shift(capacity=2, starts_at=MONDAY)
    ana, bo = make.person(**MIAMI), make.person(**MIAMI)
    plan(make, run_jobs)
    ids = sorted(ids_of_proposals())
    with transaction():
        assignments.approve(shift.campaign_id, ids, by=None, now=clock.now())
    with transaction():
        assignments.accept(shift.campaign_id, ids[0], now=clock.now())
    tuesdays = [Window(1, None, time(8), time(20))]
    for person in (ana, bo):
        later(run_jobs, lambda who=person.id: people.set_windows(db.session.get(Person, who), tuesdays))
    assert pairs(State.OFFERED) | pairs(State.ACCEPTED) == {(ana.id, shift.id), (bo.id, shift.id)}
    assert replans() == []


def test_whoever_declined_is_not_sent_there_again(make, run_jobs):
    shift = make.shift(capacity=1, starts_at=MONDAY)
    other = make.shift(capacity=1, starts_at=TUESDAY, location=make.location(latitude=25.9))
    ana = make.person(**MIAMI)
    plan(make, run_jobs)
    (row_id,) = ids_of_proposals()
    with transaction():
        assignments.approve(shift.campaign_id, [row_id], by=None, now=clock.now())
    later(run_jobs, lambda: assignments.decline(shift.campaign_id, row_id, now=clock.now()))
    assert pairs() == {(ana.id, other.id)}


def test_many_changes_at_once_make_one_new_look(make, run_jobs, monkeypatch):
    make.shift(capacity=9)
    crowd = [make.person(**MIAMI).id for _ in range(6)]
    plan(make, run_jobs)
    looks = []
    looked = replanning.bring_up_to_date
    monkeypatch.setattr(replanning, "bring_up_to_date", lambda now: looks.append(now) or looked(now))
    with clock.standing_at(LATER):
        for person_id in crowd:
            with transaction():
                people.set_windows(db.session.get(Person, person_id), [Window(0, None, time(8), time(9))])
        run_jobs()
    assert len(looks) == 1
    assert pairs() == set()
    (made,) = replans()
    assert len(made.changes) == 6


def test_news_that_the_queue_lost_are_found_by_the_sweep_and_acted_on_once(app, make, run_jobs):
    shift = make.shift(capacity=1)
    ana = make.person(**MIAMI)
    bo = make.person(latitude=25.80, longitude=-80.20)
    plan(make, run_jobs)
    with transaction():
        people.set_active(db.session.get(Person, ana.id), False, by=bo.id, now=clock.now())
    app.extensions["redis"].flushdb()
    for _ in range(3):
        jobs.sweep_replans()
        run_jobs()
    assert pairs() == {(bo.id, shift.id)}
    assert len(replans()) == 1


def test_what_was_taken_out_by_hand_does_not_come_back_by_itself(make, organizer, run_jobs):
    shift = make.shift(capacity=2)
    ana = make.person(**MIAMI)
    plan(make, run_jobs)
    later(
        run_jobs,
        lambda: assignments.remove_pairs(shift.campaign_id, [(ana.id, shift.id)], by=organizer.id),
    )
    later(
        run_jobs,
        lambda: people.set_windows(
            db.session.get(Person, ana.id),
            [Window(0, None, time(0), time(23)), Window(1, None, time(0), time(23))],
        ),
    )
    assert pairs() == set()


def test_a_second_look_works_nothing_out_again(make, run_jobs, monkeypatch):
    make.shift(capacity=1)
    ana = make.person(**MIAMI)
    make.person(latitude=25.80, longitude=-80.20)
    plan(make, run_jobs)
    with transaction():
        db.session.get(Person, ana.id).is_active = False
    jobs.replan()
    assert len(replans()) == 1
    monkeypatch.setattr(replanning, "what_must_change", lambda _read: 1 / 0)
    jobs.replan()


def test_a_plan_that_changes_under_our_hands_is_looked_at_again(make, run_jobs, monkeypatch):
    shift = make.shift(capacity=2)
    ana, bo = make.person(**MIAMI), make.person(**MIAMI)
    plan(make, run_jobs)
    with transaction():
        db.session.get(Person, ana.id).is_active = False
    planned, campaign_id = replanning.what_must_change, shift.campaign_id
    everybody = {(ana.id, shift.id), (bo.id, shift.id)}

    def meanwhile(read):
        with transaction():
            assignments.approve(campaign_id, ids_of_proposals(), by=None, now=clock.now())
        monkeypatch.setattr(replanning, "what_must_change", planned)
        return planned(read)

    monkeypatch.setattr(replanning, "what_must_change", meanwhile)
    jobs.replan()
    assert replans() == []
    run_jobs()
    assert pairs(State.OFFERED) == everybody


def test_while_a_new_plan_is_made_the_old_one_is_left_alone(make, run_jobs):
    make.shift(capacity=1)
    ana = make.person(**MIAMI)
    plan(make, run_jobs)
    with transaction():
        db.session.get(Person, ana.id).is_active = False
    want(make)
    jobs.replan()
    assert replans() == []


def test_pins_at_odds_are_told_on_the_page_and_change_nothing(make, client, organizer, run_jobs):
    from volunteer_hub.matching import services

    shift = make.shift(capacity=1)
    ana, bo = make.person(**MIAMI, name="Ana Pérez"), make.person(**MIAMI, name="Bo Li")
    run_id = plan(make, run_jobs).id
    before = pairs()
    with transaction():
        for who in (ana.id, bo.id):
            services.pin(shift.campaign_id, who, shift.id, kind="pin", by=organizer.id, now=clock.now())
    jobs.replan()
    assert pairs() == before
    page = page_of(client, db.session.get(Run, run_id))
    assert "could not be brought up to date" in page
    assert "Bo Li" in page


@pytest.mark.parametrize("seed", range(5))
def test_all_that_is_kept_without_a_question_can_stand_together(seed):
    problem = random_problem(seed, 40, 8, most=2)
    plan_before = solve_reach(problem).pairs
    rng = np.random.default_rng(seed)
    wanted = np.maximum(problem.people.wanted - rng.integers(0, 2, 40), 0).astype(np.int32)
    seats = np.maximum(problem.sites.segment_size - rng.integers(0, 2, len(problem.sites.segment_size)), 0)
    changed = replace(
        problem, people=replace(problem.people, wanted=wanted),
        sites=replace(problem.sites, segment_size=seats.astype(np.int32)), previous=plan_before,
    )  # fmt: skip
    kept = plan_before[replanning.keepable(changed)]
    held = solve_reach(replace(changed, pinned=kept))  # raises where they cannot stand together
    assert set(map(tuple, kept.tolist())) <= set(map(tuple, held.pairs.tolist()))
    assert suits(changed, kept[:, 0], kept[:, 1]).all()
