"""An offer whose event asks for an age and a paper since: said and accepted on a phone in Chromium."""

from __future__ import annotations

import pytest

from tests.browser.looking import Walk
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.links import offer_path
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.models import Event

pytestmark = pytest.mark.browser


def test_what_is_asked_is_ticked_before_the_yes(visit, make):
    shift, person, now = make.shift(event=make.event(name="Rides to the polls")), make.person(), clock.now()
    with transaction():
        proposal = assignments.Proposal(person.id, shift.id, 1.0)
        assignments.propose(shift.campaign_id, None, [proposal], now=now)
        offer = db.session.scalars(db.select(Assignment)).one()
        assignments.approve(shift.campaign_id, [offer.id], by=None, now=now)
        event = db.session.get(Event, shift.event_id)
        event.min_age, event.papers = 18, ["driver"]
    walk = Walk(visit("phone", person, bypass_csp=True))
    walk.go("/my/offers", "my offers", "Offers for me")
    walk.press("I will come", role="link")
    walk.look("offer", "Rides to the polls")
    walk.page.get_by_text("I am at least 18 years old").click()
    walk.press("I will come")
    walk.page.get_by_text("needs: Driver").first.wait_for()
    walk.look("half an answer", "Rides to the polls")
    assert walk.page.get_by_label("I am at least 18 years old").is_checked()
    walk.page.get_by_text("I have it: Driver").click()
    walk.press("I will come")
    walk.page.get_by_text("Your place is safe").wait_for()
    assert walk.verdict() == {}
    assert offer_path(offer.id, offer.nonce) in walk.page.url
