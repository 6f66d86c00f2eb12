"""Which statements cost most, as the embedded database counts them (pg_stat_statements)."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

SHOWN = 8


@dataclass(frozen=True, slots=True)
class SlowQuery:
    """A statement with its values left out. Milliseconds are those of the database, on average."""

    text: str
    calls: int
    mean_ms: float
    total_s: float


Counted = dict[int, tuple[str, int, float]]


def counted(database_url: str) -> Counted:
    """Calls and milliseconds of every statement so far, by its number; empty where nobody counts."""
    address, _, _name = database_url.replace("+psycopg", "", 1).rpartition("/")
    with psycopg.connect(f"{address}/postgres", autocommit=True) as session:
        if not session.execute("SELECT to_regclass('pg_stat_statements')").fetchone()[0]:  # type: ignore[index]
            return {}
        rows = session.execute(
            "SELECT queryid, query, calls, total_exec_time FROM pg_stat_statements WHERE query IS NOT NULL"
        )
        found: Counted = {}
        for number, words, calls, total_ms in rows:
            _text, calls_before, ms_before = found.get(number, ("", 0, 0.0))
            found[number] = (words, calls + calls_before, total_ms + ms_before)
        return found


def slowest(before: Counted, after: Counted) -> list[SlowQuery]:
    """The statements that cost most in between, all their calls together."""
    found = []
    for number, (words, calls, total_ms) in after.items():
        _text, calls_before, ms_before = before.get(number, ("", 0, 0.0))
        if (more := calls - calls_before) > 0:
            spent_ms = total_ms - ms_before
            found.append(SlowQuery(_short(words), more, round(spent_ms / more, 2), round(spent_ms / 1000, 2)))
    return sorted(found, key=lambda each: -each.total_s)[:SHOWN]


def _short(words: str) -> str:
    return " ".join(words.split())[:300]


def lines(found: list[SlowQuery]) -> list[str]:
    """Costliest first: how long each took, how often it was asked."""
    rows = [f"{each.mean_ms:8.2f} ms x {each.calls:<7,} {each.text[:120]}" for each in found]
    return ["the statements that cost the database most:", *rows] if rows else []
