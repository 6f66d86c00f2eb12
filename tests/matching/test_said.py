"""Ages and papers that events ask for: nobody is sent or asked to fill in who has not said them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.browsing import Browser
from tests.matching.plans import MIAMI, NOON, pairs, plan
from tests.statements import counted
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.models import Event
from volunteer_hub.events.queries import OpenShift, candidates, shift_card
from volunteer_hub.matching import problem
from volunteer_hub.matching.models import Replan
from volunteer_hub.matching.said import Asked, unsaid
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Person
from volunteer_hub.people.papers import PAPERS, Said, lacking

LATE = datetime(2026, 10, 13, 1, 0, tzinfo=UTC)  # 21:00 of October 12 in New York
TWELFTH = date(2026, 10, 12)


def says(person, age=None, **papers):
    with transaction():
        people.say(db.session.get(Person, person.id), Said(age, papers), now=clock.now())


def read(make, **fields):
    campaign = make.default_campaign
    return problem.read(
        campaign.id,
        area_paths=None,
        from_at=NOON,
        until_at=NOON + timedelta(days=7),
        time_zone=campaign.time_zone,
        **fields,
    )


def line_of(run, person):
    return next(each for each in run.unplaced if each["person_id"] == person.id)


def test_only_who_has_said_the_age_is_proposed(make, run_jobs):
    shift = make.shift(event=make.event(min_age=18))
    old, _young, _silent = (make.person(**MIAMI, age_at_least=age) for age in (21, 16, None))
    run = plan(make, run_jobs)
    assert pairs() == {(old.id, shift.id)}
    assert {each["binds"] for each in run.unplaced} == {"not_said"}
    assert len(run.unplaced) == 2


def test_only_who_holds_every_paper_on_the_day_of_the_shift_is_proposed(make, run_jobs):
    shift = make.shift(event=make.event(papers=["driver", "first_aid"]), starts_at=LATE)
    for_ever, until_then, too_short, one_of_two = (make.person(**MIAMI) for _ in range(4))
    says(for_ever, driver=None, first_aid=None)
    says(until_then, driver=TWELFTH, first_aid=None)  # that is the day where the campaign is
    says(too_short, driver=TWELFTH - timedelta(days=1), first_aid=None)
    says(one_of_two, driver=None)
    plan(make, run_jobs)
    assert pairs() == {(for_ever.id, shift.id), (until_then.id, shift.id)}


def test_who_lacks_the_skill_is_told_of_the_skill(make, run_jobs):
    make.shift(event=make.event(min_age=18), skills=["drive"])
    unskilled, unsaid_age = make.person(**MIAMI), make.person(**MIAMI, skills=["drive"])
    run = plan(make, run_jobs)
    assert line_of(run, unskilled)["binds"] == "skill_missing"
    assert line_of(run, unsaid_age)["binds"] == "not_said"


def test_the_pages_say_why_in_plain_words(make, client, organizer, run_jobs):
    shift = make.shift(event=make.event(min_age=18, papers=["driver"]))
    ana = make.person(**MIAMI, name="Ana Lima")
    run = plan(make, run_jobs)
    listed = client.get(f"/matching/runs/{run.id}/unplaced").text
    assert "asks for a paper or an age that Ana Lima has not said they have." in listed
    one = client.get(f"/matching/runs/{run.id}/people/{ana.id}").text
    assert "not said they have: at least 18 years old, Driver&#39;s license." in one.replace("’", "&#39;")
    change = f"/matching/runs/{run.id}/change?kind=pin&person={ana.id}&shift={shift.id}"
    assert "It asks for what they have not said they have" in client.get(change).text


def test_an_event_that_asks_later_lets_go_of_who_has_not_said_it(make, client, organizer, run_jobs):
    event = make.event()
    shift, ana = make.shift(event=event, capacity=1), make.person(**MIAMI, name="Ana Lima")
    run = plan(make, run_jobs)
    assert pairs() == {(ana.id, shift.id)}
    bea = make.person(**MIAMI, show_chance=0.3)
    with clock.standing_at(NOON + timedelta(hours=3)):
        with transaction():
            db.session.get(Event, event.id).papers = ["notary"]
            people.say(db.session.get(Person, bea.id), Said(papers={"notary": None}), now=clock.now())
        run_jobs()
    assert pairs() == {(bea.id, shift.id)}
    assert db.session.scalars(select(Replan)).first() is not None
    told = client.get(f"/matching/runs/{run.id}").text
    assert "Ana Lima no longer goes to" in told
    assert "it asks for a paper or an age that they have not said they have" in told


def test_a_refused_place_passes_on_to_who_has_said_it(make, run_jobs):
    shift = make.shift(event=make.event(min_age=18), capacity=1)
    first = make.person(**MIAMI, age_at_least=18)
    plan(make, run_jobs)
    row = db.session.scalars(select(Assignment)).one()
    with transaction():
        assignments.approve(shift.campaign_id, [row.id], by=None, now=clock.now())
    _nearer, second = make.person(**MIAMI), make.person(**MIAMI, age_at_least=18, show_chance=0.2)
    with transaction():
        assignments.decline(shift.campaign_id, row.id, now=clock.now())
    run_jobs()
    assert pairs(State.OFFERED) == {(second.id, shift.id)}
    assert first.id not in {person_id for person_id, _shift in pairs(State.OFFERED)}


def test_reading_takes_as_many_statements_for_many_and_none_more_where_nothing_is_asked(make):
    event = make.event()
    make.shift(event=event)
    says(make.person(**MIAMI), 18, driver=None)
    with counted() as plain:
        read(make)
    with transaction():
        db.session.get(Event, event.id).papers = ["driver"]
    with counted() as few:
        read(make)
    for number in range(8):
        says(make.person(**MIAMI), 18 + number, driver=None, notary=TWELFTH + timedelta(days=number))
        make.shift(event=make.event(min_age=17 + number, papers=["notary"]))
    with counted() as many:
        read(make)
    assert len(few) == len(many) == len(plain) + 1


def test_cover_is_sought_among_those_who_have_said_it(make, client):
    shift = make.shift(event=make.event(min_age=18, papers=["driver"]), starts_at=LATE)
    fit, too_short, young, silent = (make.person(**MIAMI) for _ in range(4))
    says(fit, 18, driver=TWELFTH)
    says(too_short, 18, driver=TWELFTH - timedelta(days=1))
    says(young, 16, driver=None)
    card = shift_card(shift.campaign_id, shift.id)
    assert [each.person_id for each in candidates(card, now=NOON)] == [fit.id]
    office = Browser(client.app).sign_in(make.person(role="organizer", name="Olga"))
    page = office.get(f"/organize/shifts/{shift.id}/cover").text
    assert fit.name in page
    assert silent.name not in page


ZONES = ["America/New_York", "Pacific/Honolulu", "Asia/Tokyo"]
ages = st.none() | st.integers(14, 22)
days = st.integers(0, 3).map(lambda more: TWELFTH + timedelta(days=more))
starts = st.integers(0, 71).map(lambda hours: datetime(2026, 10, 12, tzinfo=UTC) + timedelta(hours=hours))
kinds = st.lists(st.sampled_from(list(PAPERS)[:3]), unique=True, max_size=3).map(tuple)


def open_shift(number, starts_at, min_age, papers):
    return OpenShift(
        id=number, event_id=1, event_name="", kind="", area_path="/", staging_location_id=1, location_name="",
        district_id=None, latitude=0.0, longitude=0.0, starts_at=starts_at, ends_at=starts_at, capacity=1,
        places_left=1, skills=("drive",), languages=(), min_age=min_age, papers=papers,
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    shifts=st.lists(st.tuples(starts, ages, kinds), min_size=1, max_size=6),
    age=ages,
    papers=st.dictionaries(st.sampled_from(list(PAPERS)[:3]), st.none() | days),
    zone=st.sampled_from(ZONES),
)
def test_the_names_say_what_the_door_to_a_place_says(shifts, age, papers, zone):
    """Named as matching does, a person suits the shifts that signing up would let them take, and no other."""
    opened = [open_shift(number, *each) for number, each in enumerate(shifts)]
    asked = Asked(opened, zone)
    have = asked.names(age, tuple(papers.items()))
    for shift, required in zip(opened, asked.required, strict=True):
        on = clock.campaign_day(shift.starts_at, ZoneInfo(zone))
        missing = lacking(Said(age, papers), min_age=shift.min_age, papers=shift.papers, on=on)
        assert set(unsaid((*shift.skills, *required), have)) == set(required) - have
        assert bool(set(required) - have) == bool(missing)
