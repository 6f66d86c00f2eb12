"""`python -m geodata showing`: are the chances of coming right, and does over-booking keep its promise?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from geodata.commands.options import FileCommand, json_option, seed_option
from geodata.commands.summary import Summary
from geodata.showing import Judgement, Realised, held_out, realised_risks


@click.command("showing", cls=FileCommand)
@click.option(
    "--worlds",
    type=click.IntRange(2, 500),
    default=12,
    show_default=True,
    help="invented campaigns, each with a history of its own",
)
@click.option(
    "--history",
    type=click.IntRange(1, 2000),
    default=60,
    show_default=True,
    help="past shifts of 30 sign-ups that each campaign learns from",
)
@click.option(
    "--shifts",
    type=click.IntRange(1, 2000),
    default=24,
    show_default=True,
    help="shifts that are filled in each",
)
@seed_option
@json_option
def command(worlds: int, history: int, shifts: int, seed: int, json_file: Path | None) -> None:
    """Simulate over-booking in invented campaigns, whose assumptions stand in geodata/showing/history.py.

    Chances are learned from each campaign's history and judged on later shifts. Then shifts that need 10 to
    80 people are filled to risks of 5 to 30 % and happen 200 times each: with the true chances, and with the
    learned ones.
    """  # fmt: skip
    summary = Summary("showing")
    judged = held_out(seed, worlds=worlds, history=history)
    _print_reliability(judged)
    summary.step(f"{judged.rows:,} held-out sign-ups judged")
    summary.add(brier=judged.brier, brier_of_mean=judged.brier_of_mean, calibration_error=judged.error)
    for name, is_known in (("known", True), ("learned", False)):
        table = realised_risks(seed, worlds=worlds, history=history, shifts=shifts, is_known=is_known)
        _print_risks(name, table)
        summary.step(f"{worlds * shifts:,} shifts filled, chances {name}")
        summary.add(**{name: [asdict(row) for row in table]})
    summary.write(json_file)


def _print_reliability(judged: Judgement) -> None:
    click.echo("said to come   came (95 % interval)   sign-ups")
    for each in judged.bins:
        interval = f"({each.low:5.1%} to {each.high:5.1%})"
        click.echo(f"{each.chance:12.1%}  {each.came:6.1%} {interval:>18}  {each.rows:9,}")


def _print_risks(name: str, table: list[Realised]) -> None:
    click.echo(f"chances {name}:")
    click.echo("chosen  promised  realised  standard error  sign-ups  came")
    for row in table:
        click.echo(
            f"{row.chosen:6.0%}  {row.promised:8.1%}  {row.realised:8.1%}  {row.standard_error:14.1%}"
            f"  {row.sign_ups:8.1f}  {row.came:4.1f}"
        )
