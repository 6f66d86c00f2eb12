"""volunteer-hub contest, rescore."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from volunteer_hub.commands.program import Program
    from volunteer_hub.people.models import Campaign

CAMPAIGN = click.option(
    "--campaign", "campaign_name", metavar="NAME", help="Name or slug; needed if there are several."
)


@click.group()
def contest() -> None:
    """Make and list contests: what a campaign wants to win, and by which rules an hour is valued."""


@contest.command("create")
@click.argument("name")
@click.option("--layer", required=True, help="The layer of districts it is fought in, as county.")
@click.option("--ours", required=True, help="Our party or candidate, as the results call it.")
@click.option(
    "--rule", "rules", multiple=True, metavar="RULE=WEIGHT", default=("plurality=1",), show_default=True,
    help="plurality, turnout or coverage, with its weight; may be repeated.",
)  # fmt: skip
@click.option("--election-on", type=click.DateTime(["%Y-%m-%d"]), help="Election day, as 2026-11-03.")
@click.option(
    "--seats", type=click.Choice(["one", "each", "region", "state"]), default="one", show_default=True,
    help="Which districts share a seat.",
)  # fmt: skip
@click.option("--office", help="Count the results of this office only.")
@CAMPAIGN
@click.pass_obj
def create(
    program: Program,
    name: str,
    layer: str,
    ours: str,
    rules: tuple[str, ...],
    election_on: datetime | None,
    seats: str,
    office: str | None,
    campaign_name: str | None,
) -> None:
    """Make a contest, let plans follow it, and score its districts.

    \b
    Example:
        volunteer-hub contest create Governor --layer county --ours Democratic \\
            --rule plurality=0.7 --rule coverage=0.3 --election-on 2026-11-03
    """
    from volunteer_hub.core import clock
    from volunteer_hub.core.db import transaction
    from volunteer_hub.core.refusals import Refusal
    from volunteer_hub.priority import queries, services
    from volunteer_hub.priority.forms import seats_by

    with program.application():
        with transaction():
            campaign = _campaign(campaign_name)
            places = queries.places(campaign.id, layer)
            if not places:
                have = ", ".join(kind for kind, _count in queries.kinds(campaign.id)) or "none yet"
                raise Refusal(f"There are no districts in the layer “{layer}”. Layers: {have}.")
            made = services.create_contest(
                campaign.id,
                name=name,
                district_kind=layer,
                ours=ours,
                weights=weights_of(rules),
                election_on=election_on.date() if election_on else None,
                params={"seat_mode": seats} | ({"office": office} if office else {}),
                seats=seats_by(seats, "", places),
                now=clock.now(),
            )
            sentence = f"Made the contest “{made.name}” over {len(places):,} districts of “{layer}”."
            campaign_id = campaign.id
        click.echo(sentence)
        _score(campaign_id)


@contest.command("list")
@CAMPAIGN
@click.pass_obj
def list_contests(program: Program, campaign_name: str | None) -> None:
    """List the contests of a campaign; the star marks the one that plans follow.

    \b
    Example:
        volunteer-hub contest list
    """
    from volunteer_hub.priority import queries

    with program.application():
        for row in queries.contests(_campaign(campaign_name).id):
            rules = ", ".join(f"{rule} {weight:g}" for rule, weight in row.weights.items())
            click.echo(
                f"{'*' if row.is_active else ' '} {row.name}: {row.district_kind}, {row.ours} ({rules})"
            )


@click.command()
@CAMPAIGN
@click.pass_obj
def rescore(program: Program, campaign_name: str | None) -> None:
    """Score a campaign's contests now and keep a dated snapshot of each.

    \b
    Example:
        volunteer-hub rescore
    """
    from volunteer_hub.core import clock
    from volunteer_hub.core.db import transaction
    from volunteer_hub.priority import services

    with program.application():
        with transaction():
            campaign_id = _campaign(campaign_name).id
            services.want_rescore(campaign_id, cause="by hand", now=clock.now())
        _score(campaign_id)


def weights_of(rules: tuple[str, ...]) -> dict[str, float]:
    """“plurality=0.7” and the like as weights. Raises BadParameter for what is not of this form."""
    found = {}
    for rule in rules:
        name, _sign, weight = rule.partition("=")
        try:
            found[name.strip()] = float(weight or 1)
        except ValueError:
            raise click.BadParameter(
                f"“{rule}” is not RULE=WEIGHT, as plurality=0.7", param_hint="--rule"
            ) from None
    return found


def _campaign(name: str | None) -> Campaign:
    from volunteer_hub.people import queries

    there = queries.campaigns()
    if name is None and len(there) == 1:
        return there[0]
    named = queries.campaign_called(name) if name else None
    if named is None:
        known = ", ".join(each.slug for each in there) or "none yet; volunteer-hub campaign create makes one"
        raise click.ClickException(f"Say which campaign with --campaign. There are: {known}.")
    return named


def _score(campaign_id: int) -> None:
    from volunteer_hub.core.db import transaction
    from volunteer_hub.priority import queries, rescoring

    rescoring.run(campaign_id)
    with transaction():
        contest = queries.active_contest(campaign_id)
        newest = queries.newest_snapshot(contest.id) if contest else None
        lines = queries.district_scores(newest.id)[:5] if newest else []
        head = f"Scored in {newest.seconds:.1f} s, in {newest.unit}:" if newest else "Nothing to score yet."
        words = [
            f"{line.rank:>4}  {line.name}: {line.value_per_hour:.3g} ({line.low:.3g} to {line.high:.3g})"
            for line in lines
        ]
        faults = newest.fault_count if newest else 0
    click.echo(head)
    for word in words:
        click.echo(word)
    if faults:
        click.echo(f"{faults:,} rows could not be right and were left out; the priorities page names them.")
