"""Another time, an undo, a place passed on; an offer from the waiting list and its deadline."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.browsing import Browser
from tests.people.letters import letters, links_in
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import jobs, links, refusals, services
from volunteer_hub.events.models import SignUp
from volunteer_hub.events.offers import KEPT_FOR, LEAST, answer_by
from volunteer_hub.messaging.quiet import next_allowed
from volunteer_hub.people.models import Person

QUIET = ("America/New_York", time(20, 30), time(8, 30))
NOW = datetime(2026, 10, 20, tzinfo=UTC)  # the clocks go back within the weeks that follow


def states(shift) -> list[str]:
    db.session.expire_all()
    query = select(SignUp.state).where(SignUp.shift_id == shift.id).order_by(SignUp.id)
    return list(db.session.scalars(query))


def do(service, *arguments, **options):
    with transaction():
        return service(*arguments, **{"now": clock.now()} | options)


# Another time


def test_a_place_is_changed_for_another_and_the_waiting_list_moves(make, client, run_jobs):
    event, me = make.event(), make.person()
    here, there = make.shift(event=event, capacity=1), make.shift(event=event, capacity=1)
    make.sign_up(here, me)
    waits = make.sign_up(here)
    client.sign_in(me)
    mine = db.session.scalars(select(SignUp).where(SignUp.person_id == me.id)).one()
    assert "Take this" in client.get(f"/my/shifts/{mine.id}/change").text
    client.post(f"/my/shifts/{mine.id}/change", {"to": there.id})
    assert (states(here), states(there)) == (["cancelled", "going"], ["going"])
    assert "You gave up" not in client.get("/my/shifts").text
    assert waits.notice == "promotion"
    run_jobs()
    mine_only = [each for each in letters(me.email) if each["kind"].startswith("shift_")]
    assert len(mine_only) == 1, "the new time and the old one stand in one message"
    assert "Given up" in mine_only[0]["text"]


def test_the_old_place_is_kept_when_the_new_one_is_gone(make, client):
    me, here, there = make.person(), make.shift(), make.shift(capacity=1)
    mine = make.sign_up(here, me)
    make.sign_up(there)
    client.sign_in(me)
    client.post(f"/my/shifts/{mine.id}/change", {"to": there.id})
    assert (states(here), states(there)) == (["going"], ["going"])
    assert "is full" in client.get("/my/shifts").text


def test_an_overlap_shows_the_way_out_and_swaps_in_one_tap(make, client):
    me = make.person()
    here = make.shift(event=make.event(name="Phone bank"))
    mine, there = make.sign_up(here, me), make.shift(starts_at=here.starts_at + timedelta(hours=1))
    client.sign_in(me)
    page = client.get(f"/c/{make.default_campaign.slug}/shifts/{there.id}").text
    assert "Take this one instead" in page
    assert "Phone bank" in page
    client.post(f"/my/shifts/{mine.id}/change", {"to": there.id})
    assert (states(here), states(there)) == (["cancelled"], ["going"])


def test_somebody_elses_sign_up_and_a_draft_cannot_be_reached(make, client):
    mine, other = make.sign_up(make.shift()), make.person()
    client.sign_in(other)
    for path in ("change", "undo", "friends", "confirm"):
        client.post(f"/my/shifts/{mine.id}/{path}", {"to": 1}, status=404)
    client.get(f"/my/shifts/{mine.id}/pass", status=404)
    own = make.sign_up(make.shift(), other)
    draft = make.shift(event=make.event(state="draft"))
    client.post(f"/my/shifts/{own.id}/change", {"to": draft.id}, status=404)


def test_the_link_of_the_mail_changes_too(make, client):
    here, there = make.shift(), make.shift()
    mine = make.sign_up(here)
    path = links.sign_up_path(mine.id)
    client.get(f"{path}/change")
    answer = client.post(f"{path}/change", {"to": there.id})
    assert states(there) == ["going"]
    assert "You are going" in client.get(answer.location).text


# Undo


def test_a_cancellation_is_taken_back_while_the_place_is_free(make, client, run_jobs):
    shift, me = make.shift(capacity=1), make.person()
    mine = make.sign_up(shift, me)
    client.sign_in(me)
    client.post(f"/my/shifts/{mine.id}/cancel")
    assert "Undo" in client.get("/my/shifts").text
    client.post(f"/my/shifts/{mine.id}/undo")
    assert states(shift) == ["cancelled", "going"]
    client.post(f"/my/shifts/{mine.id}/undo")
    assert states(shift) == ["cancelled", "going"]
    assert "Undo" not in client.get("/my/shifts").text
    path = links.sign_up_path(mine.id)
    assert client.get(path, status=302).location != path, "the old link leads to the sign-up that stands"


def test_an_undo_comes_too_late_when_somebody_waited_or_time_has_passed(make):
    shift, me = make.shift(capacity=1), make.person()
    mine, waits = make.sign_up(shift, me), make.sign_up(shift)
    do(services.cancel_sign_up, shift.campaign_id, mine.id, by=me.id)
    with pytest.raises(refusals.PlaceGone):
        do(services.undo_cancel, shift.campaign_id, mine.id)
    assert waits.state == "going"
    other = make.shift()
    late = make.sign_up(other)
    do(services.cancel_sign_up, other.campaign_id, late.id, by=late.person_id)
    with pytest.raises(refusals.PlaceGone):
        do(services.undo_cancel, other.campaign_id, late.id, now=clock.now() + timedelta(hours=1))


def test_what_staff_cancelled_is_not_undone_by_a_link(make):
    sign_up, staff = make.sign_up(make.shift()), make.person(role="organizer")
    do(services.cancel_sign_up, sign_up.campaign_id, sign_up.id, by=staff.id)
    with pytest.raises(refusals.PlaceGone):
        do(services.undo_cancel, sign_up.campaign_id, sign_up.id)


# Passing on


def link_of(mine, *, person_id: int = 0, hours: float = 1) -> str:
    return links.pass_path(mine.id, person_id, clock.now() + timedelta(hours=hours))


def test_a_place_is_passed_on_by_a_link_that_one_person_takes(make, client):
    shift = make.shift(capacity=1)
    mine, waits, taker = make.sign_up(shift), make.sign_up(shift), make.person()
    path = link_of(mine)
    client.sign_in(taker)
    assert "passes this place on" in client.get(path).text
    assert states(shift) == ["going", "waiting"], "looking takes nothing"
    client.post(path)
    assert states(shift) == ["cancelled", "waiting", "going"]
    assert (waits.state, shift.going) == ("waiting", 1)
    second = Browser(client.app).sign_in(make.person())
    assert "taken by now" in second.get(path).text
    second.post(path)
    assert states(shift) == ["cancelled", "waiting", "going"]


def test_a_stranger_takes_it_over_from_their_own_mailbox(make, client, run_jobs):
    mine = make.sign_up(make.shift())
    make.person(email="known@example.org")
    pages = [
        client.post(link_of(mine), {"name": "Bo", "email": email}, status=200).text.count("One more tap")
        for email in ("bo@example.org", "known@example.org")
    ]
    assert pages[0] == pages[1] > 0
    assert mine.state == "going"
    path = next(each for each in links_in(letters("bo@example.org")[0]["text"]) if each.startswith("/p/"))
    client.post(path)
    db.session.expire_all()
    assert mine.state == "cancelled"
    taker = db.session.scalars(select(Person).where(Person.email == "bo@example.org")).one()
    assert not taker.awaits_confirmation
    assert "Bo" in client.get("/").text, "the first tap in one's own mailbox signs in"


def test_a_passing_link_is_worth_nothing_when_forged_old_or_given_up(make, client):
    mine, taker = make.sign_up(make.shift()), make.person()
    client.sign_in(taker)
    client.get(link_of(mine)[:-3] + "xxx", status=404)
    old = link_of(mine, hours=-1)
    client.post(old, status=200)
    assert mine.state == "going"
    path = link_of(mine)
    do(services.cancel_sign_up, mine.campaign_id, mine.id, by=mine.person_id)
    client.post(path)
    assert states(mine.shift) == ["cancelled"]


def test_the_giver_finds_the_link_on_their_page(make, client):
    me = make.person()
    mine = make.sign_up(make.shift(), me)
    client.sign_in(me)
    assert f"/p/{mine.id}/0/" in client.get(f"/my/shifts/{mine.id}/pass").text
    assert f"/p/{mine.id}/0/" in Browser(client.app).get(links.sign_up_path(mine.id) + "/pass").text


# The waiting list


def test_a_free_place_is_offered_with_a_deadline_and_passes_on_when_it_lapses(make, client, run_jobs):
    shift = make.shift(capacity=1, starts_at=clock.now() + timedelta(days=5))
    first = make.sign_up(shift)
    second, third = make.sign_up(shift, make.person(email="second@example.org")), make.sign_up(shift)
    do(services.cancel_sign_up, shift.campaign_id, first.id, by=first.person_id)
    assert (second.state, second.source) == ("going", "waiting_list")
    assert second.confirm_by is not None
    run_jobs()
    letter = letters("second@example.org")[-1]
    assert "Say yes or no here" in letter["text"]
    with transaction():
        assert services.lapse_unconfirmed(shift.campaign_id, second.id, now=second.confirm_by)
    assert states(shift) == ["cancelled", "cancelled", "going"]
    assert third.confirm_by is not None
    page = client.get(links.sign_up_path(second.id)).text
    assert "has run out" in page


def test_a_yes_to_the_offer_makes_the_place_theirs(make, client):
    shift, me = make.shift(capacity=1, starts_at=clock.now() + timedelta(days=5)), make.person()
    first, mine = make.sign_up(shift), make.sign_up(shift, me)
    client.sign_in(me)
    assert "place 1" in client.get("/my/shifts").text
    do(services.cancel_sign_up, shift.campaign_id, first.id, by=first.person_id)
    assert "Say yes by" in client.get("/my/shifts").text
    client.post(f"/my/shifts/{mine.id}/confirm")
    db.session.expire_all()
    assert (mine.state, mine.confirm_by) == ("going", None)
    assert not do(services.lapse_unconfirmed, shift.campaign_id, mine.id, now=clock.now() + timedelta(days=4))


def test_the_sweep_lets_an_unanswered_offer_lapse(make):
    shift = make.shift(capacity=1, starts_at=clock.now() + timedelta(days=5))
    first, second = make.sign_up(shift), make.sign_up(shift)
    do(services.cancel_sign_up, shift.campaign_id, first.id, by=first.person_id)
    with transaction():
        second.confirm_by = clock.now() - timedelta(minutes=1)
    assert jobs.sweep_unconfirmed() == 1
    assert states(shift) == ["cancelled", "cancelled"]
    assert shift.going == 0


@given(
    now=st.integers(0, 30_000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    minutes=st.integers(5, 10_000),
)
def test_an_offer_leaves_an_hour_awake_and_never_ends_at_night_or_after_the_start(now, minutes):
    starts_at = now + timedelta(minutes=minutes)
    until = answer_by(now, starts_at, *QUIET)
    told = next_allowed(now, *QUIET)
    if until is None:
        assert starts_at - told < timedelta(hours=26), "with a day left somebody else could be asked"
        return
    assert until - told >= LEAST
    assert until <= starts_at - LEAST
    local = until.astimezone(ZoneInfo(QUIET[0])).time()
    assert QUIET[2] <= local <= QUIET[1]
    assert until - told <= KEPT_FOR + timedelta(hours=14)


def test_twelve_hours_when_there_is_time_and_half_of_it_when_not():
    noon = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)  # nine in the morning in New York
    week, afternoon = noon + timedelta(days=7), noon + timedelta(hours=6)
    assert answer_by(noon - timedelta(hours=1, minutes=-31), week, "UTC", time(0), time(0)) is not None
    assert answer_by(noon, week, "UTC", time(0), time(0)) == noon + timedelta(hours=12)
    assert answer_by(noon, afternoon, *QUIET) == noon + timedelta(hours=3)
    assert answer_by(noon, noon + timedelta(minutes=90), *QUIET) is None
