"""The database session, and the only place that commits.

A view, a job or a command opens one `transaction()`; services inside it write and `announce()`
facts; after the commit the facts start the jobs named in the AFTER table of volunteer_hub/app.py.
SQLAlchemy's own after_commit event also fires when a savepoint is released, so it is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, ForeignKey, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from volunteer_hub.core import outage

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


_TYPES: dict[Any, Any] = {
    str: Text(),
    datetime: DateTime(timezone=True),
    dict[str, Any]: JSONB(),
    list[Any]: JSONB(),
    bytes: LargeBinary(),
}


class Base(DeclarativeBase):
    """Every table: text is TEXT, an instant carries its zone, a dict is JSONB, bytes are BYTEA."""

    registry = registry(metadata=MetaData(naming_convention=_NAMES), type_annotation_map=_TYPES)


class Database(SQLAlchemy):
    """Flask-SQLAlchemy whose engines give up in time on a database that hangs (core/outage.py)."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        engine = super()._make_engine(bind_key, options, app)
        outage.bound(engine, within_s=options["connect_args"]["connect_timeout"])
        return engine

    def forget(self) -> None:
        """Roll back what this request or job has read; if the line is broken, throw it away."""
        if not self.session.registry.has():
            return
        try:
            self.session.rollback()
        except DBAPIError:
            self.session().invalidate()

    def _teardown_session(self, exc: BaseException | None) -> None:
        self.forget()
        super()._teardown_session(exc)


db = Database(model_class=Base)


class InCampaign:
    """A row that belongs to one campaign; the gate never shows it to another."""

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), index=True)


class NestedTransaction(RuntimeError):
    """A transaction was opened inside another: one command is one transaction, opened at the edge."""


@contextmanager
def transaction() -> Iterator[Any]:
    """One command: commit once at the end, then start the jobs that follow; roll back on any error.

    Refuses to nest. What was only read before it, in the same request, is part of it.
    """
    session = db.session
    if session.info.get("facts") is not None:
        raise NestedTransaction("a transaction is already open; open one at the edge and pass through it")
    facts: list[Any] = []
    session.info["facts"] = facts
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["facts"] = None
    _follow(facts)


def announce(fact: Any) -> None:
    """Say what happened; the jobs that follow it start after the commit, or never if it rolls back."""
    facts = db.session.info.get("facts")
    if facts is None:
        raise RuntimeError(f"{type(fact).__name__} was announced outside a transaction")
    facts.append(fact)


def let_go() -> None:
    """End the read transaction and hand the connection back, before long work that needs no database."""
    if db.session.info.get("facts") is not None:
        raise RuntimeError("cannot let go of the database inside a transaction")
    db.session.rollback()
    db.session.close()


def _follow(facts: list[Any]) -> None:
    follow: Callable[[list[Any]], None] | None = current_app.extensions.get("follow")
    if follow and facts:
        follow(facts)
