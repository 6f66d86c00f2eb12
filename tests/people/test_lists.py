"""The list of volunteers: whose people one sees, what it costs, what leaves the house."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people import queries, services
from volunteer_hub.people.models import Person
from volunteer_hub.people.queries import PeopleFilter


def add(make, count, area=None):
    area = area or make.root_of(make.default_campaign)
    rows = [
        services.NewPerson(email=f"v{n}-{area.id}@example.org", name=f"Volunteer {n:04d}", home_text="33101")
        for n in range(count)
    ]
    with transaction():
        return services.add_many(area.campaign_id, area.id, rows, by=None, now=clock.now())


def names_on(page) -> list[str]:
    import re

    return re.findall(r'<a href="/people/\d+">([^<]+)</a>', page.text)


def test_a_field_lead_sees_the_people_of_the_own_area_only(client, make):
    mine, other = make.area(), make.area()
    below = make.area(parent=mine, kind="team")
    lead = make.person(role="field_lead", area=mine, name="Lead")
    make.person(area=below, name="Below"), make.person(area=other, name="Beside")
    make.person(campaign=make.campaign(), name="Elsewhere")
    client.sign_in(lead)
    assert sorted(names_on(client.get("/people"))) == ["Below", "Lead"]


def test_the_list_costs_the_same_at_any_size(client, make):
    client.sign_in(make.person(role="admin"))
    client.get("/people")
    totals = []
    for more in (3, 300):
        add(make, more, area=make.area())
        with counted() as statements:
            client.get("/people")
        totals.append(statements.total)
    assert totals[1] == totals[0] + 1, "a full page is counted, up to a bound"
    assert totals[1] <= 12


def test_pages_show_each_person_once(client, make):
    client.sign_in(make.person(role="admin", name="Zoe Admin"))
    add(make, 120)
    seen = [name for number in (1, 2, 3) for name in names_on(client.get(f"/people?page={number}"))]
    assert len(seen) == len(set(seen)) == 121
    assert seen == sorted(seen)
    assert names_on(client.get("/people?page=99")) == names_on(client.get("/people?page=3"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=maria", ["María López"]),
        ("q=mar%C3%ADa", ["María López"]),
        ("q=lopez@", ["María López"]),
        ("q=555-0142", ["María López"]),
        ("q=33130", ["Bo Chen"]),
        ("q=bo+33130", ["Bo Chen"]),
        ("q=bo+33101", []),
        ("q=%25", []),
        ("q=_", []),
        ("q=%27%3B--", []),
        ("skill=drive", ["Bo Chen"]),
        ("language=es", ["María López"]),
        ("skill=drive&language=es", []),
        ("role=organizer", ["Olga Org"]),
        ("state=inactive", ["Away Person"]),
        ("skill=nonsense&language=nonsense&role=nonsense&state=nonsense&page=-3", None),
    ],
)
def test_search_and_filters_combine(client, make, query, found):
    client.sign_in(make.person(role="organizer", name="Olga Org"))
    make.person(name="María López", email="m.lopez@example.org", phone="+13055550142", languages=["es"])
    make.person(name="Bo Chen", home_text="33130", skills=["drive"])
    make.person(name="Away Person", is_active=False)
    shown = names_on(client.get(f"/people?{query}"))
    assert sorted(shown) == sorted(found if found is not None else ["María López", "Bo Chen", "Olga Org"])


def test_a_read_in_bulk_is_in_the_log_without_what_was_searched(client, make):
    admin = make.person(role="admin")
    client.sign_in(admin).get("/people?q=secret")
    client.post("/people/export", {"q": "secret"}, status=200)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["view.volunteers", "export.people"]
    assert all(entry.actor_id == admin.id and "secret" not in str(entry.details) for entry in entries)


def test_the_export_holds_the_area_and_no_formula(client, make):
    area = make.area()
    organizer = make.person(role="organizer", area=area, name="Olga")
    make.person(area=area, name="=HYPERLINK(1)", home_text="+1+1", phone="+13055550100")
    make.person(area=make.area(), name="Beside")
    sent = client.sign_in(organizer).post("/people/export", status=200)
    rows = list(csv.DictReader(io.StringIO(sent.text.removeprefix("\ufeff"))))
    assert {row["name"] for row in rows} == {"Olga", "'=HYPERLINK(1)"}
    assert not any(cell[:1] in "=+-@\t\r" for row in rows for cell in row.values() if cell)


def test_the_export_names_the_day_of_the_campaign_and_keeps_every_formula_as_text(client, make):
    organizer = make.person(role="organizer", name="Olga")
    late = make.person(name="\u00a0＝1+1")
    with transaction():
        db.session.get_one(Person, late.id).created_at = datetime(2026, 9, 2, 1, 30, tzinfo=UTC)
    sent = client.sign_in(organizer).post("/people/export", status=200).text.removeprefix("\ufeff")
    row = next(row for row in csv.DictReader(io.StringIO(sent)) if row["name"] != "Olga")
    assert row["name"].startswith("'")
    assert row["joined_on"] == "2026-09-01"


def test_a_field_lead_exports_nothing(client, make):
    client.sign_in(make.person(role="field_lead")).post("/people/export", status=403)


def test_script_in_a_name_stays_text(client, make):
    person = make.person(name="<script>alert(1)</script>")
    client.sign_in(make.person(role="admin"))
    for path in ("/people", f"/people/{person.id}", f"/people/{person.id}/edit"):
        assert "<script>alert" not in client.get(path).text


def test_an_organizer_adds_and_corrects_somebody(client, make):
    client.sign_in(make.person(role="organizer"))
    root = make.root_of(make.default_campaign)
    fields = {
        "name": "New Person", "email": "New@Example.org", "area_id": root.id, "home_text": "33101",
        "max_travel_miles": "10", "shifts_wanted": "2", "language": "en", "languages": ["en", "es"],
        "skills": ["drive"], "phone": "(305) 555-0101", "text_agreed": "y",
    }  # fmt: skip
    assert "Say how they agreed" in client.post("/people/new", fields, status=422).text
    fields["agreed_via"] = "staff_phone"
    path = client.post("/people/new", fields).location
    client.post("/people/new", fields, status=422)
    added = queries.person_with_email(root.campaign_id, "new@example.org")
    assert (added.phone, round(added.max_travel_km), added.languages) == ("+13055550101", 16, ["en", "es"])
    assert added.text_agreed_at is not None
    assert added.email_agreed_at is None
    client.post(f"{path}/phone", {"phone": "305 555 0199"})
    assert added.text_agreed_at is None, "a text to another number needs another yes"
    client.post(f"{path}/edit", fields | {"home_text": "nowhere"}, status=422)
    client.post(f"{path}/edit", fields | {"name": "Other Name"})
    assert added.name == "Other Name"


def test_the_audit_log_is_paged_and_filtered(client, make):
    admin = make.person(role="admin")
    client.sign_in(admin)
    for _ in range(60):
        client.get(f"/people/{admin.id}")
    assert "read.person" in client.get("/audit?page=2").text
    assert "No line of the log fits" in client.get("/audit?day=2001-01-01").text
    client.get("/audit?day=nonsense&person=x&page=0")
    client.get("/audit?action=%00", status=400)
    with counted() as statements:
        client.get("/audit?action=read.person")
    assert statements.total <= 8


def test_counts_say_who_can_be_matched(make):
    root = make.root_of(make.default_campaign)
    add(make, 3)
    make.person(email_agreed_at=None)
    make.person(awaits_confirmation=True, latitude=25.0, longitude=-80.0)
    assert queries.counts(root.campaign_id, [root.path]) == queries.PeopleCounts(
        active=4, waiting=1, with_home=3, reachable=0
    )
    page = queries.people(root.campaign_id, [root.path], PeopleFilter(state="waiting"), 1)
    assert page.total == 1
