"""Several shifts with one form; ages and papers asked before a place is given; and what a sign-up costs."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from tests.browsing import Browser
from tests.people.letters import letters, links_in
from tests.statements import counted
from volunteer_hub.core import clock, secrets
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import links, refusals, services
from volunteer_hub.events.models import Event, SignUp
from volunteer_hub.messaging.models import Message
from volunteer_hub.people import queries as people
from volunteer_hub.people import services as people_services
from volunteer_hub.people.models import Paper, Person
from volunteer_hub.people.papers import Said


def several(make) -> str:
    return f"/c/{make.default_campaign.slug}/sign-up"


def page_of(shift, make) -> str:
    return f"/c/{make.default_campaign.slug}/shifts/{shift.id}"


def states() -> dict[int, str]:
    db.session.expire_all()
    return {row.shift_id: row.state for row in db.session.scalars(select(SignUp).order_by(SignUp.id))}


def week(make, **fields):
    """An event with a shift on each of three days."""
    event = make.event(**fields)
    first = make.shift(event=event)
    return [first] + [
        make.shift(event=event, starts_at=first.starts_at + timedelta(days=day), capacity=1) for day in (1, 2)
    ]


def calendar_in_last_mail():
    row = db.session.scalars(select(Message).order_by(Message.created_at.desc())).first()
    return Calendar.from_ical(json.loads(secrets.unseal(row.body_sealed))["ics"])


def test_several_times_of_an_event_are_one_form_and_one_mail(make, client, run_jobs):
    shifts, me = week(make), make.person(email="me@example.org")
    make.sign_up(shifts[1])
    client.sign_in(me)
    page = client.get(several(make) + f"?event={shifts[0].event_id}&shift={shifts[2].id}").text
    assert page.count('name="shift"') == 3
    overlap = make.shift(starts_at=shifts[0].starts_at)
    ids = [each.id for each in [*shifts, overlap]]
    client.post(several(make), {"shift": ids})
    mine = {row.shift_id: row.state for row in db.session.scalars(select(SignUp).filter_by(person_id=me.id))}
    assert mine == {ids[0]: "going", ids[1]: "waiting", ids[2]: "going"}
    told = client.get("/my/shifts").text
    assert "You are going: " in told
    assert "Full, you are on the waiting list" in told
    assert "This overlaps with" in told
    run_jobs()
    (letter,) = letters("me@example.org")
    assert letter["text"].count("You are going: ") == 2
    assert letter["text"].count("You are on the waiting list: ") == 1
    assert len(list(calendar_in_last_mail().walk("VEVENT"))) == 2


def test_a_stranger_confirms_several_with_one_link(make, client, run_jobs):
    shifts = week(make)
    ids = [each.id for each in shifts]
    answer = client.post(several(make), {"shift": ids, "name": "Gina", "email": "gina@example.org"})
    page = client.get(answer.location).text
    assert page.count("Canvass ") == 3, "all are named"
    assert page.count("waiting list") == 0
    run_jobs()
    (letter,) = letters("gina@example.org")
    assert letter["text"].count("A place is kept for you: ") == 3
    assert "You are going" not in letter["text"]
    assert "confirm them all by" in letter["text"]
    path = next(each for each in links_in(letter["text"]) if each.startswith("/s/"))
    client.post(f"{path}/confirm")
    db.session.expire_all()
    rows = db.session.scalars(select(SignUp)).all()
    assert [row.confirm_by for row in rows] == [None] * 3
    assert "Gina" in client.get("/").text, "an account has grown out of it"


def test_a_calendar_entry_is_tentative_until_it_is_confirmed_and_carries_no_key(make, client, run_jobs):
    shift = make.shift()
    client.post(f"{page_of(shift, make)}/sign-up", {"name": "Gina", "email": "gina@example.org"})
    run_jobs()
    (mailed,) = calendar_in_last_mail().walk("VEVENT")
    path = next(each for each in links_in(letters("gina@example.org")[0]["text"]) if each.startswith("/s/"))
    (before,) = Calendar.from_ical(client.get(f"{path}/shift.ics").text).walk("VEVENT")
    with clock.standing_at(clock.now() + timedelta(minutes=1)):
        client.post(f"{path}/confirm")
        (after,) = Calendar.from_ical(client.get(f"{path}/shift.ics").text).walk("VEVENT")
    assert [each["status"] for each in (mailed, before, after)] == ["TENTATIVE", "TENTATIVE", "CONFIRMED"]
    assert after["uid"] == mailed["uid"]
    assert after["sequence"] > mailed["sequence"]
    for each in (mailed, before, after):
        assert each["url"].endswith(page_of(shift, make))
        assert "/s/" not in each.to_ical().decode()


def test_a_known_address_gets_one_link_for_all_and_the_same_answer(make, client):
    shifts, known = week(make), make.person(email="known@example.org")
    ids = [each.id for each in shifts]
    old = Browser(client.app).post(several(make), {"shift": ids, "name": "X", "email": "known@example.org"})
    new = client.post(several(make), {"shift": ids, "name": "X", "email": "new@example.org"})
    assert new.location == old.location
    (letter,) = letters("known@example.org")
    path = next(each for each in links_in(letter["text"]) if each.startswith("/j/"))
    browser = Browser(client.app)
    browser.get(path)
    browser.post(path)
    mine = db.session.scalars(select(SignUp.state).where(SignUp.person_id == known.id)).all()
    assert sorted(mine) == ["going", "waiting", "waiting"]


def test_the_page_after_joining_a_waiting_list_says_so_to_known_and_new_alike(make, client):
    shift, open_shift = make.shift(capacity=1), make.shift(capacity=1)
    make.sign_up(shift)
    make.person(email="known@example.org")
    for email in ("new@example.org", "known@example.org"):
        form = {"name": "X", "email": email}
        browser = Browser(client.app)
        page = browser.get(browser.post(f"{page_of(shift, make)}/sign-up", form).location).text
        assert "you are on its waiting list" in page
        assert "you are going" not in page
    page = client.get(client.post(f"{page_of(open_shift, make)}/sign-up", form).location).text
    assert "you are going" in page
    answer = client.post(several(make), {"shift": [shift.id, open_shift.id], **form})
    assert client.get(answer.location).text.count("full, you join its waiting list") == 1


def test_signing_up_again_before_confirming_sends_the_same_mail_again(make, client, run_jobs):
    shifts = week(make)
    form = {"name": "Gina", "email": "gina@example.org"}
    for path, data in (
        (f"{page_of(shifts[0], make)}/sign-up", form),
        (several(make), form | {"shift": [shifts[0].id]}),
    ):
        client.post(path, data)
        run_jobs()
    first, second = letters("gina@example.org")
    assert (first["subject"], first["text"]) == (second["subject"], second["text"])
    client.post(f"{page_of(shifts[0], make)}/sign-up", form)
    run_jobs()
    assert len(letters("gina@example.org")) == 2, "not more than once an hour"


@pytest.mark.parametrize("data", [{}, {"shift": "nonsense"}, {"shift": "99999999999999999999"}])
def test_nothing_ticked_is_told(make, client, data):
    event = week(make)[0].event_id
    client.sign_in(make.person())
    assert "Tick at least one time" in client.post(several(make), data | {"event": event}, status=422).text


def test_hidden_and_draft_shifts_cannot_be_ticked_by_a_stranger(make, client):
    hidden = make.shift(event=make.event(is_public=False))
    draft = make.shift(event=make.event(state="draft"))
    data = {"shift": [hidden.id, draft.id], "name": "X", "email": "x@example.org"}
    client.post(several(make), data, status=422)
    assert states() == {}


# Ages and papers


def test_an_age_is_asked_before_and_never_again(make, client):
    event, me = make.event(min_age=18), make.person()
    shift, other = make.shift(event=event), make.shift(event=event)
    client.sign_in(me)
    assert "I am at least 18 years old" in client.get(page_of(shift, make)).text
    client.post(f"{page_of(shift, make)}/sign-up")
    assert states() == {}
    assert "at least 18 years old" in client.get(page_of(shift, make)).text
    client.post(f"{page_of(shift, make)}/sign-up", {"age": "18"})
    assert states() == {shift.id: "going"}
    db.session.expire_all()
    assert me.age_at_least == 18
    late = make.shift(event=event, starts_at=other.starts_at + timedelta(days=1))
    assert "I am at least" not in client.get(page_of(late, make)).text
    client.post(f"{page_of(late, make)}/sign-up")
    assert states()[late.id] == "going"


def test_a_lower_age_does_not_count_for_a_higher_one(make):
    person, shift = make.person(age_at_least=16), make.shift(event=make.event(min_age=18))
    with pytest.raises(refusals.NotFit, match="18 years"):
        make.sign_up(shift, person)


def test_a_paper_is_asked_with_the_way_to_get_it_and_kept(make, client):
    campaign, me = make.default_campaign, make.person()
    organizer = make.person(role="organizer")
    office = Browser(client.app).sign_in(organizer)
    office.post("/organize/papers", {"poll_watcher": "Ask Dana at the Miami office."})
    shift = make.shift(event=make.event(papers=["poll_watcher"]))
    client.sign_in(me)
    client.post(f"{page_of(shift, make)}/sign-up")
    page = client.get(page_of(shift, make)).text
    assert "Ask Dana at the Miami office." in page
    assert "needs: Poll watcher" in page
    data = {"paper": "poll_watcher", "until-poll_watcher": "2020-01-01"}
    client.post(f"{page_of(shift, make)}/sign-up", data)
    assert states() == {}, "a paper that has run out is none"
    client.post(f"{page_of(shift, make)}/sign-up", data | {"until-poll_watcher": ""})
    assert states() == {shift.id: "going"}
    with transaction():
        people_services.mark_paper_seen(campaign.id, me.id, "poll_watcher", by=organizer.id, now=clock.now())
    (row,) = people.papers_of_people([me.id])[me.id]
    assert row.seen_at is not None
    assert "Poll watcher" in client.get("/my/shifts").text


def test_a_paper_said_again_with_another_day_has_to_be_seen_again(make):
    person, staff = make.person(), make.person(role="organizer")

    def say(until: date | None) -> bool:
        """Say it, and tell whether it still counts as seen."""
        with transaction():
            people_services.say(person, Said(papers={"driver": until}), now=clock.now())
        db.session.expire_all()
        return db.session.scalars(select(Paper.seen_at)).one() is not None

    assert not say(None)
    with transaction():
        people_services.mark_paper_seen(person.campaign_id, person.id, "driver", by=staff.id, now=clock.now())
    assert say(None)
    assert not say(date(2031, 1, 1))


def test_a_stranger_and_a_friend_are_asked_too(make, client, run_jobs):
    shift = make.shift(event=make.event(min_age=21))
    guest = {"name": "Gina", "email": "gina@example.org"}
    page = client.post(f"{page_of(shift, make)}/sign-up", guest, status=422).text
    assert "at least 21 years old" in page
    assert 'value="Gina"' in page
    assert states() == {}
    friend = {"friend_name": "Bo", "friend_email": "bo@example.org"}
    client.post(f"{page_of(shift, make)}/sign-up", guest | friend | {"age": "21"})
    rows = {
        db.session.get_one(Person, row.person_id).name: row
        for row in db.session.scalars(select(SignUp).order_by(SignUp.id))
    }
    path = links.sign_up_path(rows["Bo"].id)
    Browser(client.app).post(f"{path}/confirm")
    db.session.expire_all()
    assert rows["Bo"].confirm_by is not None, "the friend has not said it yet"
    Browser(client.app).post(f"{path}/confirm", {"age": "21"})
    db.session.expire_all()
    assert rows["Bo"].confirm_by is None


def test_organizers_set_what_an_event_asks_for(make, client):
    organizer = make.person(role="organizer")
    client.sign_in(organizer)
    root = make.root_of(make.default_campaign)
    data = {"name": "Watch the polls", "kind": "other", "area_id": root.id, "is_public": "yes"}
    client.post("/organize/events/new", data | {"min_age": "18", "papers": ["poll_watcher", "driver"]})
    event = db.session.scalars(select(Event)).one()
    assert (event.min_age, event.papers) == (18, ["poll_watcher", "driver"])
    client.post("/organize/events/new", data | {"min_age": "0"}, status=422)
    client.post("/organize/events/new", data | {"papers": ["of_nobody"]}, status=422)
    assert "checked" in client.get(f"/organize/events/{event.id}/edit").text


# What it costs


def test_a_members_sign_up_takes_seven_statements(make, client):
    shift, me = make.shift(), make.person()
    client.sign_in(me)
    client.http.get(page_of(shift, make))
    with counted() as sent:
        client.post(f"{page_of(shift, make)}/sign-up")
    assert sent.total <= 7, "\n".join(sent)
    assert states() == {shift.id: "going"}


def test_a_cancellation_and_the_offer_to_the_next_take_a_dozen_statements(make):
    shift = make.shift(capacity=1)
    first, *_waiting = [make.sign_up(shift) for _ in range(3)]
    ids, by = (shift.campaign_id, first.id), first.person_id
    with counted() as few, transaction():
        services.cancel_sign_up(*ids, by=by, now=clock.now())
    assert few.total <= 12, "\n".join(few)
