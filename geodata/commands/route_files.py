"""Stops and streets from files, as a route needs them: the same for its check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from geodata.commands.errors import BadInput
from geodata.commands.summary import Summary
from geodata.commands.tables import nowhere, read
from geodata.commands.tsplib import is_tsplib, read_tsplib
from geodata.commands.turf_files import Ground, ground_of, projected
from geodata.routing.neighbours import Floats


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a route that its check needs too."""

    is_closed: bool
    streets: Path | None
    start: tuple[float, float] | None
    is_rounded: bool


@dataclass(frozen=True, slots=True, eq=False)
class StopsToWalk:
    """ids (n,) of the stops; xy_m (n, 2), or (n + 1, 2) where the last one is the place to set out from;
    ground: None for straight lines.
    """

    ids: list[str]
    xy_m: Floats
    has_start: bool
    ground: Ground | None


class _Place(click.ParamType[tuple[float, float]]):
    name = "lat,lon"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, float]:
        try:
            latitude, longitude = (float(each) for each in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not a latitude and a longitude such as 42.3736,-71.1097", param, ctx)
        wrong = nowhere(latitude, longitude)
        if wrong is not None or latitude != latitude or longitude != longitude:
            self.fail(f"{value} is no place: {wrong[1] if wrong else 'not a number.'}", param, ctx)
        return latitude, longitude


def route_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that make up Asked."""
    options = (
        click.option("--closed", "is_closed", is_flag=True, help="come back to the first stop, or the start"),
        click.option("--streets", type=click.Path(path_type=Path), metavar="FILE",
                     help="measure walks along these streets (OSM extract, TIGER or a city's lines)"),
        click.option("--start", type=_Place(), help="set out from this place"),
        click.option("--tsplib", "is_rounded", is_flag=True,
                     help="measure as TSPLIB does: every way to the nearest whole number"),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def asked(given: dict[str, Any]) -> Asked:
    """The options as one object."""
    return Asked(**given)


def read_stops(stops: Path, wish: Asked, summary: Summary) -> StopsToWalk:
    """Read and check everything. Raises BadInput, and a usage error for options that do not go together."""
    if is_tsplib(stops):
        if wish.streets is not None or wish.start is not None:
            raise click.UsageError(
                "A TSPLIB file has no latitudes: --streets and --start need a table of stops."
            )
        ids, xy = read_tsplib(stops)
        summary.step(f"{len(ids):,} points read")
        return StopsToWalk(ids, xy, False, None)
    if wish.is_rounded:
        raise click.UsageError(
            f"--tsplib is for TSPLIB files, whose names end in .tsp; this is {stops.name}."
        )
    table = read(stops)
    ids = table.ids("id").tolist()
    table.need("latitude", "longitude")
    latitude, longitude = table.positions()
    summary.step(f"{table.rows:,} stops read")
    names = table.text("street").tolist() if table.has("street") else None
    if wish.start is not None:
        latitude, longitude = (
            np.append(column, at) for column, at in zip((latitude, longitude), wish.start, strict=True)
        )
        names = [*names, ""] if names is not None else None

    def refusal(row: int, why: str) -> BadInput:
        return BadInput("--start", why) if row == table.rows else table.refuse("latitude", row, why)

    crs, xy = projected(latitude, longitude, refusal)
    ground = ground_of(wish.streets, crs, xy, names, [], summary) if wish.streets else None
    return StopsToWalk(ids, xy, wish.start is not None, ground)
