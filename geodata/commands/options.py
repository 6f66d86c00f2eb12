"""Options that all commands have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import click

MOST_SEED = 2**32 - 1  # so that a few more can be counted on from it


class OutFile(click.Path):
    """A file that a command writes."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)


class FileCommand(click.Command):
    """A command that never writes over a file it reads, nor two results into one."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it. Raises a usage error where a file is named twice."""
        files = [
            (param, Path(ctx.params[param.name]))
            for param in self.params
            if isinstance(param.type, click.Path) and param.name and ctx.params.get(param.name)
        ]
        results = [(param, path) for param, path in files if isinstance(param.type, OutFile)]
        for param, path in results:
            for other, read in files:
                if other is not param and _is_same(path, read):
                    raise click.UsageError(
                        f"{_named(param)} and {_named(other)} are both {path}, which would be written over. "
                        f"Give {_named(param)} another name."
                    )
        return super().invoke(ctx)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # not both are there yet
        return one.resolve() == other.resolve()


def _named(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else str(param.name).upper()


class Number(click.FloatRange):
    """A number within limits; neither `nan` nor `inf`, which click lets through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is not a number that can be counted with.", param, ctx)
        return float(number)


out_option = click.option(
    "--out", required=True, type=OutFile(), metavar="FILE.csv", help="where the result goes",
)  # fmt: skip
json_option = click.option(
    "--json", "json_file", type=OutFile(), metavar="FILE", help="where the summary goes",
)  # fmt: skip
seed_option = click.option(
    "--seed", type=click.IntRange(0, MOST_SEED), default=0, show_default=True, help="of all chance"
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a matching problem is made with besides its two files."""

    km_cost: float = 0.0
    overbook: float | None = None
    previous: Path | None = None
    change_cost: float | None = None


def wish_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that make up Wishes, the same for a plan and for its check."""
    options = (
        click.option("--km-cost", type=Number(min=0), default=0.0, show_default=True,
                     help="value that a kilometre of the way costs"),
        click.option("--overbook", type=Number(min=0.001, max=0.5), metavar="RISK",
                     help="send more people than seats, so that fewer come with at most this chance"),
        click.option("--previous", type=click.Path(path_type=Path), metavar="FILE.csv",
                     help="an earlier result; a pair moves only for --change-cost"),
        click.option("--change-cost", type=Number(min=0), metavar="VALUE",
                     help="value that moving a pair costs [default: 1 % of the median value]"),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command
