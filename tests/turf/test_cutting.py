"""Cutting precincts: every door that wants a visit in one turf, leased turf left in peace."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door
from volunteer_hub.turf import services
from volunteer_hub.turf.models import Cut, Turf, TurfDoor
from volunteer_hub.turf.refusals import CutTooSmall


def ask(precinct, minutes=30):
    with transaction():
        return services.ask_cut(
            precinct.campaign_id, precinct.id, minutes=minutes, by=None, now=clock.now()
        ).id


def standing(precinct) -> list[Turf]:
    db.session.rollback()
    query = db.select(Turf).where(Turf.precinct_id == precinct.id, Turf.state != "retired")
    return list(db.session.scalars(query.order_by(Turf.number)))


def open_doors(precinct) -> list[int]:
    query = db.select(TurfDoor.door_id).join(Turf, Turf.id == TurfDoor.turf_id)
    return sorted(db.session.scalars(query.where(Turf.precinct_id == precinct.id, TurfDoor.is_open)))


@pytest.fixture
def precinct(make):
    place = make.precinct(make.district(), code="0103")
    make.doors(60, precinct=place)
    return place


def test_every_door_is_in_exactly_one_turf_in_walking_order(precinct, run_jobs):
    cut_id = ask(precinct)
    run_jobs()
    turfs = standing(precinct)
    assert db.session.get(Cut, cut_id).state == "done"
    assert len(turfs) >= 3
    assert [turf.name for turf in turfs] == [f"0103-{turf.number:02d}" for turf in turfs]
    assert len(open_doors(precinct)) == len(set(open_doors(precinct))) == 60
    for turf in turfs:
        places = db.session.scalars(db.select(TurfDoor.position).where(TurfDoor.turf_id == turf.id))
        assert sorted(places) == list(range(1, turf.doors + 1))
        assert turf.geometry.is_valid
        assert turf.minutes == pytest.approx(30, rel=0.6)


def test_cutting_again_leaves_alone_what_somebody_holds(precinct, make, run_jobs):
    ask(precinct)
    run_jobs()
    held = standing(precinct)[1]
    doors = set(make.doors_of(held))
    make.lease(held)
    ask(precinct, minutes=60)
    run_jobs()
    turfs = standing(precinct)
    assert held.id in {turf.id for turf in turfs}
    assert len({turf.name for turf in turfs}) == len(turfs), "names are said over a table"
    assert len(open_doors(precinct)) == 60
    assert doors == set(make.doors_of(held))


def test_a_turf_handed_out_while_the_precinct_is_cut_stays(precinct, make):
    from volunteer_hub.turf.plan import plan_cut

    turf = make.turf(10, precinct=precinct)
    cut_id = ask(precinct)
    with transaction():
        _cut, doors = services.begin_cut(cut_id, now=clock.now())
    plan = plan_cut(doors, minutes=30)
    make.lease(turf)
    with transaction():
        services.save_cut(cut_id, plan, now=clock.now())
    held = set(make.doors_of(turf))
    assert held <= set(open_doors(precinct))
    assert len(open_doors(precinct)) == len(set(open_doors(precinct)))


def test_doors_that_nobody_may_walk_to_are_left_out(precinct, run_jobs):
    with transaction():
        door = db.session.query(Door).filter_by(precinct_id=precinct.id).first()
        door.is_do_not_walk = True
    ask(precinct)
    run_jobs()
    assert door.id not in open_doors(precinct)
    assert len(open_doors(precinct)) == 59


def test_a_precinct_without_doors_makes_no_turf(make, run_jobs):
    empty = make.precinct(make.district())
    cut_id = ask(empty)
    run_jobs()
    assert (db.session.get(Cut, cut_id).state, standing(empty)) == ("done", [])


@pytest.mark.parametrize("minutes", [0, 5, 1000, float("nan")])
def test_senseless_minutes_are_refused(precinct, minutes):
    with pytest.raises(CutTooSmall):
        ask(precinct, minutes)


def test_the_database_keeps_a_door_in_one_open_turf(precinct, make):
    turf = make.turf(4, precinct=precinct)
    door = make.doors_of(turf)[0]
    other = make.turf(2)
    with pytest.raises(IntegrityError, match="uq_turf_doors_open"), transaction():
        db.session.add(TurfDoor(turf_id=other.id, door_id=door, campaign_id=turf.campaign_id, position=99))


def test_the_sweep_starts_cuts_the_queue_forgot_and_those_whose_worker_died(precinct, app, run_jobs):
    from datetime import timedelta

    from volunteer_hub.turf.jobs import sweep_cuts

    cut_id = ask(precinct)
    app.extensions["redis"].flushdb()
    with transaction():
        services.begin_cut(cut_id, now=clock.now())
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        sweep_cuts()
        run_jobs()
    assert db.session.get(Cut, cut_id, populate_existing=True).state == "done"
