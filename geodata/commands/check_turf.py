"""`python -m geodata check turf`: a cut proved from its files alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from geodata.commands.check_files import end, rows_of
from geodata.commands.options import FileCommand, json_option
from geodata.commands.summary import Summary
from geodata.commands.turf_files import read_doors, turf_options, wanted
from geodata.turf.proof import Walker, prove


@click.command("turf", cls=FileCommand)
@click.argument("doors", type=click.Path(path_type=Path))
@click.argument("turf", type=click.Path(path_type=Path))
@turf_options
@json_option
def command(doors: Path, turf: Path, json_file: Path | None, **given: Any) -> None:
    """Check every door, size, district, building and barrier of a cut; measure it again.

    Give the options it was made with. Each violation is named and makes the exit status 1; door limits that
    no cut of an area could keep are told as notes. Minutes are a target: how many turfs come near them is
    told, not judged.
    """
    summary = Summary("check turf")
    wish = wanted(given)
    files = read_doors(doors, wish, summary)
    rows = rows_of(turf, ("door", "turf", "order"), "cut", summary)
    ids = files.ids[files.used].tolist()
    found = prove(
        doors=ids,
        building=files.building,
        group=files.group,
        walker=Walker(files.xy_m, files.ground.table if files.ground else None),
        xy_m=files.xy_m,
        barriers=files.barriers,
        pace=wish.pace,
        least=wish.min_doors,
        most=wish.max_doors,
        minutes=wish.minutes,
        rows=rows,
        without=frozenset(files.ids.tolist()) - frozenset(ids),
    )
    minutes, sizes = np.array(list(found.minutes.values())), np.array(list(found.doors.values()))
    metres = sum(found.metres.values())
    summary.add(
        doors=len(ids), turfs=len(sizes), metres=metres, metres_per_door=metres / max(1, len(ids)),
        within_15_share=_share(minutes, wish.minutes, 0.15), within_share=_share(minutes, wish.minutes, 0.25),
        doors_least=int(sizes.min()) if len(sizes) else 0,
        doors_most=int(sizes.max(initial=0)), guessed_steps=found.guessed if files.ground else 0,
    )  # fmt: skip
    for sentence in found.notes:
        summary.warn(sentence)
    end(found.violations, summary, json_file)


def _share(minutes: Any, target: float, off: float) -> float:
    return float((np.abs(minutes / target - 1) <= off).mean()) if len(minutes) else 1.0
