"""The command `volunteer-hub cut`."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Precinct
from volunteer_hub.people.queries import campaign_called, campaigns, root_area
from volunteer_hub.turf import queries, services
from volunteer_hub.turf.jobs import cut_precinct
from volunteer_hub.turf.models import Cut


@click.command("cut")
@click.option("--campaign", help="Its short name; needed only when there are several.")
@click.option("--minutes", default=90.0, show_default=True, help="For one turf, walking and talking.")
@click.option("--most", default=10, show_default=True, help="How many precincts, the most urgent first.")
@click.option("--precinct", "codes", multiple=True, help="Only this precinct, by its code; may be repeated.")
@click.pass_obj
def cut(program: Any, campaign: str | None, minutes: float, most: int, codes: tuple[str, ...]) -> None:
    """Cut precincts into turfs, the most urgent that have no open turf first.

    \b
        volunteer-hub cut --minutes 120 --most 5
        volunteer-hub cut --precinct 0103
    """
    with program.application("cut"):
        campaign_id = _campaign_id(campaign)
        paths = [root_area(campaign_id).path]
        wanted = (
            _by_code(campaign_id, codes)
            if codes
            else queries.without_open_turf(campaign_id, paths, most=most)
        )
        with transaction():
            cuts = services.ask_cuts(campaign_id, wanted, minutes=minutes, by=None, now=clock.now())
            ids = [each.id for each in cuts]
        for cut_id in ids:
            cut_precinct(cut_id)
            row = db.session.get_one(Cut, cut_id)
            click.echo(
                row.message or str(row.report.get("sentence") or f"{row.report.get('turfs', 0)} turfs")
            )
        click.echo(f"{len(ids)} precincts cut.")


def _campaign_id(name: str | None) -> int:
    every = campaigns()
    found = campaign_called(name) if name else (every[0] if len(every) == 1 else None)
    if found is None:
        names = ", ".join(each.slug for each in every) or "none yet"
        raise click.ClickException(f"Say which campaign with --campaign. There are: {names}.")
    return found.id


def _by_code(campaign_id: int, codes: tuple[str, ...]) -> list[int]:
    rows = db.session.execute(
        select(Precinct.id, Precinct.code).where(
            Precinct.campaign_id == campaign_id, Precinct.code.in_(codes)
        )
    ).all()
    missing = set(codes) - {row.code for row in rows}
    if missing:
        raise click.ClickException(f"No precinct has the code {', '.join(sorted(missing))}.")
    return [row.id for row in rows]
