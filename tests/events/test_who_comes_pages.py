"""The pages around showing up: who will come, over-booking on the form, calls, check-in, words after."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from tests.events.test_showing import campaign_with_history, fresh, overbooked, past_shift  # noqa: F401
from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.secrets import unseal
from volunteer_hub.events import queries, services, showing
from volunteer_hub.events.jobs import sweep_after, sweep_learning, sweep_showing
from volunteer_hub.events.links import sign_up_path
from volunteer_hub.events.models import ConfirmationCall, Shift, SignUp
from volunteer_hub.events.place_codes import ALPHABET, place_code, place_code_holds
from volunteer_hub.messaging.models import Message


def in_hours(hours: float):
    return clock.now() + timedelta(hours=hours)


# --- the page "Who will come" ---


def test_before_any_history_the_page_says_so_and_what_is_missing(client, make):
    make.sign_up(make.shift())
    page = client.sign_in(make.person(role="organizer")).get("/organize/who-comes").text
    assert "half of the sign-ups are expected" in page
    assert "about 200 marked sign-ups in 8 shifts" in page
    assert '<svg class="chart__plot"' not in page


def test_the_empty_state_says_what_to_do(client, make):
    assert (
        "No shift in the next three weeks"
        in client.sign_in(make.person(role="organizer")).get("/organize/who-comes").text
    )


def test_the_page_shows_the_diagram_the_factors_and_the_emptiest_shift_first(
    client,
    make,
    campaign_with_history,  # noqa: F811
):
    full, empty = make.shift(capacity=2), make.shift(capacity=12)
    for _ in range(2):
        make.sign_up(full)
    make.sign_up(empty)
    sweep_learning()
    sweep_showing()
    page = client.sign_in(make.person(role="organizer")).get("/organize/who-comes").text
    assert "chart__line" in page
    assert "Brier score" in page
    assert "Said yes when asked to confirm" in page
    names = [db.session.get(Shift, each).event.name for each in (empty.id, full.id)]
    assert page.index(names[0]) < page.index(names[1])
    assert re.search(r"about 11 missing", page)


def test_organizers_of_elsewhere_see_other_shifts(client, make):
    here = make.area(name="Here")
    make.sign_up(make.shift(event=make.event(area=make.area(name="There"), name="Elsewhere")))
    page = client.sign_in(make.person(role="organizer", area=here)).get("/organize/who-comes").text
    assert "Elsewhere" not in page


def test_no_page_shows_a_persons_chance(client, make, campaign_with_history):  # noqa: F811
    shift = make.shift()
    row = make.sign_up(shift, campaign_with_history[0])
    sweep_learning()
    sweep_showing()
    chance = fresh(SignUp, row.id).show_chance
    client.sign_in(make.person(role="admin"))
    for path in (f"/organize/shifts/{shift.id}", f"/people/{row.person_id}", "/organize/who-comes"):
        page = client.get(path).text
        for shown in (f"{chance:.2f}", f"{100 * chance:.0f}%", f"{100 * chance:.0f} %"):
            assert shown not in re.sub(r"<[^>]*>", " ", page) or path == "/organize/who-comes"


def test_a_person_finds_their_own_chance_and_its_reasons_in_their_data(make, campaign_with_history):  # noqa: F811
    row = make.sign_up(make.shift(), campaign_with_history[1])
    sweep_learning()
    sweep_showing()
    (held,) = showing.own_data(row.person_id)
    assert held["sign_up"] == row.id
    assert held["chance_of_coming"] == pytest.approx(fresh(SignUp, row.id).show_chance, abs=0.001)
    assert showing.own_data(make.person().id) == []


# --- over-booking on the form ---


def form_of(client, path: str) -> dict[str, str]:
    page = client.get(path).text
    found = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    found |= dict.fromkeys(re.findall(r'<select[^>]*name="(\w+)"', page), "")
    for name, body in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"|<option value="([^"]*)" selected', body)
        found[name] = next(filter(None, chosen.groups()), "") if chosen else ""
    return found


def test_over_booking_is_off_until_it_is_chosen_and_the_form_says_what_it_takes(client, make):
    shift = make.shift(capacity=20)
    client.sign_in(make.person(role="organizer"))
    path = f"/organize/shifts/{shift.id}/edit"
    page = client.get(path).text
    assert re.search(r"Up to 10 % risk that too few come \(for 20 people: \d+ sign-ups\)", page)
    fields = form_of(client, path)
    assert fields["short_risk"] == ""
    client.post(path, fields)
    assert fresh(Shift, shift.id).needed is None
    client.post(path, fields | {"short_risk": "0.1", "room": "30"})
    found = fresh(Shift, shift.id)
    assert (found.needed, found.short_risk, found.room) == (20, 0.1, 30)
    assert 20 < found.capacity <= 30
    page = client.get(path).text
    assert f"takes {found.capacity} sign-ups" in page
    assert form_of(client, path)["capacity"] == "20", "the form asks for people, not for places"
    client.post(path, form_of(client, path) | {"short_risk": ""})
    found = fresh(Shift, shift.id)
    assert (found.needed, found.short_risk, found.room, found.capacity) == (None, None, None, 20)


def test_a_room_for_fewer_than_needed_is_refused_with_a_sentence(client, make):
    shift = make.shift(capacity=20)
    client.sign_in(make.person(role="organizer"))
    path = f"/organize/shifts/{shift.id}/edit"
    answer = client.post(path, form_of(client, path) | {"short_risk": "0.1", "room": "12"}, status=422)
    assert "At least as many sign-ups as people are needed" in answer.text
    assert fresh(Shift, shift.id).short_risk is None


def test_the_roster_tells_the_sum_expected(client, make):
    shift = overbooked(make, needed=4, risk=0.2)
    for _ in range(4):
        make.sign_up(shift)
    page = client.sign_in(make.person(role="field_lead")).get(f"/organize/shifts/{shift.id}").text
    assert "About 2 will come." in page
    assert "fewer come at most 20 times in 100" in page


# --- calls ---


def test_the_call_list_names_the_unconfirmed_with_a_number_and_the_look_is_kept(client, make):
    shift = make.shift()
    silent = make.sign_up(shift, make.person(name="Rosa Silent", phone="+13055550123"))
    yes = make.sign_up(shift, make.person(name="Yolanda Yes", phone="+13055550124"))
    make.sign_up(shift, make.person(name="Nora Numberless"))
    with transaction():
        services.confirm(shift.campaign_id, yes.id, now=clock.now())
    lead = make.person(role="field_lead")
    page = client.sign_in(lead).get(f"/organize/shifts/{shift.id}/calls").text
    assert "Rosa Silent" in page
    assert "Yolanda Yes" not in page
    assert "Nora Numberless" not in page
    assert "1 more has not confirmed and cannot be rung" in page
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "view.call_list")).one()
    assert (entry.actor_id, entry.details) == (lead.id, {"people": 1})
    assert silent.id


def test_who_pressed_yes_is_rung_only_in_the_last_days_and_the_roster_says_the_same(client, make):
    far, near = (make.shift(starts_at=clock.now() + timedelta(days=days)) for days in (6, 2))
    me = make.person(name="Yolanda Yes", phone="+13055550124")
    for shift in (far, near):
        client.post(sign_up_path(make.sign_up(shift, me).id) + "/confirm")
        client.post(sign_up_path(make.sign_up(shift).id) + "/confirm")  # without a number
    with transaction():
        for row in db.session.scalars(select(SignUp).where(SignUp.shift_id == near.id)):
            row.confirmed_at = near.starts_at - timedelta(days=4)
    client.sign_in(make.person(role="field_lead"))
    page = client.get(f"/organize/shifts/{far.id}/calls").text
    assert "Yolanda Yes" not in page
    assert "cannot be rung" not in page
    assert "Confirmed" in client.get(f"/organize/shifts/{far.id}").text
    page = client.get(f"/organize/shifts/{near.id}/calls").text
    assert "Yolanda Yes" in page
    assert "Said yes 2 days ago" in page
    assert "1 more has not confirmed" in page
    page = client.get(f"/organize/shifts/{near.id}").text
    assert "Said yes 2 days ago" in page
    assert "Confirmed" not in page


@pytest.mark.parametrize(
    ("result", "state", "is_listed"),
    [
        ("will_come", "going", False),
        ("cancelled", "cancelled", False),
        ("no_answer", "going", True),
        ("left_message", "going", True),
        ("wrong_number", "going", False),
        ("no_calls", "going", False),
    ],
)
def test_one_tap_acts_at_once(client, make, result, state, is_listed):
    shift = make.shift()
    row = make.sign_up(shift, make.person(name="Rosa Lake", phone="+13055550123"))
    client.sign_in(make.person(role="field_lead"))
    client.post(f"/organize/sign-ups/{row.id}/call", {"result": result})
    assert fresh(SignUp, row.id).state == state
    assert (fresh(SignUp, row.id).confirmed_at is not None) == (result == "will_come")
    page = client.get(f"/organize/shifts/{shift.id}/calls").text
    assert ("Rosa Lake" in page) == is_listed
    other = make.shift(starts_at=shift.starts_at + timedelta(days=1))
    make.sign_up(other, fresh_person(row))
    later = client.get(f"/organize/shifts/{other.id}/calls").text
    assert ("Rosa Lake" in later) == (result not in ("wrong_number", "no_calls"))


def fresh_person(row):
    from volunteer_hub.people.models import Person

    return db.session.get(Person, row.person_id)


def test_nobody_is_rung_more_than_twice_a_day_over_all_shifts(client, make):
    shift = make.shift()
    person = make.person(name="Rosa Lake", phone="+13055550123")
    row = make.sign_up(shift, person)
    other = make.sign_up(make.shift(starts_at=shift.starts_at + timedelta(days=1)), person)
    client.sign_in(make.person(role="field_lead"))
    for each in (row, other, row):
        client.post(f"/organize/sign-ups/{each.id}/call", {"result": "no_answer"})
    assert len(db.session.scalars(select(ConfirmationCall)).all()) == 2
    assert "Rung twice today" in client.get(f"/organize/shifts/{shift.id}/calls").text
    with clock.standing_at(clock.now() + timedelta(days=1)):
        client.post(f"/organize/sign-ups/{row.id}/call", {"result": "will_come"})
    assert fresh(SignUp, row.id).confirmed_at is not None


def test_a_call_about_a_shift_that_runs_is_refused(client, make):
    shift = make.shift()
    row = make.sign_up(shift, make.person(phone="+13055550123"))
    client.sign_in(make.person(role="field_lead"))
    with clock.standing_at(shift.starts_at + timedelta(hours=1)):
        client.sign_in(make.person(role="field_lead"))
        client.post(f"/organize/sign-ups/{row.id}/call", {"result": "cancelled"})
    assert fresh(SignUp, row.id).state == "going"


# --- check-in by oneself ---


def test_codes_are_six_clear_letters_and_each_shift_has_its_own(app):
    codes = [place_code(number) for number in range(1, 400)]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 6 and set(code) <= set(ALPHABET) for code in codes)
    assert place_code_holds(7, f" {place_code(7).lower()[:3]}-{place_code(7)[3:]} ")
    assert not place_code_holds(8, place_code(7))


def test_the_poster_shows_the_code_to_those_who_run_the_shift_alone(client, make):
    shift = make.shift(starts_at=in_hours(1))
    page = client.sign_in(make.person(role="field_lead")).get(f"/organize/shifts/{shift.id}/poster").text
    assert place_code(shift.id) in page
    client.sign_in(make.person())
    assert place_code(shift.id) not in client.http.get(f"/organize/shifts/{shift.id}/poster").text


def test_who_has_the_code_checks_in_by_their_link(client, make):
    shift = make.shift(starts_at=in_hours(0.5))
    row = make.sign_up(shift)
    path = sign_up_path(row.id)
    assert "I am here" in client.get(path).text
    wrong = client.post(f"{path}/here", {"code": "222222"}, status=422)
    assert "not the code of this shift" in wrong.text
    assert fresh(SignUp, row.id).attendance is None
    client.post(f"{path}/here", {"code": place_code(shift.id).lower()})
    found = fresh(SignUp, row.id)
    assert (found.attendance, found.marked_by) == ("attended", None)
    lead = make.person(role="field_lead")
    assert "By the code" in client.sign_in(lead).get(f"/organize/shifts/{shift.id}").text


@pytest.mark.parametrize("way", ["link", "session", "email"])
def test_a_leads_mark_stands_and_shows_who_says_they_are_here(client, make, way):
    shift, lead = make.shift(starts_at=in_hours(0.5)), make.person(role="field_lead")
    zoe = make.person(name="Zoe", email="zoe@example.org")
    row = make.sign_up(shift, zoe)
    desk = Browser(client.app).sign_in(lead)
    desk.post(f"/organize/sign-ups/{row.id}/attendance", {"mark": "no_show"})
    form = {"code": place_code(shift.id)}
    if way == "link":
        client.post(f"{sign_up_path(row.id)}/here", form)
        assert "has marked you absent" in client.get(sign_up_path(row.id)).text
    elif way == "session":
        assert "marked you absent" in client.sign_in(zoe).post(f"/here/{shift.id}", form, status=200).text
    else:
        client.post(f"/here/{shift.id}", form | {"email": "zoe@example.org"}, status=200)
    assert (fresh(SignUp, row.id).attendance, fresh(SignUp, row.id).marked_by) == ("no_show", lead.id)
    assert "Says: I am here" in desk.get(f"/organize/shifts/{shift.id}").text
    desk.post(f"/organize/sign-ups/{row.id}/attendance", {"mark": "attended"})
    assert fresh(SignUp, row.id).attendance == "attended"
    assert "Says: I am here" not in desk.get(f"/organize/shifts/{shift.id}").text


@pytest.mark.parametrize("hours", [1.5, -1.5])
def test_the_code_holds_from_an_hour_before_the_start_until_an_hour_after(client, make, hours):
    shift = make.shift(starts_at=in_hours(2))
    row = make.sign_up(shift)
    with clock.standing_at(shift.starts_at - timedelta(hours=hours)):
        assert "I am here" not in client.get(sign_up_path(row.id)).text
        answer = client.post(f"{sign_up_path(row.id)}/here", {"code": place_code(shift.id)}, status=422)
    assert "an hour before the start" in answer.text
    assert fresh(SignUp, row.id).attendance is None


def test_an_address_typed_at_the_place_checks_in_and_the_answer_tells_nothing(client, make):
    shift = make.shift(starts_at=in_hours(0.5))
    row = make.sign_up(shift, make.person(email="rosa@example.org"))
    path, code = f"/here/{shift.id}", place_code(shift.id)
    known = client.post(path, {"code": code, "email": "Rosa@example.org"}, status=200).text
    stranger = client.post(path, {"code": code, "email": "nobody@example.org"}, status=200).text
    bare = [re.sub(r'name="csrf_token" value="[^"]*"|nonce="[^"]*"', "", each) for each in (known, stranger)]
    assert "Thank you for coming" in known
    assert bare[0].replace("Rosa@example.org", "") == bare[1].replace("nobody@example.org", "")
    assert fresh(SignUp, row.id).attendance == "attended"


def test_without_the_code_nothing_is_said_of_the_shift(client, make):
    shift = make.shift(event=make.event(name="Secret meeting", is_public=False), starts_at=in_hours(0.5))
    row = make.sign_up(shift, make.person(email="rosa@example.org"))
    assert "Secret meeting" not in client.get(f"/here/{shift.id}").text
    assert "Secret meeting" not in client.get(f"/here/{shift.id}?code=222222").text
    assert "Secret meeting" in client.get(f"/here/{shift.id}?code={place_code(shift.id)}").text
    answer = client.post(f"/here/{shift.id}", {"code": "222222", "email": "rosa@example.org"}, status=422)
    assert "not the code" in answer.text
    assert client.post("/here/999999", {"code": "222222", "email": "a@example.org"}, status=422)
    assert fresh(SignUp, row.id).attendance is None


def test_guessing_codes_is_slowed_down_and_right_ones_are_not_counted(client, make, app):
    from volunteer_hub.core.web import limiter

    shift = make.shift(starts_at=in_hours(0.5))
    limiter.enabled = True
    limiter.reset()
    try:
        for number in range(15):
            client.post(
                f"/here/{shift.id}", {"code": place_code(shift.id), "email": f"{number}@x.org"}, status=200
            )
        for _ in range(15):  # a slip is no guess
            client.post(f"/here/{shift.id}", {"code": place_code(shift.id), "email": ""}, status=422)
        with clock.standing_at(shift.starts_at - timedelta(hours=2)):
            for _ in range(15):  # nor is coming too early
                data = {"code": place_code(shift.id), "email": "a@example.org"}
                client.post(f"/here/{shift.id}", data, status=422)
        for _ in range(10):
            client.post(f"/here/{shift.id}", {"code": "222222", "email": "a@example.org"}, status=422)
        client.post(f"/here/{shift.id}", {"code": place_code(shift.id), "email": "a@example.org"}, status=429)
    finally:
        limiter.reset()
        limiter.enabled = False


def test_a_signed_in_person_needs_no_address_and_gets_a_plain_answer(client, make):
    shift = make.shift(starts_at=in_hours(0.5))
    row = make.sign_up(shift)
    client.sign_in(fresh_person(row))
    page = client.get(f"/here/{shift.id}?code={place_code(shift.id)}").text
    assert 'name="email"' not in page
    assert (
        "You are checked in"
        in client.post(f"/here/{shift.id}", {"code": place_code(shift.id)}, status=200).text
    )
    assert fresh(SignUp, row.id).attendance == "attended"


# --- closing the list, and the words after ---


def test_one_tap_marks_everybody_else_absent_after_the_start(client, make):
    shift = make.shift(starts_at=in_hours(1))
    here, *others = [make.sign_up(shift) for _ in range(3)]
    path = f"/organize/shifts/{shift.id}"
    lead = make.person(role="field_lead")
    client.sign_in(lead).post(f"{path}/close")
    assert fresh(SignUp, others[0].id).attendance is None, "too early"
    with clock.standing_at(shift.starts_at + timedelta(hours=1)):
        client.sign_in(lead)
        client.post(f"/organize/sign-ups/{here.id}/attendance", {"mark": "attended"})
        assert "Everybody else did not come" in client.get(path).text
        client.post(f"{path}/close")
    assert [fresh(SignUp, each.id).attendance for each in (here, *others)] == [
        "attended",
        "no_show",
        "no_show",
    ]


def words_of(kind: str) -> list[tuple[int, str]]:
    rows = db.session.scalars(select(Message).where(Message.kind == kind).order_by(Message.person_id))
    return [(row.person_id, json.loads(unseal(row.body_sealed))["text"]) for row in rows]


@pytest.fixture
def shift_that_was(make):
    """Two came, one did not, of a shift that ended; another shift near by is coming."""
    with clock.standing_at(clock.now() - timedelta(hours=8)):
        shift = make.shift(starts_at=in_hours(1))
        rows = [make.sign_up(shift) for _ in range(3)]
        for row, deed in zip(
            rows, (services.check_in, services.check_in, services.mark_no_show), strict=True
        ):
            with transaction():
                deed(shift.campaign_id, row.id, by=None, now=clock.now())
    make.shift(event=make.event(name="The next one"))
    return shift, rows


def test_thanks_tell_what_was_achieved_and_the_missed_get_one_kind_word(make, shift_that_was, app):
    shift, rows = shift_that_was
    app.extensions["achieved"] = [lambda _ids: {shift.id: [("doors", 214), ("talks", 61), ("places", 0)]}]
    assert sweep_after() == 3
    assert sweep_after() == 0, "each once"
    thanks = words_of("shift_thanks")
    assert [person for person, _ in thanks] == sorted(row.person_id for row in rows[:2])
    for _person, words in thanks:
        assert "- 2 of us came\n- 214 doors knocked on\n- 61 conversations\n" in words
        assert "The next one" in words
    ((person, kind),) = words_of("shift_missed")
    assert person == rows[2].person_id
    assert "Were you there after all?" in kind
    assert "The next one" in kind
    assert fresh(SignUp, rows[0].id).thanked_at
    assert fresh(SignUp, rows[2].id).followed_up_at


def test_a_mark_put_right_is_thanked_for_too_but_nothing_is_said_twice(make, shift_that_was):
    shift, rows = shift_that_was
    sweep_after()
    with transaction():
        services.check_in(shift.campaign_id, rows[2].id, by=None, now=clock.now())
    assert sweep_after() == 1
    assert len(words_of("shift_thanks")) == 3
    assert len(words_of("shift_missed")) == 1


def test_who_agreed_to_nothing_hears_nothing_and_days_later_nobody_does(make, shift_that_was):
    _shift, rows = shift_that_was
    with transaction():
        for row in rows[:2]:
            fresh_person(row).email_agreed_at = None
    with clock.standing_at(clock.now() + timedelta(days=2)):
        assert sweep_after() == 0
    assert sweep_after() == 1
    assert words_of("shift_thanks") == []


def test_words_after_wait_for_the_end_of_quiet_hours(make):
    night = clock.now().replace(hour=4, minute=0)  # eleven or midnight in New York
    with clock.standing_at(night - timedelta(hours=6)):
        shift = make.shift(starts_at=clock.now())
        row = make.sign_up(shift, now=clock.now() - timedelta(hours=1))
        with transaction():
            services.check_in(shift.campaign_id, row.id, by=None, now=clock.now())
    with clock.standing_at(night):
        assert sweep_after() == 1
    message = db.session.scalars(select(Message).where(Message.kind == "shift_thanks")).one()
    local = message.not_before.astimezone(ZoneInfo("America/New_York"))
    assert (local.hour, local.minute) == (8, 30)
    assert message.not_before < night + timedelta(hours=24)


def test_canvass_says_which_doors_were_knocked_on_for_a_shift(make, app):
    from volunteer_hub.canvass.achieved import doors_and_talks

    assert doors_and_talks([make.shift().id]) == {}
    assert app.extensions["achieved"] == [doors_and_talks]
    assert queries.show_model(make.default_campaign.id).stage == "none"
