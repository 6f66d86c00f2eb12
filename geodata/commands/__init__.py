"""`python -m geodata`: the engine on files, without a server.

A module per command; tables (reading), writing, summary and options are shared. Bad input ends in one
sentence and exit status 2.
"""

from __future__ import annotations

import importlib
import sys

import click

from geodata.commands.errors import BadInput

COMMANDS = ("locate", "priority", "backtest", "match", "turf", "route", "check", "showing")


class _Commands(click.Group):
    """Commands are imported when they are asked for, so that --help is quick."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"geodata.commands.{cmd_name}")
        command: click.Command = module.command
        return command


@click.group(cls=_Commands)
def geodata() -> None:
    """Volunteer Hub's engine on files: districts, priorities, matching, turf, routes and who will come.

    Inputs are CSV, GeoParquet or anything GDAL reads. Every command writes its result with --out and, with
    --json, a summary of sizes, seconds and memory.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run a command; bad input becomes one sentence and exit status 2."""
    try:
        geodata.main(args=arguments, prog_name="python -m geodata")
    except BadInput as why:
        click.echo(str(why), err=True)
        sys.exit(2)
