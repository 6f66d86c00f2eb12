"""The three statements of a receipt, built once: thousands of phones ask for them on an election day.

Plain tables instead of mapped classes, and every value a parameter, so that running one costs little more
than sending it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, cast, func, insert, literal, select, update
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as insert_or_ignore

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_log import PendingReport, PhoneLog
from volunteer_hub.core.arrays import COUNT, INSTANT, NUMBER, TEXT, UUID, YES_NO
from volunteer_hub.turf.models import Lease, TurfDoor

_REPORT = (
    ("id", UUID), ("seq", COUNT), ("door_id", NUMBER), ("at", INSTANT), ("made_at", INSTANT),
    ("result", TEXT), ("answers", TEXT), ("support", COUNT), ("note", TEXT), ("voter_id", NUMBER),
    ("same_knock", YES_NO), ("undoes_id", UUID), ("review", TEXT),
)  # fmt: skip
REPORT_COLUMNS = tuple(name for name, _kind in _REPORT)
"""STORE takes an array for each of these, and one value for each of _SAME."""
_SAME = ("campaign_id", "turf_id", "lease_id", "canvasser_id", "log_id", "received_at")


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _holder() -> Any:
    """The lease behind a token digest, its doors, and the state of a log. Parameters: digest, log."""
    leases, logs, doors = _table(Lease).c, _table(PhoneLog).c, _table(TurfDoor).c
    of_turf = select(doors.door_id).where(doors.turf_id == leases.turf_id).correlate(_table(Lease))
    return (
        select(
            leases.id,
            leases.campaign_id,
            leases.turf_id,
            leases.person_id,
            leases.leased_at,
            leases.expires_at,
            leases.returned_at,
            leases.end_reason,
            func.array(of_turf.scalar_subquery()),
            logs.lease_id,
            logs.head,
            logs.hash,
            logs.last_at,
        )
        .select_from(_table(Lease).outerjoin(_table(PhoneLog), logs.id == bindparam("log")))
        .where(leases.token_digest == bindparam("digest"))
    )


def _move() -> Any:
    """Move a log's head, if nobody else has moved it. Parameters: log, old_head, old_hash, new values."""
    logs = _table(PhoneLog).c
    names = ("head", "hash", "heard_at", "last_at", "ahead_s")
    return (
        update(_table(PhoneLog))
        .where(
            logs.id == bindparam("log"),
            logs.head == bindparam("old_head"),
            logs.hash == bindparam("old_hash"),
        )
        .values({name: bindparam(name) for name in names})
    )


def _store() -> Any:
    """Insert reports that are new and mark them as yet to take effect; rowcount says how many."""
    reports = _table(DoorReport)
    arrays = [cast(bindparam(name, type_=ARRAY(kind)), ARRAY(kind)) for name, kind in _REPORT]
    given = (
        func.unnest(*arrays)
        .table_valued(*[sql_column(name, kind) for name, kind in _REPORT], name="given")
        .render_derived()
    )

    def value(name: str) -> ColumnElement[Any]:
        return cast(given.c.answers, JSONB) if name == "answers" else given.c[name]

    same = [bindparam(name, type_=reports.c[name].type) for name in _SAME]
    fresh = select(*map(value, REPORT_COLUMNS), *same, literal("phone"))
    stored = (
        insert_or_ignore(reports)
        .from_select([*REPORT_COLUMNS, *_SAME, "source"], fresh, include_defaults=False)
        .on_conflict_do_nothing()
        .returning(reports.c.id, reports.c.campaign_id, reports.c.received_at)
        .cte("stored")
    )
    waiting = select(stored.c.id, stored.c.campaign_id, stored.c.received_at)
    marked = insert(_table(PendingReport)).from_select(["report_id", "campaign_id", "received_at"], waiting)
    return marked.execution_options(preserve_rowcount=True)


HOLDER, MOVE, STORE = _holder(), _move(), _store()
