"""`python -m geodata check`: results proved from their files alone; and `check match`, that of a plan."""

from __future__ import annotations

from pathlib import Path

import click

from geodata.commands.check_files import end
from geodata.commands.check_route import command as route
from geodata.commands.check_turf import command as turf
from geodata.commands.options import FileCommand, Wishes, json_option, wish_options
from geodata.commands.problem_files import read_problem
from geodata.commands.summary import Summary
from geodata.commands.tables import read


@click.group("check")
def command() -> None:
    """Prove a result from its inputs and outputs, by code that shares nothing with the solvers.

    Reading files, and placing doors on streets, is all that both have in common.
    """


command.add_command(turf)
command.add_command(route)


@command.command("match", cls=FileCommand)
@click.argument("volunteers", type=click.Path(path_type=Path))
@click.argument("places", type=click.Path(path_type=Path))
@click.argument("assignments", type=click.Path(path_type=Path))
@wish_options
@json_option
def match(
    volunteers: Path, places: Path, assignments: Path, km_cost: float, overbook: float | None,
    previous: Path | None, change_cost: float | None, json_file: Path | None,
) -> None:  # fmt: skip
    """Check every limit of a plan; recompute objective, bound and gap. Give the options it was made with.

    Each violation is named and makes the exit status 1.
    """
    from geodata.matching.reach.proof import prove

    summary = Summary("check match")
    files = read_problem(volunteers, places, Wishes(km_cost, overbook, previous, change_cost))
    table = read(assignments)
    table.need("volunteer", "place", "segment", "value", "price")
    summary.step(f"{table.rows:,} rows of the plan read")
    found = prove(
        files.problem,
        volunteer=table.text("volunteer"),
        place=table.text("place"),
        segment=table.whole("segment", 0),
        value=table.number("value", 0.0),
        price=table.number("price", 0.0),
        segment_number=files.segment_number,
        seat=table.text("seat"),
        lead_price=table.number("lead_price", 0.0),
    )
    summary.add(
        volunteers=len(files.volunteers), places=len(files.places), pairs=found.pairs,
        objective=found.objective, bound=found.bound, gap=found.gap,
    )  # fmt: skip
    end(found.violations, summary, json_file)
