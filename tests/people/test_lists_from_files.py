"""Volunteers from a file: what is read, what is asked, who is added, and who never is."""

from __future__ import annotations

import csv
import gc
import io
import re
import warnings

import pytest
from sqlalchemy import func, select

from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import jobs, queries
from volunteer_hub.people.models import Person, VolunteerList

LIST = (
    "First Name,Last Name,E-mail,Mobile Phone,Zip,Languages,Skills,Travel (miles),Email OK,Text OK,Notes\n"
    'Ana,Pérez,Ana@Example.org,(305) 555-0101,33101,"Spanish, English",drive; doors,10,yes,yes,Has a van\n'
    "Bo,Chen,bo@example.org,,33130,zh,,,no,no,\n"
)
ASSERTED = {"asserts": "y"}


def bring(client, content, *, name="friends.csv", status=302, **fields):
    raw = content.encode() if isinstance(content, str) else content
    root = db.session.scalar(select(Person.area_id).limit(1))
    data = {"file": (io.BytesIO(raw), name), "area_id": str(root)} | fields
    sent = client.post("/people/lists", data, status=status, content_type="multipart/form-data")
    with warnings.catch_warnings():  # the test client leaves the file of a large body to the collector
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    return sent


def guessed(client, path) -> dict[str, str]:
    """The columns as the page proposes them, ready to be sent."""
    page = client.get(path).text
    found = {}
    for select_box in re.findall(r'<select[^>]*name="(map_\w+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option[^>]*selected[^>]*value="(\d+)"', select_box[1])
        if chosen:
            found[select_box[0]] = chosen[1]
    return found | (
        {"has_header": "y"}
        if re.search(r'name="has_header"[^>]*checked|checked[^>]*name="has_header"', page)
        else {}
    )


def checked(client, content, **changes) -> str:
    """Bring a list and check it as guessed; returns the address of its page."""
    path = bring(client, content).location
    return client.post(path, guessed(client, path) | changes).location


def rejected(client, page) -> str:
    with client.get(f"{page}/rejected.csv") as sent:
        return sent.data.decode("utf-8-sig")


def people_called(*emails) -> list[Person]:
    db.session.expire_all()
    return list(db.session.scalars(select(Person).where(Person.email.in_(emails)).order_by(Person.email)))


def count() -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count(Person.id)))


def report() -> dict:
    db.session.expire_all()
    return db.session.scalars(select(VolunteerList).order_by(VolunteerList.id.desc())).first().report


@pytest.fixture
def organizer(client, make):
    person = make.person(role="organizer", name="Olga")
    client.sign_in(person)
    return person


def test_a_list_is_looked_at_checked_and_added(client, organizer):
    page = checked(client, LIST)
    before = count()
    shown = client.get(page).text
    assert "Add 2 people" in shown
    assert count() == before, "the dry run adds nobody"
    client.post(f"{page}/add", ASSERTED)
    assert "2 people are added" in client.get(page).text
    ana, bo = people_called("ana@example.org", "bo@example.org")
    assert (ana.name, ana.phone, ana.home_text) == ("Ana Pérez", "+13055550101", "33101")
    assert (ana.languages, ana.skills, ana.note) == (["en", "es"], ["canvass", "drive"], "Has a van")
    assert ana.max_travel_km == pytest.approx(16.1)
    assert (ana.latitude is not None, ana.joined_via, ana.area_id) == (True, "file", organizer.area_id)
    assert ana.email_agreed_at is not None
    assert (bo.languages, bo.email_agreed_at, bo.text_agreed_at) == (["zh"], None, None)
    assert queries.recipient(bo.id) is None


def test_the_same_list_twice_adds_nobody(client, organizer):
    for _ in range(2):
        page = checked(client, LIST)
        if report()["new"]:
            client.post(f"{page}/add", ASSERTED)
            client.post(f"{page}/add", ASSERTED)
    assert "Nobody on this list is new" in client.get(page).text
    assert count() == 3
    assert report()["known"] == 2


def test_nobody_is_added_without_the_assertion(client, organizer):
    page = checked(client, LIST)
    sent = client.post(f"{page}/add", {}, status=422)
    assert "Tick this to add them" in sent.text
    assert count() == 1


def test_rows_are_known_doubtful_or_rejected_with_their_reasons(client, organizer, make):
    make.person(email="known@example.org", name="Known One", phone="+13055550110")
    page = checked(
        client,
        "name,email,phone,zip\n"
        "New One,new@example.org,305 555 0120,33101\n"
        "Known One,KNOWN@example.org,,\n"
        "Known One,other@example.org,(305) 555-0110,\n"
        "Her Husband,husband@example.org,(305) 555-0110,\n"
        "No Mail,,305 555 0199,\n"
        "Known One,,305-555-0110,\n"
        "Bad Mail,not an email,,\n"
        "New One,new@example.org,,\n"
        "Another Name,new@example.org,,\n"
        "Lost Home,lost@example.org,,Nowhere 99\n"
        "Odd Phone,odd@example.org,12,\n"
        ",nameless@example.org,,\n",
    )
    found = report()
    counts = {kind: found[kind] for kind in ("new", "known", "twice", "doubtful", "rejected")}
    assert counts == {"new": 1, "known": 3, "twice": 1, "doubtful": 3, "rejected": 4}
    rows = list(csv.DictReader(io.StringIO(rejected(client, page))))
    assert [(row["Line"], row["Verdict"]) for row in rows] == [
        ("5", "doubtful"), ("6", "rejected"), ("8", "rejected"), ("10", "rejected"), ("11", "doubtful"),
        ("12", "doubtful"), ("13", "rejected"),
    ]  # fmt: skip
    assert all(row["Why"] for row in rows)
    assert rows[0]["email"] == "husband@example.org"
    client.post(f"{page}/add", ASSERTED | {"take_doubtful": "y"})
    lost, odd = people_called("lost@example.org", "odd@example.org")
    assert "Nowhere 99" in lost.note
    assert lost.latitude is None
    assert "12" in odd.note
    assert len(people_called("husband@example.org", "new@example.org")) == 2
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert {"upload.people", "export.list_rows", "assert.consent", "add.people"} <= set(actions)


def test_the_mended_file_of_rejected_rows_can_be_brought_again(client, organizer):
    page = checked(client, "name,email\nGood One,good@example.org\nBad One,bad\n")
    client.post(f"{page}/add", ASSERTED)
    mended = rejected(client, page).replace(",bad", ",bad@example.org")
    page = checked(client, mended)
    client.post(f"{page}/add", ASSERTED)
    assert [person.name for person in people_called("bad@example.org")] == ["Bad One"]


def test_an_export_of_ours_comes_back_as_it_was(client, organizer, make):
    make.person(name="=Formula", phone="+13055550142", home_text="33101", skills=["drive"], languages=["es"],
                tags=["captain", "has van"])  # fmt: skip
    exported = client.post("/people/export", status=200).text.replace("@example.org", "@example.net")
    page = checked(client, exported.replace("+1305555", "+1305556"))
    client.post(f"{page}/add", ASSERTED)
    copy = db.session.scalar(select(Person).where(Person.phone == "+13055560142"))
    assert (copy.name, copy.skills, copy.languages) == ("=Formula", ["drive"], ["es"])
    assert copy.tags == ["captain", "has van"]
    assert '<option value="has van">' in client.get("/people").text


def test_consent_is_never_more_than_the_list_and_the_people_say(client, organizer, make):
    campaign_id = make.default_campaign.id
    digest = messaging.digest_of("email", "stop@example.org")
    with transaction():
        messaging.opt_out(campaign_id, "email", digest, reason="unsubscribed", now=clock.now())
    page = checked(client, "name,email,phone\nA B,a@example.org,305 555 0101\nStop Sent,stop@example.org,\n")
    assert "nothing of consent" in client.get(page).text
    client.post(f"{page}/add", ASSERTED | {"all_agreed_to_email": "y"})
    agreed, stopped = people_called("a@example.org", "stop@example.org")
    assert agreed.email_agreed_at is not None
    assert (agreed.text_agreed_at, stopped.email_agreed_at) == (None, None)
    page = checked(client, "name,email,email ok\nC D,c@example.org,maybe\nE F,e@example.org,\n")
    assert report()["vague"] == 1
    client.post(f"{page}/add", ASSERTED | {"all_agreed_to_email": "y"})
    assert [person.email_agreed_at for person in people_called("c@example.org", "e@example.org")] == [
        None
    ] * 2


@pytest.mark.parametrize(
    "raw",
    [
        "name;email\nZoë Ñandú;z@example.org\n".encode("latin-1"),
        b"\xef\xbb\xbf" + "name\temail\r\nZoë Ñandú\tz@example.org\r\n".encode(),
        'email,name\nz@example.org,"Ñandú, Zoë"\n'.encode(),
        "Zoë Ñandú,z@example.org\n".encode(),
        "name,email\nZoë Ñandú,z@example.org\n".encode("utf-16"),
    ],
    ids=["latin-1 and semicolons", "BOM and tabs", "quoted and turned", "no header", "utf-16"],
)
def test_files_are_read_as_they_come(client, organizer, raw):
    page = checked(client, raw)
    client.post(f"{page}/add", ASSERTED)
    assert [person.name for person in people_called("z@example.org")] == ["Zoë Ñandú"]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "empty"),
        (bytes(range(256)) * 50, "Save it as CSV"),
        (b"PK\x03\x04" + bytes(500), "Save the sheet as"),
        (b"x" * 10_000_000, "characters long"),
        (b"name,email\n", "nothing below it"),
    ],
    ids=["empty", "binary", "workbook", "one field of ten million", "a header alone"],
)
def test_what_is_no_list_is_refused_with_a_sentence(client, organizer, raw, sentence):
    sent = bring(client, raw, status=422)
    assert sentence in sent.text
    assert not any(jobs.uploads_folder().iterdir()), "nothing is kept of it"


def test_a_field_of_ten_million_characters_spoils_its_own_row_only(client, organizer):
    content = f"name,email\n{'x' * 10_000_000},big@example.org\nSmall One,small@example.org\n"
    checked(client, content)
    assert (report()["new"], report()["rejected"]) == (1, 1)


def test_hostile_text_stays_text(client, organizer):
    evil = "<script>alert(1)</script>"
    page = checked(
        client,
        f'{evil},email,note\n{evil},e@example.org,"{{{{7*7}}}} %s \'; DROP TABLE people"\n',
        map_name="0",
    )
    client.post(f"{page}/add", ASSERTED)
    (person,) = people_called("e@example.org")
    assert person.name == evil
    for path in (page, "/people", "/people/lists", f"/people/{person.id}"):
        assert "<script>alert" not in client.get(path).text


def test_missing_and_doubled_columns_are_named(client, organizer):
    path = bring(client, "name,email\nA B,a@example.org\n").location
    sent = client.post(path, {"has_header": "y", "map_name": "0", "map_email": ""}, status=422)
    assert "Still needed: the email" in sent.text
    sent = client.post(path, {"has_header": "y", "map_name": "1", "map_email": "1"}, status=422)
    assert "One column cannot be several things" in sent.text


def test_a_long_list_is_work_for_a_job(client, organizer, run_jobs):
    rows = "".join(f"Person {n},p{n}@example.net,yes\n" for n in range(1200))
    page = checked(client, "name,email,email ok\n" + rows + "Bad,bad,\n")
    assert "Checking the rows" in client.get(page).text
    assert client.get(f"{page}/progress").json["finished"] is False
    run_jobs()
    assert (report()["new"], report()["rejected"]) == (1200, 1)
    client.post(f"{page}/add", ASSERTED)
    client.post(f"{page}/add", ASSERTED)
    jobs.sweep_lists()
    run_jobs()
    assert "1,200 people are added" in client.get(page).text
    assert count() == 1201
    assert client.get(f"{page}/progress").json["finished"] is True


def test_all_are_added_or_nobody(client, organizer, run_jobs, monkeypatch):
    rows = "".join(f"Person {n},p{n}@example.net\n" for n in range(1500))
    page = checked(client, "name,email\n" + rows)
    run_jobs()
    real, calls = messaging.suppressed, []

    def breaks_late(*args):
        calls.append(args)
        if len(calls) > 2:
            raise RuntimeError("the second thousand fails")
        return real(*args)

    monkeypatch.setattr(messaging, "suppressed", breaks_late)
    client.post(f"{page}/add", ASSERTED)
    with pytest.raises(AssertionError, match="the second thousand fails"):
        run_jobs()
    assert count() == 1
    assert "nobody was added" in client.get(page).text


def test_a_list_can_be_taken_back_until_it_is_added(client, organizer):
    page = checked(client, LIST)
    client.post(f"{page}/withdraw")
    client.get(page, status=404)
    assert not any(jobs.uploads_folder().iterdir())
    page = checked(client, LIST)
    client.post(f"{page}/add", ASSERTED)
    client.post(f"{page}/withdraw", status=409)


def test_an_organizer_adds_to_the_own_area_only(client, make):
    mine, other = make.area(), make.area()
    client.sign_in(make.person(role="organizer", area=mine))
    bring(client, LIST, area_id=str(other.id), status=422)
    path = bring(client, LIST, area_id=str(mine.id)).location
    client.sign_in(make.person(role="organizer", area=other))
    client.get(path, status=404)
    assert "friends.csv" not in client.get("/people/lists").text


def test_the_list_of_volunteers_leads_here(client, organizer):
    assert 'href="/people/lists"' in client.get("/people").text
