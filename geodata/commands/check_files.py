"""What all checks have in common: the rows of a result, and how they end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from geodata.commands.summary import Summary
from geodata.commands.tables import read

MOST_NAMED = 20


def rows_of(result: Path, columns: Sequence[str], what: str, summary: Summary) -> list[tuple[str, ...]]:
    """The texts in these columns, row by row, of the file of a cut or a route. Raises BadInput."""
    table = read(result)
    table.need(*columns)
    summary.step(f"{table.rows:,} rows of the {what} read")
    return list(zip(*(table.text(name).tolist() for name in columns), strict=True))


def end(violations: Sequence[str], summary: Summary, json_file: Path | None) -> NoReturn:
    """Name what is wrong, a sentence each, and exit: with 1 where anything is."""
    summary.add(violations=len(violations))
    for sentence in violations[:MOST_NAMED]:
        click.echo(sentence)
    if len(violations) > MOST_NAMED:
        click.echo(f"... and {len(violations) - MOST_NAMED:,} more.")
    summary.write(json_file)
    sys.exit(1 if violations else 0)
