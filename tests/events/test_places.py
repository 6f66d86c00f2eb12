"""Places of a shift: never more than there are, the waiting list in order, offers and overlaps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.events import refusals, services
from volunteer_hub.events.models import SignUp


def do(service, *arguments, **options):
    """Call a service as a view does."""
    with transaction():
        return service(*arguments, **{"now": clock.now()} | options)


def cancel(sign_up):
    return do(services.cancel_sign_up, sign_up.campaign_id, sign_up.id, by=sign_up.person_id)


def states(shift) -> list[str]:
    db.session.expire_all()
    query = select(SignUp.state).where(SignUp.shift_id == shift.id).order_by(SignUp.id)
    return list(db.session.scalars(query))


def counted(shift) -> tuple[int, int]:
    """Going and waiting, as the rows say; the shift's own numbers must agree."""
    db.session.expire_all()
    query = select(SignUp.state, func.count()).where(SignUp.shift_id == shift.id).group_by(SignUp.state)
    found = dict(db.session.execute(query).all())
    assert (shift.going, shift.waiting) == (found.get("going", 0), found.get("waiting", 0))
    return shift.going, shift.waiting


def test_the_first_people_get_the_places_and_the_others_wait_in_order(make):
    shift = make.shift(capacity=2)
    for _ in range(4):
        make.sign_up(shift)
    assert states(shift) == ["going", "going", "waiting", "waiting"]
    assert counted(shift) == (2, 2)


def test_signing_up_twice_changes_nothing(make):
    shift, person = make.shift(), make.person()
    assert make.sign_up(shift, person).id == make.sign_up(shift, person).id
    assert counted(shift) == (1, 0)


def test_a_freed_place_goes_to_the_first_who_waits(make):
    shift = make.shift(capacity=1)
    first, second, third = (make.sign_up(shift) for _ in range(3))
    cancel(first)
    assert states(shift) == ["cancelled", "going", "waiting"]
    assert second.source == "waiting_list"
    assert second.notice == "promotion"
    cancel(second)
    assert states(shift) == ["cancelled", "cancelled", "going"]
    assert third.state == "going"
    assert counted(shift) == (1, 0)


def test_whoever_comes_back_queues_at_the_end(make):
    shift, again = make.shift(capacity=1), make.person()
    make.sign_up(shift)
    waits = make.sign_up(shift, again)
    other = make.sign_up(shift)
    cancel(waits)
    back = make.sign_up(shift, again)
    assert back.id > other.id
    assert back.uid == waits.uid


def test_somebody_who_meanwhile_goes_elsewhere_is_passed_over(make):
    shift, busy = make.shift(capacity=1), make.person()
    first = make.sign_up(shift)
    make.sign_up(shift, busy)
    free = make.sign_up(shift)
    elsewhere = make.shift(starts_at=shift.starts_at + timedelta(hours=1))
    make.sign_up(elsewhere, busy)
    cancel(first)
    assert states(shift) == ["cancelled", "waiting", "going"]
    assert free.state == "going"
    assert counted(shift) == (1, 1)


def test_an_overlapping_shift_is_refused_by_its_name(make):
    person = make.person()
    other = make.shift(event=make.event(name="Phone bank at the library"))
    make.sign_up(other, person)
    shift = make.shift(starts_at=other.starts_at + timedelta(hours=2))
    with pytest.raises(refusals.Overlaps, match="Phone bank at the library"):
        make.sign_up(shift, person)
    assert counted(shift) == (0, 0)


def test_waiting_for_an_overlapping_shift_is_refused_too(make):
    person, other = make.person(), make.shift()
    make.sign_up(other, person)
    full = make.shift(starts_at=other.starts_at, capacity=1)
    make.sign_up(full)
    with pytest.raises(refusals.Overlaps, match="overlaps"):
        make.sign_up(full, person)


def test_shifts_that_touch_do_not_overlap(make):
    person, first = make.person(), make.shift()
    make.sign_up(first, person)
    assert make.sign_up(make.shift(starts_at=first.ends_at), person).state == "going"


def test_the_database_refuses_an_overlap_that_slips_through(make):
    from sqlalchemy.exc import IntegrityError

    person, first = make.person(), make.shift()
    standing = make.sign_up(first, person)
    second = make.shift(starts_at=first.starts_at)
    copied = {"during": standing.during, "uid": standing.uid, "created_at": standing.created_at}
    row = SignUp(
        campaign_id=second.campaign_id,
        shift_id=second.id,
        person_id=person.id,
        state="going",
        source="self",
        changed_at=standing.changed_at,
        **copied,
    )
    with pytest.raises(IntegrityError, match="ex_sign_ups_overlap"), transaction():
        db.session.add(row)


def test_the_database_refuses_more_people_than_places(make):
    from sqlalchemy.exc import IntegrityError

    shift = make.shift(capacity=1)
    with pytest.raises(IntegrityError, match="ck_shifts_places"), transaction():
        shift.going = 2


def test_a_place_held_for_an_offer_is_not_for_sale(make):
    shift, offered = make.shift(capacity=1), make.person()
    with transaction():
        services.hold_place(shift.campaign_id, shift.id)
    assert make.sign_up(shift).state == "waiting"
    taken = do(services.take_held_place, shift.campaign_id, offered.id, shift.id)
    assert (taken.state, taken.source) == ("going", "offer")
    assert counted(shift) == (1, 1)
    assert shift.held == 0


def test_a_full_shift_has_no_place_to_hold(make):
    shift = make.shift(capacity=1)
    make.sign_up(shift)
    with pytest.raises(refusals.ShiftFull, match="is full"), transaction():
        services.hold_place(shift.campaign_id, shift.id)


def test_many_places_are_held_as_far_as_there_are_any(make):
    few, many = make.shift(capacity=2), make.shift(capacity=5)
    with transaction():
        granted = services.hold_places(few.campaign_id, {few.id: 3, many.id: 3})
    assert granted == {few.id: 2, many.id: 3}
    assert (few.held, many.held) == (2, 3)


def test_a_released_place_goes_to_the_waiting_list_first(make):
    shift = make.shift(capacity=1)
    with transaction():
        services.hold_place(shift.campaign_id, shift.id)
    waits = make.sign_up(shift)
    do(services.release_place, shift.campaign_id, shift.id)
    assert waits.state == "going"
    assert counted(shift) == (1, 0)


def test_accepting_an_offer_uses_the_held_place_of_somebody_who_waits(make):
    shift, person = make.shift(capacity=1), make.person()
    with transaction():
        services.hold_place(shift.campaign_id, shift.id)
    make.sign_up(shift, person)
    do(services.take_held_place, shift.campaign_id, person.id, shift.id)
    assert counted(shift) == (1, 0)


def test_accepting_an_offer_twice_takes_one_place(make):
    shift, person = make.shift(capacity=2), make.person()
    with transaction():
        services.hold_places(shift.campaign_id, {shift.id: 2})
    do(services.take_held_place, shift.campaign_id, person.id, shift.id)
    do(services.take_held_place, shift.campaign_id, person.id, shift.id)
    assert counted(shift) == (1, 0)
    assert shift.held == 0


def test_accepting_an_offer_that_overlaps_leaves_the_place_held(make):
    person, other = make.person(), make.shift()
    make.sign_up(other, person)
    shift = make.shift(starts_at=other.starts_at)
    with transaction():
        services.hold_place(shift.campaign_id, shift.id)
    with pytest.raises(refusals.Overlaps):
        do(services.take_held_place, shift.campaign_id, person.id, shift.id)
    assert shift.held == 1


def test_a_place_that_nobody_holds_cannot_be_taken(make):
    shift = make.shift()
    with pytest.raises(refusals.Changed):
        do(services.take_held_place, shift.campaign_id, make.person().id, shift.id)


def test_moving_somebody_takes_one_place_and_frees_the_other(make):
    here, there = make.shift(capacity=1), make.shift(capacity=1)
    moved, waits = make.sign_up(here), make.sign_up(here)
    new = do(services.move, here.campaign_id, moved.id, there.id, by=None)
    assert (new.shift_id, new.state) == (there.id, "going")
    assert waits.state == "going"
    assert counted(here) == (1, 0)
    assert counted(there) == (1, 0)


def test_moving_to_a_full_shift_leaves_everything_as_it_was(make):
    here, there = make.shift(), make.shift(capacity=1)
    make.sign_up(there)
    stays = make.sign_up(here)
    with pytest.raises(refusals.ShiftFull):
        do(services.move, here.campaign_id, stays.id, there.id, by=None)
    db.session.expire_all()
    assert stays.state == "going"


def test_a_past_shift_is_refused_with_a_sentence(make):
    shift = make.shift(starts_at=clock.now() - timedelta(minutes=1))
    with pytest.raises(refusals.ShiftOver, match="already begun"):
        make.sign_up(shift)


def test_a_sign_up_cannot_be_cancelled_once_the_shift_runs(make):
    shift = make.shift()
    sign_up = make.sign_up(shift)
    with pytest.raises(refusals.ShiftOver):
        do(services.cancel_sign_up, shift.campaign_id, sign_up.id, by=None, now=shift.starts_at)


def test_a_draft_and_a_cancelled_shift_are_refused(make):
    with pytest.raises(refusals.NotPublished, match="draft"):
        make.sign_up(make.shift(event=make.event(state="draft")))
    shift = make.shift()
    do(services.cancel_shift, shift.campaign_id, shift.id)
    with pytest.raises(refusals.ShiftGone, match="was cancelled"):
        make.sign_up(shift)


def test_shifts_and_people_of_another_campaign_do_not_exist(make):
    shift, stranger = make.shift(), make.person(campaign=make.campaign())
    with pytest.raises(NotFound):
        make.sign_up(shift, stranger)
    with pytest.raises(NotFound):
        do(services.sign_up, stranger.campaign_id, stranger.id, shift.id, by=stranger.id)


def test_an_unconfirmed_place_is_kept_until_its_hour(make):
    shift = make.shift(capacity=1)
    by = clock.now() + timedelta(hours=1)
    stranger, early = make.sign_up(shift, confirm_by=by), by - timedelta(minutes=1)
    assert not do(services.lapse_unconfirmed, shift.campaign_id, stranger.id, now=early)
    assert (stranger.state, stranger.confirm_by) == ("going", by)


def test_an_unconfirmed_place_goes_to_the_waiting_list_when_its_hour_comes(make):
    shift = make.shift(capacity=1)
    by = clock.now() + timedelta(hours=1)
    stranger, waits = make.sign_up(shift, confirm_by=by), make.sign_up(shift)
    assert do(services.lapse_unconfirmed, shift.campaign_id, stranger.id, now=by)
    assert (stranger.state, waits.state) == ("cancelled", "going")


def test_a_confirmed_place_does_not_lapse(make):
    shift = make.shift()
    by = clock.now() + timedelta(hours=1)
    sign_up = make.sign_up(shift, confirm_by=by)
    do(services.confirm, shift.campaign_id, sign_up.id)
    assert not do(services.lapse_unconfirmed, shift.campaign_id, sign_up.id, now=by)
    assert sign_up.state == "going"
