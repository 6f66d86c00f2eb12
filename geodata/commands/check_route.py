"""`python -m geodata check route`: a route proved from its files alone."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from geodata.commands.check_files import end, rows_of
from geodata.commands.options import FileCommand, json_option
from geodata.commands.route_files import Asked, StopsToWalk, asked, read_stops, route_options
from geodata.commands.summary import Summary
from geodata.turf.proof import Walker


@click.command("route", cls=FileCommand)
@click.argument("stops", type=click.Path(path_type=Path))
@click.argument("route", type=click.Path(path_type=Path))
@route_options
@json_option
def command(stops: Path, route: Path, json_file: Path | None, **given: Any) -> None:
    """Check that a route visits every stop once, and measure it again.

    Give the options it was made with. Each violation is named and makes the exit status 1.
    """
    summary = Summary("check route")
    wish = asked(given)
    files = read_stops(stops, wish, summary)
    rows = rows_of(route, ("stop", "order"), "route", summary)
    faults, path = _visited(files.ids, rows)
    summary.add(stops=len(files.ids), length_m=round(_length(files, wish, path), 3))
    end(faults, summary, json_file)


def _visited(ids: list[str], rows: list[tuple[str, ...]]) -> tuple[list[str], list[int]]:
    """What is wrong with these pairs of stop and order, and the rows of known stops in their order."""
    row_of = {stop: row for row, stop in enumerate(ids)}
    faults = []
    placed: list[tuple[float, int]] = []
    seen: dict[str, str] = {}
    for stop, order in rows:
        if stop not in row_of:
            faults.append(f"{stop!r} is in the route but is no stop.")
        elif stop in seen:
            faults.append(f"{stop!r} is visited twice, as number {seen[stop]} and {order}.")
        else:
            seen[stop] = order
            placed.append((float(order) if order.isdecimal() else math.inf, row_of[stop]))
    faults += [f"{stop!r} is not in the route." for stop in ids if stop not in seen]
    placed.sort()
    if [number for number, _ in placed] != list(range(1, len(placed) + 1)):
        faults.append(f"The column order does not count from 1 to {len(placed):,}.")
    return faults, [row for _, row in placed]


def _length(files: StopsToWalk, wish: Asked, path: list[int]) -> float:
    """Metres of the walk, step by step, from the start and back where asked for."""
    walk = [len(files.ids), *path] if files.has_start else path
    if wish.is_closed and walk:
        walk = [*walk, walk[0]]
    if files.ground is not None:
        walker = Walker(files.xy_m, files.ground.table)
        return sum(walker.metres(a, b)[0] for a, b in pairwise(walk))
    steps = (math.dist(files.xy_m[a], files.xy_m[b]) for a, b in pairwise(walk))
    return sum(int(step + 0.5) if wish.is_rounded else step for step in steps)
