"""`python -m geodata route`: in which order to visit stops."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from geodata.commands.options import FileCommand, Number, json_option, out_option, seed_option
from geodata.commands.route_files import Asked, StopsToWalk, asked, read_stops, route_options
from geodata.commands.summary import Summary
from geodata.commands.tsplib import is_tsplib
from geodata.commands.writing import write_csv
from geodata.routing import lower_bound_m, open_walk, open_walk_by, tour
from geodata.routing.measured import measured_walk
from geodata.routing.neighbours import Longs

SECONDS_PER_STOP = 0.001
LEAST_SECONDS = 0.05
BOUND_S = 5.0


@click.command("route", cls=FileCommand)
@click.argument("stops", type=click.Path(path_type=Path))
@route_options
@out_option
@click.option("--seconds", type=Number(min=0.01), metavar="S",
              help="of search [default: 1 for every 1,000 stops]")  # fmt: skip
@json_option
@seed_option
def command(
    stops: Path, out: Path, seconds: float | None, json_file: Path | None, seed: int, **given: Any
) -> None:
    """Put stops in an order that is short to walk.

    STOPS: id, latitude, longitude and, where known, street; or a TSPLIB file of points (EUC_2D). The result
    has the columns stop, order. The walk may end anywhere unless --closed; it begins at the best end unless
    --start says where.

    The search ends by the clock, so the same --seed may give another order on another day or machine.
    """
    summary = Summary("route")
    wish = asked(given)
    files = read_stops(stops, wish, summary)
    limit = seconds if seconds is not None else max(LEAST_SECONDS, SECONDS_PER_STOP * len(files.ids))
    _warm()
    summary.step(f"searching for {limit:,.1f} s at most")
    begun = time.perf_counter()
    order = _order(files, wish, seed, limit)
    took = time.perf_counter() - begun
    length, guessed = _measured(files, wish, order)
    summary.step(f"{length:,.0f} m; now what no order can be shorter than")
    named = order[order < len(files.ids)]
    write_csv(out, {"stop": [files.ids[row] for row in named], "order": np.arange(1, len(named) + 1)})
    summary.add(
        stops=len(files.ids), length_m=round(length, 3), closed=wish.is_closed,
        method="walking along streets" if files.ground else "straight line", seed=seed,
        seconds=round(took, 3), **_of_bound(files, wish, order, length, limit),
        **_of_streets(files, guessed),
    )  # fmt: skip
    if files.ground is None and not is_tsplib(stops):
        summary.warn("Distances are straight lines; --streets FILE measures walks along streets.")
    summary.write(json_file)


def _order(files: StopsToWalk, wish: Asked, seed: int, limit_s: float) -> Longs:
    """Rows of the stops, and of the start where there is one, first."""
    start = len(files.ids) if files.has_start else None
    if files.ground is not None:
        legs = files.ground.table.between
        return measured_walk(
            files.xy_m, legs, closed=wish.is_closed, start=start, seed=seed, time_limit_s=limit_s
        )
    if not wish.is_closed:
        return open_walk(files.xy_m, start=start, seed=seed, seconds=limit_s).order
    order = tour(files.xy_m, seed=seed, seconds=limit_s).order
    return order if start is None else np.roll(order, -int(np.flatnonzero(order == start)[0]))


def _measured(files: StopsToWalk, wish: Asked, order: Longs) -> tuple[float, int]:
    """Metres of the walk, and how many of its steps along streets are straight lines after all."""
    path = np.append(order, order[:1]) if wish.is_closed else order
    if files.ground is not None:
        metres, straight = files.ground.table.exact(path[:-1], path[1:])
        return float(metres.sum()), int(straight.sum())
    steps = np.hypot(*np.diff(files.xy_m[path], axis=0).T)
    return float((np.floor(steps + 0.5) if wish.is_rounded else steps).sum()), 0


def _of_bound(
    files: StopsToWalk, wish: Asked, order: Longs, length: float, limit_s: float
) -> dict[str, float | str]:
    """What no order falls below and how far this one is above it, or why that is not known."""
    if files.ground is not None:
        return {"bound": "none along streets"}
    start = len(files.ids) if files.has_start else None
    bound = lower_bound_m(
        files.xy_m, order, closed=wish.is_closed, start=start, rounded=wish.is_rounded,
        seconds=min(limit_s, BOUND_S),
    )  # fmt: skip
    if bound is None:
        return {"bound": f"none for so {'few' if len(order) < 5 else 'many'} stops"}
    return {"bound_m": round(bound, 3), "gap": round(length / bound - 1, 6) if bound > 0 else 0.0}


def _of_streets(files: StopsToWalk, guessed: int) -> dict[str, int]:
    if files.ground is None:
        return {}
    ties = files.ground.ties
    return {
        "doubtful": int(ties.doubtful.sum()),
        "off_network": int(ties.off_network.sum()),
        "guessed_steps": guessed,
        "network_parts": files.ground.network.pieces,
    }


def _warm() -> None:
    """Load compiled code before the clock of the search starts."""
    few = np.random.default_rng(0).random((12, 2))
    tour(few, kicks_per_point=0.0)
    open_walk(few, kicks_per_point=0.0)
    open_walk_by(np.ones((12, 12)))
