"""Friends who are brought along: a place each for a day, one message, and nothing told of any address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.people.letters import letters, links_in
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import jobs, links, refusals, services
from volunteer_hub.events.mails import plain_name
from volunteer_hub.events.models import SignUp
from volunteer_hub.events.services import Friend
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Person


def page_of(shift, make) -> str:
    return f"/c/{make.default_campaign.slug}/shifts/{shift.id}"


def form(*friends, **more) -> dict:
    return {
        "friend_name": [name for name, _email in friends],
        "friend_email": [email for _name, email in friends],
    } | more


def standing(shift) -> dict[str, SignUp]:
    """Who is on the shift, by email."""
    db.session.expire_all()
    query = select(Person.email, SignUp).join(SignUp, SignUp.person_id == Person.id)
    rows = db.session.execute(query.where(SignUp.shift_id == shift.id, SignUp.state != "cancelled"))
    return {email.lower(): row for email, row in rows}


def test_friends_get_a_place_for_a_day_and_one_message_that_says_who_asked(make, client, run_jobs):
    shift, me = make.shift(), make.person(name="Ana Lake")
    client.sign_in(me)
    client.post(f"{page_of(shift, make)}/sign-up", form(("Bo", "bo@example.org"), ("Cy", "Cy@Example.org")))
    rows = standing(shift)
    assert set(rows) == {me.email.lower(), "bo@example.org", "cy@example.org"}
    assert [rows[each].brought_by for each in ("bo@example.org", "cy@example.org")] == [me.id, me.id]
    kept = rows["bo@example.org"].confirm_by - clock.now()
    assert timedelta(hours=23) < kept <= timedelta(hours=24)
    assert shift.going == 3
    run_jobs()
    (letter,) = letters("bo@example.org")
    assert letter["kind"] == "shift_invited"
    assert "Ana Lake asks whether you come along" in letter["text"]
    jobs.sweep_notices()
    assert len(letters("bo@example.org")) == 1


def test_a_friend_says_yes_and_is_signed_in_by_it(make, client, run_jobs):
    shift = make.shift()
    client.sign_in(make.person())
    client.post(f"{page_of(shift, make)}/sign-up", form(("Bo", "bo@example.org")))
    run_jobs()
    path = next(each for each in links_in(letters("bo@example.org")[0]["text"]) if each.startswith("/s/"))
    client.http.delete_cookie("vh_session")
    assert "No, thank you" in client.get(path).text
    client.post(f"{path}/confirm", {"email_agreed": "y"})
    row = standing(shift)["bo@example.org"]
    assert (row.state, row.confirm_by) == ("going", None)
    bo = db.session.get_one(Person, row.person_id)
    assert not bo.awaits_confirmation
    assert bo.email_agreed_at is not None
    assert "Bo" in client.get("/").text


def test_a_friend_who_does_nothing_or_says_no_is_let_go_quietly(make, client, run_jobs):
    shift = make.shift()
    client.sign_in(make.person())
    client.post(f"{page_of(shift, make)}/sign-up", form(("Bo", "bo@example.org"), ("Cy", "cy@example.org")))
    rows = standing(shift)
    client.post(links.sign_up_path(rows["cy@example.org"].id) + "/cancel")
    with transaction():
        row = rows["bo@example.org"]
        services.lapse_unconfirmed(row.campaign_id, row.id, now=row.confirm_by)
    assert set(standing(shift)) & {"bo@example.org", "cy@example.org"} == set()
    run_jobs()
    assert "shift_cancellation" not in {each["kind"] for each in letters()}


def test_the_inviter_sees_the_same_whoever_the_friend_is(make, client):
    shift = make.shift()
    make.person(email="known@example.org", name="Secret Name")
    make.person(email="away@example.org", is_active=False)
    pages = []
    for email in ("new@example.org", "known@example.org", "away@example.org"):
        client.sign_in(make.person(name="Ana"))
        answer = client.post(f"{page_of(shift, make)}/sign-up", form(("Bo", email)))
        pages.append(
            (answer.status_code, answer.location, "asked by mail" in client.get(answer.location).text)
        )
        assert "Secret Name" not in client.get("/my/shifts").text
    assert pages == [pages[0]] * 3
    assert "known@example.org" in standing(shift)


def test_a_friend_who_goes_elsewhere_then_gets_a_link_and_no_place(make, client):
    shift, busy = make.shift(), make.person(email="busy@example.org")
    make.sign_up(make.shift(starts_at=shift.starts_at), busy)
    client.sign_in(make.person(name="Ana"))
    client.post(f"{page_of(shift, make)}/sign-up", form(("Bo", "busy@example.org")))
    assert "busy@example.org" not in standing(shift)
    (letter,) = [each for each in letters("busy@example.org") if each["kind"] == "shift_join"]
    assert "Ana asks whether you come along" in letter["text"]


def test_a_suppressed_address_is_not_written_to(make, client, run_jobs, config):
    shift = make.shift()
    with transaction():
        digest = messaging.digest_of("email", "bo@example.org")
        messaging.opt_out(make.default_campaign.id, "email", digest, reason="stop", now=clock.now())
    client.sign_in(make.person())
    client.post(f"{page_of(shift, make)}/sign-up", form(("Bo", "bo@example.org")))
    run_jobs()
    from volunteer_hub.messaging.models import Message

    row = db.session.scalars(select(Message).where(Message.kind == "shift_invited")).one()
    assert not row.is_urgent, "only an urgent message would pass by a STOP"


def test_a_strangers_friends_hear_of_it_once_the_stranger_has_confirmed(make, client, run_jobs):
    shift = make.shift()
    guest = {"name": "Gina Guest", "email": "gina@example.org"}
    client.post(f"{page_of(shift, make)}/sign-up", form(("Bo", "bo@example.org"), **guest))
    assert "bo@example.org" in standing(shift)
    run_jobs()
    jobs.sweep_notices()
    assert letters("bo@example.org") == []
    client.post(links.sign_up_path(standing(shift)["gina@example.org"].id) + "/confirm")
    run_jobs()
    assert [each["kind"] for each in letters("bo@example.org")] == ["shift_invited"]


@pytest.fixture
def held(make, client, run_jobs):
    """A shift with a stranger who brought a friend and has not shown yet who they are."""
    shift = make.shift()
    guest = {"name": "Gina Guest", "email": "gina@example.org"}
    client.post(f"{page_of(shift, make)}/sign-up", form(("Bo", "bo@example.org"), **guest))
    run_jobs()
    return shift


def run_out(shift) -> str:
    """Two hours are over, and the sweep has been. Returns the path of the stranger's link."""
    rows = standing(shift)
    with transaction():
        for row in rows.values():
            db.session.get_one(SignUp, row.id).confirm_by = clock.now() - timedelta(seconds=1)
    assert jobs.sweep_unconfirmed() == len(rows)
    assert standing(shift) == {}
    return links.sign_up_path(rows["gina@example.org"].id)


def test_a_strangers_late_yes_takes_the_places_of_friends_again(held, client, run_jobs):
    path = run_out(held)
    answer = client.post(f"{path}/confirm")
    assert "Name your friends anew" not in client.get(answer.location, follow_redirects=True).text
    bo = standing(held)["bo@example.org"]
    assert bo.state == "going"
    assert bo.confirm_by - clock.now() > timedelta(hours=23)
    assert told("bo@example.org", run_jobs) == ["shift_invited"]


def test_a_late_yes_passes_over_a_friend_who_was_erased_meanwhile(held, client, run_jobs):
    bo = standing(held)["bo@example.org"].person_id
    path = run_out(held)
    with transaction():
        people.erase(db.session.get_one(Person, bo), by=None, now=clock.now())
    client.post(f"{path}/confirm")
    assert set(standing(held)) == {"gina@example.org"}


def test_where_no_place_is_left_for_friends_a_late_yes_says_to_name_them_anew(make, client, run_jobs):
    shift = make.shift(capacity=6)
    friends = [(f"F{number}", f"f{number}@example.org") for number in range(5)]
    guest = {"name": "Gina Guest", "email": "gina@example.org"}
    client.post(f"{page_of(shift, make)}/sign-up", form(*friends, **guest))
    path = run_out(shift)
    for _number in range(4):
        make.sign_up(shift)
    page = client.get(client.post(f"{path}/confirm").location, follow_redirects=True).text
    assert "too few are left. Name your friends anew" in page
    rows = standing(shift)
    assert [each for each in rows if each.startswith("f")] == ["f0@example.org"]
    bring = f"/my/shifts/{rows['gina@example.org'].id}/friends"
    client.post(bring, form(*friends[1:]))
    assert [row.state for email, row in standing(shift).items() if email.startswith("f")].count(
        "waiting"
    ) == 4


def test_a_friend_who_was_told_and_did_not_answer_is_not_asked_twice(held, client, run_jobs):
    path = links.sign_up_path(standing(held)["gina@example.org"].id)
    client.post(f"{path}/confirm")
    run_jobs()
    with transaction():
        row = standing(held)["bo@example.org"]
        services.lapse_unconfirmed(row.campaign_id, row.id, now=row.confirm_by)
    client.post(f"{path}/confirm")
    assert "bo@example.org" not in standing(held)
    assert told("bo@example.org", run_jobs) == ["shift_invited"]


def told(email: str, run_jobs) -> list[str]:
    """The kinds of what this address was sent, once nothing waits any more."""
    run_jobs()
    with clock.standing_at(clock.now() + timedelta(minutes=20)):
        jobs.sweep_notices()
    return [each["kind"] for each in letters(email)]


def test_who_was_never_told_of_an_invitation_is_not_told_of_its_end(held, run_jobs):
    with transaction():
        services.cancel_shift(held.campaign_id, held.id, now=clock.now())
    assert told("bo@example.org", run_jobs) == []
    assert told("gina@example.org", run_jobs) == ["shift_confirmation"], "her own address is unconfirmed, too"


def undo(shift) -> None:
    with transaction():
        services.undo_cancel_shift(shift.campaign_id, shift.id, held_by=lambda _id: 0, now=clock.now())


def test_an_undone_cancellation_leaves_an_invitation_held(held, client, run_jobs):
    with transaction():
        services.cancel_shift(held.campaign_id, held.id, now=clock.now())
    undo(held)
    assert told("bo@example.org", run_jobs) == []
    client.post(links.sign_up_path(standing(held)["gina@example.org"].id) + "/confirm")
    assert told("bo@example.org", run_jobs) == ["shift_invited"]


def test_who_showed_who_they_are_meanwhile_has_invited_when_it_is_undone(held, make, run_jobs):
    gina, other = standing(held)["gina@example.org"].person_id, make.shift()
    with transaction():
        services.cancel_shift(held.campaign_id, held.id, now=clock.now())
    with transaction():
        services.sign_up_by_link(held.campaign_id, gina, other.id, now=clock.now())
    undo(held)
    assert told("bo@example.org", run_jobs) == ["shift_invited"]


def test_people_put_onto_another_shift_keep_what_they_still_have_to_say(held, make, client, run_jobs):
    other = make.shift(starts_at=held.starts_at + timedelta(hours=5))
    make.sign_up(held, make.person(email="cy@example.org"))
    until = {email: row.confirm_by for email, row in standing(held).items()}
    organizer = make.person(role="organizer")
    with transaction():
        services.merge_shift(held.campaign_id, held.id, other.id, by=organizer.id, now=clock.now())
    rows = standing(other)
    assert {email: row.confirm_by for email, row in rows.items()} == until
    assert rows["bo@example.org"].brought_by == rows["gina@example.org"].person_id
    assert told("bo@example.org", run_jobs) == []
    client.post(links.sign_up_path(rows["gina@example.org"].id) + "/confirm")
    assert told("bo@example.org", run_jobs) == ["shift_invited"]


def test_nobody_writes_in_the_name_of_a_known_address(make, client, run_jobs):
    shift, known = make.shift(), make.person(email="known@example.org")
    guest = {"name": "Not Them", "email": "known@example.org"}
    client.post(f"{page_of(shift, make)}/sign-up", form(("Bo", "bo@example.org"), **guest))
    run_jobs()
    assert letters("bo@example.org") == []
    client.post(links.join_path(shift.id, known.id, shift.starts_at))
    run_jobs()
    assert letters("bo@example.org") == []
    assert set(standing(shift)) == {"known@example.org"}


@pytest.mark.parametrize(
    ("friends", "sentence"),
    [
        ([("Bo", "")], "name and an email"),
        ([("Bo", "nonsense")], "Bo: Write the email address"),
        ([(f"F{number}", f"f{number}@example.org") for number in range(6)], "up to 5 friends"),
        ([("Me", "me@example.org")], "your own address"),
    ],
)
def test_a_mistake_is_told_and_nothing_typed_is_lost(make, client, friends, sentence):
    shift = make.shift()
    client.sign_in(make.person(email="me@example.org"))
    page = client.http.post(f"{page_of(shift, make)}/sign-up", data=form(*friends, csrf_token=client.token()))
    assert page.status_code == 400 or page.status_code == 422, page.status_code
    assert sentence in page.text
    assert f'value="{friends[0][0]}"' in page.text
    assert standing(shift) == {}


def test_five_friends_a_shift_are_counted_over_all_forms(make):
    shift, me = make.shift(capacity=30), make.person()
    first = [Friend(f"F{number}", f"f{number}@example.org") for number in range(4)]
    with transaction():
        services.bring_friends(make.default_campaign, shift.id, me, first, now=clock.now())
    more = [Friend("G", "g@example.org"), Friend("H", "h@example.org")]
    with pytest.raises(refusals.TooManyFriends), transaction():
        services.bring_friends(make.default_campaign, shift.id, me, more, now=clock.now())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana María O'Neil-Ruiz", "Ana María O'Neil-Ruiz"),
        ("Win http://evil.example/x now", "Win http evil example x now"),
        ("x" * 100, "x" * 40),
        ("<b>1234</b>", "b b"),
    ],
)
def test_a_name_in_a_letter_cannot_carry_a_link(name, shown):
    assert plain_name(name) == shown
