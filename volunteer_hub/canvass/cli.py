"""The command `volunteer-hub recount`."""

from __future__ import annotations

from typing import Any

import click

from volunteer_hub.canvass import services
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.people.queries import campaigns


@click.command("recount")
@click.pass_obj
def recount(program: Any) -> None:
    """Count progress afresh from the door reports, and mend what differs.

    \b
        volunteer-hub recount
    """
    with program.application("recount"):
        for campaign_id, name in [(each.id, each.name) for each in campaigns()]:
            with transaction():
                found = services.recount(campaign_id, now=clock.now())
            if found.is_clean:
                click.echo(f"{name}: kept equals counted.")
            else:
                click.echo(
                    f"{name}: mended {found.doors} doors, {found.visits} visits, {found.places} places."
                )
