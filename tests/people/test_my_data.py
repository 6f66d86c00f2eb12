"""One's own data: all of it, to read and to keep; a new table is shown before anybody thinks of it."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from datetime import timedelta

from volunteer_hub.core import clock, secrets
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging.models import IncomingText
from volunteer_hub.people.models import Paper, Passkey
from volunteer_hub.people.services import consent
from volunteer_hub.people.services.own_data import own_data, references


def planted(make):
    person = make.person(
        name="Ana Pérez", phone="+13055550142", note="has a van", tags=["drives"], password_hash="secret-hash"
    )
    shift = make.shift(event=make.event(name="Doors on Saturday"))
    make.sign_up(shift, person)
    with transaction():
        consent.record(person, "photo", True, via="profile", language="en", now=clock.now())
        db.session.add_all(
            [
                Paper(
                    campaign_id=person.campaign_id, person_id=person.id, kind="driver", said_at=clock.now()
                ),
                Passkey(
                    campaign_id=person.campaign_id, person_id=person.id, credential_id=b"secret-id",
                    public_key=b"k", sign_count=0, name="My old phone", created_at=clock.now(),
                ),
                IncomingText(
                    campaign_id=person.campaign_id, provider_id=uuid.uuid4().hex, person_id=person.id,
                    from_digest=b"x", body_sealed=secrets.seal("I am late"), meant="other",
                    at=clock.now() - timedelta(days=1),
                ),
            ]
        )  # fmt: skip
    return person


HELD = ("Ana Pérez", "+13055550142", "has a van", "drives", "Doors on Saturday", "My old phone", "I am late")


def test_a_person_reads_everything_on_a_page(client, make):
    page = client.sign_in(planted(make)).get("/profile/my-data").text
    assert [each for each in HELD if each not in page] == []
    assert "driver" in page
    assert "secret" not in page


def test_the_same_in_spanish(client, make):
    client.sign_in(planted(make)).post("/language", {"language": "es"})
    page = client.get("/profile/my-data").text
    assert [each for each in HELD if each not in page] == []
    assert "Mis turnos" in page


def test_a_person_downloads_a_page_and_a_file_for_programs(client, make):
    sent = client.sign_in(planted(make)).get("/profile/my-data.zip")
    assert sent.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(sent.data)) as packed:
        page, data = packed.read("my-data.html").decode(), json.loads(packed.read("my-data.json"))
    assert [each for each in HELD if each not in page] == []
    assert data["shifts"][0]["event"] == "Doors on Saturday"
    assert data["records"]["papers"][0]["kind"] == "driver"
    assert "secret" not in json.dumps(data)
    assert client.get("/profile/my-data.json").json["texts_from_you"][0]["text"] == "I am late"


def test_every_reference_to_a_person_in_the_database_is_shown(app, make):
    """Read from the database itself, so that a table without a model would be found, too."""
    known = {(table.name, column.name) for table, column in references()}
    found = db.session.execute(
        db.text(
            "SELECT t.relname, a.attname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
            "WHERE c.contype = 'f' AND c.confrelid = 'people'::regclass"
        )
    )
    assert {tuple(row) for row in found} == known
    person = planted(make)
    with transaction():
        shift = make_lead(person)
    data = own_data(person, clock.now())
    assert {"sign_ups", "papers", "passkeys", "consents"} <= data["records"].keys()
    assert data["named_in"]["shifts.lead_id"] == 1
    assert shift is not None


def make_lead(person):
    from volunteer_hub.events.models import Shift

    shift = db.session.scalars(db.select(Shift)).one()
    shift.lead_id = person.id
    return shift
