"""Organizers' pages: newest reports, the second look, reports from files."""

from __future__ import annotations

import io
import uuid

import pytest
from sqlalchemy import select, update

from tests.canvass.counting import assert_recount_agrees, progress, stored
from tests.statements import counted
from volunteer_hub.canvass import queries
from volunteer_hub.canvass import services as canvass_services
from volunteer_hub.canvass.jobs import collect_reports
from volunteer_hub.canvass.models import DoorReport, ReportFile
from volunteer_hub.core import clock
from volunteer_hub.core.db import announce, db, transaction
from volunteer_hub.districts.facts import PlacesImported
from volunteer_hub.districts.models import District, Door
from volunteer_hub.priority.models import Contest, Progress
from volunteer_hub.turf.models import DoorStanding


@pytest.fixture
def organizer(client, make):
    client.sign_in(make.person(role="organizer"))
    return client


def test_reports_are_listed_with_filters(organizer, phone):
    assert "No reports yet" in organizer.get("/canvass").text
    phone.send(
        phone.report(phone.doors[0], "canvassed", answers={"support": 4}, note="=HYPERLINK(<script>)"),
        phone.report(phone.doors[1]),
    )
    page = organizer.get("/canvass").text
    assert "Leaning against" in page
    assert "<script>)" not in page
    assert "50" in page
    assert "Nobody home" in organizer.get("/canvass?result=not_home").text
    assert "No report like that" in organizer.get("/canvass?result=moved").text


def test_the_list_costs_the_same_at_any_size(organizer, phone):
    phone.send(phone.report(phone.doors[0]))
    organizer.get("/canvass")  # the first look of a minute is noted in the audit log
    with counted() as few:
        organizer.get("/canvass")
    phone.send(*[phone.report(door, "moved", minutes_ago=5) for door in phone.doors])
    with counted() as many:
        organizer.get("/canvass")
    assert many.total == few.total


def test_a_sensitive_result_waits_and_a_dismissal_opens_the_door_again(organizer, phone, walk):
    report = phone.report(phone.doors[0], "deceased")
    phone.send(report)
    assert progress()["doors_done"] == 1
    assert "Has died" in organizer.get("/canvass/second-look").text
    organizer.post(f"/canvass/reports/{report['id']}/review", {"decision": "dismissed"})
    assert progress() == {"attempts": 1, "doors_tried": 1}
    organizer.post(f"/canvass/reports/{report['id']}/review", {"decision": "confirmed"})
    assert progress()["doors_done"] == 1
    assert_recount_agrees(walk.campaign_id)


def test_do_not_come_again_marks_the_door_only_when_confirmed_and_can_be_taken_back(organizer, phone):
    report = phone.report(phone.doors[0], "do_not_walk")
    phone.send(report)
    marked = lambda: db.session.get(Door, phone.doors[0], populate_existing=True).is_do_not_walk  # noqa: E731
    assert marked() is False
    organizer.post(f"/canvass/reports/{report['id']}/review", {"decision": "confirmed"})
    assert marked() is True
    organizer.post(f"/canvass/reports/{report['id']}/review", {"decision": "pending"})
    assert marked() is False
    organizer.post(f"/canvass/reports/{report['id']}/review", {"decision": "nonsense"}, status=422)


def test_another_area_cannot_decide(client, make, phone):
    report = phone.report(phone.doors[0], "moved")
    phone.send(report)
    client.sign_in(make.person(role="organizer", area=make.area()))
    client.post(f"/canvass/reports/{report['id']}/review", {"decision": "confirmed"}, status=404)
    assert "Nothing waits" in client.get("/canvass/second-look").text


def test_the_filters_name_canvassers_of_ones_own_areas_only(make):
    person, area = make.person(), make.area()
    make.lease(person=person)
    whole = make.root_of(make.default_campaign)
    named = lambda path: queries.choices_of_filters(make.default_campaign.id, [path])[1]  # noqa: E731
    assert named(whole.path) == [(person.id, person.name)]
    assert named(area.path) == []


CSV = (
    "Address,Canvass Result,Support,Date Contacted,Notes\n"
    "2 Main St {place},Not Home,,10/03/2026 14:05,\n"
    "4 Main St {place},Canvassed,1 - Strong support,10/03/2026 14:10,nice\n"
    "6 Main St {place},Deceased,,2026-10-03,\n"
    "999 Elm St,Refused,,2026-10-03,\n"
    "8 Main St {place},Wrong Number,,2026-10-03,\n"
    "10 Main St {place},Refused,9,2026-10-03,\n"
    '12 Main St {place},Refused,,soon,"=cmd|x"\n'
)


def upload(client, text, **fields):
    data = text if isinstance(text, bytes) else text.encode()
    client.post("/canvass/files", {"file": (io.BytesIO(data), "reports.csv")} | fields)


def test_a_file_of_reports_is_collected_once_however_often_it_comes(organizer, walk, run_jobs):
    organizer.get("/canvass/files")
    text = CSV.format(place=walk.precinct_id)
    with clock.standing_at(clock.now().replace(year=2026, month=10, day=10)):
        for _ in range(2):
            upload(organizer, text)
            run_jobs()
    first, second = db.session.query(ReportFile).order_by(ReportFile.id)
    assert [first.counts[name] for name in ("stored", "known", "rejected")] == [3, 0, 4]
    assert [second.counts[name] for name in ("stored", "known", "rejected")] == [0, 3, 4]
    assert stored() == 3
    assert progress() == {
        "attempts": 3, "contacts": 1, "supporters": 1, "doors_tried": 3, "doors_done": 2
    }  # fmt: skip
    rejected = organizer.get(f"/canvass/files/{first.id}/rejected.csv").text
    for reason in ("No door of your area", "Wrong Number", "not 1 to 5", "no date"):
        assert reason in rejected
    assert organizer.get("/canvass/files").text.count("Collected") >= 2
    assert_recount_agrees(walk.campaign_id)


def test_a_file_by_door_number_in_latin_1_with_a_day_for_all(organizer, walk, run_jobs):
    today = clock.now().date().isoformat()
    text = f"door;result;note\n{walk.door_ids[0]};no answer;se\u00f1ora\n".encode("latin-1")
    with clock.standing_at(clock.now().replace(hour=23)):
        upload(organizer, text, day_on=today)
        run_jobs()
    row = db.session.query(DoorReport).one()
    assert (row.result, row.note, row.source, row.turf_id) == ("not_home", "señora", "file", walk.id)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1,2\n", "names the door"),
        ("door,note\n1,x\n", "holds results"),
        ("door,result\n1,x\n", "says when"),
    ],
)
def test_a_file_that_cannot_hold_reports_says_why(organizer, run_jobs, text, reason):
    upload(organizer, text)
    run_jobs()
    row = db.session.query(ReportFile).one()
    assert (row.state, reason in row.message) == ("failed", True), row.message
    assert reason in organizer.get("/canvass/files").text


def test_reviewing_an_unknown_report_is_not_found(organizer):
    organizer.post(f"/canvass/reports/{uuid.uuid4()}/review", {"decision": "confirmed"}, status=404)


def test_the_rows_of_a_file_are_for_who_brought_it_and_for_organizers_of_all(
    client, make, walk, run_jobs, app
):
    brought_by = make.person(role="organizer", area=make.area())
    client.sign_in(brought_by)
    upload(client, "Address,Result,Date\n77 Hidden Rd,Refused,2026-10-03\n")
    run_jobs()
    path = f"/canvass/files/{db.session.query(ReportFile.id).scalar()}/rejected.csv"
    assert "77 Hidden Rd" in client.get(path).text
    client.sign_in(make.person(role="organizer", area=make.area()))
    client.get(path, status=404)
    assert "reports.csv" not in client.get("/canvass/files").text
    client.sign_in(make.person(role="organizer"))
    assert "77 Hidden Rd" in client.get(path).text
    assert not any(
        app.extensions["vh_config"].uploads_dir.iterdir()
    )  # collected: people's data are kept once


def test_a_file_that_breaks_the_program_is_failed_and_not_tried_for_ever(organizer, walk, monkeypatch):
    text = f"door;result\n{walk.door_ids[0]};no answer\n".encode()
    upload(organizer, text, day_on=clock.now().date().isoformat())
    file_id = db.session.query(ReportFile).one().id
    db.session.rollback()
    monkeypatch.setattr(canvass_services, "collect", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        collect_reports(file_id)
    failed = db.session.get(ReportFile, file_id, populate_existing=True)
    assert (failed.state, failed.finished_at is None) == ("failed", False)
    assert "Something went wrong on our side" in organizer.get("/canvass/files").text


def test_doors_that_an_import_moved_take_their_progress_along(make, phone, walk, run_jobs):
    phone.send(phone.report(phone.doors[0]))
    precinct_id = make.precinct(db.session.get(District, walk.district_id)).id
    with transaction():
        db.session.execute(update(Door).where(Door.id == phone.doors[0]).values(precinct_id=precinct_id))
        announce(PlacesImported(walk.campaign_id))
    run_jobs()
    assert db.session.get(DoorStanding, phone.doors[0], populate_existing=True).precinct_id == precinct_id
    kept = select(Progress.attempts).where(Progress.precinct_id == precinct_id)
    assert db.session.scalars(kept).all() == [1]
    assert_recount_agrees(walk.campaign_id)


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        ("DEM", "How do you feel about the Democratic candidate in this election?"),
        ("Republican", "How do you feel about the Republican candidate in this election?"),
        ("LBT", "How do you feel about our candidate in this election?"),
        ("Jane Roe", "How do you feel about Jane Roe in this election?"),
    ],
)
def test_the_starting_script_speaks_as_one_does_at_a_door(make, ours, words):
    campaign_id = make.default_campaign.id
    with transaction():
        db.session.add(
            Contest(
                campaign_id=campaign_id,
                name="Governor",
                district_kind="county",
                ours=ours,
                weights={},
                params={},
                is_active=True,
                rescore_cause="",
                created_at=clock.now(),
            )
        )
    (question,) = canvass_services.starting_script(campaign_id).content.questions
    assert question.wording["en"] == words
