"""Nothing that was mailed to somebody who was erased brings them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from volunteer_hub.assignments.links import offer_path
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.events import jobs, links, services
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.people import queries as people

UNTIL = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def gone(make, client, run_jobs):
    """Somebody who swapped one place for another, waits on a third list, and then erased themselves."""
    person, event = make.person(), make.event()
    old, new = (make.shift(event=event, starts_at=clock.now() + timedelta(minutes=30)) for _ in range(2))
    first = make.sign_up(old, person)
    with transaction():
        services.move(person.campaign_id, first.id, new.id, by=person.id, now=clock.now(), source="self")
    full = make.shift(capacity=1)
    make.sign_up(full)
    waits = make.sign_up(full, person)
    client.sign_in(person).post("/profile/erase", {"is_sure": "y"})
    return person, old, first, waits


def standing(person) -> int:
    query = select(func.count()).where(SignUp.person_id == person.id, SignUp.state != "cancelled")
    return db.session.scalar(query)


def test_no_old_link_of_an_erased_person_works_any_more(gone, make, client):
    person, old, first, waits = gone
    with transaction():
        offer = Assignment(
            campaign_id=person.campaign_id, person_id=person.id, shift_id=old.id, state=State.OFFERED,
            value=1.0, nonce="n", proposed_at=clock.now(), offered_at=clock.now(),
        )  # fmt: skip
        db.session.add(offer)
    for row in (first, waits):
        path = links.sign_up_path(row.id)
        assert "data was erased" in client.get(path, status=410).text
        for deed in ("undo", "confirm", "cancel", "here"):
            client.post(f"{path}/{deed}", {}, status=410)
        for page in ("change", "pass", "shift.ics"):
            client.get(f"{path}/{page}", status=410)
    of_theirs = [
        links.join_path(old.id, person.id, UNTIL),
        links.join_many_path([old.id], person.id, UNTIL),
        links.pass_path(make.sign_up(old).id, person.id, UNTIL),
        links.pass_path(waits.id, 0, UNTIL),
        offer_path(offer.id, "n"),
    ]
    for path in of_theirs:
        client.get(path, status=410)
        client.post(path, {"answer": "accept"}, status=410)
    client.sign_in(make.person(role="organizer")).get(links.check_in_path(first.id), status=410)
    assert standing(person) == 2, "the place and the turn they had, which the job frees"
    assert db.session.get(Shift, old.id).going == 1


def test_no_service_gives_an_erased_person_a_place(gone):
    person, old, first, waits = gone
    deeds = [
        lambda: services.undo_cancel(person.campaign_id, first.id, now=clock.now()),
        lambda: services.move(person.campaign_id, waits.id, old.id, by=None, now=clock.now()),
        lambda: services.put_on_shift(person.campaign_id, person.id, old.id, by=None, now=clock.now()),
    ]
    for deed in deeds:
        with pytest.raises((people.Erased, NotFound)), transaction():
            deed()
    assert standing(person) == 2


def test_a_free_place_passes_over_an_erased_person_and_the_sweep_takes_their_turn(gone):
    person, _old, _first, waits = gone
    shift_id = waits.shift_id
    other = db.session.scalar(select(SignUp).where(SignUp.shift_id == shift_id, SignUp.state == "going"))
    with transaction():
        services.cancel_sign_up(person.campaign_id, other.id, by=None, now=clock.now())
    assert db.session.get(Shift, shift_id).going == 0
    assert jobs.sweep_erased() == 2
    assert standing(person) == 0
