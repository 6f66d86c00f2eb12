"""The two statements of a receipt, built once: thousands of phones ask for them on an election day."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, bindparam, func, select, text

from volunteer_hub.canvass.models_log import PhoneLog
from volunteer_hub.turf.models import Lease, TurfDoor


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _holder() -> Any:
    """The lease behind a token digest, its doors, and the state of a log. Parameters: digest, log."""
    leases, logs, doors = _table(Lease).c, _table(PhoneLog).c, _table(TurfDoor).c

    def of_turf(column: Any, *conditions: Any) -> Any:
        found = select(column).where(doors.turf_id == leases.turf_id, *conditions)
        return found.correlate(_table(Lease)).scalar_subquery()

    gone = func.json_object_agg(doors.door_id, doors.given_back_at)
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
            func.array(of_turf(doors.door_id)),
            of_turf(gone, doors.given_back_at.is_not(None)),
            logs.lease_id,
            logs.head,
            logs.hash,
            logs.last_at,
        )
        .select_from(_table(Lease).outerjoin(_table(PhoneLog), logs.id == bindparam("log")))
        .where(leases.token_digest == bindparam("digest"))
    )


HOLDER = _holder()

APPEND = text(
    """
    WITH moved AS (
      UPDATE phone_logs
         SET head = :head, hash = :hash, heard_at = :now, last_at = :last_at, ahead_s = :ahead_s
       WHERE id = :log AND head = :old_head AND hash = :old_hash RETURNING id),
    stored AS (
      INSERT INTO door_reports (id, seq, door_id, at, made_at, result, answers, support, note, voter_id,
                                same_knock, undoes_id, review, campaign_id, turf_id, lease_id, canvasser_id,
                                log_id, received_at, source)
      SELECT g.id, g.seq, g.door_id, g.at, g.made_at, g.result, g.answers, g.support, g.note, g.voter_id,
             g.same_knock, g.undoes_id, g.review, :campaign_id, :turf_id, :lease_id, :canvasser_id,
             moved.id, :now, 'phone'
        FROM moved, json_to_recordset(CAST(:rows AS json)) AS g (
             id uuid, seq int, door_id bigint, at timestamptz, made_at timestamptz, result text,
             answers jsonb, support int, note text, voter_id bigint, same_knock boolean, undoes_id uuid,
             review text)
       ORDER BY g.id
      ON CONFLICT DO NOTHING RETURNING id),
    marked AS (
      INSERT INTO pending_reports (report_id, campaign_id, received_at)
      SELECT id, :campaign_id, :now FROM stored)
    SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM stored)
    """
)
"""Move a log's head, if nobody else has moved it, and insert its new reports with a mark for what they will
change; by id, so that the same ids in two logs wait for each other in one order. Returns how many logs moved
(0: nothing else happened either) and how many reports were new."""
