"""`volunteer-hub demo`: the sample campaign, served until Ctrl-C, or turned once."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from volunteer_hub.demo import sample

FOLDER = "demo"


@click.command()
@click.option(
    "--once", is_flag=True, envvar="ONCE", help="Turn the whole wheel without a person, write lap.json, end."
)
@click.option("--volunteers", default=4000, show_default=True, help="How many invented volunteers.")
@click.option("--doors", default=5000, show_default=True, help="How many doors the invented town has.")
@click.option("--keep", is_flag=True, help="Go on with the sample of last time instead of a fresh one.")
@click.pass_obj
def demo(program: Any, once: bool, volunteers: int, doors: int, keep: bool) -> None:
    """Try the program with a sample campaign: Florida's counties and an invented town.

    \b
    Examples:
      volunteer-hub demo                 serve the sample on http://127.0.0.1:5000
      PORT=8000 volunteer-hub demo       on another port
      volunteer-hub demo --once          turn the whole wheel, write var/demo/lap.json
    """
    folder = program.config.var_dir / FOLDER
    size = sample.Size(volunteers=volunteers, doors=doors)
    if once:
        _turn_once(program, folder, size)
    else:
        _serve(program, folder, size, keep=keep)


def _turn_once(program: Any, folder: Path, size: sample.Size) -> None:
    from volunteer_hub.demo import lap

    with _site(program, folder / "lap", fresh=True) as site, _application(site):
        found = lap.turn(site.base_url, site.mail_folder, folder / "lap" / "files", size, say)
    lap.write(found, folder / "lap.json")
    click.echo(json.dumps(found, indent=2))
    broken = lap.broken_promises(found)
    if broken:
        raise click.ClickException("The lap broke its promises:\n  " + "\n  ".join(broken))
    click.echo(f"The wheel turned in {found['seconds']['total']:.0f} s. Written to {folder / 'lap.json'}.")


def _serve(program: Any, folder: Path, size: sample.Size, *, keep: bool) -> None:
    is_there = (folder / "site" / "made").exists()
    with _site(program, folder / "site", fresh=not (keep and is_there)) as site:
        with _application(site):
            if not (keep and is_there):
                made = sample.make(folder / "site" / "files", size, say)
                sample.add_shift_today(made.campaign_id)
                (folder / "site" / "made").touch()
            _welcome(site.base_url, folder / "site")
        _until_interrupted(site)


def _welcome(base_url: str, var_dir: Path) -> None:
    from sqlalchemy import select

    from volunteer_hub.core import clock
    from volunteer_hub.core.access import Role
    from volunteer_hub.core.db import db, transaction
    from volunteer_hub.people import services as persons
    from volunteer_hub.people.models import Campaign

    campaign_id = db.session.scalars(select(Campaign.id).where(Campaign.slug == "sample")).one()
    first = {
        Role.ADMIN: "/areas",
        Role.ORGANIZER: "/priorities",
        Role.FIELD_LEAD: "/turf",
        Role.VOLUNTEER: "/shifts",
    }
    click.echo(f"\nVolunteer Hub runs at {base_url} with a sample campaign.\n")
    click.echo(f"What strangers see: {base_url}/c/sample/shifts\n\nSign in, each link once and soon:\n")
    for role, path in first.items():
        with transaction():
            person = sample.person_with(campaign_id, role)
            link = persons.link_for(person, by=None, asked_from="the demo", now=clock.now(), next_path=path)
        click.echo(f"  {role.replace('_', ' '):<11} {base_url}{link}")
    click.echo(
        "\nTry first: as the organizer, look at Priorities, make a plan under Matching and offer it;\n"
        "the emails it sends are under Messages › caught mail. Then cut turf under Turf; the field lead\n"
        "hands it out on today's shift, under Turf › Hand out on a shift.\n"
        "A link used or a quarter of an hour old? Another one, in a second terminal in this folder:\n"
        f"  VAR_DIR={shlex.quote(str(var_dir))} BASE_URL={base_url} \\\n"
        f"    .venv/bin/volunteer-hub sign-in-link {sample.STAFF[Role.ORGANIZER][0]}\n"
        f"The others: {', '.join(sample.STAFF[each][0] for each in first if each is not Role.ORGANIZER)}\n"
        "Everything about people here is invented. Ctrl-C stops all of it.\n"
    )


def _until_interrupted(site: Any) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(1.0):
        if site.process.poll() is not None:
            raise click.ClickException("The program ended by itself:\n" + site.last_words())
    click.echo("Stopping …")


@contextmanager
def _site(program: Any, var_dir: Path, *, fresh: bool) -> Iterator[Any]:
    """The whole program running on a folder of its own, so that a real campaign's data is never touched."""
    from volunteer_hub.supervise.site import running_site

    if fresh and var_dir.exists():
        _remove(var_dir)
    config = program.config
    environ = {
        "VAR_DIR": str(var_dir),
        "PORT": str(config.port),
        "BASE_URL": os.environ.get("BASE_URL", f"http://{config.host}:{config.port}"),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SMTP_URL": "",
        "SMS_PROVIDER": "recorder",
    }
    say("Starting PostgreSQL, Valkey, the mail catcher, workers and the web server …")
    with running_site(environ) as site:
        yield site


def _remove(var_dir: Path) -> None:
    """Remove an earlier sample, unless a program still runs on it."""
    from volunteer_hub.supervise.embedded import read_status

    status = read_status(var_dir)
    if status:
        where, pid = status.get("base_url"), status.get("pid")
        raise click.ClickException(f"A demo runs already at {where} (process {pid}). Stop it first.")
    shutil.rmtree(var_dir)


@contextmanager
def _application(site: Any) -> Iterator[None]:
    from config import Config
    from volunteer_hub.app import create_app
    from volunteer_hub.core import jobs, logs
    from volunteer_hub.core.db import db

    logs.set_up("WARNING", as_json=False)
    config: Config = replace(
        Config.from_environment(
            {**os.environ, "VAR_DIR": str(site.var_dir), "DATABASE_URL": "", "REDIS_URL": ""}
        ),
        database_url=site.database_url,
        redis_url=site.redis_url,
        base_url=site.base_url,
    )
    app = create_app(config)
    jobs.serve_from(app)
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def say(words: str) -> None:
    """A line of what is going on."""
    click.echo(words, err=True)
