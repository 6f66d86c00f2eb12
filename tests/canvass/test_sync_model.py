"""The promises of docs/sync.md, whatever happens.

The network drops, delays, repeats and reorders; the server dies between any two statements, or is restored
from an older copy; phones die and come back; the turf goes to somebody else.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event

from tests.canvass.counting import assert_recount_agrees, progress
from tests.canvass.phone import Phone
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_log import PendingReport, SetAsideEntry
from volunteer_hub.canvass.models_log import PhoneLog as Kept
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.demo.phone_log import PhoneLog
from volunteer_hub.priority.models import Progress
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import DoorStanding, Lease, Turf, TurfDoor

PHONES = 3  # two of a pair on one lease, and one that gets the turf afterwards
NUMBER = st.integers(0, PHONES - 1)


class Died(Exception):
    """The server's process ended here."""


class DyingDatabase:
    """Lets the n-th statement from now on end the request, as a killed process would."""

    def __init__(self, engine):
        self.left = None
        event.listen(engine, "before_cursor_execute", self._count)
        self.engine = engine

    def _count(self, *_):
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Died

    def close(self):
        event.remove(self.engine, "before_cursor_execute", self._count)


class Model(RuleBasedStateMachine):
    """Steps in any order; `world` holds the application, the turf and three phones."""

    world = None

    def __init__(self):
        super().__init__()
        self.world.begin()
        self.phones = [PhoneLog() for _ in range(PHONES)]
        self.made = [[] for _ in range(PHONES)]
        self.requests = []  # (phone, batch) somewhere on the network
        self.answers = []  # (phone, log id, first, answer) somewhere on the network

    # -- what people do

    @rule(who=NUMBER, door=st.integers(0, 7), result=st.sampled_from(["not_home", "canvassed", "refused"]))
    def knock(self, who, door, result):
        self._write(who, self.world.report(who, door, result))

    @precondition(lambda self: any(self.made))
    @rule(who=NUMBER, back=st.integers(1, 3))
    def undo(self, who, back):
        knocks = [each for each in self.made[who] if each["result"]]
        if knocks:
            wrong = knocks[-min(back, len(knocks))]
            self._write(who, self.world.report(who, 0, None) | {"door": wrong["door"], "undoes": wrong["id"]})

    @rule(who=NUMBER)
    def write_nonsense(self, who):
        self._write(who, self.world.report(who, 0, "shouted_at"))

    @rule()
    def the_turf_goes_to_somebody_else(self):
        self.world.hand_over()

    # -- the network

    @rule(who=NUMBER, most=st.integers(1, 5))
    def post(self, who, most):
        batch = self.phones[who].batch(clock.now(), most)
        if batch:
            self.requests.append((who, batch))

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 20), again=st.booleans(), dies_after=st.none() | st.integers(0, 7))
    def a_request_arrives(self, which, again, dies_after):
        place = which % len(self.requests)
        who, batch = self.requests[place] if again else self.requests.pop(place)
        answer = self.world.post(who, batch, dies_after)
        if answer is not None:
            self.answers.append((who, batch["log"], batch["first"], answer))

    @precondition(lambda self: self.requests)
    @rule()
    def a_request_is_lost(self):
        self.requests.pop()

    @precondition(lambda self: self.answers)
    @rule(which=st.integers(0, 20))
    def an_answer_arrives(self, which):
        who, log, first, answer = self.answers.pop(which % len(self.answers))
        phone = self.phones[who]
        if phone.id == log and first == phone.received + 1:  # else: of an older batch
            phone.settle(answer)

    @precondition(lambda self: self.answers)
    @rule()
    def an_answer_is_lost(self):
        self.answers.pop()

    # -- what breaks

    @rule(who=NUMBER)
    def a_phone_dies_and_comes_back(self, who):
        self.answers = [each for each in self.answers if each[0] != who]

    @rule(who=NUMBER)
    def a_phone_loses_its_last_entry(self, who):
        """A cheap disk lied about the last write."""
        phone = self.phones[who]
        if phone.texts and phone.received < len(phone.texts):
            lost = json.loads(phone.texts.pop())
            phone.hashes.pop()
            self.made[who] = [each for each in self.made[who] if each["id"] != lost["id"]]
            self.world.maybe.add(lost["id"])  # the server may have it all the same

    @rule(who=NUMBER, keeps=st.integers(0, 6))
    def the_server_is_restored_from_an_older_copy(self, who, keeps):
        self.world.cut_back(self.phones[who], keeps)

    @rule()
    def the_job_runs(self):
        self.world.apply()

    # -- what always holds

    @invariant()
    def the_servers_copy_is_a_prefix_of_the_log(self):
        heads = self.world.heads()
        for phone in self.phones:
            if phone.id in heads:
                head, known = heads[phone.id]
                if head <= len(phone.texts) and known == phone.hash_after(head):
                    ids = [json.loads(text)["id"] for text in phone.texts[:head]]
                    missing = set(ids) - self.world.stored_ids()
                    assert not missing, "the server said it has entries that it has not"

    @invariant()
    def no_entry_is_there_twice(self):
        twice = [each for each, count in Counter(self.world.all_ids()).items() if count > 1]
        assert not twice

    def teardown(self):
        """The network is back: everything arrives, once, and what is kept equals what the entries say."""
        for who in range(PHONES):
            for _round in range(60):
                batch = self.phones[who].batch(clock.now(), 5)
                if batch is None:
                    break
                self.phones[who].settle(self.world.post(who, batch, None))
            assert not self.phones[who].unsent
        made = {each["id"] for mine in self.made for each in mine}
        assert made <= self.world.stored_ids() <= made | self.world.maybe
        self.world.check()

    def _write(self, who, entry):
        self.made[who].append(entry)
        self.phones[who].append(entry)


class World:
    """The server of the model: the application with its database, a turf and its two leases."""

    def __init__(self, app, make, walk):
        self.make, self.walk, self.campaign_id = make, walk, walk.campaign_id
        self.app, self.door_ids = app, list(walk.door_ids)
        self.dying = DyingDatabase(db.engine)
        self.turf_id = walk.id

    def begin(self):
        with transaction():
            for table in (PendingReport, DoorReport, SetAsideEntry, Kept, Progress, DoorStanding, Lease):
                db.session.query(table).delete()
            db.session.query(TurfDoor).update({"result": None, "visited_at": None})
            db.session.query(Turf).update({"doors_done": 0, "state": "open"})
        self.maybe = set()
        first = self.make.lease(self.walk)
        self.leases = [first]
        self.tokens = [first.token, first.token, first.token]

    def hand_over(self):
        if len(self.leases) > 1:
            return
        with transaction():
            ended = clock.now() - timedelta(minutes=5)
            turf_services.end_lease(self.campaign_id, self.leases[0].lease_id, reason="taken_back", now=ended)
        self.leases.append(self.make.lease(self.walk, hours_ago=0.05))
        self.tokens[2] = self.leases[1].token

    def report(self, who, door, result):
        return Phone(self.app, self.tokens[who], self.turf_id).report(
            self.door_ids[door], result, minutes_ago=1
        )

    def post(self, who, batch, dies_after):
        http = Phone(self.app, self.tokens[who], self.turf_id).http
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Accept": "application/json"}
        self.dying.left = dies_after
        answer = http.post("/canvass/log", json=batch, headers=headers)
        self.dying.left = None
        db.session.rollback()
        return answer.json if answer.status_code in (200, 409) else None

    def cut_back(self, phone, keeps):
        """As if the machine's disk were of the moment when it held `keeps` entries of this log."""
        with transaction():
            kept = db.session.get(Kept, phone.id)
            if (
                kept is None
                or kept.head <= keeps
                or kept.hash.hex() != phone.hash_after(min(kept.head, len(phone.texts)))
            ):
                return
            kept.head, kept.hash = keeps, bytes.fromhex(phone.hash_after(keeps))
            for table in (DoorReport, SetAsideEntry):
                rows = db.session.query(table).filter(table.log_id == phone.id, table.seq > keeps)
                ids = [str(row.id) for row in rows]
                if table is DoorReport:
                    db.session.query(PendingReport).filter(PendingReport.report_id.in_(ids)).delete()
                rows.delete()
        with transaction():
            self._recount()

    def _recount(self):
        from volunteer_hub.canvass import services

        services.recount(self.campaign_id, now=clock.now())

    def apply(self):
        progress()

    def heads(self):
        db.session.rollback()
        return {str(row.id): (row.head, row.hash.hex()) for row in db.session.query(Kept)}

    def all_ids(self):
        db.session.rollback()
        reports = [str(each) for each in db.session.scalars(db.select(DoorReport.id))]
        aside = [str(each) for each in db.session.scalars(db.select(SetAsideEntry.entry_id))]
        return reports + aside

    def stored_ids(self):
        return set(self.all_ids())

    def check(self):
        progress()
        assert_recount_agrees(self.campaign_id)


def test_whatever_happens_each_entry_is_kept_exactly_once(app, make, walk):
    app.config["RATELIMIT_ENABLED"] = False
    Model.world = World(app, make, walk)
    try:
        run_state_machine_as_test(
            Model,
            settings=settings(
                max_examples=12,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        Model.world.dying.close()
