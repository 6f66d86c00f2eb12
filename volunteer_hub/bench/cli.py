"""`volunteer-hub bench`: measurements of the whole program on this machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from volunteer_hub.bench.engine.cli import locate, matching, medians, priority, report, route, turf


@click.group()
def bench() -> None:
    """Measure this machine with invented data, on servers and a folder of their own.

    \b
    Examples:
      volunteer-hub bench messages --count 10000
      volunteer-hub bench pages
      volunteer-hub bench matching --peer
    """


for _command in (matching, locate, priority, medians, turf, route, report):
    bench.add_command(_command)


@bench.command()
@click.option("--count", default=10_000, show_default=True, help="How many offers to send.")
@click.option("--workers", default=2, show_default=True, help="How many worker processes.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write figures here.")
@click.pass_obj
def messages(program: Any, count: int, workers: int, file: Path | None) -> None:
    """Offers from the approval to the mail server's last answer.

    \b
    Example:
      volunteer-hub bench messages --count 10000 --json messages.json
    """
    from volunteer_hub.bench import messages as measuring

    with _folder(program, "messages") as folder:
        measured = measuring.measure(folder, count, workers, _say)
    _show(measuring.lines(measured), measuring.plain(measured), file)
    if not measured.is_whole:
        raise click.ClickException("Not every offer arrived exactly once; see the figures above.")


@bench.command()
@click.option("--count", default=100_000, show_default=True, help="How many people go to a shift tomorrow.")
@click.option("--workers", default=2, show_default=True, help="How many worker processes.")
@click.option("--seed", default=2008, show_default=True, help="Of the people.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write figures here.")
@click.pass_obj
def reminders(program: Any, count: int, workers: int, seed: int, file: Path | None) -> None:
    """Reminders of tomorrow's shifts, written and mailed; a worker and then Valkey are killed in the middle.

    \b
    Example:
      volunteer-hub bench reminders --json reminders.json
    """
    from volunteer_hub.bench.reminders import measuring

    with _folder(program, "reminders") as folder:
        measured = measuring.measure(folder, count, workers, seed, _say)
    _show(measuring.lines(measured), measuring.plain(measured), file)
    if not measured.is_whole:
        raise click.ClickException("Not every reminder arrived exactly once; see the figures above.")


@bench.command()
@click.option("--case", "chosen", default="all", show_default=True,
              type=click.Choice(["cambridge", "lamoille", "addison", "all"]))  # fmt: skip
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write figures here.")
def streets(chosen: str, file: Path | None) -> None:
    """Read real streets, tie real doors to them, measure walks: seconds, memory, and what is in doubt.

    \b
    Needs the public data folder. Example:
      volunteer-hub bench streets --case cambridge
    """
    from volunteer_hub.bench import streets as measuring

    found = []
    for case in measuring.CASES if chosen == "all" else (chosen,):
        if why := measuring.missing(case):
            _say(f"Left out, {why}.")
            continue
        found.append(measuring.measure(case))
    _show([measuring.line(each) for each in found], {"streets": found}, file)


@bench.command()
@click.option("--volunteers", default=1_000_000, show_default=True, help="How many people there are.")
@click.option("--events", default=100_000, show_default=True, help="How many events.")
@click.option("--shifts", default=300_000, show_default=True, help="How many shifts they have together.")
@click.option("--seconds", default=15.0, show_default=True, help="How long each page is asked for.")
@click.option("--seed", default=2008, show_default=True, help="Of the people and of what is asked.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write figures here.")
@click.pass_obj
def pages(
    program: Any, volunteers: int, events: int, shifts: int, seconds: float, seed: int, file: Path | None
) -> None:
    """Near me, a shift's page, the search for volunteers and signing up, in an invented nation.

    \b
    Example:
      volunteer-hub bench pages --json pages.json
    """
    from volunteer_hub.bench.pages import measuring

    size = measuring.Size(volunteers, events, shifts, seconds, seed)
    with _folder(program, "pages") as folder:
        measured = measuring.measure(folder, size, _say)
    _show(measuring.lines(measured), measuring.plain(measured), file)
    if not measured.is_whole:
        raise click.ClickException("A sign-up was lost, refused or oversold; see the figures above.")


@bench.command()
@click.option("--phones", default=3000, show_default=True, help="How many phones walk.")
@click.option("--rate", default=2200.0, show_default=True, help="Reports a second they make together.")
@click.option("--seconds", default=120.0, show_default=True, help="How long they walk.")
@click.option("--seed", default=2008, show_default=True, help="Of what happens at the doors.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write figures here.")
@click.pass_obj
def sync(program: Any, phones: int, rate: float, seconds: float, seed: int, file: Path | None) -> None:
    """An election day's phones post batches of 20; the web server and the database are killed in the middle.

    \b
    Example:
      volunteer-hub bench sync --json sync.json
    """
    from volunteer_hub.bench.sync import measuring

    with _folder(program, "sync") as folder:
        measured = measuring.measure(folder, phones, rate, seconds, seed, _say)
    _show(measuring.lines(measured), measuring.plain(measured), file)
    if not measured.is_whole:
        raise click.ClickException("Not every report is stored and counted exactly once; see the figures.")


def _show(lines: list[str], figures: dict[str, Any], file: Path | None) -> None:
    click.echo("\n".join(lines))
    click.echo(json.dumps(figures))
    if file:
        file.write_text(json.dumps(figures, indent=2) + "\n")


@contextmanager
def _folder(program: Any, name: str) -> Iterator[Path]:
    """A fresh folder under var/bench, removed afterwards."""
    folder: Path = program.config.var_dir / "bench" / name
    if folder.exists():
        _refuse_running(folder)
        shutil.rmtree(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_running(folder: Path) -> None:
    from volunteer_hub.supervise.embedded import read_status

    status = read_status(folder)
    if status:
        raise click.ClickException(f"This measurement runs already (process {status.get('pid')}).")


def _say(words: str) -> None:
    click.echo(words, err=True)
