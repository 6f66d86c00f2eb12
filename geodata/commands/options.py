"""Options that all commands have."""

from __future__ import annotations

from pathlib import Path

import click

out_option = click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.csv",
    help="where the result goes",
)  # fmt: skip
json_option = click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="where the summary goes",
)  # fmt: skip
seed_option = click.option("--seed", type=int, default=0, show_default=True, help="of all chance")
