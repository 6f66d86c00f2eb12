"""`python -m geodata turf`: which doors go together, and in which order to walk them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import numpy as np

from geodata.commands.errors import BadInput
from geodata.commands.options import FileCommand, Number, OutFile, json_option, out_option, seed_option
from geodata.commands.summary import Summary
from geodata.commands.turf_files import DoorsToCut, Wanted, read_doors, turf_options, wanted
from geodata.commands.writing import write_csv
from geodata.turf import CutResult, cut


@click.command("turf", cls=FileCommand)
@click.argument("doors", type=click.Path(path_type=Path))
@turf_options
@out_option
@click.option("--gpkg", type=OutFile(), metavar="FILE.gpkg",
              help="turf polygons, walking lines and starts go here")  # fmt: skip
@click.option("--seconds", type=Number(min=0.01), metavar="S",
              help="of search [default: as long as its size needs, the same plan every time]")  # fmt: skip
@json_option
@seed_option
def command(
    doors: Path, out: Path, gpkg: Path | None, seconds: float | None, json_file: Path | None, seed: int,
    **given: Any,
) -> None:  # fmt: skip
    """Cut doors into turfs, each for one canvasser on one shift, and put each in walking order.

    DOORS: id, latitude, longitude and, where known, building (its doors stay together), street, number, unit,
    district (no turf leaves it) and people (counted for each turf; a knock takes as long for one as for
    five, and an empty cell counts as one). The result has the columns door, turf, order.

    minutes = metres / pace + knocks x 1.0 + contacts x 4.0 + stairs. --min-doors and --max-doors are hard;
    with both, --minutes is only the target within them. Doors without a place, or outside every district,
    have a row with an empty turf.

    A start is the corner of its street nearest to the first door, or that door where no street is known;
    where one can park is not known. A turf's metres and minutes begin at the first door: the way to it from
    the start is in neither.
    """
    summary = Summary("turf")
    wish = wanted(given)
    files = read_doors(doors, wish, summary)
    result = _cut(files, wish, seconds, seed, has_lines=gpkg is not None)
    summary.step(result.sentence)
    write_csv(out, _columns(files, result))
    if gpkg is not None:
        _write_gpkg(gpkg, files, result)
    quality = {name: _plain(value) for name, value in asdict(result.quality).items()}
    summary.add(
        **quality, method=result.method, minutes=wish.minutes, pace=asdict(wish.pace), seed=seed,
        stopped=result.stopped, seconds=round(result.search_seconds, 3), **files.without,
        **_of_streets(files), **_people(files),
    )  # fmt: skip
    _tell(summary, files, result)
    summary.write(json_file)


def _cut(files: DoorsToCut, wish: Wanted, seconds: float | None, seed: int, *, has_lines: bool) -> CutResult:
    ground = files.ground
    return cut(
        files.xy_m,
        minutes_per_turf=wish.minutes,
        building=files.building,
        groups=files.group,
        within=files.within,
        street=files.street,
        number=files.number,
        unit=files.unit,
        barriers=files.barriers or None,
        seed=seed,
        polygons=has_lines,
        table=ground.table if ground else None,
        network=ground.network if ground else None,
        min_doors=wish.min_doors,
        max_doors=wish.max_doors,
        pace=wish.pace,
        seconds=seconds,
        at_most=False,
        bound=True,
        lines=has_lines,
    )


def _columns(files: DoorsToCut, result: CutResult) -> dict[str, list[Any]]:
    """A row for each door by turf and order; then those without a turf."""
    rows = np.concatenate([files.used[turf.doors] for turf in result.turfs])
    number = np.repeat(np.arange(1, len(result.turfs) + 1), [len(t.doors) for t in result.turfs])
    order = np.concatenate([np.arange(1, len(turf.doors) + 1) for turf in result.turfs])
    idle = np.setdiff1d(np.arange(len(files.ids)), rows)
    blank: list[Any] = [None] * len(idle)
    return {
        "door": [*files.ids[rows].tolist(), *files.ids[idle].tolist()],
        "turf": [*number.tolist(), *blank],
        "order": [*order.tolist(), *blank],
    }


def _write_gpkg(path: Path, files: DoorsToCut, result: CutResult) -> None:
    facts: dict[str, Any] = {
        "turf": np.arange(1, len(result.turfs) + 1),
        "doors": [len(turf.doors) for turf in result.turfs],
        "minutes": [round(turf.minutes, 1) for turf in result.turfs],
        "metres": [round(turf.metres, 1) for turf in result.turfs],
        "district": [" / ".join(filter(None, turf.group or ())) for turf in result.turfs],
    }
    if files.people is not None:
        facts["people"] = [int(files.people[turf.doors].sum()) for turf in result.turfs]
    starts = np.array([turf.start_xy_m for turf in result.turfs])
    layers = {
        "turfs": [turf.polygon for turf in result.turfs],
        "walks": [turf.line for turf in result.turfs],
        "starts": gpd.points_from_xy(*starts.T),
    }
    draft = path.with_name(path.stem + ".part.gpkg")
    try:
        draft.unlink(missing_ok=True)
        for layer, shapes in layers.items():
            frame = gpd.GeoDataFrame(facts, geometry=list(shapes), crs=files.crs).to_crs(4326)
            frame.to_file(draft, layer=layer, driver="GPKG")
        draft.replace(path)
    except (OSError, RuntimeError) as why:
        raise BadInput(str(path), f"the file cannot be written ({why}).") from None


def _of_streets(files: DoorsToCut) -> dict[str, int]:
    if files.ground is None:
        return {}
    return {"doubtful": int(files.ground.ties.doubtful.sum()), "network_parts": files.ground.network.pieces}


def _people(files: DoorsToCut) -> dict[str, int]:
    return {} if files.people is None else {"people": int(files.people.sum())}


def _tell(summary: Summary, files: DoorsToCut, result: CutResult) -> None:
    quality = result.quality
    if files.without["without_place"]:
        summary.warn(f"{files.without['without_place']:,} doors have no latitude or longitude and no turf.")
    if files.without["outside_districts"]:
        summary.warn(f"{files.without['outside_districts']:,} doors lie in no district and have no turf.")
    if files.ground is None:
        summary.warn("Distances are straight lines; --streets FILE measures walks along streets.")
    if quality.off_network:
        summary.warn(f"{quality.off_network:,} doors are near no street; ways to them are straight lines.")
    if quality.over_doors:
        summary.warn(f"{quality.over_doors:,} turfs have more doors than asked for. Allow more doors.")
    if quality.under_doors:
        summary.warn(
            f"{quality.under_doors:,} turfs have fewer doors than asked for: their area has no more, or its "
            "doors and buildings share out into no number of turfs within the limits. Widen the limits."
        )
    if quality.split_buildings:
        summary.warn(
            f"{quality.split_buildings:,} buildings are larger than a turf: several turfs share each."
        )
    if quality.parted_buildings:
        summary.warn(
            f"{quality.parted_buildings:,} buildings have doors on both sides of a barrier or district line: "
            "several turfs share each."
        )


def _plain(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value
