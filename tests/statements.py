"""Count the SQL statements that a block sends: a list page costs the same at any size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from volunteer_hub.core.db import db


class Statements(list[str]):
    """The statements sent, in order; `total` of them."""

    @property
    def total(self) -> int:
        return len(self)


@contextmanager
def counted() -> Iterator[Statements]:
    """`with counted() as statements: ...; assert statements.total == 3`."""
    sent = Statements()

    def note(_connection, _cursor, statement, *_more):
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
