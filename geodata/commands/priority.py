"""`python -m geodata priority`: where a volunteer-hour is worth most."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from geodata.commands.errors import BadInput
from geodata.commands.options import FileCommand, Number, json_option, out_option, seed_option
from geodata.commands.result_files import read_results
from geodata.commands.rule_options import SEAT_FROM, Asked, rule_of
from geodata.commands.summary import Summary
from geodata.commands.tables import read
from geodata.commands.writing import write_csv
from geodata.priority import Priorities, score

RULES = ("plurality", "seats", "electoral", "delegates", "turnout", "coverage")


@click.command("priority", cls=FileCommand)
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--rule", type=click.Choice(RULES), required=True, help="what the contest counts")
@click.option("--ours", required=True, metavar="NAME", help="the party or candidate that is our side")
@out_option
@click.option(
    "--columns", metavar="OURS=THEIRS,...", default="", help="other names of columns: district=FIPS,..."
)
@click.option("--needed", type=click.IntRange(min=1), metavar="N",
              help="seats or electoral votes that win [default: more than half]")  # fmt: skip
@click.option("--threshold", type=Number(0, 0.99), default=0.15, show_default=True,
              help="share of the vote below which nobody gets delegates")  # fmt: skip
@click.option("--year", type=int, metavar="YEAR",
              help="electoral: of which election [default: the newest in the file]")  # fmt: skip
@click.option("--delegates", "delegates_file", type=click.Path(path_type=Path), metavar="FILE",
              help="delegates: how many, by district (columns district, delegates)")  # fmt: skip
@click.option("--apportion", type=click.IntRange(min=1), metavar="N",
              help="delegates: give N out to the districts in proportion to our earlier votes")  # fmt: skip
@click.option("--draws", type=click.IntRange(100, 1_000_000), default=10_000, show_default=True,
              help="simulated elections (seats, electoral)")  # fmt: skip
@json_option
@seed_option
def command(
    results: Path, rule: str, ours: str, out: Path, columns: str, needed: int | None, threshold: float,
    year: int | None, delegates_file: Path | None, apportion: int | None, draws: int, json_file: Path | None,
    seed: int,
) -> None:  # fmt: skip
    """Say per district what the next volunteer-hours are worth, with interval and reason.

    RESULTS is long: election (with its year), district, party or candidate, votes; where wanted seat, state,
    region, registered and weight (electoral votes of the seat, delegates of the district). Without `seat`
    all districts share one seat; for --rule electoral the state is the seat, for seats and delegates the
    district itself. Without `weight` --rule electoral knows the electoral votes of the states of the United
    States (and of the districts of Maine and Nebraska, where a column seat names them: ME-1, NE-2).
    """
    summary = Summary("priority")
    table = read(results, rename=renames(columns))
    found = read_results(table, ours=ours, seat_from=SEAT_FROM.get(rule, ""))
    summary.step(f"{table.rows:,} rows read: {len(found.districts):,} districts")
    begun = time.perf_counter()
    asked = Asked(rule, needed, threshold, draws, seed, year, delegates_file, apportion)
    chosen = rule_of(asked, found, table, summary)
    try:
        scored = score(found.districts, found.past, rule=chosen)
    except ValueError as why:
        raise BadInput(table.file, f"{why}.", column=_blamed(str(why))) from None
    seconds = time.perf_counter() - begun
    write_csv(out, _columns(scored))
    summary.add(
        districts=len(found.districts), elections=len(found.year),
        seats=len(scored.seats.names), rule=rule, unit=scored.unit, draws=draws, seed=seed,
        rivals=len(set(found.rivals.values())), seconds=round(seconds, 3),
    )  # fmt: skip
    for name, rival in list(found.rivals.items())[:3]:
        summary.step(f"the other side in {name}: {rival}")
    summary.write(json_file)


def renames(columns: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in columns.split(",") if each.strip()]
    wrong = next((each for each in pairs if not each[1] or not each[2].strip()), None)
    if wrong:
        raise BadInput("--columns", f"{wrong[0]!r} must look like district=FIPS.")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _blamed(why: str) -> str:
    return "weight" if "weight" in why or "delegates" in why else "votes"


def _columns(scored: Priorities) -> dict[str, list[Any]]:
    """One row per district and segment, best first within a district."""
    names = (
        "district",
        "segment",
        "hours",
        "value_per_hour",
        "low",
        "high",
        "doors_per_hour",
        "contact_rate",
        "why",
    )
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for row in scored.rows():
        for number, segment in enumerate(row.segments, start=1):
            share = segment.value_per_hour / row.score if row.score > 0 else 0.0
            values = (
                row.id, number, round(segment.hours, 3), segment.value_per_hour,
                row.low * share, row.high * share, row.doors_per_hour[1],
                row.contact_rate[1], row.why if number == 1 else "",
            )  # fmt: skip
            for name, value in zip(names, values, strict=True):
                columns[name].append(value)
    return columns
