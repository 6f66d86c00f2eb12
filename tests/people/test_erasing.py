"""Erasing a person leaves no trace of them anywhere, and counts stay right.

Unmistakable values are planted through the pages, and by hand where a provider or a phone would bring them;
then the person is erased by the page, the jobs that follow run, and everything is searched: every column of
every table (sealed values opened), every file under var/, every key of the queue.
"""

from __future__ import annotations

import json
import logging
import uuid
import zlib
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import InvalidToken
from sqlalchemy import func, select, text

from tests.browsing import Browser
from tests.people.letters import last_link
from tests.people.test_lists_from_files import bring, guessed
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.canvass.models_log import SetAsideEntry
from volunteer_hub.canvass.models_safety import HelpCall, SharedPosition
from volunteer_hub.core import audit, clock, logs, secrets
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.erasing import Leaving
from volunteer_hub.events.models import CalendarFeed, Event, Shift, SignUp
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.catcher import Catcher
from volunteer_hub.messaging.models import IncomingText, Message
from volunteer_hub.people import queries
from volunteer_hub.people.models import Consent, Merge, Passkey, Person, Segment, WebSession
from volunteer_hub.tasks.models import TaskHelper
from volunteer_hub.turf.models import Lease

NAME, EMAIL, PHONE = "Zebediah Quirkfeather", "zebediah.q@example.org", "+13055550177"
HOME = "77 Wobbegong Hollow, Miami FL 33101"
TRACES = ("zebediah", "quirkfeather", "5550177", "555-0177", "wobbegong", "zebtag", "zebedevice")


@pytest.fixture
def caught(app, config):
    """Mail goes to a catcher that keeps it under var/mail, as in the demo."""
    with Catcher(config.var_dir / "mail") as catcher:
        host, port = catcher.address
        (config.var_dir / "mail" / "port").write_text(str(port))
        app.extensions["vh_config"] = replace(config, smtp_url=f"smtp://{host}:{port}")
        yield catcher.mail


@contextmanager
def logging_to(path):
    """All that the program logs, as the supervisor keeps it under var/log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path)
    handler.setFormatter(logs.JsonLines())
    handler.addFilter(lambda record: record.name != "mail.log")  # the catcher is a process of its own
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield
    root.setLevel(before)
    root.removeHandler(handler)
    handler.close()


def in_tables() -> dict[str, str]:
    """Every column of every table that still tells of the person: table.column -> how."""
    db.session.rollback()
    found = {}
    columns = db.session.execute(
        text(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'public' ORDER BY 1, 2"
        )
    ).all()
    for table, column, kind in columns:
        values = db.session.execute(text(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'))
        for value in values.scalars():
            said = readable(value) if kind == "bytea" else str(value)
            if told := [each for each in TRACES if each in said.lower()]:
                found[f"{table}.{column}"] = f"{told} in {said[:200]}"
    return found


def readable(raw) -> str:
    """Bytes as text: as they are, and opened where they are sealed."""
    said = bytes(raw).decode("latin-1")
    with suppress(InvalidToken):
        said += secrets.unseal(bytes(raw))
    return said


def in_files(folder) -> dict[str, str]:
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            said = path.read_bytes().decode("latin-1").lower() + path.name.lower()
            if told := [each for each in TRACES if each in said]:
                found[str(path.relative_to(folder))] = f"{told}"
    return found


def in_queue(client) -> dict[str, str]:
    found = {}
    for key in client.scan_iter(count=1000):
        kind = client.type(key).decode()
        read = {
            "string": lambda key: [client.get(key) or b""],
            "hash": lambda key: [each for pair in client.hgetall(key).items() for each in pair],
            "list": lambda key: client.lrange(key, 0, -1),
            "set": client.smembers,
            "zset": lambda key: client.zrange(key, 0, -1),
            "stream": lambda key: [str(client.xrange(key)).encode()],
        }[kind]
        for value in [key, *read(key)]:
            with suppress(zlib.error):
                value = zlib.decompress(value)
            if told := [each for each in TRACES if each in value.decode(errors="replace").lower()]:
                found[key.decode()] = f"{told}"
    return found


def join(client, campaign, run_jobs) -> Person:
    """The person comes in by the pages, as anybody does, and says who they are."""
    browser = {"HTTP_USER_AGENT": "Mozilla/5.0 Zebedevice Firefox/140.0"}
    form = {"name": NAME, "email": EMAIL, "home_text": "33101", "email_agreed": "y", "text_agreed": "y"}
    client.post("/join", form | {"phone": PHONE}, environ_overrides=browser)
    client.post(last_link(EMAIL), environ_overrides=browser)
    person = queries.person_with_email(campaign.id, EMAIL)
    client.post(
        "/profile",
        {
            "name": NAME, "home_text": HOME, "max_travel_miles": "12", "shifts_wanted": "2", "language": "en",
            "languages": ["en"], "skills": ["drive"],
        },
    )  # fmt: skip
    client.post("/profile/availability", {"weekdays": ["5"], "from_time": "09:00", "until_time": "12:00"})
    client.post("/profile/email", {"email": "zebediah.other@example.org"})
    client.post("/sign-in", {"email": EMAIL})
    run_jobs()
    return person


def plant_with_staff(staff, admin, person, shift, run_jobs) -> None:
    """What organizers do about somebody: notes, searches, an export, a list with them on it."""
    staff.post(
        f"/people/{person.id}/edit",
        {
            "name": NAME, "home_text": HOME, "max_travel_miles": "12", "shifts_wanted": "2", "language": "en",
            "languages": ["en"], "note": f"{NAME} has a van, call 305-555-0177",
        },
    )  # fmt: skip
    for path in (f"/people?q={NAME}", f"/people/{person.id}", f"/organize/shifts/{shift.id}"):
        staff.get(path)
    staff.get("/people", query_string={"q": "zebediah"})
    staff.post("/people/export?q=Zebediah", status=200)
    path = bring(
        staff,
        "First Name,Last Name,E-mail,Phone,Zip\n"
        f"Zebediah,Quirkfeather,{EMAIL},305-555-0177,33101\n"
        "Zebediah,Quirkfeather,not-an-email,305-555-0177,33101\n"
        "Ana,Pérez,ana@example.org,,33101\n",
    ).location
    staff.post(path, guessed(staff, path))
    with transaction():
        other = db.session.get_one(Person, admin.id)
        other.note = f"Came with {NAME} ({EMAIL})"
        audit.record(
            "search.people",
            campaign_id=person.campaign_id,
            by=admin.id,
            subject="people",
            words=NAME,
        )
        db.session.add(
            Segment(
                campaign_id=person.campaign_id, area_id=person.area_id, name="Vans",
                wanted={"q": "zebediah quirkfeather"}, created_by=admin.id, created_at=clock.now(),
            )
        )  # fmt: skip
        db.session.get_one(Event, shift.event_id).description = f"Ask for {NAME}, {PHONE}."
        db.session.get_one(Shift, shift.id).notes = "zebediah  quirkfeather brings the keys"


def plant_messages(person, admin, shift) -> None:
    """Written to them, by them and about them: waiting, and settled."""
    now, campaign_id = clock.now(), person.campaign_id
    with transaction():
        for channel in ("email", "text"):
            messaging.post_once(
                campaign_id, f"late-{channel}", "reminder_day", queries.recipient(person.id, channel),
                f"See you, {NAME}", f"Hello {NAME}", not_before=now + timedelta(days=1),
            )  # fmt: skip
            messaging.post_once(
                campaign_id, f"now-{channel}", "offer", queries.recipient(person.id, channel),
                f"Can you come, {NAME}?", f"Hello {NAME}, see you at {HOME}", is_urgent=True,
            )  # fmt: skip
        for key, later in (("told", 0), ("tell", 1)):
            messaging.post_once(
                campaign_id, key, "cover", queries.recipient(admin.id),
                f"{NAME} cannot come", f"{NAME} ({PHONE}) cannot come", is_urgent=not later,
                not_before=now + timedelta(days=later),
            )  # fmt: skip
        db.session.add(
            IncomingText(
                campaign_id=campaign_id, provider_id="SM-zebediah-1", person_id=person.id,
                from_digest=messaging.digest_of("text", PHONE), from_sealed=secrets.seal(PHONE),
                body_sealed=secrets.seal(f"This is {NAME}"), meant="other", at=now,
            )
        )  # fmt: skip
        db.session.add_all(
            [
                CalendarFeed(campaign_id=campaign_id, person_id=person.id, nonce="zebtag", created_at=now),
                Passkey(
                    campaign_id=campaign_id, person_id=person.id, credential_id=b"zebtag", public_key=b"k",
                    sign_count=1, name="Zebediah's phone", created_at=now,
                ),
            ]
        )  # fmt: skip


def plant_at_doors(make, person) -> tuple[int, int]:
    """What they typed on the phone and where they were. Returns their lease and how often they knocked."""
    turf = make.turf(doors=4)
    handed = make.lease(turf=turf, person=person)
    lease = db.session.scalars(select(Lease).where(Lease.turf_id == turf.id)).one()
    now, doors = clock.now(), make.doors_of(turf)
    words = {"q1": f"I am {NAME}, call (305) 555-0177"}
    with transaction():
        db.session.get_one(Lease, lease.id).return_note = "Zebediah has a flat tyre"
        for door in doors[:3]:
            db.session.add(
                DoorReport(
                    id=uuid.uuid4(), campaign_id=person.campaign_id, turf_id=turf.id, lease_id=lease.id,
                    door_id=door, canvasser_id=person.id, at=now, received_at=now, result="canvassed",
                    answers=words, note="Zebediah will come again",
                )
            )  # fmt: skip
        db.session.add(
            Addition(
                id=uuid.uuid4(), campaign_id=person.campaign_id, turf_id=turf.id, lease_id=lease.id,
                canvasser_id=person.id, door_id=doors[0], what="person", name="Vera Voter",
                note=f"friend of {NAME}", answers=words, at=now, received_at=now,
            )
        )  # fmt: skip
        db.session.add(
            SetAsideEntry(
                campaign_id=person.campaign_id, log_id=uuid.uuid4(), seq=1, lease_id=lease.id,
                body=json.dumps({"note": f"{NAME} {PHONE}"}).encode(), reason="other_door", at=now,
                received_at=now,
            )
        )  # fmt: skip
        db.session.add(
            HelpCall(
                call_id=uuid.uuid4(), campaign_id=person.campaign_id, lease_id=lease.id, person_id=person.id,
                called_at=now, received_at=now, latitude=25.7, longitude=-80.2, accuracy_m=5.0,
            )
        )  # fmt: skip
        db.session.add(
            SharedPosition(
                lease_id=lease.id,
                campaign_id=person.campaign_id,
                agreed_at=now,
                latitude=25.7,
                longitude=-80.2,
            )
        )
        task = make_task_helper(make, person)
        db.session.add(task)
    assert handed is not None
    return lease.id, 3


def make_task_helper(make, person) -> TaskHelper:
    return TaskHelper(
        campaign_id=person.campaign_id, task_id=_task(make).id, person_id=person.id, state="done",
        taken_at=clock.now(), done_at=clock.now(), note="Zebediah did it",
    )  # fmt: skip


def _task(make):
    from volunteer_hub.tasks.models import Task

    return db.session.scalars(select(Task).limit(1)).one()


def plant_twin(make, person, admin) -> Person:
    """A second row of the same person, merged into the first, and what the merge remembers."""
    twin = make.person(name=NAME, email="zebediah.twin@example.org", is_active=False, tags=["zebtag"])
    with transaction():
        db.session.get_one(Person, twin.id).merged_into_id = person.id
        db.session.get_one(Person, person.id).tags = ["zebtag"]
        db.session.add(
            Merge(
                campaign_id=person.campaign_id, kept_id=person.id, gone_id=twin.id,
                before_sealed=secrets.seal(NAME), merged_by=admin.id, merged_at=clock.now(),
            )
        )  # fmt: skip
    return twin


@pytest.fixture
def planted(app, client, make, run_jobs, caught, config):
    """A campaign with somebody in every corner of it; gives the person and their browser."""
    campaign = make.campaign(quiet_from="00:00", quiet_until="00:00")
    make._campaign = campaign
    admin, _staff = make.person(role="admin"), None
    make.task()
    with logging_to(config.var_dir / "log" / "web.log"):
        person = join(client, campaign, run_jobs)
        shift, past = make.shift(), make.shift(starts_at=clock.now() - timedelta(days=3))
        make.sign_up(shift, person)
        with clock.standing_at(clock.now() - timedelta(days=4)):
            came = make.sign_up(past, person)
        with transaction():
            db.session.get_one(SignUp, came.id).attendance = "attended"
            db.session.get_one(SignUp, came.id).found_by = "zebediah calls"
        make.sign_up(shift, found_by="from zebediah quirkfeather")
        staff = Browser(app).sign_in(admin)
        plant_messages(person, admin, shift)
        plant_with_staff(staff, admin, person, shift, run_jobs)
        plant_at_doors(make, person)
        plant_twin(make, person, admin)
        run_jobs()
        yield person, client, staff


def erase_by_the_page(client, run_jobs):
    client.post("/profile/erase", {}, status=422)
    client.post("/profile/erase", {"is_sure": "y"})
    run_jobs()


def counts() -> dict[str, int]:
    """What statistics rest on."""
    db.session.rollback()
    return {
        "knocks": db.session.scalar(select(func.count()).select_from(DoorReport)),
        "talks": db.session.scalar(select(func.count()).where(DoorReport.result == "canvassed")),
        "attended": db.session.scalar(select(func.count()).where(SignUp.attendance == "attended")),
        "sign-ups": db.session.scalar(select(func.count()).select_from(SignUp)),
        "tasks done": db.session.scalar(select(func.count()).where(TaskHelper.state == "done")),
        "texts in": db.session.scalar(select(func.count()).select_from(IncomingText)),
        "people": db.session.scalar(select(func.count()).select_from(Person)),
    }


def test_the_planted_values_are_where_they_are_looked_for(planted, app, config):
    """A search that finds nothing beforehand would prove nothing afterwards."""
    tables = in_tables()
    assert {
        "people.name", "people.note", "people.email", "people.phone", "people.home_text", "people.tags",
        "people.search", "messages.subject", "messages.to_sealed", "messages.body_sealed",
        "incoming_texts.from_sealed", "incoming_texts.body_sealed", "events.description", "shifts.notes",
        "door_reports.note", "door_reports.answers", "additions.note", "set_aside_entries.body",
        "leases.return_note", "task_helpers.note", "volunteer_lists.options", "volunteer_lists.report",
        "audit_entries.details", "segments.wanted", "merges.before_sealed", "passkeys.name",
    } <= tables.keys()  # fmt: skip
    files = in_files(config.var_dir)
    assert any(name.startswith("mail/") for name in files)
    assert any(name.startswith("uploads/") and name.endswith("rejected.csv") for name in files)
    assert any(name.startswith("uploads/") and "rejected" not in name for name in files)
    assert "texts/texts.jsonl" in files


def test_logs_and_the_queue_never_hold_a_name(planted, app, config):
    assert "log/web.log" not in in_files(config.var_dir)
    assert in_queue(app.extensions["redis"]) == {}


def test_erasing_leaves_no_trace_anywhere_and_counts_stay_right(planted, app, config, run_jobs):
    person, browser, _staff = planted
    before = counts()
    erase_by_the_page(browser, run_jobs)
    assert in_tables() == {}
    assert in_files(config.var_dir) == {}
    assert in_queue(app.extensions["redis"]) == {}
    assert counts() == before
    digests = [messaging.digest_of("email", EMAIL), messaging.digest_of("text", PHONE)]
    assert db.session.scalar(select(func.count()).where(Message.to_digest.in_(digests))) == 0
    assert db.session.scalar(select(func.count()).where(IncomingText.from_digest.in_(digests))) == 0
    db.session.expire_all()
    gone = db.session.get_one(Person, person.id)
    assert (gone.latitude, gone.longitude, gone.erased_at is None) == (None, None, False)
    for table in (WebSession, Consent, SharedPosition):
        assert db.session.scalar(select(func.count()).select_from(table).where(_of(table, person))) == 0
    assert db.session.scalars(select(HelpCall.latitude)).all() == [None]


def _of(table, person):
    return (
        table.person_id == person.id
        if hasattr(table, "person_id")
        else table.campaign_id == person.campaign_id
    )


def test_others_on_the_same_list_can_still_be_added(planted, run_jobs):
    person, browser, staff = planted
    page = f"/people/lists/{max(db.session.scalars(text('SELECT id FROM volunteer_lists')))}"
    erase_by_the_page(browser, run_jobs)
    staff.post(f"{page}/add", {"asserts": "y"}, status=302)
    run_jobs()
    assert queries.person_with_email(person.campaign_id, "ana@example.org") is not None
    assert queries.person_with_email(person.campaign_id, EMAIL) is None
    assert in_tables() == {}


def test_messages_in_a_senders_hands_are_blanked_once_they_are_settled(client, make, run_jobs):
    person = make.person(name=NAME, email=EMAIL)
    with transaction():
        messaging.post_once(
            person.campaign_id, "x", "offer", queries.recipient(person.id), f"Hello {NAME}", NAME
        )
        db.session.scalars(select(Message)).one().state = "sending"
    client.sign_in(person).post("/profile/erase", {"is_sure": "y"})
    assert "messages.subject" not in in_tables(), "a subject is struck out at once"
    with transaction():
        db.session.scalars(select(Message)).one().state = "sent"
    run_jobs()
    assert in_tables() == {}


def test_a_common_given_name_is_left_in_the_words_of_others(client, make):
    person, other = make.person(name="May", email="may@example.org"), make.person(note="We may meet May 5.")
    client.sign_in(person).post("/profile/erase", {"is_sure": "y"})
    db.session.expire_all()
    assert other.note == "We may meet May 5."


@pytest.mark.parametrize(
    "said",
    [
        "Zebediah Quirkfeather", "ZEBEDIAH  QUIRKFEATHER", "zebediah.q@example.org", "+13055550177",
        "(305) 555-0177", "305.555.0177", "1-305-555-0177", "77 wobbegong hollow, miami fl 33101",
    ],
)  # fmt: skip
def test_the_pattern_finds_a_person_however_they_are_written(said):
    who = Leaving(1, 1, EMAIL, PHONE, NAME, HOME)
    assert who.struck_out(f"Ask {said}!") == "Ask –!"
    assert who.is_named_in("Quirkfeather,Zebediah,")


@pytest.mark.parametrize("said", ["13055550178", "993055550177", "zebediah.quest@example.org", "33101"])
def test_the_pattern_leaves_others_alone(said):
    who = Leaving(1, 1, EMAIL, PHONE, NAME, HOME)
    assert who.struck_out(f"Ask {said}!") == f"Ask {said}!"


# Columns of text that erasing need not look into, each with its reason.
NOT_ABOUT_VOLUNTEERS = {
    "alembic_version": "the program's own",
    "contests contest_seats scores snapshots progress results results_off": "figures of seats",
    "districts precincts doors streets": "places",
    "door_standings turf_doors pending_reports phone_logs": "results of knocks, by door",
    "text_paces": "how fast texts may go",
    "show_learned": "figures of all together",
    "voters imports remembered_mappings": "the public register of voters, its own rules",
    "cuts cut_precincts turf_edits": "figures of turf",
    "suppressions": "a keyed digest of who said STOP: kept, and said on the page",
}
EXAMINED = {
    "additions", "areas", "assignments", "audit_entries", "availability", "calendar_feeds", "campaigns",
    "confirmation_calls", "consents", "cover_asks", "cut_batches", "door_reports", "events", "help_calls",
    "incoming_texts", "leases", "likely_pairs", "merges", "messages", "name_words", "not_the_same",
    "outings",
    "paper_sheets", "papers", "passkeys",
    "people", "recovery_codes", "replans", "report_files", "role_grants", "run_parts", "runs", "scripts",
    "segments", "set_aside_entries", "shared_positions", "shifts", "sign_in_links", "sign_ups",
    "staging_locations", "task_helpers", "tasks", "turfs", "volunteer_lists", "walk_passes", "web_sessions",
    "wishes",
}  # fmt: skip


def test_no_table_is_forgotten(app):
    """A new table is looked at by its maker: does erasing reach it, and does own_data show it?"""
    tables = set(
        db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    )
    known = EXAMINED | {name for names in NOT_ABOUT_VOLUNTEERS for name in names.split()}
    assert tables - known == set(), (
        "Say in tests/people/test_erasing.py whether these tables tell of volunteers; if they do, add them "
        "to an erase function of ERASE_PARTS and an own_data function of OWN_DATA in app.py."
    )


def test_a_number_that_others_have_keeps_their_texts(client, make):
    """A mother and her son share a phone: he goes, what was written to her and by her stays."""
    son, mother = (
        make.person(name=name, phone=PHONE, text_agreed_at=clock.now()) for name in ("Otto Odd", "May Odd")
    )
    now, campaign_id = clock.now(), son.campaign_id
    with transaction():
        for person in (son, mother):
            to = queries.recipient(person.id, "text")
            messaging.post_once(campaign_id, f"to-{person.id}", "offer", to, "", "Can you come?")
            db.session.add(
                IncomingText(
                    campaign_id=campaign_id, provider_id=f"SM{person.id}", person_id=person.id,
                    from_digest=messaging.digest_of("text", PHONE), from_sealed=secrets.seal(PHONE),
                    body_sealed=secrets.seal("Yes!"), meant="other", at=now,
                )
            )  # fmt: skip
        messaging.post_once(
            campaign_id, "to-nobody", "answer", replace(queries.recipient(son.id, "text"), person_id=None),
            "", "Thank you.",
        )  # fmt: skip
    theirs = lambda: set(db.session.scalars(select(Message.key).where(Message.state == "waiting")))  # noqa: E731
    client.sign_in(son).post("/profile/erase", {"is_sure": "y"})
    assert theirs() == {f"to-{mother.id}", "to-nobody"}
    assert list(db.session.scalars(select(IncomingText.person_id))) in ([None, mother.id], [mother.id, None])
    client.sign_in(mother).post("/profile/erase", {"is_sure": "y"})
    assert theirs() == set()
    assert in_tables() == {}
