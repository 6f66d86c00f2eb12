"""Who merges, erases, closes lists and moves places at the same moment waits in a line, never in a circle."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from volunteer_hub.core import clock
from volunteer_hub.core.access import Grant, Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import plans, services
from volunteer_hub.events.models import Shift, SignUp, StagingLocation
from volunteer_hub.events.services.changing import Change
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Person
from volunteer_hub.people.services import merging

ROUNDS = 12


class Admin:
    """Whoever merges: an admin of everything."""

    is_authenticated = True

    def __init__(self, person):
        self.id, self.campaign_id = person.id, person.campaign_id
        self.grants = (Grant(Role.ADMIN, "/"),)


@pytest.fixture
def together(app):
    """Run deeds at the same moment, each in a thread and a transaction of its own; their errors fly."""

    def run(*deeds):
        start, errors = threading.Barrier(len(deeds)), []

        def do(deed):
            with app.app_context():
                try:
                    start.wait(10)
                    with transaction():
                        deed()
                except Exception as error:
                    errors.append(error)

        threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        db.session.expire_all()
        for error in errors:
            raise error

    return run


@pytest.fixture
def begun(make):
    """Builds a shift that began a while ago, with these people and others on it."""

    def build(*more, others=6):
        shift = make.shift(starts_at=clock.now() - timedelta(hours=1), capacity=50)
        for person in [*more, *(make.person() for _ in range(others))]:
            make.sign_up(shift, person, now=shift.starts_at - timedelta(days=1))
        return shift

    return build


def merge(kept_id, gone_id, by):
    kept, gone = db.session.get(Person, kept_id), db.session.get(Person, gone_id)
    return merging.merge(kept, gone, (), by=by, now=clock.now())


def close(shift_id, campaign_id):
    services.mark_the_rest_absent(campaign_id, shift_id, by=None, now=clock.now())


def erase(person_id):
    people.erase(db.session.get(Person, person_id), by=None, now=clock.now())


def record_of(person_id):
    return db.session.execute(select(Person.came, Person.missed).where(Person.id == person_id)).one()


def test_merging_two_people_while_their_list_is_closed(make, together, begun):
    by = Admin(make.person(role="admin"))
    for turn in range(ROUNDS):
        kept, gone = make.person(), make.person()
        shift, ids = begun(kept, gone), (kept.id, gone.id)[:: 1 if turn % 2 else -1]
        campaign_id, shift_id = shift.campaign_id, shift.id
        together(partial(merge, *ids, by), partial(close, shift_id, campaign_id))
        standing = select(SignUp.attendance).where(
            SignUp.person_id == ids[0], SignUp.shift_id == shift_id, SignUp.state != "cancelled"
        )
        assert list(db.session.scalars(standing)) == ["no_show"]
        assert record_of(ids[0]) == (0, 1), "counted once"


def test_taking_a_merge_back_while_their_list_is_closed(make, together, begun):
    by = Admin(make.person(role="admin"))
    for _turn in range(ROUNDS):
        kept, gone = make.person(), make.person()
        shift = begun(kept, gone)
        campaign_id, shift_id = shift.campaign_id, shift.id
        with transaction():
            row_id = merge(kept.id, gone.id, by).id
        together(
            lambda row_id=row_id: merging.undo(
                db.session.get(merging.Merge, row_id, with_for_update=True), by=by, now=clock.now()
            ),
            partial(close, shift_id, campaign_id),
        )
        assert sum(record_of(kept.id)) + sum(record_of(gone.id)) in (1, 2), "closed before or after"


def test_erasing_somebody_while_their_list_is_closed(make, together, begun):
    for _turn in range(ROUNDS):
        person = make.person()
        shift, person_id = begun(person), person.id
        campaign_id, shift_id = shift.campaign_id, shift.id
        together(
            partial(erase, person_id),
            partial(close, shift_id, campaign_id),
        )
        marked = select(func.count()).where(SignUp.shift_id == shift_id, SignUp.attendance == "no_show")
        assert db.session.scalar(marked) == 7


def test_two_lists_with_the_same_people_closed_at_once(make, together):
    for _turn in range(ROUNDS):
        crowd = [make.person() for _ in range(8)]
        first = make.shift(starts_at=clock.now() - timedelta(hours=9), capacity=20)
        second = make.shift(starts_at=clock.now() - timedelta(hours=4), capacity=20)
        for shift, line in ((first, crowd), (second, crowd[::-1])):
            for person in line:
                make.sign_up(shift, person, now=shift.starts_at - timedelta(days=1))
        ids = [(shift.id, shift.campaign_id) for shift in (first, second)]
        together(*(partial(close, *one) for one in ids))
        assert {tuple(record_of(person.id)) for person in crowd} == {(0, 2)}


def test_renaming_a_place_while_a_shift_moves_there(make, together):
    here, there = make.location(), make.location()
    event = make.event()
    shifts = [make.shift(event=event, location=here) for _ in range(3)]
    campaign_id, event_id, ids = event.campaign_id, event.id, [each.id for each in shifts]
    here_id, there_id = here.id, there.id
    for turn in range(ROUNDS):
        with transaction():
            for number, each in enumerate(ids):
                db.session.get_one(Shift, each).staging_location_id = there_id if number == 0 else here_id
        plan = plans.LocationPlan(
            area_id=there.area_id, name=f"Hall {turn}", address=there.address,
            latitude=there.latitude, longitude=there.longitude,
        )  # fmt: skip
        change = Change(staging_location_id=there_id, notes=f"Turn {turn}")
        together(
            lambda change=change: services.change_shifts(
                campaign_id, event_id, ids, change, time_zone="America/New_York", now=clock.now()
            ),
            lambda plan=plan: services.edit_location(campaign_id, there_id, plan, now=clock.now()),
        )
        assert {db.session.get_one(Shift, each).staging_location_id for each in ids} == {there_id}
        assert db.session.get_one(StagingLocation, there_id).name == f"Hall {turn}"
