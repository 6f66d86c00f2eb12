"""Learning who comes from who came, and reckoning it for the shifts ahead. No number here judges anybody:
it plans how many are needed, and only the shift's sum is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import Double, Integer, column, func, select, update
from sqlalchemy.dialects.postgresql import insert

from geodata.showing import ShowModel, learn
from volunteer_hub.core.db import db
from volunteer_hub.events.models import Shift, ShowLearned, SignUp
from volunteer_hub.events.queries import showing
from volunteer_hub.events.services.places import lock_shifts
from volunteer_hub.people import services as people

SEED = 0
NEUTRAL_DAYS = 7.0


def learn_showing(campaign_id: int, *, now: datetime) -> ShowModel:
    """Learn the campaign's model anew from its closed lists; keep it, and what it says of records."""
    past = showing.history(campaign_id, now)
    model = learn(past.rows, past.came, seed=SEED)
    values = {
        "model": model.as_plain(),
        "marks": showing.marks_of(campaign_id),
        "left_out": past.left_out,
        "learned_at": now,
    }
    statement = insert(ShowLearned).values(campaign_id=campaign_id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["campaign_id"], set_=values))
    people.set_show_chances(campaign_id, _by_record(campaign_id, model))
    return model


def reckon(campaign_id: int, shift_ids: Sequence[int], model: ShowModel, *, now: datetime) -> int:
    """Set the chance of each standing sign-up of these shifts, and how many are expected at each.

    A fixed number of statements. Returns how many sign-ups.
    """
    lock_shifts(campaign_id, shift_ids)
    standing = showing.standing_rows(shift_ids, now)
    chances = model.chances(standing.rows) if standing.ids else np.zeros(0)
    _set(SignUp, "show_chance", dict(zip(standing.ids, chances.tolist(), strict=True)))
    sums: dict[int, float] = defaultdict(float, dict.fromkeys(shift_ids, 0.0))
    for shift_id, chance in zip(standing.shift_ids, chances.tolist(), strict=True):
        sums[shift_id] += chance
    _set(Shift, "expected", sums)
    return len(standing.ids)


def keep_record(person_id: int) -> None:
    """Count a person's shifts anew after a mark, so that the count never drifts from the marks."""
    keep_records([person_id])


def keep_records(person_ids: Collection[int]) -> None:
    """The same for several, in three statements. Their records are locked before they are counted."""
    db.session.flush()
    people.lock_records(person_ids)
    came, missed = (func.count().filter(SignUp.attendance == kind) for kind in ("attended", "no_show"))
    counted = select(SignUp.person_id, came, missed).where(SignUp.person_id == func.any(list(person_ids)))
    rows = db.session.execute(counted.group_by(SignUp.person_id)).all()
    people.set_records(dict.fromkeys(person_ids, (0, 0)) | {row[0]: (row[1], row[2]) for row in rows})


def _by_record(campaign_id: int, model: ShowModel) -> dict[tuple[int, int], float]:
    """{(came, missed): chance} for each record there is, of somebody who signs up a week ahead near home."""
    records = people.records(campaign_id)
    rows = showing.of_records(records, NEUTRAL_DAYS)
    return dict(zip(records, model.chances(rows).round(4).tolist(), strict=True))


def _set(table: type[SignUp] | type[Shift], name: str, values: dict[int, float]) -> None:
    """One statement, however many rows; rows that say so already are not written again."""
    if not values:
        return
    new = (
        func.unnest(list(values), list(values.values()))
        .table_valued(column("id", Integer), column("value", Double))
        .render_derived(name="new")
    )
    now_set = getattr(table, name)
    db.session.execute(
        update(table)
        .where(table.id == new.c.id, func.coalesce(now_set, -1) != new.c.value)
        .values({name: new.c.value})
        .execution_options(synchronize_session=False)
    )
