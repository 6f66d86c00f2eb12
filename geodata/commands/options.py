"""Options that all commands have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import click


class Number(click.FloatRange):
    """A number within limits; neither `nan` nor `inf`, which click lets through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is not a number that can be counted with.", param, ctx)
        return float(number)


out_option = click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.csv",
    help="where the result goes",
)  # fmt: skip
json_option = click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="where the summary goes",
)  # fmt: skip
seed_option = click.option("--seed", type=int, default=0, show_default=True, help="of all chance")


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
