"""`python -m geodata priority`: where a volunteer-hour is worth most."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from geodata.commands.errors import BadInput
from geodata.commands.options import json_option, out_option, seed_option
from geodata.commands.result_files import Results, read_results
from geodata.commands.summary import Summary
from geodata.commands.tables import read
from geodata.commands.writing import write_csv
from geodata.priority import Chamber, Coverage, Delegates, Plurality, Priorities, Rule, Turnout, score

RULES = ("plurality", "seats", "electoral", "delegates", "turnout", "coverage")
_SEAT_FROM = {"seats": "district", "electoral": "state", "delegates": "district"}


@click.command("priority")
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--rule", type=click.Choice(RULES), required=True, help="what the contest counts")
@click.option("--ours", required=True, metavar="NAME", help="the party or candidate that is our side")
@out_option
@click.option(
    "--columns", metavar="OURS=THEIRS,...", default="", help="other names of columns: district=FIPS,..."
)
@click.option("--needed", type=click.IntRange(min=1), metavar="N",
              help="seats or electoral votes that win [default: more than half]")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(0, 0.99), default=0.15, show_default=True,
              help="share of the vote below which nobody gets delegates")  # fmt: skip
@click.option("--draws", type=click.IntRange(100, 1_000_000), default=10_000, show_default=True,
              help="simulated elections (seats, electoral)")  # fmt: skip
@json_option
@seed_option
def command(
    results: Path, rule: str, ours: str, out: Path, columns: str, needed: int | None, threshold: float,
    draws: int, json_file: Path | None, seed: int,
) -> None:  # fmt: skip
    """Say per district what the next volunteer-hours are worth, with interval and reason.

    RESULTS is long: election (with its year), district, party or candidate, votes; where wanted seat, state,
    region, registered and weight (electoral votes of the seat, delegates of the district). Without `seat`
    all districts share one seat; for --rule electoral the state is the seat, for seats and delegates the
    district itself.
    """
    summary = Summary("priority")
    table = read(results, rename=_renames(columns))
    found = read_results(table, ours=ours, seat_from=_SEAT_FROM.get(rule, ""))
    summary.step(f"{table.rows:,} rows read: {len(found.districts):,} districts")
    begun = time.perf_counter()
    chosen = _rule(rule, found, table.file, needed=needed, threshold=threshold, draws=draws, seed=seed)
    try:
        scored = score(found.districts, found.past, rule=chosen)
    except ValueError as why:
        raise BadInput(table.file, f"{why}.", column=_blamed(str(why))) from None
    seconds = time.perf_counter() - begun
    write_csv(out, _columns(scored))
    summary.add(
        districts=len(found.districts), elections=len({past.election for past in found.past}),
        seats=len(scored.seats.names), rule=rule, unit=scored.unit, draws=draws, seed=seed,
        rivals=len(set(found.rivals.values())), seconds=round(seconds, 3),
    )  # fmt: skip
    for name, rival in list(found.rivals.items())[:3]:
        summary.step(f"the other side in {name}: {rival}")
    summary.write(json_file)


def _renames(columns: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in columns.split(",") if each.strip()]
    wrong = next((each for each in pairs if not each[1] or not each[2].strip()), None)
    if wrong:
        raise BadInput("--columns", f"{wrong[0]!r} must look like district=FIPS.")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _rule(
    name: str, found: Results, file: str, *, needed: int | None, threshold: float, draws: int, seed: int
) -> Rule:
    if name == "seats":
        return Chamber(found.weight_of_seat, needed, draws, seed)
    if name in ("electoral", "delegates") and not found.weight_of_district:
        what = "electoral votes of its state" if name == "electoral" else "delegates"
        raise BadInput(file, f"--rule {name} needs it: per district the {what}.", column="weight")
    if name == "electoral":
        return Chamber(found.weight_of_seat, needed, draws, seed, name="electoral")
    if name == "delegates":
        return Delegates(found.weight_of_district, threshold)
    plain: dict[str, Rule] = {"plurality": Plurality(), "turnout": Turnout(), "coverage": Coverage()}
    return plain[name]


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
