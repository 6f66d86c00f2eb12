"""Who will come: learned from closed lists, reckoned for coming shifts, over-booked to a chosen risk."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from geodata.showing import ENOUGH_SIGN_UPS
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import queries, services
from volunteer_hub.events.calendar import uid_of
from volunteer_hub.events.jobs import sweep_learning, sweep_showing
from volunteer_hub.events.models import Shift, ShowLearned, SignUp
from volunteer_hub.events.services.places import during
from volunteer_hub.people.models import Person


def past_shift(make, people, comes, *, days_ago: int, marked: float = 1.0) -> Shift:
    """A shift that is over, with the people of it; comes(person, confirmed) says who was there."""
    now = clock.now()
    shift = make.shift(starts_at=now - timedelta(days=days_ago), capacity=len(people))
    with transaction():
        for at, person in enumerate(people):
            has_confirmed = at % 2 == 0
            came = comes(person, has_confirmed)
            row = SignUp(
                campaign_id=shift.campaign_id,
                shift_id=shift.id,
                person_id=person.id,
                state="going",
                during=during(shift),
                source="self",
                uid=uid_of(shift.id, person.id),
                created_at=shift.starts_at - timedelta(days=5),
                changed_at=now,
                reminded_day_at=shift.starts_at - timedelta(days=1),
                confirmed_at=shift.starts_at - timedelta(hours=20) if has_confirmed else None,
                attendance=("attended" if came else "no_show") if at < marked * len(people) else None,
            )
            db.session.add(row)
            db.session.flush()
            services.keep_record(person.id)
        db.session.get(Shift, shift.id).going = len(people)
    return shift


@pytest.fixture
def campaign_with_history(make):
    """Twelve closed lists of twenty: who confirmed comes nine times of ten, the others one of three."""
    rng = random.Random(4)
    people = [make.person() for _ in range(20)]
    for days_ago in range(3, 39, 3):
        past_shift(make, people, lambda _who, yes: rng.random() < (0.9 if yes else 0.33), days_ago=days_ago)
    return people


def fresh(model, row_id):
    db.session.rollback()
    return db.session.get(model, row_id)


def test_without_history_one_half_of_the_sign_ups_is_expected(make):
    shift = make.shift(capacity=10)
    for _ in range(6):
        make.sign_up(shift)
    assert sweep_showing() == 1
    assert fresh(Shift, shift.id).expected == pytest.approx(3.0)
    assert sweep_showing() == 0, "nothing changed since"


def test_a_new_sign_up_and_a_cancellation_are_reckoned_in_the_next_turn(make):
    shift = make.shift()
    rows = [make.sign_up(shift) for _ in range(4)]
    sweep_learning()
    sweep_showing()
    make.sign_up(shift)
    with transaction():
        services.cancel_sign_up(shift.campaign_id, rows[0].id, by=None, now=clock.now())
        services.cancel_sign_up(shift.campaign_id, rows[1].id, by=None, now=clock.now())
    sweep_learning()
    sweep_showing()
    assert fresh(Shift, shift.id).expected == pytest.approx(1.5)


def test_what_history_says_is_learned_and_used(make, campaign_with_history):
    coming = make.shift(capacity=30)
    yes, silent = make.sign_up(coming), make.sign_up(coming)
    with transaction():
        for row in (yes, silent):
            db.session.get(SignUp, row.id).reminded_day_at = clock.now()
        services.confirm(coming.campaign_id, yes.id, now=clock.now())
    sweep_learning()
    sweep_showing()
    kept = db.session.scalars(select(ShowLearned)).one()
    model = queries.show_model(coming.campaign_id)
    assert (kept.marks, kept.left_out, model.stage) == (240, 0, "learned")
    assert model.rows >= ENOUGH_SIGN_UPS
    chances = {row.id: row.show_chance for row in db.session.scalars(select(SignUp)) if row.show_chance}
    assert chances[yes.id] > chances[silent.id] + 0.25
    assert fresh(Shift, coming.id).expected == pytest.approx(sum(chances.values()))


def test_a_list_of_which_only_those_who_came_were_marked_teaches_nothing(make):
    people = [make.person() for _ in range(20)]
    past_shift(make, people, lambda _who, _yes: True, days_ago=3, marked=0.5)
    past_shift(make, people, lambda _who, yes: yes, days_ago=5)
    with transaction():
        model = services.learn_showing(make.default_campaign.id, now=clock.now())
    assert (model.stage, model.rows) == ("thin", 20)
    assert queries.learned_row(make.default_campaign.id).left_out == 1


def test_attendance_keeps_the_persons_record_and_taking_it_back_does_too(make):
    shift = make.shift(starts_at=clock.now() + timedelta(hours=1))
    row = make.sign_up(shift)

    def record():
        person = fresh(Person, row.person_id)
        return person.came, person.missed

    for deed, expected in (
        (services.check_in, (1, 0)),
        (services.mark_no_show, (0, 1)),
        (services.clear_attendance, (0, 0)),
        (services.check_in, (1, 0)),
    ):
        with transaction():
            deed(shift.campaign_id, row.id, by=None, now=clock.now())
        assert record() == expected
    with transaction():
        services.cancel_sign_up(shift.campaign_id, row.id, by=None, now=clock.now())
    assert record() == (0, 0), "who cancelled neither came nor stayed away"


def test_a_persons_chance_for_matching_follows_their_record(make, campaign_with_history):
    sweep_learning()
    sweep_showing()
    people = {each.id: each for each in db.session.scalars(select(Person))}
    best = max(people.values(), key=lambda each: each.came)
    worst = min((each for each in people.values() if each.missed), key=lambda each: each.came)
    assert best.show_chance > worst.show_chance
    newcomer = make.person()
    sweep_learning()
    sweep_showing()
    assert fresh(Person, newcomer.id).show_chance is None, "who has no record has the campaign's average"


def overbooked(make, needed: int = 20, risk: float = 0.1, room: int | None = None, **fields) -> Shift:
    return make.shift(capacity=needed, needed=needed, short_risk=risk, room=room, **fields)


def test_places_follow_the_risk_and_those_who_wait_move_up(make):
    shift = overbooked(make, needed=5, risk=0.2)
    rows = [make.sign_up(shift) for _ in range(8)]
    assert [row.state for row in rows] == ["going"] * 5 + ["waiting"] * 3
    sweep_learning()
    sweep_showing()
    found = fresh(Shift, shift.id)
    assert found.capacity > 10, "half of them come"
    assert (found.going, found.waiting) == (8, 0)


def test_places_never_fall_below_who_stands_nor_rise_above_the_room(make):
    shift = overbooked(make, needed=5, risk=0.05, room=7)
    for _ in range(9):
        make.sign_up(shift)
    sweep_learning()
    sweep_showing()
    found = fresh(Shift, shift.id)
    assert (found.capacity, found.going, found.waiting) == (7, 7, 2)
    with transaction():
        found = db.session.get(Shift, shift.id)
        found.needed, found.room, found.short_risk = 2, 2, 0.3
    sweep_learning()
    sweep_showing()
    assert fresh(Shift, shift.id).capacity == 7, "nobody is sent away"


def test_places_fall_again_when_more_confirm_than_one_thought(make, campaign_with_history):
    shift = overbooked(make, needed=5, risk=0.1, starts_at=clock.now() + timedelta(hours=20))
    rows = [make.sign_up(shift) for _ in range(5)]
    sweep_learning()
    sweep_showing()
    before = fresh(Shift, shift.id).capacity
    with transaction():
        for row in rows:
            services.confirm(shift.campaign_id, row.id, now=clock.now())
    sweep_learning()
    sweep_showing()
    assert 5 < fresh(Shift, shift.id).capacity < before


def test_nobody_is_fetched_from_the_list_in_the_last_hours(make):
    shift = overbooked(make, needed=2, risk=0.1, starts_at=clock.now() + timedelta(hours=2))
    for _ in range(4):
        make.sign_up(shift)
    sweep_learning()
    sweep_showing()
    assert (fresh(Shift, shift.id).capacity, fresh(Shift, shift.id).waiting) == (2, 2)


def test_shifts_that_do_not_over_book_keep_their_places(make):
    shift = make.shift(capacity=3)
    for _ in range(5):
        make.sign_up(shift)
    sweep_learning()
    sweep_showing()
    assert (fresh(Shift, shift.id).capacity, fresh(Shift, shift.id).going) == (3, 3)
