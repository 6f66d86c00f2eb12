"""The floor: how fast this machine's PostgreSQL takes the same rows with nothing around it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from volunteer_hub.demo.phone_log import BATCH

MOST_ROWS = 100_000
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Floor:
    """Rows a second: one COPY of all; and inserts of BATCH rows, a commit each, on one connection."""

    copy_per_s: float
    inserts_per_s: float


def measure(database_url: str) -> Floor:
    """Copy the stored reports into bare tables with only their primary key. Leaves nothing behind."""
    url = database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("floor_copy", "floor_inserts"):
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            connection.execute(f"CREATE TABLE {name} (LIKE door_reports, PRIMARY KEY (id))")
        rows = connection.execute("SELECT * FROM door_reports LIMIT %s", (MOST_ROWS,), binary=True).fetchall()
        plain = [[_plain(value) for value in row] for row in rows]
        try:
            return Floor(_copied(connection, plain), _inserted(connection, plain))
        finally:
            connection.execute("DROP TABLE floor_copy, floor_inserts")


def _copied(connection: psycopg.Connection[Any], rows: list[list[Any]]) -> float:
    began = time.perf_counter()
    with connection.cursor() as cursor, cursor.copy("COPY floor_copy FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    return len(rows) / (time.perf_counter() - began)


def _inserted(connection: psycopg.Connection[Any], rows: list[list[Any]]) -> float:
    places = "(" + ", ".join(["%s"] * len(rows[0])) + ")" if rows else ""
    statement = "INSERT INTO floor_inserts VALUES " + ", ".join([places] * BATCH)  # noqa: S608 - places only
    began, done = time.perf_counter(), 0
    while done + BATCH <= len(rows) and time.perf_counter() - began < SECONDS:
        batch = rows[done : done + BATCH]
        connection.execute(statement, [value for row in batch for value in row])
        done += BATCH
    return done / (time.perf_counter() - began)


def _plain(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value
