"""volunteer-hub run, web, worker."""

from __future__ import annotations

import os
import sys

import click

from config import Config
from volunteer_hub.commands.program import Program
from volunteer_hub.supervise import ServiceError


@click.command()
@click.pass_obj
def run(program: Program) -> None:
    """Start everything and keep it alive until Ctrl-C.

    PostgreSQL, Valkey and a mail catcher are started too, under VAR_DIR, unless DATABASE_URL, REDIS_URL or
    SMTP_URL name servers of your own. What dies is started again. Logs are in VAR_DIR/log.

    \b
    Example:
        PORT=8000 volunteer-hub run
    """
    from volunteer_hub.supervise.parts import all_parts
    from volunteer_hub.supervise.supervisor import Supervisor

    migrate = (sys.executable, "-m", "volunteer_hub.cli", "migrate")
    Supervisor(program.config, all_parts, once_before=migrate, on_ready=_announce).run()


def _announce(config: Config) -> None:
    click.echo(f"Volunteer Hub is ready at {config.base_url}. Ctrl-C stops it.")


@click.command()
@click.pass_obj
def web(program: Program) -> None:
    """Run only the web server, on HOST and PORT, in the foreground.

    DATABASE_URL and REDIS_URL must name running servers. For systemd: see docs/deployment.md.

    \b
    Example:
        DATABASE_URL=postgresql://hub:secret@db/hub REDIS_URL=redis://:secret@queue/0 volunteer-hub web
    """
    from volunteer_hub.supervise.parts import ROOT, web_command

    _need_servers(program.config)
    os.chdir(ROOT)
    command = web_command(program.config)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


@click.command()
@click.pass_obj
def worker(program: Program) -> None:
    """Run only the background worker: RQ workers (WORKER_COUNT of them), sweeps and delayed jobs.

    DATABASE_URL and REDIS_URL must name running servers. Any number of machines may run one.

    \b
    Example:
        WORKER_COUNT=4 DATABASE_URL=… REDIS_URL=… volunteer-hub worker
    """
    _need_servers(program.config)
    import worker as worker_module

    worker_module.main()


def _need_servers(config: Config) -> None:
    if not config.database_url or not config.redis_url:
        raise ServiceError(
            "DATABASE_URL and REDIS_URL must name running servers for this command. "
            "To start them, web and worker together on this machine, use `volunteer-hub run`."
        )
