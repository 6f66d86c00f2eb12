"""The one order of locks for whoever changes people together with what hangs on them.

Merges first, then what features name by the table LOCKS of app.py, in its order (events, staging locations,
shifts, sign-ups, offers, tasks, leases), and people last; rows of one table by their ids
(docs/decisions/0024-one-order-of-locks.md). Whoever holds a shift and comes to its people finds them free, or
in the hands of somebody who does not wait for the shift.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Conflict
from volunteer_hub.people.models import Merge, Person

Rows = tuple[Any, list[Any]]
"""A table and the ids of its rows, in the order in which they are locked."""
HangsOn = Callable[[Collection[int]], list[Rows]]
"""A function of the table LOCKS: what of a feature hangs on these people, and is locked before them."""
TURNS = 5


class _MoreHangsOn(Exception):
    """Something came to hang on them while we waited."""


class TooBusy(Conflict):
    """They sign up or are signed up again and again at this very moment."""

    def __init__(self) -> None:
        super().__init__(_l("Something of theirs is being changed at this very moment. Try again."))


def lock_people(person_ids: Collection[int]) -> dict[int, Person]:
    """Lock these people after all that hangs on them, until the transaction ends; read anew, by id.

    What came to hang on them while we waited was not locked in its turn: then all is let go (a savepoint) and
    locked again. Once they are locked nothing new can hang on them. Raises TooBusy after TURNS.
    """
    for _turn in range(TURNS):
        with suppress(_MoreHangsOn), db.session.begin_nested():
            before = dict(_lock_each(_hanging(person_ids)))
            people = _lock(person_ids)
            if not all(set(ids) <= before.get(table, set()) for table, ids in _hanging(person_ids)):
                raise _MoreHangsOn()
            return people
    raise TooBusy()


def _hanging(person_ids: Collection[int]) -> list[Rows]:
    theirs = select(Merge.id).where(or_(Merge.kept_id.in_(person_ids), Merge.gone_id.in_(person_ids)))
    features: list[HangsOn] = current_app.extensions.get("locks", [])
    found: list[Rows] = [(Merge, list(db.session.scalars(theirs)))]
    return found + [rows for hangs_on in features for rows in hangs_on(person_ids)]


def _lock_each(hanging: list[Rows]) -> Iterator[tuple[Any, set[Any]]]:
    for table, ids in hanging:
        if ids:
            query = select(table.id).where(table.id.in_(ids)).order_by(table.id)
            db.session.execute(query.with_for_update(key_share=True))
        yield table, set(ids)


def _lock(person_ids: Collection[int]) -> dict[int, Person]:
    query = select(Person).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update(of=Person)
    rows = db.session.scalars(query.execution_options(populate_existing=True))
    return {row.id: row for row in rows}
