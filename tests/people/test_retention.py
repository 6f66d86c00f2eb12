"""Retention: what is too old goes in batches, what is not stays, and a page says what went when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.people.letters import letters
from tests.people.test_lists_from_files import bring, guessed
from volunteer_hub.canvass.models import ReportFile
from volunteer_hub.core import audit, clock, secrets
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import announce, db, transaction
from volunteer_hub.core.logs import JsonLines
from volunteer_hub.districts.models import Import
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.models import IncomingText, Message
from volunteer_hub.people import farewell, jobs, queries, retention, services
from volunteer_hub.people.facts import PersonErased
from volunteer_hub.people.models import Person, VolunteerList


def after(days: float):
    return clock.standing_at(clock.now() + timedelta(days=days))


def count(table, *where) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table).where(*where))


@pytest.fixture
def admin(make):
    return make.person(role="admin")


def post(person, key, state="sent"):
    with transaction():
        messaging.post_once(person.campaign_id, key, "offer", queries.recipient(person.id), "Hello", "Hello")
    with transaction():
        row = db.session.scalars(select(Message).where(Message.key == key)).one()
        row.state, row.settled_at, row.sent_at = state, clock.now(), clock.now()


def test_old_messages_go_and_what_waits_stays(make, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    person = make.person()
    for number in range(5):
        post(person, f"old-{number}")
    post(person, "waits", state="waiting")
    with after(399):
        assert "messages" not in jobs.keep_retention_rules()
        post(person, "new")
    with after(401):
        assert jobs.keep_retention_rules()["messages"] == 5
    assert set(db.session.scalars(select(Message.key))) >= {"waits", "new"}


def test_words_of_texts_go_and_their_count_stays(make):
    person = make.person()
    with transaction():
        db.session.add(
            IncomingText(
                campaign_id=person.campaign_id, provider_id="SM1", from_digest=b"x",
                from_sealed=secrets.seal("+13055550100"), body_sealed=secrets.seal("hello"), meant="other",
                at=clock.now(),
            )
        )  # fmt: skip
    with after(91):
        assert jobs.keep_retention_rules() == {"texts": 1}
        assert jobs.keep_retention_rules() == {}
    assert count(IncomingText) == 1
    assert count(IncomingText, IncomingText.body_sealed.is_(None), IncomingText.from_sealed.is_(None)) == 1


def test_lists_go_with_their_files(client, admin, config):
    path = bring(client.sign_in(admin), "name,email\nAna,ana@example.org\nBo,nope\n").location
    client.post(path, guessed(client, path))
    assert [each for each in (config.var_dir / "uploads").rglob("*") if each.is_file()]
    with after(31):
        assert jobs.keep_retention_rules()["lists"] == 1
    assert count(VolunteerList) == 0
    assert not [each for each in (config.var_dir / "uploads").rglob("*") if each.is_file()]


SEEN = {"sample": [["1 Main St"]], "columns": []}


def imported(make, config, state, **fields):
    """An import of doors with its upload, its folder of left-out rows and what was shown of it."""
    folder = config.var_dir / "uploads"
    with transaction():
        row = Import(
            campaign_id=make.default_campaign.id, kind="doors", file_name="doors.csv",
            stored_name=f"file-{state}", state=state, created_at=clock.now(), options={"seen": SEEN},
            report={"counts": [["Doors", 3]], "rows": {"Rejected": [{"address": "1 Main St"}]},
                    "files": {"rejected-doors": "rejected-doors.csv"}, "notes": [], "warnings": []},
            finished_at=clock.now() if state in ("done", "failed") else None, **fields,
        )  # fmt: skip
        db.session.add(row)
    (folder / f"import-{row.id}").mkdir(parents=True)
    (folder / f"import-{row.id}" / "rejected-doors.csv").write_text("1 Main St")
    (folder / row.stored_name).write_text("1 Main St")
    return row.id


def files_left(config) -> set[str]:
    return {each.name for each in (config.var_dir / "uploads").rglob("*") if each.is_file()}


def test_files_of_imports_go_and_what_landed_keeps_its_counts(client, admin, make, config):
    landed = imported(make, config, "done")
    for state in ("uploaded", "needs_answer", "failed"):
        imported(make, config, state)
    waits = imported(make, config, "queued")
    with after(89):
        assert "imports" not in jobs.keep_retention_rules()
    with after(91):
        assert jobs.keep_retention_rules()["imports"] == 4
        assert "imports" not in jobs.keep_retention_rules()
        assert files_left(config) == {"file-queued", "rejected-doors.csv"}
        assert set(db.session.scalars(select(Import.id))) == {landed, waits}
        page = client.sign_in(admin).get(f"/imports/{landed}").text
        assert "no longer kept" in page
        assert "Main St" not in page
        assert "Doors" in page
        assert "Main St" not in str(db.session.get_one(Import, landed).options)
        assert "Files of districts" in client.get("/campaign/retention").text


def test_files_of_reports_go_with_the_rows_that_were_not_taken(client, admin, make, config):
    uploads = config.var_dir / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    with transaction():
        for state in ("failed", "done", "queued"):
            (uploads / f"reports-{state}").write_text("1 Main St")
            finished = None if state == "queued" else clock.now()
            counts = {"stored": 1, "rejected": 1, "rows": [[2, "no door", "1 Main St"]]}
            row = ReportFile(
                campaign_id=admin.campaign_id, file_name="r.csv", stored_name=f"reports-{state}", state=state,
                counts=counts, created_by=admin.id, created_at=clock.now(), finished_at=finished,
            )  # fmt: skip
            db.session.add(row)
    with after(91):
        assert jobs.keep_retention_rules()["reports"] == 2
        assert "reports" not in jobs.keep_retention_rules()
        assert files_left(config) == {"reports-queued"}
        kept = db.session.scalars(select(ReportFile).where(ReportFile.state == "done")).one()
        assert "Main St" not in str(kept.counts)
        assert kept.counts["stored"] == 1
        client.sign_in(admin)
        client.get("/canvass/files")
        assert "no longer kept" in client.get(f"/canvass/files/{kept.id}/rejected.csv", status=422).text


def test_the_log_is_kept_as_long_as_the_admin_says(client, admin):
    with transaction():
        audit.record("read.person", campaign_id=admin.campaign_id, by=admin.id)
    client.sign_in(admin)
    chosen = {"inactive": "1095", "lists": "30", "texts": "90", "messages": "400", "backups": "30"}
    page = client.post("/campaign/retention", chosen | {"audit": "30"}, status=422).text
    assert "Between 365 and 3650 days" in page
    assert 'value="30"' in page, "what was typed is not lost"
    client.post("/campaign/retention", chosen | {"audit": "many"}, status=422)
    client.post("/campaign/retention", chosen | {"audit": "365"})
    with after(366):
        assert jobs.keep_retention_rules()["audit"] >= 1
        assert count(AuditEntry, AuditEntry.action == "read.person") == 0
        client.sign_in(admin)
        assert "Lines of the audit log" in client.get("/campaign/retention").text
        assert count(AuditEntry, AuditEntry.action == "forget.audit") == 1


def settle():
    """The outbox is empty: what waited has been sent."""
    with transaction():
        for row in db.session.scalars(select(Message).where(Message.state == "waiting")):
            row.state, row.sent_at = "sent", clock.now()


def test_who_does_not_come_any_more_is_asked_and_erased_after_a_month_of_silence(make, admin):
    silent, back = make.person(name="Sol Silent"), make.person(name="Bo Back")
    busy = make.person()
    with after(1090):
        make.sign_up(make.shift(starts_at=clock.now() + timedelta(days=20)), busy)
    with after(1096):
        jobs.keep_retention_rules()
        asked = {each["to"] for each in letters() if each["kind"] == farewell.STAY}
        assert asked == {silent.email, back.email}, "neither staff nor who has a shift"
        settle()
        jobs.keep_retention_rules()
        assert count(Message, Message.kind == farewell.STAY) == 2, "asked once"
    with after(1110), transaction():
        db.session.get_one(Person, back.id).seen_at = clock.now()
    with after(1120):
        assert jobs.keep_retention_rules().get("inactive") is None
    with after(1127):
        assert jobs.keep_retention_rules()["inactive"] == 1
    db.session.expire_all()
    assert silent.erased_at is not None
    assert [each.erased_at for each in (back, busy, admin)] == [None, None, None]


@pytest.fixture
def due_to_go(make):
    """Three who were asked and did not answer; by now each could be erased. Their ids, ascending."""
    people = [make.person(name=name) for name in ("Ana Early", "Bo Broken", "Cy Late")]
    with after(1096):
        jobs.keep_retention_rules()
        settle()
    return [each.id for each in people]


def breaks_for(person_id):
    """A part of erasing that fails on one person, half-way and after a job was promised."""

    def erase(who, *, now):
        if who.person_id == person_id:
            announce(PersonErased(who.person_id))
            raise ValueError(f"cannot erase {who.name} of {who.email}")

    return erase


def test_one_who_cannot_be_erased_costs_nobody_else(app, client, admin, due_to_go, monkeypatch, caplog):
    first, broken, last = due_to_go
    with monkeypatch.context() as patched, after(1127):
        patched.setitem(app.extensions["erase_parts"], "broken", breaks_for(broken))
        assert jobs.keep_retention_rules()["inactive"] == 2
        assert count(Person, Person.erased_at.is_not(None), Person.id.in_([first, last])) == 2
        assert count(Person, Person.erased_at.is_(None), Person.name == "Bo Broken") == 1
        client.sign_in(admin)
        assert "1 person could not be erased" in client.get("/").text
        assert "1 could not be erased and is still here" in client.get("/campaign/retention").text
    (said,) = [each for each in caplog.records if each.message == "could not forget one"]
    assert (said.rule, said.row, said.error) == ("inactive", broken, "ValueError")
    line = JsonLines().format(said)
    assert not [each for each in ("Broken", "@") if each in line], "nobody's name or address"
    with after(1128):
        assert jobs.keep_retention_rules()["inactive"] == 1, "tried again"
        client.sign_in(admin)
        assert "could not be erased" not in client.get("/").text
    assert count(Person, Person.erased_at.is_not(None)) == 3


def test_more_who_cannot_be_erased_than_are_looked_up_at_once_hold_up_nobody(app, due_to_go, monkeypatch):
    monkeypatch.setattr(farewell, "ERASED_AT_ONCE", 1)
    first, second, last = due_to_go
    for each in (first, second):
        monkeypatch.setitem(app.extensions["erase_parts"], f"broken{each}", breaks_for(each))
    with after(1127):
        assert jobs.keep_retention_rules()["inactive"] == 1
    assert count(Person, Person.erased_at.is_not(None), Person.id == last) == 1


def test_the_page_of_erasing_says_how_long_backups_stay(client, admin, make):
    chosen = {"inactive": "1095", "lists": "30", "texts": "90", "messages": "400", "audit": "400"}
    client.sign_in(admin).post("/campaign/retention", chosen | {"backups": "14"})
    assert "14 days" in client.sign_in(make.person()).get("/profile/erase").text


def test_who_cannot_be_asked_is_erased_a_month_after_they_would_have_been(make):
    campaign_id, area_id = make.default_campaign.id, make.root_of(make.default_campaign).id
    with transaction():
        table = services.add_by_phone(
            campaign_id, area_id, "Cy Table", "+13055550102",
            area_paths=["/"], texts=False, by=None, now=clock.now(),
        )  # fmt: skip
    gone = make.person(name="Una Subscribed")
    with after(1096):
        jobs.keep_retention_rules()
        with transaction():
            digest = messaging.digest_of("email", gone.email)
            messaging.opt_out(gone.campaign_id, "email", digest, reason="unsubscribe", now=clock.now())
        states = dict(db.session.execute(select(Message.person_id, Message.state)).all())
        assert states == {table.id: "expired", gone.id: "suppressed"}, "nothing left"
    with after(1120):
        assert jobs.keep_retention_rules().get("inactive") is None
    with after(1127):
        assert jobs.keep_retention_rules()["inactive"] == 2
    assert count(Person, Person.erased_at.is_not(None)) == 2


def test_a_rule_that_fails_stops_no_other_and_is_in_the_log(make, monkeypatch, caplog):
    person = make.person()
    post(person, "old")
    broken = replace(retention.RULES["messages"], key="lists", forget=lambda *_: 1 // 0)
    monkeypatch.setitem(retention.RULES, "lists", broken)
    with after(1096):
        assert jobs.keep_retention_rules() == {"messages": 1}
        asked = {each["to"] for each in letters() if each["kind"] == farewell.STAY}
    assert asked == {person.email}
    assert [each.rule for each in caplog.records if each.message == "a rule of retention failed"] == ["lists"]
