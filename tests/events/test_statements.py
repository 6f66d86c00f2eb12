"""What is done to a whole shift costs the same number of statements for five people and for fifty."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import services
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.services.changing import Change
from volunteer_hub.events.services.places import during
from volunteer_hub.people.models import Person

ZONE = "America/New_York"


@pytest.fixture
def crowded(make):
    """Builds a shift with so many people going and some who wait."""

    def build(people, *, starts_in_h, waiting=2, event=None):
        shift = make.shift(
            event=event or make.event(), capacity=people, starts_at=clock.now() + timedelta(hours=starts_in_h)
        )
        for _ in range(people + waiting):
            make.sign_up(shift, now=min(clock.now(), shift.starts_at - timedelta(days=1)))
        return shift

    return build


def statements(deed) -> list[str]:
    db.session.expire_all()
    with counted() as said, transaction():
        deed()
    return said


def test_closing_a_list(crowded):
    few, many = crowded(5, starts_in_h=-1), crowded(50, starts_in_h=-1)
    said = [
        statements(
            lambda shift_id=shift_id: services.mark_the_rest_absent(
                few.campaign_id, shift_id, by=None, now=clock.now()
            )
        )
        for shift_id in (few.id, many.id)
    ]
    assert len(said[0]) == len(said[1]) <= 8
    absent = select(func.count()).where(SignUp.attendance == "no_show")
    assert db.session.scalar(absent) == 55
    assert db.session.scalar(select(func.count()).where(Person.missed == 1)) == 55


def change(shifts, **fields):
    return services.change_shifts(
        shifts[0].campaign_id, shifts[0].event_id, [each.id for each in shifts], Change(**fields),
        time_zone=ZONE, now=clock.now(),
    )  # fmt: skip


def told(shifts) -> None:
    """Everybody has read that they are on the shift."""
    with transaction():
        for row in db.session.scalars(
            select(SignUp).where(SignUp.shift_id.in_([each.id for each in shifts]))
        ):
            row.notice = row.notice_at = None


@pytest.mark.parametrize("is_told", [True, False])
def test_moving_a_shift(crowded, is_told):
    few, many = crowded(5, starts_in_h=60), crowded(50, starts_in_h=90)
    if is_told:
        told([few, many])
    said = [statements(lambda one=one: change([one], minutes=30)) for one in (few, many)]
    assert len(said[0]) == len(said[1]), "\n".join(said[1])
    moved = select(func.count()).where(SignUp.during == during(db.session.get(Shift, many.id)))
    assert db.session.scalar(moved) == 52


def test_more_places_for_those_who_wait(make, crowded):
    few, many = crowded(2, waiting=5, starts_in_h=60), crowded(2, waiting=50, starts_in_h=90)
    said = [statements(lambda one=one: change([one], capacity=60)) for one in (few, many)]
    assert len(said[0]) == len(said[1]), "\n".join(said[1])
    db.session.expire_all()
    assert [(shift.going, shift.waiting) for shift in (few, many)] == [(7, 0), (52, 0)]
    offered = select(func.count()).where(SignUp.source == "waiting_list", SignUp.confirm_by.is_not(None))
    assert db.session.scalar(offered) == 55


def test_more_shifts_are_locked_in_one_statement(make, crowded):
    event = make.event()
    shifts = [crowded(5, starts_in_h=48 + 24 * each, event=event) for each in range(8)]
    said = statements(lambda: change(shifts, notes="Bring water"))
    assert len([each for each in said if "FOR UPDATE OF shifts" in each]) == 1


def test_cancelling_a_shift(crowded):
    few, many = crowded(5, starts_in_h=60), crowded(50, starts_in_h=90)
    said = [
        statements(lambda one=one: services.cancel_shift(one.campaign_id, one.id, now=clock.now()))
        for one in (few, many)
    ]
    assert len(said[0]) == len(said[1]), "\n".join(said[1])
