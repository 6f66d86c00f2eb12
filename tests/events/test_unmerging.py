"""Two people who were made one and are two again: their places come back, as far as they can."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.people.letters import letters
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import services
from volunteer_hub.events.models import SignUp
from volunteer_hub.people.models import Merge


@pytest.fixture
def pair(make, client):
    """Two rows of one person, and an organizer who is signed in."""
    client.sign_in(make.person(role="organizer"))
    return make.person(email="kept@example.org"), make.person(email="gone@example.org")


def merge(client, kept, gone) -> None:
    client.post(f"/people/{kept.id}/same/{gone.id}")


def undo(client) -> None:
    client.post(f"/people/merges/{db.session.scalars(select(Merge.id)).one()}/undo")


def standing(person) -> list[SignUp]:
    db.session.expire_all()
    query = select(SignUp).where(SignUp.person_id == person.id, SignUp.state != "cancelled")
    return list(db.session.scalars(query.order_by(SignUp.shift_id)))


def test_a_place_that_was_to_be_confirmed_is_so_again(make, client, pair):
    kept, gone = pair
    shift, until = make.shift(), clock.now() + timedelta(hours=20)
    make.sign_up(shift, kept)
    make.sign_up(shift, gone, confirm_by=until)
    merge(client, kept, gone)
    undo(client)
    assert [row.confirm_by for row in standing(gone)] == [until]
    db.session.refresh(shift)
    assert shift.going == 2


def test_of_a_shift_that_was_cancelled_meanwhile_both_are_told(make, client, pair, run_jobs):
    kept, gone = pair
    shift = make.shift()
    make.sign_up(shift, kept), make.sign_up(shift, gone)
    run_jobs()
    merge(client, kept, gone)
    with transaction():
        services.cancel_shift(shift.campaign_id, shift.id, now=clock.now() - timedelta(minutes=10))
    undo(client)
    run_jobs()
    assert standing(gone) == []
    db.session.refresh(shift)
    assert (shift.going, shift.waiting) == (0, 0)
    for person in pair:
        assert "shift_cancellation" in {each["kind"] for each in letters(person.email)}


def test_who_goes_elsewhere_by_then_stays_off_and_the_merge_is_undone(make, client, pair, run_jobs):
    kept, gone = pair
    shift = make.shift()
    other = make.shift(starts_at=shift.starts_at + timedelta(hours=1))
    make.sign_up(shift, kept)
    strong = make.sign_up(shift, gone)
    with transaction():
        services.confirm(shift.campaign_id, strong.id, now=clock.now())
    run_jobs()
    merge(client, kept, gone)
    with transaction():
        services.cancel_sign_up(shift.campaign_id, strong.id, by=kept.id, now=clock.now())
    make.sign_up(other, kept)
    undo(client)
    run_jobs()
    assert [row.shift_id for row in standing(kept)] == [other.id]
    assert standing(gone) == []
    db.session.refresh(shift)
    assert (shift.going, shift.waiting) == (0, 0)
    assert "shift_cancellation" in {each["kind"] for each in letters(kept.email)}
