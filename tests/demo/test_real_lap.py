"""A lap of the wheel on a real city: Newport News in, doors knocked, priorities scored again.

Precincts, doors and results are public data that lie beside the checkout; volunteers and what they find at
the doors are invented.
"""

from __future__ import annotations

import re
import time as time_module
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta

import numpy as np
import pytest
import shapely
from sqlalchemy import func, select

from tests.browsing import FreshClient
from tests.messaging.conftest import inbox, mail_app  # noqa: F401 - fixtures
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.canvass import services as canvass
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.demo import phones
from volunteer_hub.districts import bring
from volunteer_hub.districts.models import District, Door, Precinct
from volunteer_hub.events import plans
from volunteer_hub.events import services as events
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.matching import services as matching
from volunteer_hub.matching.models import Run
from volunteer_hub.messaging.models import Message
from volunteer_hub.people import services as persons
from volunteer_hub.people.services import NewPerson
from volunteer_hub.priority import queries as priority
from volunteer_hub.priority import services as priorities
from volunteer_hub.turf import queries as turf_queries
from volunteer_hub.turf import services as turf
from volunteer_hub.turf.models import Cut, DoorStanding, Turf, TurfDoor

pytestmark = pytest.mark.real_data

VOLUNTEERS = 300
SHIFTS, SEATS = 4, 40
TURFS_WALKED = 40
CITY_HALL = {"latitude": 36.9786, "longitude": -76.4283}
_LINK = re.compile(r"(\S+/offers/\d+/\S+?)\?do=(accept|decline)")


class Steps:
    """Seconds by step, to print at the end."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        began = time_module.perf_counter()
        yield
        self.seconds[name] = time_module.perf_counter() - began
        db.session.expire_all()


@pytest.fixture
def campaign(make):
    """A campaign that writes at any hour, so that the lap does not depend on when it is turned."""
    return make.campaign(quiet_from=time(0), quiet_until=time(0))


def test_a_lap_on_newport_news(real_data, mail_app, inbox, make, campaign, run_jobs):  # noqa: F811
    step, root = Steps(), make.root_of(campaign)
    with step("import"):
        imported = bring_the_city(campaign.id, real_data / "newport_news")
    assert imported["Rows read"] == 51_350
    assert imported["New doors"] + imported["Rows that share a door"] + imported["Rejected"] == 51_350
    with step("places"):
        assert_each_door_has_its_place(campaign.id, imported["New doors"])

    with step("score"):
        contest_id = add_contest(campaign.id)
        run_jobs()
    before = priority.newest_snapshot(contest_id)
    scored = priority.precinct_scores(before.id)
    assert len({line.precinct_id for line in scored}) == len(scored) == 45
    assert sum(line.doors_left for line in scored) == imported["New doors"]
    assert sorted(line.rank for line in scored) == list(range(1, 46))
    first_id = before.id

    with step("people and shifts"):
        add_volunteers(campaign.id, root.id)
        add_shifts(campaign.id, root.id)
    with step("match"):
        run = plan(campaign.id, root.id, run_jobs)
    assert run.state == "done", run.message
    assert run.certificate["feasible"]
    assert run.proposed == SHIFTS * SEATS, "more people than seats, all within reach"

    with step("offer"):
        offered = approve_all(campaign.id)
        run_jobs()
    assert len(offered) == SHIFTS * SEATS
    assert messages(campaign.id, "offer") == len(inbox.mails) == len(offered)
    with step("answer"):
        yes, no = answer(mail_app, offers_in(inbox))
        run_jobs()
    assert_answers_hold(campaign.id, inbox, yes, no, len(offered))

    with step("cut"):
        urgent = [line.precinct_id for line in scored if line.doors_left][:3]
        cut(campaign.id, urgent, run_jobs)
    assert_doors_are_cut_once(campaign.id, urgent)
    with step("walk"):
        walks = lease(campaign.id)
        reports, tally = walk(mail_app, walks)
        undone = undo(mail_app, walks[0], reports[0])
    with step("rescore"):
        run_jobs()
    assert len(walks) == TURFS_WALKED
    assert (tally.batches_twice > 0, tally.answers_lost > 0) == (True, True), "a lap without mishaps"
    assert (tally.refused, tally.unreceipted) == (0, 0)
    assert_stored_once(campaign.id, reports, undone)

    with step("recount"), transaction():
        assert canvass.recount(campaign.id, now=clock.now()).is_clean
    assert not priority.active_contest(campaign.id).is_out_of_date
    after = priority.newest_snapshot(contest_id)
    assert after.id > first_id, "reports alone make it score again"
    assert after.cause == "doors"
    rescored = priority.precinct_scores(after.id)
    assert len(rescored) == 45
    finished = one(select(func.count()).select_from(DoorStanding).where(DoorStanding.is_finished))
    assert sum(line.doors_left for line in rescored) == imported["New doors"] - finished
    print_figures(step, imported, run, yes, tally, finished)


def one(query):
    return db.session.scalar(query)


def bring_the_city(campaign_id: int, folder) -> dict[str, int]:
    """The city's precincts, doors and results; returns the counts of the doors."""
    bring.bring(
        campaign_id, "precincts", folder / "precincts_2013.gpkg", district_kind="city",
        district_name="Newport News", id_columns=["PRECINCT"], name_columns=["NAME"],
    )  # fmt: skip
    doors = bring.bring(campaign_id, "doors", folder / "doors.parquet")
    bring.bring(campaign_id, "results", folder / "results_2008_2025.csv.gz")
    return dict(doors.report["counts"])


def assert_each_door_has_its_place(campaign_id: int, doors: int) -> None:
    """Each door has one precinct, the polygon it lies in, and that precinct's district."""
    districts = db.session.scalars(select(District.id).where(District.campaign_id == campaign_id)).all()
    assert len(districts) == 1
    whole = (
        select(func.count())
        .select_from(Door)
        .join(Precinct, Precinct.id == Door.precinct_id)
        .where(Door.campaign_id == campaign_id, Door.district_id == Precinct.district_id)
    )
    total = select(func.count()).select_from(Door).where(Door.campaign_id == campaign_id)
    assert one(whole) == one(total) == doors
    precincts = db.session.scalars(select(Precinct).where(Precinct.campaign_id == campaign_id)).all()
    assert len(precincts) == 45
    ids = np.array([precinct.id for precinct in precincts])
    rows = db.session.execute(
        select(Door.longitude, Door.latitude, Door.precinct_id).where(Door.campaign_id == campaign_id)
    ).all()
    points = shapely.points([row.longitude for row in rows], [row.latitude for row in rows])
    tree = shapely.STRtree([precinct.geometry for precinct in precincts])
    point, polygon = tree.query(points, predicate="intersects")
    alone = np.bincount(point, minlength=len(rows))[point] == 1
    kept = np.array([row.precinct_id for row in rows])
    assert alone.sum() > 0.99 * len(rows), "nearly all doors lie in exactly one polygon"
    assert (kept[point[alone]] == ids[polygon[alone]]).all()


def add_contest(campaign_id: int) -> int:
    """The Democratic side, as the city's results name it."""
    sides = [name for name, _votes in priority.sides(campaign_id, "city")]
    ours = next(name for name in sides if name.upper().startswith("DEM"))
    with transaction():
        return priorities.create_contest(
            campaign_id, name="The city's seat", district_kind="city", ours=ours,
            weights={"plurality": 0.8, "coverage": 0.2},
            election_on=clock.now().date() + timedelta(days=40), now=clock.now(),
        ).id  # fmt: skip


def add_volunteers(campaign_id: int, root_id: int) -> None:
    """Invented people within about 15 km of the city hall."""
    draw = np.random.default_rng(2008)
    new = [
        NewPerson(
            email=f"volunteer{number}@example.org",
            name=f"Volunteer {number} (invented)",
            latitude=float(CITY_HALL["latitude"] + draw.uniform(-0.09, 0.09)),
            longitude=float(CITY_HALL["longitude"] + draw.uniform(-0.1, 0.1)),
            max_travel_km=60.0,
            email_agreed=True,
        )
        for number in range(VOLUNTEERS)
    ]
    with transaction():
        added = persons.add_many(campaign_id, root_id, new, by=None, now=clock.now(), via="test")
    assert not added.refused


def add_shifts(campaign_id: int, root_id: int) -> None:
    """Mornings of four days from the fourth on, at one staging location in the city."""
    first = clock.now().date() + timedelta(days=4)
    days: list[date] = [first + timedelta(days=extra) for extra in range(SHIFTS)]
    spans = plans.series(days, [(time(10), time(13))], "America/New_York")
    with transaction():
        place = events.add_location(
            campaign_id,
            plans.LocationPlan(root_id, "City office (invented)", "Newport News, VA 23607", **CITY_HALL),
        )
        assert place.district_id is not None, "the point lies in the city's district"
        event = events.add_event(campaign_id, plans.EventPlan(root_id, "City canvass"), now=clock.now())
        shifts = [plans.ShiftPlan(place.id, start, end, SEATS) for start, end in spans]
        events.add_shifts(campaign_id, event.id, shifts, now=clock.now())
        events.publish_event(campaign_id, event.id)


def plan(campaign_id: int, root_id: int, run_jobs) -> Run:
    now = clock.now()
    with transaction():
        run_id = matching.want_run(
            campaign_id, root_id, from_at=now, until_at=now + timedelta(days=14), by=None, now=now
        ).id
    run_jobs()
    db.session.expire_all()
    return db.session.get(Run, run_id)


def approve_all(campaign_id: int) -> list[int]:
    ids = db.session.scalars(select(Assignment.id).where(Assignment.campaign_id == campaign_id)).all()
    with transaction():
        return assignments.approve(campaign_id, ids, by=None, now=clock.now()).offered


def messages(campaign_id: int, kind: str) -> int:
    """Rows of the outbox."""
    query = select(func.count()).select_from(Message)
    return one(query.where(Message.campaign_id == campaign_id, Message.kind == kind))


def offers_in(inbox) -> list[dict[str, str]]:  # noqa: F811
    """Each offer that arrived: the paths of its links by what they do."""
    texts = []
    for mail in inbox.mails:
        if mail["X-Message-Kind"] == "offer":
            plain = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
            texts.append(plain.get_payload(decode=True).decode())
    return [{do: urllib.parse.urlsplit(link).path for link, do in _LINK.findall(text)} for text in texts]


def answer(app, offers: list[dict[str, str]]) -> tuple[int, int]:
    """Of every eight, five say yes (each fifth of all clicks twice), one says no, two leave it."""
    http, tally = FreshClient(app, app.response_class), {"accept": 0, "decline": 0}
    for number, links in enumerate(offers):
        if number % 8 > 5:
            continue
        do = "decline" if number % 8 == 5 else "accept"
        tally[do] += 1
        for _click in range(2 if number % 5 == 0 else 1):
            assert http.post(links[do], data={"answer": do}).status_code == 303
    return tally["accept"], tally["decline"]


def assert_answers_hold(campaign_id: int, inbox, yes: int, no: int, offered: int) -> None:  # noqa: F811
    """Each yes is one sign-up, each no was offered to somebody else once, and no shift is overfull."""
    states = dict(
        db.session.execute(
            select(Assignment.state, func.count())
            .where(Assignment.campaign_id == campaign_id)
            .group_by(Assignment.state)
        ).all()
    )
    assert (states[State.ACCEPTED], states[State.DECLINED]) == (yes, no)
    assert states[State.OFFERED] == offered - yes, "unanswered ones and the places passed on"
    assert messages(campaign_id, "offer") == len(offers_in(inbox)) == offered + no
    assert len(set(inbox.ids)) == len(inbox.ids), "no message left twice"
    going = select(func.count()).select_from(SignUp).where(SignUp.campaign_id == campaign_id)
    assert one(going.where(SignUp.state == "going")) == yes
    fullest = select(func.count()).where(SignUp.state == "going").group_by(SignUp.shift_id)
    assert max(db.session.scalars(fullest)) <= SEATS
    assert one(select(func.sum(Shift.held))) == offered - yes


def cut(campaign_id: int, precinct_ids: list[int], run_jobs) -> None:
    with transaction():
        cuts = turf.ask_cuts(campaign_id, precinct_ids, minutes=60.0, by=None, now=clock.now())
        ids = [each.id for each in cuts]
    run_jobs()
    db.session.expire_all()
    found = db.session.execute(select(Cut.state, Cut.message).where(Cut.id.in_(ids))).all()
    assert [row.state for row in found] == ["done"] * 3, found


def assert_doors_are_cut_once(campaign_id: int, precinct_ids: list[int]) -> None:
    """Every door of the precincts lies in exactly one turf, and no other door does."""
    doors = db.session.scalars(select(Door.id).where(Door.precinct_id.in_(precinct_ids))).all()
    in_turf = db.session.scalars(select(TurfDoor.door_id).where(TurfDoor.campaign_id == campaign_id)).all()
    assert sorted(in_turf) == sorted(doors)


def lease(campaign_id: int) -> list[phones.WalkList]:
    """Hand turfs to those who said yes; they went out three hours ago."""
    came = db.session.scalars(select(SignUp.person_id).where(SignUp.campaign_id == campaign_id).distinct())
    turfs = db.session.scalars(
        select(Turf.id).where(Turf.campaign_id == campaign_id, Turf.state == "open").order_by(Turf.id)
    ).all()
    walks, now = [], clock.now()
    for turf_id, person_id in zip(turfs[:TURFS_WALKED], came.all(), strict=False):
        with transaction():
            given = turf.hand_out(
                campaign_id, turf_id, person_id,
                by=None, now=now - timedelta(hours=3), until=now + timedelta(hours=1),
            )  # fmt: skip
        doors = [door.id for door in turf_queries.walk_list(turf_id)]
        walks.append(phones.WalkList(turf_id, doors, given.token))
    return walks


def poster(app, token: str) -> phones.Post:
    """Sends reports through the test client with the lease's token alone."""
    http = FreshClient(app, app.response_class, use_cookies=False)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def post(reports):
        answer = http.post("/canvass/reports", json={"reports": list(reports)}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json["receipts"]

    return post


def walk(app, walks: list[phones.WalkList]) -> tuple[list[dict], phones.Tally]:
    """Walk every list with phones that lose answers and send batches twice."""
    began = clock.now() - timedelta(hours=3)
    walked = [
        phones.Phone(
            each, poster(app, each.token), seed=number, habits=phones.Habits(pause_s=0.01)
        ).walk_and_send(began)
        for number, each in enumerate(walks)
    ]
    return [report for each in walked for report in each.reports], phones.total(walked)


def undo(app, walk_list: phones.WalkList, report: dict) -> dict:
    """Take one report back, sending that twice as well."""
    undoing = report | {"id": str(uuid.uuid4()), "result": None, "answers": {}, "undoes": report["id"]}
    post = poster(app, walk_list.token)
    assert [post([undoing])[0]["status"] for _each in range(2)] == ["stored", "known"]
    return undoing


def assert_stored_once(campaign_id: int, reports: list[dict], undoing: dict) -> None:
    """The table holds what phones made, once each; kept progress leaves out what was taken back."""
    ids = db.session.scalars(select(DoorReport.id).where(DoorReport.campaign_id == campaign_id)).all()
    assert sorted(map(str, ids)) == sorted([report["id"] for report in reports] + [undoing["id"]])
    undone = db.session.scalars(select(DoorReport.id).where(DoorReport.undone_at.is_not(None))).all()
    assert [str(each) for each in undone] == [undoing["undoes"]]
    kept = priority.progress_by_district(campaign_id).values()
    standing = [report for report in reports if report["id"] != undoing["undoes"]]
    assert sum(each["attempts"] for each in kept) == len(standing)
    talks = sum(report["result"] == "canvassed" for report in standing)
    assert sum(each["contacts"] for each in kept) == talks


def print_figures(step: Steps, imported, run: Run, yes: int, tally: phones.Tally, finished: int) -> None:
    seconds = ", ".join(f"{name} {took:.1f}" for name, took in step.seconds.items())
    print(f"\nNewport News, seconds: {seconds}; together {sum(step.seconds.values()):.1f}")
    print(f"  {imported['New doors']:,} doors, {run.proposed} proposed (gap {run.gap:.4f}), {yes} accepted")
    print(f"  {TURFS_WALKED} turfs: {tally.made} reports in {tally.posts} posted, {finished} doors finished")
