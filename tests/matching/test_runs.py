"""From people and shifts to proposals with reasons; a second run keeps what was accepted."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.matching.plans import MIAMI, NOON
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import services as events
from volunteer_hub.events.models import Shift
from volunteer_hub.matching import services
from volunteer_hub.matching.free_time import _joined, lies_within, overlaps
from volunteer_hub.matching.jobs import sweep_runs
from volunteer_hub.matching.models import Run
from volunteer_hub.matching.worth import seat_values
from volunteer_hub.people.models import Availability

ORLANDO = {"latitude": 28.5384, "longitude": -81.3789}


def plan(make, run_jobs):
    campaign_id = make.default_campaign.id
    area_id = make.root_of(make.default_campaign).id
    with transaction():
        run = services.want_run(
            campaign_id, area_id, from_at=NOON, until_at=NOON + timedelta(days=7), by=None, now=clock.now()
        )
    run_jobs()
    db.session.expire_all()
    run = db.session.get(Run, run.id)
    assert run.state == "done", run.message
    return run


def pairs(state=State.PROPOSED):
    rows = db.session.scalars(select(Assignment).where(Assignment.state == state))
    return {(row.person_id, row.shift_id) for row in rows}


def test_everybody_goes_where_they_can_reach(make, run_jobs):
    near, far = make.shift(), make.shift(location=make.location(**ORLANDO))
    a, b = make.person(**MIAMI), make.person(**ORLANDO)
    run = plan(make, run_jobs)
    assert pairs() == {(a.id, near.id), (b.id, far.id)}
    assert run.certificate["feasible"]
    assert 0 <= run.gap < 0.01


def test_each_proposal_has_a_reason_with_numbers_and_its_next_best(make, run_jobs):
    make.shift(capacity=1)
    make.shift(starts_at=NOON + timedelta(days=3))
    make.person(**MIAMI)
    plan(make, run_jobs)
    row = db.session.scalars(select(Assignment)).one()
    assert any(character.isdigit() for character in row.reason)
    assert row.next_best["shift_id"]


def test_capacity_and_skills_hold(make, run_jobs):
    small = make.shift(capacity=2)
    drive = make.shift(capacity=5, skills=["drive"], starts_at=NOON + timedelta(days=3))
    driver = make.person(**MIAMI, skills=["drive"])
    for _ in range(4):
        make.person(**MIAMI)
    run = plan(make, run_jobs)
    found = pairs()
    assert sum(shift_id == small.id for _, shift_id in found) == 2
    assert {person_id for person_id, shift_id in found if shift_id == drive.id} <= {driver.id}
    assert len(run.unplaced) == 5 - len(found)
    assert all(each["binds"] in ("capacity", "skill_missing", "nothing") for each in run.unplaced)


def test_nobody_is_sent_when_they_are_not_free_or_already_go(make, run_jobs):
    start = datetime(2026, 10, 12, 14, 0, tzinfo=UTC)  # a Monday, 10:00 in New York
    shift = make.shift(starts_at=start, hours=2)
    sunday, monday, busy = (make.person(**MIAMI) for _ in range(3))
    other = make.shift(starts_at=start + timedelta(hours=1), capacity=1)
    with transaction():
        for person, weekday in ((sunday, 6), (monday, 0)):
            db.session.add(
                Availability(
                    campaign_id=person.campaign_id,
                    person_id=person.id,
                    weekday=weekday,
                    from_time=time(9),
                    until_time=time(13),
                )
            )
        events.sign_up(shift.campaign_id, busy.id, other.id, by=busy.id, now=clock.now())
    plan(make, run_jobs)
    assert pairs() == {(monday.id, shift.id)}


def test_a_second_run_keeps_what_was_accepted_and_offered(make, run_jobs):
    shift = make.shift(capacity=2)
    people = [make.person(**MIAMI) for _ in range(3)]
    plan(make, run_jobs)
    first = pairs()
    with transaction():
        ids = db.session.scalars(select(Assignment.id)).all()
        assignments.approve(shift.campaign_id, ids, by=None, now=clock.now())
    with transaction():
        assignments.accept(shift.campaign_id, ids[0], now=clock.now())
    make.shift(starts_at=NOON + timedelta(days=4), capacity=5)
    plan(make, run_jobs)
    assert pairs(State.ACCEPTED) | pairs(State.OFFERED) == first
    assert {person for person, _ in pairs()} == {each.id for each in people} - {person for person, _ in first}


def test_a_pin_is_kept_and_a_never_is_honoured(make, run_jobs):
    here, there = (
        make.shift(capacity=5),
        make.shift(capacity=5, location=make.location(latitude=25.9, longitude=-80.2)),
    )
    organizer, a, b = make.person(role="organizer"), make.person(**MIAMI), make.person(**MIAMI)
    with transaction():
        services.pin(here.campaign_id, a.id, there.id, kind="pin", by=organizer.id, now=clock.now())
        services.pin(here.campaign_id, b.id, here.id, kind="never", by=organizer.id, now=clock.now())
    plan(make, run_jobs)
    found = pairs()
    assert (a.id, there.id) in found
    assert (b.id, here.id) not in found


def test_impossible_pins_fail_with_a_sentence_and_change_nothing(make, run_jobs):
    shift = make.shift(capacity=1)
    organizer = make.person(role="organizer")
    a, b = make.person(**MIAMI), make.person(**MIAMI)
    with transaction():
        for person in (a, b):
            services.pin(shift.campaign_id, person.id, shift.id, kind="pin", by=organizer.id, now=clock.now())
        run = services.want_run(
            shift.campaign_id,
            make.root_of(make.default_campaign).id,
            from_at=NOON,
            until_at=NOON + timedelta(days=7),
            by=organizer.id,
            now=clock.now(),
        )
    run_jobs()
    db.session.expire_all()
    run = db.session.get(Run, run.id)
    assert run.state == "failed"
    assert "pin" in run.message.lower()
    assert pairs() == set()


def test_a_refused_place_goes_to_the_next_best(make, run_jobs):
    shift = make.shift(capacity=1)
    first, second = make.person(**MIAMI), make.person(latitude=25.80, longitude=-80.20)
    plan(make, run_jobs)
    ((person_id, _),) = pairs()
    assert person_id == first.id
    row = db.session.scalars(select(Assignment)).one()
    with transaction():
        assignments.approve(shift.campaign_id, [row.id], by=None, now=clock.now())
    with transaction():
        assignments.decline(shift.campaign_id, row.id, now=clock.now())
    run_jobs()
    assert pairs(State.OFFERED) == {(second.id, shift.id)}
    newer = db.session.scalars(select(Assignment).where(Assignment.person_id == second.id)).one()
    with transaction():
        assignments.decline(shift.campaign_id, newer.id, now=clock.now())
    run_jobs()
    db.session.expire_all()
    assert db.session.get(Shift, shift.id).held == 0  # nobody is left to ask, so the place is free


def test_a_run_whose_queue_was_lost_is_found_by_the_sweep(app, make, run_jobs):
    make.shift()
    make.person(**MIAMI)
    with transaction():
        run = services.want_run(
            make.default_campaign.id,
            make.root_of(make.default_campaign).id,
            from_at=NOON,
            until_at=NOON + timedelta(days=7),
            by=None,
            now=clock.now(),
        )
    app.extensions["redis"].flushdb()
    with clock.standing_at(NOON + timedelta(minutes=3)):
        sweep_runs()
        run_jobs()
    db.session.expire_all()
    assert db.session.get(Run, run.id).state == "done"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 40)), max_size=5),
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 40)), max_size=5),
    st.lists(st.tuples(st.integers(0, 130), st.integers(1, 20)), min_size=1, max_size=8),
)
def test_a_volunteer_is_free_in_a_slot_that_is_offered_in_one_piece_and_not_busy(offers, busy, slots):
    offered_at = {minute for start, length in offers for minute in range(start, start + length)}
    busy_at = {minute for start, length in busy for minute in range(start, start + length)}
    at = np.array([(start, start + length) for start, length in slots])
    spans = [(start, start + length) for start, length in busy]
    free = lies_within(at, _joined((a, a + n) for a, n in offers)) & ~overlaps(at, spans)
    for (start, end), found in zip(at.tolist(), free, strict=True):
        minutes = set(range(start, end))
        assert found == (minutes <= offered_at and not minutes & busy_at)


def test_the_seats_of_a_district_fall_and_add_up_to_its_curve(make):
    class Shift_:
        def __init__(self, seats):
            self.district_id, self.capacity, self.places_left = 7, seats, seats
            self.starts_at, self.ends_at = NOON, NOON + timedelta(hours=2)

    shifts = [Shift_(4), Shift_(2)]
    values = seat_values(shifts, {7: [(6.0, 3.0), (100.0, 1.0)]})
    for seats in values:
        worths = [value for _count, value in seats]
        assert worths == sorted(worths, reverse=True)
    total = sum(count * value for seats in values for count, value in seats)
    assert total == pytest.approx(6 * 3.0 + 6 * 1.0)
