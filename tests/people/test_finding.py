"""Finding volunteers: names over a bad line, filters that combine, pages without end, and what is logged."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people import services
from volunteer_hub.people.filters import PeopleFilter, params_of, read_filter, tag_name
from volunteer_hub.people.models import Person
from volunteer_hub.people.queries.search import words_of
from volunteer_hub.people.windows import read_windows


def names_on(page) -> list[str]:
    return re.findall(r'<a href="/people/\d+">([^<]+)</a>', page.text)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("Gonsales Maria", "María González"),
        ("maria gonsalez", "María González"),
        ("Himenez", "José Jiménez"),
        ("Jonson", "Lars Johnson"),
        ("Katherine Robertson", "Catharine Robertson"),
        ("Robertsan", "Catharine Robertson"),
        ("Rbertson", "Catharine Robertson"),
        ("robetrson catharine", "Catharine Robertson"),
        ("(305) 555 0142", "María González"),
        ("+1 305-555-0142", "María González"),
        ("305.555.0142", "María González"),
        ("maria 0142", "María González"),
        ("María, Miami", "María González"),
        ("gonzalez@exmple.org", "María González"),
    ],
)
def test_somebody_is_found_as_they_were_heard(client, make, heard, meant):
    client.sign_in(make.person(role="organizer", name="Olga Petrova"))
    make.person(
        name="María González", email="gonzalez@example.org", phone="+13055550142", home_text="Miami, FL 33130"
    )
    make.person(name="José Jiménez"), make.person(name="Lars Johnson"), make.person(name="Bo Chen")
    make.person(name="Catharine Robertson"), make.person(name="Nora Gunsel", home_text="Tampa, FL 33601")
    assert names_on(client.get("/people", query_string={"q": heard}))[0] == meant


def test_who_has_the_words_comes_before_who_sounds_alike(client, make):
    client.sign_in(make.person(role="organizer", name="Olga Petrova"))
    for name in ("Mariah Gonzales", "Ana María González", "Maria Gonzalez", "Mary Gunsolus"):
        make.person(name=name)
    page = client.get("/people?q=maria+gonzalez")
    assert names_on(page)[:3] == ["Maria Gonzalez", "Ana María González", "Mariah Gonzales"]
    assert "2 people have exactly these words" in page.text
    assert "Nobody has exactly these words" in client.get("/people?q=marria+gonzalles").text


@given(st.text(max_size=60))
def test_words_of_any_text_are_few_and_plain(asked):
    words = words_of(asked)
    assert len(words) <= 6
    assert all(word and not re.search(r"\s", word) for word in words)


@pytest.mark.parametrize("asked", ["%", "\\", "' OR 1=1 --", "((", "🙂", "ß", "李", "a" * 300, ", ;", "\t"])
def test_no_text_breaks_the_search(client, make, asked):
    client.sign_in(make.person(role="organizer", name="Olga Petrova"))
    assert names_on(client.get("/people", query_string={"q": asked}, follow_redirects=True)) in (
        [],
        ["Olga Petrova"],
    )


@given(
    st.builds(
        PeopleFilter,
        text=st.sampled_from(["", "maria gonzalez", "50% & more"]),
        skills=st.sampled_from([(), ("drive",), ("canvass", "drive")]),
        languages=st.sampled_from([(), ("en", "es")]),
        tags=st.sampled_from([(), ("captain", "has van")]),
        state=st.sampled_from(["active", "waiting", "inactive", "all"]),
        weekday=st.none() | st.integers(0, 6),
        part=st.sampled_from(["", "evening"]),
        seen=st.sampled_from(["", "30", "-30", "never"]),
        came=st.none() | st.integers(1, 50),
        show=st.none() | st.integers(1, 100),
        may=st.sampled_from(["", "text", "none"]),
    )
)
def test_an_address_holds_the_whole_filter(wanted):
    assert read_filter(params_of(wanted)) == wanted


def test_around_riverside_speaks_spanish_drives_came_twice_and_was_not_seen_for_a_month(client, make):
    client.sign_in(make.person(role="organizer", name="Olga Petrova"))
    now = clock.now()
    fits = {
        "languages": ["en", "es"], "skills": ["drive", "phone"], "came": 2, "missed": 1,
        "seen_at": now - timedelta(days=40), "latitude": 33.98, "longitude": -117.37,
    }  # fmt: skip
    make.person(name="Fits", **fits)
    for name, change in {
        "No Spanish": {"languages": ["en"]},
        "No Car": {"skills": ["phone"]},
        "Came Once": {"came": 1},
        "Seen Lately": {"seen_at": now - timedelta(days=3)},
        "Far Away": {"latitude": 34.6},
        "Misses Much": {"missed": 9},
    }.items():
        make.person(name=name, **fits | change)
    asked = "near=92501&miles=10&language=es&skill=drive&came=2&show=50&seen=-30"
    page = client.get(f"/people?{asked}")
    assert names_on(page) == ["Fits"]
    for chip in ("within 10 miles of 92501", "not seen for 30 days", "came at least 2 times"):
        assert chip in page.text
    assert "within 31 miles of 92501" in client.get("/people?near=92501&km=50").text, "as it was once kept"
    loosened = re.search(r'class="chip" href="([^"]+)">came at least', page.text)
    assert sorted(names_on(client.get(loosened.group(1).replace("&amp;", "&")))) == ["Came Once", "Fits"]


def test_free_on_a_day_means_some_time_of_it_or_any_time(client, make):
    client.sign_in(make.person(role="organizer", name="Olga Petrova", is_active=True))
    early, late = make.person(name="Early Saturday"), make.person(name="Late Sunday")
    with transaction():
        services.set_windows(early, read_windows("5 09:00-12:00"))
        services.set_windows(late, read_windows("6 17:00-20:00; 2030-01-05 09:00-10:00"))
    for query, found in {
        "day=5": ["Early Saturday", "Olga Petrova"],
        "day=5&part=morning": ["Early Saturday", "Olga Petrova"],
        "day=5&part=evening": ["Olga Petrova"],
        "part=evening": ["Late Sunday", "Olga Petrova"],
        "day=6": ["Late Sunday", "Olga Petrova"],
    }.items():
        assert names_on(client.get(f"/people?{query}")) == found, query


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("may=email", ["Emailed", "Olga"]),
        ("may=text", ["Texted"]),
        ("may=any", ["Emailed", "Olga", "Texted"]),
        ("may=none", ["Neither"]),
        ("tag=captain", ["Emailed"]),
        ("tag=captain&tag=van", []),
        ("seen=never", ["Emailed", "Neither", "Texted"]),
        ("role=volunteer", ["Emailed", "Neither", "Texted"]),
    ],
)
def test_consent_tags_and_roles_narrow_the_list(client, make, query, found):
    client.sign_in(make.person(role="organizer", name="Olga", seen_at=clock.now()))
    make.person(name="Emailed", tags=["captain"])
    make.person(name="Texted", email_agreed_at=None, text_agreed_at=clock.now(), phone="+13055550100")
    make.person(name="Neither", email_agreed_at=None, text_agreed_at=clock.now())
    assert names_on(client.get(f"/people?{query}")) == found


def test_a_place_nobody_knows_is_said_and_loses_nothing(client, make):
    client.sign_in(make.person(role="organizer", name="Olga"))
    page = client.get("/people?near=Nowhereville&skill=drive&q=olga")
    assert "We cannot place “Nowhereville”" in page.text
    assert 'value="Nowhereville"' in page.text


def test_the_address_of_a_sent_form_is_worth_sharing(client, make):
    client.sign_in(make.person(role="organizer"))
    sent = client.get("/people?q=&area=&near=&miles=10&day=&skill=drive&state=active", status=302)
    assert sent.location == "/people?skill=drive"


def test_the_list_goes_on_beyond_what_is_counted(client, make):
    client.sign_in(make.person(role="admin", name="Zoe"))
    area = make.root_of(make.default_campaign)
    rows = [services.NewPerson(email=f"v{n}@example.org", name=f"V {n:04d}") for n in range(1120)]
    with transaction():
        services.add_many(area.campaign_id, area.id, rows, by=None, now=clock.now())
    last = client.get("/people?page=99")
    assert names_on(last)[-1] == "V 0999"
    seen, page = names_on(last), last
    while link := re.search(r'rel="next" href="([^"]*after=[^"]*)"', page.text):
        with counted() as statements:
            page = client.get(link.group(1).replace("&amp;", "&"))
        assert not any("count(" in each.lower() and "FROM people" in each for each in statements)
        seen += names_on(page)
    assert seen[50:] == [f"V {n:04d}" for n in range(1000, 1120)] + ["Zoe"]


def test_paging_writes_one_line_a_minute_and_a_segment_its_own(client, make):
    admin = make.person(role="admin", name="Anna Admin")
    client.sign_in(admin)
    for query in ("", "?page=2", "?skill=drive", "?skill=phone"):
        client.get(f"/people{query}")
    client.post("/people/segments", {"name": "Drivers", "for_area": admin.area_id, "skill": "drive"})
    client.get(f"/people/segments/{_segment_id()}")
    views = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action.startswith("view.")).order_by(AuditEntry.id)
    ).all()
    assert [(each.action, each.details["views"], each.details["filter"]) for each in views] == [
        ("view.volunteers", 2, []),
        ("view.volunteers", 2, ["skills"]),
        ("view.segment", 1, ["skills"]),
    ]
    assert "Anna" not in str([each.details for each in views])


def _segment_id() -> int:
    from volunteer_hub.people.models import Segment

    return db.session.scalars(select(Segment.id).order_by(Segment.id.desc())).first()


def test_a_segment_is_kept_opened_renamed_and_removed(client, make):
    area, other = make.area(), make.area()
    lead = make.person(role="field_lead", area=area, name="Lena Lead", skills=["drive"])
    make.person(area=area, name="Walker"), make.person(area=other, name="Elsewhere", skills=["drive"])
    client.sign_in(lead)
    kept = {"name": "Drivers", "for_area": area.id, "skill": "drive"}
    path = client.post("/people/segments", kept).location
    page = client.get(path)
    assert "1 person in it now" in page.text
    opened = re.search(r'href="(/people\?[^"]+)" class="button button--primary"', page.text).group(1)
    assert names_on(client.get(opened.replace("&amp;", "&"))) == ["Lena Lead"]
    client.post("/people/segments", kept, status=409)
    client.post("/people/segments", kept | {"name": " "}, status=422)
    client.post("/people/segments", kept | {"for_area": other.id}, status=403)
    client.post(f"{path}/name", {"name": "Has a car"})
    assert "Has a car" in client.get("/people/segments").text
    client.sign_in(make.person(role="organizer", area=other)).get(path, status=404)
    client.sign_in(lead).post(f"{path}/remove")
    client.get(path, status=404)


def test_who_is_in_a_segment_is_found_anew_and_only_in_its_area(make):
    from volunteer_hub.people import queries
    from volunteer_hub.people.models import Segment

    area, other = make.area(), make.area()
    now = clock.now()
    with transaction():
        row = Segment(
            campaign_id=area.campaign_id, area_id=area.id, name="Drivers", wanted={"skill": ["drive"]},
            created_at=now,
        )  # fmt: skip
        db.session.add(row)
    make.person(area=other, skills=["drive"])
    assert db.session.scalars(queries.people_of_segment(area.campaign_id, row.id)).all() == []
    inside = make.person(area=area, skills=["drive"])
    assert db.session.scalars(queries.people_of_segment(area.campaign_id, row.id)).all() == [inside.id]
    narrowed = queries.people_of_segment(area.campaign_id, row.id, [other.path])
    assert db.session.scalars(narrowed).all() == []


def test_a_tag_is_put_on_everybody_found_and_taken_off_again(client, make):
    area = make.area()
    client.sign_in(make.person(role="organizer", area=area, name="Olga"))
    mine = make.person(area=area, name="Mine", skills=["drive"])
    beside = make.person(area=make.area(), name="Beside", skills=["drive"])
    client.post("/people/tags", {"skill": "drive", "tag_name": "  Has VAN, "})
    client.post("/people/tags", {"skill": "drive", "tag_name": "has van"})
    assert (_tags(mine), _tags(beside)) == (["has van"], [])
    assert names_on(client.get("/people?tag=has+van")) == ["Mine"]
    assert '<option value="has van">' in client.get("/people").text
    client.post("/people/tags", {"tag": "has van", "tag_name": "has van", "what": "remove"})
    assert _tags(mine) == []
    client.post("/people/tags", {"tag_name": " , "}, status=422)
    lines = db.session.scalars(select(AuditEntry).where(AuditEntry.action.contains("tag"))).all()
    assert [(each.action, each.details["rows"]) for each in lines] == [
        ("tag.people", 1), ("tag.people", 0), ("untag.people", 1),
    ]  # fmt: skip
    client.sign_in(make.person(role="field_lead", area=area)).post(
        "/people/tags", {"tag_name": "x"}, status=403
    )


def _tags(person) -> list[str]:
    return db.session.scalar(select(Person.tags).where(Person.id == person.id))


@given(st.text(max_size=80))
def test_a_tag_has_one_form(text):
    assert tag_name(tag_name(text)) == tag_name(text)
    assert len(tag_name(text)) <= 40
