"""`volunteer-hub bench matching | locate | …`, and `bench report`, which makes the page of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from volunteer_hub.bench.engine.case import LEVELS

Command = Callable[..., None]


def _options(*cases: str) -> Callable[[Command], Command]:
    """What the measuring commands have in common."""
    options: list[Any] = [
        click.option("--case", "chosen", type=click.Choice([*cases, "all"]), default="all",
                     show_default=True),
        click.option("--size", "levels", type=click.Choice([*LEVELS, "all"]), multiple=True,
                     default=("small",), show_default=True, help="Which sizes; may be given several times."),
        click.option("--peer", "with_peer", is_flag=True, help="Measure the peer too, in the same run."),
        click.option("--repeat", type=click.IntRange(1, 99), default=1, show_default=True,
                     help="How often ours and the peer run, in turn; the median is shown."),
        click.option("--seed", type=click.IntRange(0), default=0, show_default=True),
        click.option("--check-all", is_flag=True, help="Prove the largest answers too, which takes long."),
        click.option("--limit", "limit_s", type=click.FloatRange(min=0.1), default=3600.0, show_default=True,
                     metavar="SECONDS", help="Give a side up after that."),
        click.pass_obj,
    ]  # fmt: skip

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command()
@_options("solver", "whole", "change", "limits")
def matching(program: Any, **given: Any) -> None:
    """Who goes where: the solver alone, the whole problem, one change, every limit at once.

    \b
    Sizes go to 2,000,000 volunteers x 180,000 places (--size large).
    Examples:
      volunteer-hub bench matching --peer
      volunteer-hub bench matching --case solver --size all --peer
    """
    _measure(program, "matching", **given)


@click.command()
@_options("vermont", "counties", "fine-counties")
def locate(program: Any, **given: Any) -> None:
    """Which district each of up to 1,000,000 points lies in, beside bare shapely.

    \b
    Example:
      volunteer-hub bench locate --size all --peer --repeat 5
    """
    _measure(program, "locate", **given)


@click.command()
@_options("priority")
def priority(program: Any, **given: Any) -> None:
    """Where an hour is worth most, by every rule, for up to 10,000 counties.

    \b
    Example:
      volunteer-hub bench priority --size medium --repeat 3
    """
    _measure(program, "priority", **given)


@click.command()
@_options("medians")
def medians(program: Any, **given: Any) -> None:
    """Clusters around their medians, beside the best values known of public instances.

    \b
    Example:
      volunteer-hub bench medians --size small
    """
    _measure(program, "medians", **given)


@click.command()
@_options("turf", "newport", "iceaddr", "town-streets", "yardstick", "cambridge", "lamoille")
def turf(program: Any, **given: Any) -> None:
    """Turf by straight lines and along streets, of invented towns and of real ones where they are at hand.

    \b
    Up to 1,000,000 doors. Cases whose doors are missing are left out.
    Examples:
      volunteer-hub bench turf --size small --peer
      volunteer-hub bench turf --case cambridge --size medium
    """
    _measure(program, "turf", **given)


@click.command()
@_options("tsplib", "tour")
def route(program: Any, **given: Any) -> None:
    """Round tours: public instances with known optima, and up to 1,000,000 points of chance.

    \b
    Examples:
      volunteer-hub bench route --case tsplib --size medium --peer
      volunteer-hub bench route --case tour --size large
    """
    _measure(program, "route", **given)


def _measure(
    program: Any,
    group: str,
    chosen: str,
    levels: tuple[str, ...],
    with_peer: bool,
    repeat: int,
    seed: int,
    check_all: bool,
    limit_s: float,
) -> None:
    from volunteer_hub.bench.engine.cases import GROUPS
    from volunteer_hub.bench.engine.run import Options

    options = Options(seed, repeat, with_peer, check_all, limit_s)
    for case in GROUPS[group]:
        if chosen in (case.name, "all") and _is_here(case, asked=chosen == case.name):
            _measure_case(program, case, levels, options)


def _is_here(case: Any, *, asked: bool) -> bool:
    """Whether this machine has what the case needs. Raises where it was asked for by name."""
    why = case.missing and case.missing()
    if why and asked:
        raise click.ClickException(f"{case.name} cannot be measured: {why}")
    if why:
        _say(f"{case.name} is left out: {why}")
    return not why


def _measure_case(program: Any, case: Any, levels: tuple[str, ...], options: Any) -> None:
    from volunteer_hub.bench.engine.bars import bars_of, row_of
    from volunteer_hub.bench.engine.plot import draw
    from volunteer_hub.bench.engine.run import is_whole, measure
    from volunteer_hub.bench.engine.show import row_lines

    folder: Path = program.config.var_dir / "bench"
    sizes = [size for size in case.sizes if size.level in levels or "all" in levels]
    run = measure(case, sizes, options, folder / f"{case.name}.json", _say)
    draw(case, run, folder / f"{case.name}.svg")
    click.echo(case.title)
    for row in run["rows"]:
        bars = [bar for bar in bars_of(case.name) if row_of(bar, [row])]
        click.echo("\n".join(row_lines(case, row, bars)))
    click.echo(json.dumps(run))
    if not is_whole(run):
        raise click.ClickException("A side failed, or an answer broke a limit; see the figures above.")


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("docs/benchmarks.md"),
              show_default=True, help="The page; its pictures go into images/ beside it.")  # fmt: skip
@click.pass_obj
def report(program: Any, out: Path) -> None:
    """Make the page of benchmarks from the figures of the last runs.

    \b
    Example:
      volunteer-hub bench report --out docs/benchmarks.md
    """
    from volunteer_hub.bench.engine.report import missing_bars, read_runs, write_report

    runs = read_runs(program.config.var_dir / "bench")
    if not runs:
        raise click.ClickException(
            "Nothing was measured yet: run `volunteer-hub bench matching --peer` first."
        )
    if not out.parent.is_dir():
        raise click.ClickException(
            f"There is no folder {out.parent}: make it, or say another place with --out."
        )
    for file in write_report(runs, out, program.config.var_dir / "bench"):
        click.echo(f"written: {file}")
    for bar in missing_bars(runs):
        _say(f"not measured: {bar}")


def _say(words: str) -> None:
    click.echo(words, err=True)
