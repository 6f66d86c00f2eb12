"""The sample has a shift that begins soon, so that turf can be handed out at once."""

from __future__ import annotations

from datetime import timedelta

from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.demo import sample
from volunteer_hub.demo.place import PASCO
from volunteer_hub.events.models import Shift, SignUp


def test_the_nearest_volunteers_come_to_a_shift_that_soon_begins(client, make):
    campaign_id = make.default_campaign.id
    make.location(name=f"{PASCO.county} office (invented)", latitude=28.3, longitude=-82.3)
    near = [make.person(latitude=28.3 + step / 100, longitude=-82.3) for step in range(2)]
    make.person(latitude=25.8, longitude=-80.2)
    make.person(email=sample.STAFF[sample.Role.ADMIN][0], latitude=28.3, longitude=-82.3)
    shift = db.session.get(Shift, sample.add_shift_today(campaign_id, comers=2))
    assert timedelta() < shift.starts_at - clock.now() <= timedelta(hours=1)
    assert set(db.session.scalars(db.select(SignUp.person_id))) == {each.id for each in near}
    client.sign_in(make.person(role="field_lead"))
    assert "Canvass in the invented town" in client.get("/organize/turf").text
