"""The sample begins with closed lists, so that chances are learned and can be judged on its first day."""

from __future__ import annotations

from sqlalchemy import func, select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.demo import history
from volunteer_hub.events import queries
from volunteer_hub.messaging.models import Message
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Person
from volunteer_hub.people.services import NewPerson


def test_the_past_of_the_sample_teaches_chances_and_writes_to_nobody(make, run_jobs):
    campaign = make.default_campaign
    root = make.root_of(campaign)
    new = [
        NewPerson(email=f"v{n}@example.org", name=f"V {n}", show_chance=0.2 + 0.6 * (n % 2))
        for n in range(history.REGULARS)
    ]
    with transaction():
        people.add_many(campaign.id, root.id, new, by=None, now=clock.now(), via="sample")
    for _ in range(history.SHIFTS_A_DAY + 1):
        make.shift(event=make.event())
    marked = history.add(campaign.id, campaign.time_zone, seed=1)
    run_jobs()
    model = queries.show_model(campaign.id)
    assert (model.stage, model.rows) == ("learned", marked)
    assert model.judged is not None
    kept = db.session.scalar(select(func.sum(Person.came + Person.missed)))
    assert kept == marked == 2 * history.WEEKENDS * history.SHIFTS_A_DAY * history.SIGN_UPS
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
