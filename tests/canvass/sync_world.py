"""The server of test_sync_model.py: it may die between any two statements, or be of an older day."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import event

from tests.canvass.counting import assert_recount_agrees, progress
from tests.canvass.phone import Phone
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.canvass.models_log import PendingReport, SetAsideEntry
from volunteer_hub.canvass.models_log import PhoneLog as Kept
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.priority.models import Progress
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import DoorStanding, Lease, Turf, TurfDoor


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


class World:
    """The server of the model: the application with its database, a turf and its two leases."""

    def __init__(self, app, make, walk):
        self.make, self.walk, self.campaign_id = make, walk, walk.campaign_id
        self.app, self.door_ids = app, list(walk.door_ids)
        self.dying = DyingDatabase(db.engine)
        self.turf_id = walk.id
        self.elsewhere = make.doors_of(make.turf(1))[0]

    def begin(self):
        with transaction():
            for table in (
                PendingReport, DoorReport, Addition, SetAsideEntry, Kept, Progress, DoorStanding, Lease,
            ):  # fmt: skip
                db.session.query(table).delete()
            db.session.query(TurfDoor).update({"result": None, "visited_at": None})
            db.session.query(Turf).update({"doors_done": 0, "state": "open"})
        self.restores, self.restored = 0, {}  # how often, and of each log when last
        first = self.make.lease(self.walk)
        self.leases = [first]
        self.tokens = [first.token, first.token, first.token]

    def hand_over(self, ended_minutes_ago):
        if len(self.leases) > 1:
            return
        with transaction():
            ended = clock.now() - timedelta(minutes=ended_minutes_ago)
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
        has_died = dies_after is not None and self.dying.left is None
        self.dying.left = None
        db.session.rollback()
        if answer.status_code not in (200, 409):
            assert has_died, answer.text
            return None, None
        return answer.status_code, answer.json

    def is_of_this_lease(self, who, log):
        db.session.rollback()
        kept = db.session.get(Kept, uuid.UUID(log))
        return kept is None or kept.lease_id == next(
            each.lease_id for each in self.leases if each.token == self.tokens[who]
        )

    def cut_back(self, phone, keeps):
        """As if the machine's disk were of the moment when it held `keeps` entries of this log.

        Additions stay: no row says with which log they came.
        """
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
        self.restores += 1
        self.restored[phone.id] = self.restores

    def _recount(self):
        from volunteer_hub.canvass import services

        services.recount(self.campaign_id, now=clock.now())

    def heads(self):
        db.session.rollback()
        return {str(row.id): (row.head, row.hash.hex()) for row in db.session.query(Kept)}

    def all_ids(self):
        db.session.rollback()
        reports = [str(each) for each in db.session.scalars(db.select(DoorReport.id))]
        found = [str(each) for each in db.session.scalars(db.select(Addition.id))]
        aside = db.session.scalars(
            db.select(SetAsideEntry.entry_id).where(SetAsideEntry.entry_id.is_not(None))
        )
        return reports + found + [str(each) for each in aside]

    def rows_by_place(self):
        """Reports and what is set aside, by log and number."""
        db.session.rollback()
        rows = [*db.session.query(DoorReport), *db.session.query(SetAsideEntry)]
        return {(str(row.log_id), row.seq): row for row in rows}

    def stored_ids(self):
        return set(self.all_ids())

    def check(self):
        progress()
        assert_recount_agrees(self.campaign_id)
