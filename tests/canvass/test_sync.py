"""Sync under every mishap: each report is stored once, and progress equals a recount."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.canvass.counting import assert_recount_agrees, progress, stored
from volunteer_hub.canvass import services
from volunteer_hub.canvass.models import DoorReport, Outcome
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.priority.models import Progress
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.models import DoorStanding, Turf, TurfDoor

RESULTS = st.sampled_from(list(Outcome))
SUPPORT = st.none() | st.integers(1, 5)


@st.composite
def days(draw):
    """What a phone makes: knocks at a few doors, some taken back; and how it is delivered."""
    knocks = draw(st.lists(st.tuples(st.integers(0, 3), RESULTS, SUPPORT), min_size=1, max_size=10))
    undone = draw(st.sets(st.integers(0, len(knocks) - 1), max_size=3))
    count = len(knocks) + len(undone)
    order = draw(st.permutations(range(count)))
    repeats = draw(st.lists(st.integers(0, count - 1), max_size=6))
    cuts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=8))
    lost = draw(st.sets(st.integers(0, 7), max_size=3))
    return knocks, sorted(undone), [*order, *repeats], cuts, lost


def reports_of(knocks, undone, doors, turf_id, starts_at):
    made = [
        {
            "id": str(uuid.uuid4()),
            "turf": turf_id,
            "door": doors[door],
            "at": (starts_at + timedelta(minutes=number)).isoformat(),
            "result": result.value,
            "answers": {} if support is None else {"support": support},
        }
        for number, (door, result, support) in enumerate(knocks)
    ]
    for number in undone:
        later = starts_at + timedelta(minutes=30 + number)
        made.append(
            made[number]
            | {"id": str(uuid.uuid4()), "at": later.isoformat(), "result": None, "answers": {}}
            | {"undoes": made[number]["id"]}
        )
    return made


def batches(order, cuts):
    """The order split into pieces of the given sizes, over and over."""
    rest, number = list(order), 0
    while rest:
        size = cuts[number % len(cuts)]
        yield rest[:size]
        rest, number = rest[size:], number + 1


def forget_everything():
    """Between two examples: the reports and all that is kept of them."""
    with transaction():
        for table in (DoorReport, Progress, DoorStanding):
            db.session.query(table).delete()
        db.session.query(TurfDoor).update({"result": None, "visited_at": None})
        db.session.query(Turf).update({"doors_done": 0})


def expected(knocks, undone):
    """Progress by plain counting, in another way than the program does it."""
    final = {"canvassed", "refused", "moved", "deceased", "do_not_walk"}
    left = [(row, *knock) for row, knock in enumerate(knocks) if row not in undone]
    by_door = {door: [each for each in left if each[1] == door] for _row, door, *_rest in left}
    last = [[support for *_x, support in each if support][-1:] for each in by_door.values()]
    supports = [each[0] for each in last if each]
    counts = {
        "attempts": len(left),
        "contacts": sum(result == "canvassed" for _row, _door, result, _support in left),
        "supporters": sum(each < 3 for each in supports),
        "undecided": sum(each == 3 for each in supports),
        "opponents": sum(each > 3 for each in supports),
        "doors_tried": len(by_door),
        "doors_done": sum(any(each[2].value in final for each in door) for door in by_door.values()),
    }
    return {name: count for name, count in counts.items() if count}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=days())
def test_any_delivery_ends_with_each_report_once_and_progress_equal_to_a_recount(walk, phone, day):
    knocks, undone, order, cuts, lost = day
    forget_everything()
    starts_at = clock.now() - timedelta(minutes=90)
    made = reports_of(knocks, undone, phone.doors, walk.id, starts_at)
    receipted = set()
    for number, rows in enumerate(batches(order, cuts)):
        receipts = phone.send(*[made[row] for row in rows])
        assert {each["status"] for each in receipts} <= {"stored", "known"}
        if number not in lost:  # else the answer never reaches the phone
            receipted |= {each["id"] for each in receipts}
    left = [report for report in made if report["id"] not in receipted]
    if left:
        phone.send(*left)
    assert stored() == len(made)
    assert progress() == expected(knocks, undone)
    assert_recount_agrees(walk.campaign_id)
    assert db.session.get(Turf, walk.id).doors_done == progress().get("doors_tried", 0)


def test_the_same_batch_from_eight_threads_at_once_counts_once(app, phone, walk):
    made = [phone.report(door, "canvassed", answers={"support": 1}) for door in phone.doors]
    gate, statuses = threading.Barrier(8), []
    token, campaign_id = phone.token, walk.campaign_id
    db.session.rollback()

    def deliver(number):
        with app.app_context():
            gate.wait()
            batch = made[number:] + made[:number]
            with transaction():
                authority = services.ByLease(turf.lease_by_token(token))
                receipts = services.record(batch, authority=authority, now=clock.now())
            statuses.extend(each.status for each in receipts)
            db.session.remove()

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(statuses) == ["known"] * 56 + ["stored"] * 8
    assert progress() == {
        "attempts": 8, "contacts": 8, "supporters": 8, "doors_tried": 8, "doors_done": 8
    }  # fmt: skip
    assert_recount_agrees(campaign_id)


def test_a_recount_mends_what_drifted_and_says_so(phone, walk):
    phone.send(phone.report(phone.doors[0], "canvassed"), phone.report(phone.doors[1]))
    with transaction():
        db.session.query(Progress).update({"attempts": 99, "doors_done": 0})
        db.session.get(DoorStanding, phone.doors[1]).attempts = 7
        db.session.query(TurfDoor).filter_by(door_id=phone.doors[0]).update({"result": None})
        db.session.query(Turf).filter_by(id=walk.id).update({"doors_done": 5})
    with transaction():
        found = services.recount(walk.campaign_id, now=clock.now())
    assert (found.doors, found.places) == (1, 1)
    assert found.visits >= 1
    assert progress() == {"attempts": 2, "contacts": 1, "doors_tried": 2, "doors_done": 1}
    assert db.session.get(Turf, walk.id, populate_existing=True).doors_done == 2
    assert_recount_agrees(walk.campaign_id)


def test_a_rolled_back_batch_leaves_nothing_and_may_be_sent_again(app, phone, walk, monkeypatch):
    from volunteer_hub.priority import services as priority

    report, real = phone.report(phone.doors[0]), priority.add_progress

    def fail(*_args, **_more):
        raise RuntimeError("the server dies between two steps")

    monkeypatch.setattr(priority, "add_progress", fail)
    assert phone.post([report]).status_code == 500
    assert (stored(), progress()) == (0, {})
    monkeypatch.setattr(priority, "add_progress", real)
    assert phone.statuses(report) == ["stored"]
    assert_recount_agrees(walk.campaign_id)


def test_an_id_that_another_campaign_has_is_no_receipt(phone, make):
    report = phone.report(phone.doors[0])
    assert phone.statuses(report) == ["stored"]
    db.session.execute(db.update(DoorReport).values(campaign_id=make.campaign().id))
    db.session.commit()
    assert phone.statuses(report) == ["refused"]
