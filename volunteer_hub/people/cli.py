"""volunteer-hub admin, campaign, person, sign-in-link."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from volunteer_hub.commands.program import Program
    from volunteer_hub.people.models import Campaign, Person

CAMPAIGN = click.option(
    "--campaign", "campaign_name", metavar="NAME", help="Name or slug; needed if there are several."
)


@click.group()
def admin() -> None:
    """Make admins: the people who answer for a campaign's data."""


@admin.command("create")
@click.option(
    "--campaign", "campaign_name", required=True, metavar="NAME", help="Made if there is none of that name."
)
@click.option("--email", required=True, help="The admin's address.")
@click.option("--name", default="", help="The admin's name; the part before the @ if left out.")
@click.option("--time-zone", default="America/New_York", show_default=True, help="Of a new campaign.")
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True)
@click.pass_obj
def create_admin(
    program: Program, campaign_name: str, email: str, name: str, time_zone: str, language: str
) -> None:
    """Make somebody admin of a whole campaign, and the campaign if it is new. Prints a link to sign in once.

    Safe to repeat: it only adds what is missing and prints a new link.

    \b
    Example:
        volunteer-hub admin create --campaign "Ohio 2026" --email dana@example.org
    """
    from volunteer_hub.core import clock
    from volunteer_hub.core.access import Role
    from volunteer_hub.core.db import transaction
    from volunteer_hub.people import queries, services

    with program.application(), transaction():
        now = clock.now()
        campaign = queries.campaign_called(campaign_name)
        is_new = campaign is None
        if campaign is None:
            campaign = services.create_campaign(
                campaign_name, now=now, time_zone=time_zone, language=language
            )
        root = queries.root_area(campaign.id)
        person = queries.person_with_email(campaign.id, email) or services.add_person(
            campaign.id,
            root.id,
            email,
            services.Profile(name=name or email.split("@")[0], language=language),
            now=now,
            via="command",
            email_agreed=True,
        )
        services.grant(person, Role.ADMIN, root, by=None, now=now)
        link = _link(person, now)
        sentence = (
            f"{'Made' if is_new else 'Found'} the campaign “{campaign.name}”. {person.email} is its admin."
        )
    _say([(sentence, link)], program)


@click.group()
def campaign() -> None:
    """Make and list campaigns."""


@campaign.command("create")
@click.argument("name")
@click.option("--time-zone", default="America/New_York", show_default=True, help="IANA name.")
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True)
@click.option("--slug", help="In its public addresses, /c/SLUG/; made from the name if left out.")
@click.option("--election-on", type=click.DateTime(["%Y-%m-%d"]), help="Election day, as 2026-11-03.")
@click.pass_obj
def create_campaign(
    program: Program, name: str, time_zone: str, language: str, slug: str | None, election_on: datetime | None
) -> None:
    """Make a campaign; then give it an admin with `volunteer-hub admin create`.

    \b
    Example:
        volunteer-hub campaign create "Ohio 2026" --election-on 2026-11-03
    """
    from volunteer_hub.core import clock
    from volunteer_hub.core.db import transaction
    from volunteer_hub.people import services

    with program.application(), transaction():
        made = services.create_campaign(
            name,
            now=clock.now(),
            time_zone=time_zone,
            language=language,
            slug=slug,
            election_on=election_on.date() if election_on else None,
        )
        sentence = f"Made the campaign “{made.name}” at /c/{made.slug}/ ({made.time_zone})."
    click.echo(sentence)


@campaign.command("list")
@click.pass_obj
def list_campaigns(program: Program) -> None:
    """List the campaigns of this installation.

    \b
    Example:
        volunteer-hub campaign list
    """
    from volunteer_hub.people import queries

    with program.application():
        campaigns = queries.campaigns()
        for each in campaigns:
            people = queries.counts(each.id, [queries.root_area(each.id).path])
            click.echo(f"{each.slug:24} {each.name} ({each.time_zone}), {_people(people.active)}")
        if not campaigns:
            click.echo(
                "There is no campaign yet. Make one: volunteer-hub admin create --campaign NAME --email YOU"
            )


@click.group()
def person() -> None:
    """Add people."""


@person.command("add")
@CAMPAIGN
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--home", default="", help="ZIP code or address.")
@click.option("--phone", default="")
@click.option("--area", "area_name", help="Name of an area; the whole campaign if left out.")
@click.option(
    "--role", type=click.Choice(["volunteer", "field_lead", "organizer", "admin"]), default="volunteer"
)
@click.option("--emails/--no-emails", "email_agreed", default=False, help="They agreed to get emails.")
@click.option("--texts/--no-texts", "text_agreed", default=False, help="They agreed to get texts.")
@click.pass_obj
def add_person(
    program: Program,
    campaign_name: str | None,
    email: str,
    name: str,
    home: str,
    phone: str,
    area_name: str | None,
    role: str,
    email_agreed: bool,
    text_agreed: bool,
) -> None:
    """Add one person to a campaign, with a role if they have one.

    \b
    Example:
        volunteer-hub person add --email lee@example.org --name "Lee Park" --home 33101 --area Miami
    """
    from volunteer_hub.core import clock
    from volunteer_hub.core.access import Role
    from volunteer_hub.core.db import transaction
    from volunteer_hub.people import queries, services

    with program.application(), transaction():
        now = clock.now()
        campaign_row = _campaign(campaign_name)
        area = (
            queries.area_named(campaign_row.id, area_name)
            if area_name
            else queries.root_area(campaign_row.id)
        )
        if area is None:
            raise click.ClickException(f"There is no area called “{area_name}” in “{campaign_row.name}”.")
        added = services.add_person(
            campaign_row.id,
            area.id,
            email,
            services.Profile(name=name, home_text=home),
            now=now,
            via="command",
            phone=phone,
            email_agreed=email_agreed,
            text_agreed=text_agreed,
        )
        if role != "volunteer":
            services.grant(added, Role(role), area, by=None, now=now)
        sentence = f"Added {added.email} to {area.name} as {role.replace('_', ' ')}."
    click.echo(sentence)


@click.command("sign-in-link")
@click.argument("email")
@CAMPAIGN
@click.option("--next", "next_path", help="The page to go to after signing in, as /people.")
@click.pass_obj
def sign_in_link(program: Program, email: str, campaign_name: str | None, next_path: str | None) -> None:
    """Print a link that signs somebody in once, for those whose mail does not arrive. It is in the audit log.

    \b
    Example:
        volunteer-hub sign-in-link dana@example.org
    """
    from volunteer_hub.core import clock
    from volunteer_hub.core.db import transaction
    from volunteer_hub.people import queries
    from volunteer_hub.people.paths import safe_path

    with program.application(), transaction():
        people = queries.people_with_email(email.strip())
        if campaign_name:
            wanted = _campaign(campaign_name).id
            people = [each for each in people if each.campaign_id == wanted]
        if not people:
            raise click.ClickException(
                f"Nobody active has the address {email}. See volunteer-hub person add --help."
            )
        now = clock.now()
        links = [
            (f"{each.name} in “{each.campaign.name}”:", _link(each, now, safe_path(next_path)))
            for each in people
        ]
    _say(links, program)


def _campaign(name: str | None) -> Campaign:
    """The campaign of this name, or the only one."""
    from volunteer_hub.people import queries

    found = queries.campaigns()
    if name is None and len(found) == 1:
        return found[0]
    named = queries.campaign_called(name) if name else None
    if named is not None:
        return named
    known = ", ".join(each.slug for each in found) or "none yet; volunteer-hub campaign create makes one"
    raise click.ClickException(f"Say which campaign with --campaign. There are: {known}.")


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _link(person: Person, now: datetime, next_path: str | None = None) -> str:
    from volunteer_hub.people import mails, services

    return mails.absolute(
        services.link_for(person, by=None, asked_from="a command", now=now, next_path=next_path)
    )


def _say(links: list[tuple[str, str]], program: Program) -> None:
    """Print links once they are saved."""
    for sentence, link in links:
        click.echo(sentence)
        click.echo(f"Sign in once within {program.config.sign_in_link_min} minutes:\n  {link}")
