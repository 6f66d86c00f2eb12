"""volunteer-hub migrate, backup, restore, config."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from volunteer_hub.commands.program import Program
from volunteer_hub.supervise.backup import Backup, Tell


@click.command()
@click.pass_obj
def migrate(program: Program) -> None:
    """Bring the database to the version this program is written for. Safe to repeat.

    `volunteer-hub run` does it by itself; after an upgrade with servers of your own, do it before you start
    web and worker again.

    \b
    Example:
        volunteer-hub migrate
    """
    from sqlalchemy import create_engine

    from volunteer_hub import migrations
    from volunteer_hub.supervise import reachable
    from volunteer_hub.supervise.given import check_database

    with reachable(program.config, what="migrate") as config:
        assert config.database_url
        check_database(config.database_url, within_s=max(5, config.database_wait_s))
        engine = create_engine(config.database_url)
        try:
            migrations.upgrade(engine)
        finally:
            engine.dispose()
    click.echo(f"The database is at version {migrations.head() or 'none'}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.pass_obj
def backup(program: Program, file: Path, force: bool) -> None:
    """Save the database and the uploads into FILE, while the program goes on running.

    FILE appears whole or not at all and is readable by you alone; it holds people's data, so keep it like
    that. It is a zip with a manifest, a pg_dump and the uploads.

    \b
    Example:
        volunteer-hub backup /srv/backups/hub-2026-03-01.zip
    """
    from volunteer_hub.supervise import backup as backups
    from volunteer_hub.supervise import reachable

    with reachable(program.config, what="backup") as config, _progress() as tell:
        saved = backups.save(config.database_url or "", config.uploads_dir, file, replace=force, tell=tell)
    click.echo(f"Saved {_summary(saved)} in {file} ({saved.size_bytes / 1e6:.1f} MB).")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Remove what the database holds first.")
@click.pass_obj
def restore(program: Program, file: Path, replace: bool) -> None:
    """Bring back what `volunteer-hub backup` saved: all of it, or nothing.

    Stop the program first. The checksums in FILE and the number of rows of every table are compared before
    anything is kept. Uploads that were there are kept beside the new ones in VAR_DIR. Then start the
    program, or run `volunteer-hub migrate`, to bring an older backup to this version.

    \b
    Examples:
        volunteer-hub restore /srv/backups/hub-2026-03-01.zip
        volunteer-hub restore --replace hub-2026-03-01.zip
    """
    from volunteer_hub.supervise import ServiceError, reachable
    from volunteer_hub.supervise.embedded import read_status
    from volunteer_hub.supervise.restore import load

    if running := read_status(program.config.var_dir):
        raise ServiceError(f"The program is running (process {running['pid']}). Stop it first, then restore.")
    with reachable(program.config, what="restore") as config, _progress() as tell:
        loaded = load(config.database_url or "", config.uploads_dir, file, replace=replace, tell=tell)
    click.echo(f"Restored {_summary(loaded)}, saved at {loaded.made_at}.")


@click.command("config")
@click.pass_obj
def show_config(program: Program) -> None:
    """Show every setting as the program sees it, secrets and passwords struck out.

    \b
    Example:
        PORT=8000 volunteer-hub config
    """
    settings = program.config.masked()
    width = max(map(len, settings))
    for name, value in settings.items():
        click.echo(f"{name:<{width}}  {value}")


def _summary(backup: Backup) -> str:
    return f"{len(backup.tables)} tables, {sum(backup.tables.values()):,} rows and {backup.files} files"


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar for each step; where nobody watches (a timer, a pipe) rich draws nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, int] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done)  # type: ignore[arg-type]

        yield tell
