"""A form tells nobody who is a volunteer, a mailed link confirms what it takes, and refusals lose nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from tests.people.letters import letters
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import links
from volunteer_hub.events.models import SignUp
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.papers import Said

KNOWN, NEW = "known@example.org", "new@example.org"


def page_of(shift, make) -> str:
    return f"/c/{make.default_campaign.slug}/shifts/{shift.id}"


def several(make) -> str:
    return f"/c/{make.default_campaign.slug}/sign-up"


def answers(client, path: str, data: dict) -> list[tuple[int, str, str]]:
    """Status, way on and words of errors, for a known address and for a new one, each in its own browser."""
    found = []
    for email in (KNOWN, NEW):
        form = {"name": "Gina", "email": email} | data
        browser = Browser(client.app)
        answer = browser.http.post(path, data={"csrf_token": browser.token()} | form)
        page = answer.text if answer.status_code != 302 else browser.get(answer.location).text
        found.append((answer.status_code, answer.location or "", page.replace(email, "")))
    return found


def alike(client, path: str, data: dict) -> tuple[int, str, str]:
    known, new = answers(client, path, data)
    assert known[:2] == new[:2]
    assert _words(known[2]) == _words(new[2])
    return new


def _words(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrf_token" not in line and "nonce" not in line]


def rows(**by) -> list[SignUp]:
    db.session.expire_all()
    return list(db.session.scalars(select(SignUp).filter_by(**by).order_by(SignUp.shift_id)))


@pytest.fixture
def known(make):
    """Somebody of the campaign, of age and with a home."""
    return make.person(email=KNOWN, age_at_least=30)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "at least 21 years old"),
        ({"age": "18"}, "at least 21 years old"),
        ({"age": "21", "home_text": "Nowhere"}, "We cannot place"),
        ({"age": "21", "friend_name": "Bo", "friend_email": "nonsense"}, "Bo: Write the email address"),
        ({"age": "21", "paper": "driver", "until-driver": "soon"}, "Write the day until which"),
    ],
)
def test_a_form_is_refused_alike_whether_the_address_is_known_or_not(make, client, known, data, sentence):
    shift = make.shift(event=make.event(min_age=21))
    status, _location, page = alike(client, f"{page_of(shift, make)}/sign-up", data)
    assert status == 422
    assert sentence in page
    assert rows() == []
    if "friend_name" not in data:
        status, _location, page = alike(client, several(make), data | {"shift": shift.id})
        assert (status, sentence in page) == (422, True)


def test_a_form_that_is_right_is_answered_alike(make, client, known):
    shift = make.shift(event=make.event(min_age=21))
    assert alike(client, f"{page_of(shift, make)}/sign-up", {"age": "21"})[0] == 302
    assert alike(client, several(make), {"age": "21", "shift": shift.id})[0] == 302


def test_taking_a_place_over_is_refused_alike(make, client, known):
    shift = make.shift()
    path = links.pass_path(make.sign_up(shift).id, 0, shift.starts_at)
    status, _location, _page = alike(client, path, {"home_text": "Nowhere"})
    assert status == 422
    assert letters(KNOWN) == []


def test_of_several_that_are_all_refused_each_is_named_and_nothing_typed_is_lost(make, client, known):
    event = make.event(min_age=21, papers=["driver"])
    first, second = make.shift(event=event), make.shift(event=make.event(name="Phones", min_age=30))
    data = {"shift": [first.id, second.id], "age": "21", "home_text": "33101"}
    status, _location, page = alike(client, several(make), data)
    assert status == 422
    assert "needs: Driver" in page
    assert "For “Phones”" in page
    assert 'value="Gina"' in page
    assert 'value="33101"' in page
    assert 'id="age-21" checked' in page
    assert page.count('name="shift"') == page.count(" checked>") - 1 == 2
    assert letters() == []


def test_a_member_whose_shifts_are_all_refused_keeps_the_form(make, client):
    shift, me = make.shift(event=make.event(min_age=30)), make.person()
    client.sign_in(me)
    page = client.post(several(make), {"shift": shift.id, "age": "18"}, status=422).text
    assert "at least 30 years old" in page
    assert f'value="{shift.id}" id="shift-{shift.id}" checked' in page
    client.post(several(make), {"shift": shift.id, "age": "30"})
    assert [row.state for row in rows()] == ["going"]


def test_of_several_some_refused_are_named_to_strangers_alike(make, client, known):
    start = (clock.now() + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    free = make.shift(starts_at=start)
    overlaps = make.shift(event=make.event(name="At once"), starts_at=start + timedelta(hours=1))
    adults = make.shift(event=make.event(name="Adults", min_age=21), starts_at=start + timedelta(days=1))
    ids = [free.id, overlaps.id, adults.id]
    status, location, page = alike(client, several(make), {"shift": ids})
    assert (status, location) == (302, f"{page_of(free, make)}/mailbox")
    assert "“At once”" in page
    assert "This overlaps with" in page
    assert "For “Adults”" in page
    assert [row.shift_id for row in rows()] == [free.id]
    (letter,) = letters(KNOWN)
    assert f"/j/{free.id}/" in letter["text"]


def test_a_time_that_began_meanwhile_is_told(make, client):
    shift, over = make.shift(), make.shift(starts_at=clock.now() - timedelta(hours=1))
    client.sign_in(make.person())
    client.post(several(make), {"shift": [shift.id, over.id]})
    assert "1 time that you ticked has begun" in client.get("/my/shifts").text
    data = {"shift": over.id, "event": shift.event_id}
    assert "What you ticked has begun" in client.post(several(make), data, status=422).text


# What a mailed link confirms


def join_many(shifts, person) -> str:
    return links.join_many_path([each.id for each in shifts], person.id, shifts[-1].starts_at)


def test_a_link_for_several_confirms_places_that_stood_already(make, client, known):
    first = make.shift()
    second = make.shift(starts_at=first.starts_at + timedelta(days=1))
    until = clock.now() + timedelta(hours=20)
    make.sign_up(first, known, confirm_by=until)
    client.post(join_many([first, second], known))
    found = rows(person_id=known.id)
    assert [row.confirm_by for row in found] == [None, None]
    assert None not in [row.confirmed_at for row in found]


@pytest.mark.parametrize("is_one", [True, False])
def test_a_link_asks_for_papers_before_it_confirms_a_place_that_was_kept(make, client, is_one):
    shift, person = make.shift(event=make.event(papers=["driver"])), make.person()
    until = clock.now() + timedelta(hours=20)
    row = make.sign_up(shift, person, by=None, source="friend", confirm_by=until)
    path = (
        links.join_path(shift.id, person.id, shift.starts_at) if is_one else join_many([shift, shift], person)
    )
    answer = client.post(path)
    assert rows()[0].confirm_by == row.confirm_by is not None
    assert "needs: Driver" in client.get(answer.location, follow_redirects=True).text
    client.post(path, {"paper": "driver"})
    assert rows()[0].confirm_by is None


def test_a_papers_last_day_is_one_of_the_campaigns_zone(make, client):
    campaign = db.session.get_one(Campaign, make.default_campaign.id)
    day = (clock.now() + timedelta(days=5)).date()
    evening = datetime(day.year, day.month, day.day, 21, tzinfo=ZoneInfo(campaign.time_zone))
    assert evening.astimezone(UTC).date() > day, "in UTC it is the next day already"
    shift, me = make.shift(event=make.event(papers=["driver"]), starts_at=evening), make.person()
    with transaction():
        people.say(me, Said(papers={"driver": day}), now=clock.now())
    client.sign_in(me)
    assert "I have it: Driver" not in client.get(page_of(shift, make)).text
    client.post(f"{page_of(shift, make)}/sign-up")
    assert [row.state for row in rows()] == ["going"]
