"""How people found a shift: the word of the link that led them there stays with their sign-up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.people.letters import letters, links_in
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.found_by import LONGEST, in_address, word_of
from volunteer_hub.events.models import SignUp
from volunteer_hub.people.models import Campaign

GUEST = {"name": "Gina Guest", "email": "gina@example.org"}


def words() -> list[str | None]:
    """What each sign-up remembers, in the order in which they were made."""
    db.session.expire_all()
    return list(db.session.scalars(select(SignUp.found_by).order_by(SignUp.id)))


@pytest.fixture
def public(make):
    return lambda path: f"/c/{make.default_campaign.slug}/{path}"


@pytest.fixture
def organizer(make, app):
    from tests.browsing import Browser

    return Browser(app).sign_in(make.person(role="organizer"))


def test_a_list_on_another_site_leads_to_a_sign_up_that_says_so(make, client, public):
    shift = make.shift()
    client.get(public("shifts?from=embed"))
    client.get(public(f"events/{shift.event_id}"))  # on the way no address carries the word
    client.get(public(f"shifts/{shift.id}"))
    client.post(public(f"shifts/{shift.id}/sign-up"), GUEST)
    assert words() == ["embed"]


def test_the_last_link_counts_for_a_day(make, client, public, monkeypatch):
    first, second = make.shift(), make.shift(starts_at=clock.now() + timedelta(days=9))
    client.sign_in(make.person())
    client.get(public(f"shifts/{first.id}?from=share"))
    client.get(public(f"events/{first.event_id}?from=Flyer-May"))
    client.post(public(f"shifts/{first.id}/sign-up"))
    tomorrow = clock.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    client.post(public(f"shifts/{second.id}/sign-up"))
    assert words() == ["flyer may", None]


def test_a_word_of_one_campaign_is_not_anothers(make, client, public):
    other = make.shift(event=make.event(campaign=make.campaign()))
    slug = db.session.get(Campaign, other.campaign_id).slug
    client.get(public(f"shifts/{make.shift().id}?from=flyer-may"))
    client.post(f"/c/{slug}/shifts/{other.id}/sign-up", GUEST)
    assert words() == [None]


def test_several_at_once_and_another_time_keep_it(make, client, public):
    event = make.event()
    shifts = [make.shift(event=event, starts_at=clock.now() + timedelta(days=day)) for day in (2, 3, 4)]
    client.sign_in(make.person())
    client.get(public(f"sign-up?event={event.id}&from=newsletter"))
    client.post(public("sign-up"), {"event": event.id, "shift": [shifts[0].id, shifts[1].id]})
    first = db.session.scalars(select(SignUp).order_by(SignUp.id)).first()
    client.post(f"/my/shifts/{first.id}/change", {"to": shifts[2].id})
    client.post(f"/my/shifts/{first.id + 1}/cancel")
    client.post(f"/my/shifts/{first.id + 1}/undo")
    assert words() == ["newsletter"] * 4


def test_a_known_address_brings_it_along_by_the_mailed_link(make, client, public, run_jobs):
    from tests.browsing import Browser

    shift, known = make.shift(), make.person(email="known@example.org")
    client.get(public(f"shifts/{shift.id}?from=flyer-may"))
    client.post(public(f"shifts/{shift.id}/sign-up"), GUEST | {"email": known.email})
    run_jobs()
    link = next(each for each in links_in(letters(known.email)[0]["text"]) if "/j/" in each)
    on_the_phone = Browser(client.app)
    on_the_phone.get(link)
    on_the_phone.post(link.partition("?")[0])
    assert words() == ["flyer may"]


@pytest.mark.parametrize(
    "hostile",
    ["", "%20%20", "rosa@example.org", "305-555-0177", "%F0%9F%98%80", "a" * 5000,
     "%3Cscript%3Ealert(1)%3C/script%3E"],
)  # fmt: skip
def test_what_is_no_plain_word_is_cut_or_ignored(make, client, public, organizer, hostile):
    shift = make.shift()
    client.sign_in(make.person())
    client.get(public(f"shifts/{shift.id}?from={hostile}"))
    client.post(public(f"shifts/{shift.id}/sign-up"))
    assert words() in ([None], ["a" * LONGEST], ["script alert 1 script"])
    assert "<script>alert" not in organizer.get(f"/organize/events/{shift.event_id}").text


@given(st.text(max_size=80))
def test_a_word_is_short_plain_and_the_same_again(text):
    word = word_of(text)
    if word is not None:
        assert 0 < len(word) <= LONGEST
        assert all(letter.isalnum() or letter == " " for letter in word)
        assert word_of(word.replace(" ", "-")) == word
        assert in_address(word).startswith("?from=")


def test_an_organizer_reads_how_people_found_an_event(make, client, organizer):
    shift = make.shift(capacity=20)
    for word, source, attendance, state in (
        ("share", "self", "attended", "going"),
        ("share", "waiting_list", None, "going"),
        ("flyer may", "self", "attended", "going"),
        (None, "self", None, "going"),
        (None, "waiting_list", None, "going"),
        (None, "friend", None, "going"),
        ("embed", "self", None, "cancelled"),
    ):
        row = make.sign_up(shift, found_by=word, source=source)
        with transaction():
            row.attendance, row.state = attendance, state
    make.sign_up(make.shift(), found_by="elsewhere")
    page = organizer.get(f"/organize/events/{shift.event_id}").text
    table = page.partition('id="found-by"')[2].partition("</table>")[0]
    rows = [[each.split(">")[-1].strip() for each in row.split("</t")[:-1]] for row in table.split("<tr")[2:]]
    assert [[cell for cell in row if cell] for row in rows] == [
        ["A link that somebody shared", "2", "1"],
        ["On our own pages", "2", "0"],
        ["“flyer may” in a link", "1", "1"],
        ["Brought by a friend", "1", "0"],
    ]


def test_an_organizer_gives_a_place_a_word_of_its_own(make, client, organizer, public):
    make.shift()
    page = organizer.get("/organize/sharing?from=Flyer+May!").text
    assert "/shifts?from=flyer-may" in page
    assert "data-from=&#34;flyer-may&#34;" in page
    frame = client.get(public("embed?from=flyer-may"))
    assert "?from=flyer-may" in frame.text
    assert "from=embed" not in frame.text
    assert "Set-Cookie" not in frame.headers
