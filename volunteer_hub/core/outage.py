"""A database that hangs (a stopped process, a dead disk, a cut network) must not hang the pages.

A connection is asked before each use, and given up when it does not answer in time (DATABASE_WAIT_S); for
AWAY_S after that, nobody waits for it again. A refused connection fails at once by itself, and is not tried
again for REFUSED_S: a database that starts anew needs the processor more than a thousand knocks at its door.
"""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from sqlalchemy import Engine, event

AWAY_S = 1.0
REFUSED_S = 0.1


class Outage:
    """Remembers for a moment that the database hung or refused."""

    def __init__(self) -> None:
        self._until_s = 0.0

    def note(self, for_s: float) -> None:
        """It hung or refused just now."""
        self._until_s = time.monotonic() + for_s

    def refuse_if_known(self) -> None:
        """Raises OperationalError while the outage is fresh."""
        if time.monotonic() < self._until_s:
            raise psycopg.OperationalError("the database did not answer a moment ago")


def bound(engine: Engine, *, within_s: float) -> None:
    """Bound the time in which this engine's pool hands out a connection, or fails. Opening one is bounded by
    its connect_timeout."""
    outage = Outage()

    def ping(connection: Any) -> bool:
        outage.refuse_if_known()
        try:
            _ask(connection.pgconn, within_s)
        except psycopg.errors.ConnectionTimeout:
            outage.note(AWAY_S)
            raise
        return True

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        outage.refuse_if_known()
        try:
            return dialect.connect(*arguments, **options)
        except psycopg.OperationalError as why:
            outage.note(AWAY_S if isinstance(why, psycopg.errors.ConnectionTimeout) else REFUSED_S)
            raise

    engine.dialect.do_ping = ping  # type: ignore[assignment, method-assign]


def _ask(pgconn: Any, within_s: float) -> None:
    """An empty question, answered within that time. A broken line raises OperationalError."""
    give_up = time.monotonic() + within_s
    pgconn.send_query(b"")
    while True:
        pgconn.consume_input()
        while not pgconn.is_busy():
            if pgconn.get_result() is None:
                return
        left_s = give_up - time.monotonic()
        if left_s <= 0 or not _readable(pgconn.socket, left_s):
            raise psycopg.errors.ConnectionTimeout("the database does not answer")


def _readable(handle: int, within_s: float) -> bool:
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    return bool(poller.poll(within_s * 1000))
