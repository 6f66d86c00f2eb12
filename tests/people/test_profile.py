"""One's own pages: joining, profile, times, consents, sessions, download, erasure."""

from __future__ import annotations

import re

from sqlalchemy import select, text

from tests.browsing import Browser
from tests.people.letters import last_link, letters
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries, services
from volunteer_hub.people.models import Availability, Person, WebSession

JOIN = {"name": "Ana Pérez", "email": "Ana@Example.org", "home_text": "33101", "email_agreed": "y"}


def test_joining_takes_one_form_and_one_link(client, make):
    campaign = make.default_campaign
    client.post("/join", JOIN | {"next": "/profile"})
    person = queries.person_with_email(campaign.id, "ana@example.org")
    assert person.awaits_confirmation
    assert queries.recipient(person.id) is None, "nobody is written to before they have confirmed the address"
    assert client.post(last_link("ana@example.org")).location == "/profile"
    db.session.expire_all()
    assert not person.awaits_confirmation
    assert queries.recipient(person.id).address == "ana@example.org"
    assert [row.id for row in queries.volunteers_for_matching(campaign.id)] == [person.id]


def test_joining_says_the_same_to_somebody_already_there_and_changes_nothing(client, make):
    person = make.person(email="ana@example.org", name="Already Here")
    known = client.post("/join", JOIN)
    new = Browser(client.app).post("/join", JOIN | {"email": "new@example.org"})
    assert known.location == new.location
    pages = [browser.get(known.location).text for browser in (client, Browser(client.app))]
    assert len({re.sub(r'value="[^"]*"', "", page) for page in pages}) == 1
    db.session.expire_all()
    assert person.name == "Already Here"
    assert letters("ana@example.org")[-1]["kind"] == "sign_in"
    assert letters("new@example.org")[-1]["kind"] == "welcome"


def test_joining_names_each_field_to_mend(client, make):
    make.campaign()
    page = client.post("/join", {"name": "", "email": "nope", "home_text": "00000"}, status=422).text
    assert "This is needed" in page
    page = client.post("/join", JOIN | {"home_text": "00000"}, status=422).text
    assert "We cannot place" in page
    page = client.post("/join", JOIN | {"phone": "", "text_agreed": "y"}, status=422).text
    assert "give a phone number" in page


def test_of_several_campaigns_one_is_chosen(client, make):
    make.campaign(name="North"), make.campaign(name="South", slug="south")
    assert "/c/south/join" in client.get("/join").text
    client.post("/c/south/join", JOIN)
    assert queries.people_with_email("ana@example.org")[0].campaign.name == "South"
    client.get("/c/nowhere/join", status=404)


def profile(**more):
    return {
        "name": "Ana", "home_text": "33130", "max_travel_miles": "12", "shifts_wanted": "2", "language": "es",
        "languages": ["es", "en"], "skills": ["drive", "canvass"],
    } | more  # fmt: skip


def test_a_person_edits_their_profile(client, make):
    person = make.person()
    client.sign_in(person).post("/profile", profile())
    db.session.expire_all()
    assert (round(person.max_travel_km), person.shifts_wanted, person.skills) == (19, 2, ["canvass", "drive"])
    assert person.location_source == "zip"
    assert "Mi perfil" in client.get("/profile").text or 'lang="es"' in client.get("/profile").text
    client.post("/profile", profile(home_text="nowhere at all"), status=422)
    client.post("/profile", profile(max_travel_miles="0"), status=422)
    client.post("/profile", profile(skills=["fly"]), status=422)
    client.post("/profile", profile(home_text=""))
    db.session.expire_all()
    assert person.latitude is None


def test_times_are_added_joined_and_removed_without_a_script(client, make):
    person = make.person()
    client.sign_in(person)
    add = {"from_time": "09:00", "until_time": "12:00"}
    client.post("/profile/availability", add | {"weekdays": ["5", "6"]})
    client.post(
        "/profile/availability", add | {"weekdays": ["5"], "from_time": "11:00", "until_time": "13:00"}
    )
    client.post("/profile/availability", add | {"day_on": "2026-10-31"})
    shown = client.get("/profile/availability").text
    assert "Saturday, 9:00\u202fAM – 1:00\u202fPM" in shown
    assert db.session.query(Availability).count() == 3
    client.post("/profile/availability", add, status=422)
    client.post("/profile/availability", add | {"weekdays": ["5"], "until_time": "08:00"}, status=422)
    first = queries.availability(person.id)[0].id
    client.post(f"/profile/availability/{first}/remove")
    client.post("/profile/availability/any-time")
    assert queries.availability(person.id) == []


def test_consent_goes_both_ways_and_stops_what_waits(client, make):
    person = make.person(email_agreed_at=None)
    client.sign_in(person)
    client.post("/profile/messages", {"phone": "305 555 0142", "email": "y", "text": "y"})
    assert queries.recipient(person.id).channel == "email"
    assert queries.recipient(person.id, "text").address == "+13055550142"
    client.post("/profile/messages", {"phone": "305 555 0142"})
    assert queries.recipient(person.id) is None
    assert messaging.is_suppressed(person.campaign_id, "text", "+13055550142")
    client.post("/profile/messages", {"phone": "", "text": "y"}, status=422)


def test_a_stop_reaches_the_record(make, run_jobs):
    person, other = make.person(), make.person()
    with transaction():
        digest = messaging.digest_of("email", person.email)
        messaging.opt_out(person.campaign_id, "email", digest, reason="unsubscribe", now=clock.now())
    run_jobs()
    db.session.expire_all()
    assert person.email_agreed_at is None
    assert other.email_agreed_at is not None
    with transaction():
        messaging.opt_in(person.campaign_id, "email", digest)
    run_jobs()
    db.session.expire_all()
    assert db.session.get(Person, person.id).email_agreed_at is not None


def test_sessions_end_one_by_one_or_all(client, make):
    person = make.person()
    browsers = [Browser(client.app).sign_in(person) for _ in range(3)]
    client.sign_in(person)
    ids = [row.id for row in queries.sessions(person.id, clock.now())]
    client.post(f"/profile/sessions/{min(ids)}/end")
    assert [each.http.get("/profile").status_code for each in browsers] == [302, 200, 200]
    client.post("/profile/sessions/end-others")
    assert [each.http.get("/profile").status_code for each in browsers] == [302, 302, 302]
    client.get("/profile")


def test_a_new_address_counts_once_its_reader_says_so(client, make):
    person = make.person(email="old@example.org")
    make.person(email="taken@example.org")
    client.sign_in(person)
    client.post("/profile/email", {"email": "new@example.org"})
    path = last_link("new@example.org")
    client.get(path)
    db.session.expire_all()
    assert person.email == "old@example.org"
    Browser(client.app).post(path)
    db.session.expire_all()
    assert person.email == "new@example.org"
    assert "address was changed" in letters("old@example.org")[-1]["text"]
    Browser(client.app).post(path, status=410)
    client.post("/profile/email", {"email": "taken@example.org"})
    Browser(client.app).post(last_link("taken@example.org"), status=409)
    Browser(client.app).get("/profile/email/forged", status=410)


def test_a_person_downloads_what_is_held(client, make):
    person = make.person(name="Ana", phone="+13055550142")
    data = client.sign_in(person).get("/profile/my-data.json").json
    assert data["person"]["phone"] == "+13055550142"
    assert data["sessions"][0]["browser"] == "test"
    assert {"availability", "roles", "messages", "log"} <= data.keys()
    assert "password_hash" not in str(data)


def test_erasing_leaves_no_trace_but_the_counts(client, make):
    person = make.person(
        name="Zebediah Quirk",
        email="zebediah@example.org",
        phone="+13055550177",
        home_text="12 Quirk Lane 33101",
    )
    client.post("/sign-in", {"email": person.email})
    client.sign_in(person)
    client.post("/profile/erase", {}, status=422)
    client.post("/profile/erase", {"is_sure": "y"})
    client.get("/profile", status=302)
    tables = db.session.execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ).scalars().all()  # fmt: skip
    for name in tables:
        held = db.session.execute(
            text(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM \"{name}\" t")
        ).scalar()
        for trace in ("Zebediah", "zebediah", "Quirk", "3055550177"):
            assert trace not in held, f"{name} still holds {trace}"
    assert db.session.query(Person).filter(Person.erased_at.is_not(None)).count() == 1
    assert db.session.scalar(select(WebSession.id).where(WebSession.person_id == person.id)) is None


def test_an_erased_person_can_join_again_and_is_seen_by_nobody(client, make):
    admin, person = make.person(role="admin"), make.person(email="ana@example.org")
    client.sign_in(admin).post(f"/people/{person.id}/erase")
    client.get(f"/people/{person.id}", status=404)
    assert queries.names([person.id]) == {person.id: "–"}
    Browser(client.app).post("/join", JOIN)
    assert queries.person_with_email(admin.campaign_id, "ana@example.org").id != person.id


def test_old_sessions_and_links_are_forgotten(make, app):
    from datetime import timedelta

    from volunteer_hub.people.jobs import forget_old_sessions
    from volunteer_hub.people.models import SignInLink

    person = make.person()
    with transaction():
        services.link_for(person, by=None, asked_from="test", now=clock.now())
    forget_old_sessions()
    assert db.session.query(SignInLink).count() == 1
    with clock.standing_at(clock.now() + timedelta(days=31)):
        forget_old_sessions()
    assert db.session.query(SignInLink).count() == 0
