"""Rows of one person that become another's, and back: what merging does in every feature.

Ids come back as plain values that JSON can hold, so that a merge can be undone from what it kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import exists, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from volunteer_hub.core.db import db


def move_rows(
    column: InstrumentedAttribute[Any],
    kept_id: int,
    gone_id: int,
    *,
    unless_same: Sequence[InstrumentedAttribute[Any]] = (),
    where: Iterable[Any] = (),
) -> list[Any]:
    """Give the rows whose `column` names the gone person to the kept one; returns the ids of those moved.

    unless_same: what a person may have once only: such a row stays where the kept person has its like.
    """
    table = column.class_
    query = update(table).where(column == gone_id, *where)
    if unless_same:
        other = aliased(table)
        alike = (getattr(other, each.key).is_not_distinct_from(each) for each in unless_same)
        query = query.where(~exists().where(getattr(other, column.key) == kept_id, *alike))
    moved = db.session.scalars(
        query.values({column: kept_id}).returning(table.id).execution_options(synchronize_session=False)
    )
    return sorted(str(each) if isinstance(each, uuid.UUID) else each for each in moved)


def move_back(column: InstrumentedAttribute[Any], kept_id: int, gone_id: int, ids: Iterable[Any]) -> None:
    """Give these rows back, as far as they are still the kept person's."""
    found = [uuid.UUID(each) if isinstance(each, str) else each for each in ids]
    if found:
        table = column.class_
        db.session.execute(
            update(table)
            .where(column == kept_id, table.id.in_(found))
            .values({column: gone_id})
            .execution_options(synchronize_session=False)
        )
