"""`python -m volunteer_hub.frontend`: build the browser side, or say plainly what its absence means."""

from __future__ import annotations

import click

from volunteer_hub.frontend.build import BuildFailed, build


@click.command()
@click.option("--force", is_flag=True, help="Build also when nothing changed.")
@click.option("--strict", is_flag=True, help="Fail when it cannot be built (for releases); else only warn.")
def main(force: bool, strict: bool) -> None:
    """Bundle stylesheets, scripts, the typeface and the map library into volunteer_hub/static/dist."""
    try:
        built = build(say=click.echo, force=force)
    except BuildFailed as fault:
        click.echo(f"The front end was not built. {fault}", err=True)
        if strict:
            raise SystemExit(1) from fault
        click.echo(
            "Volunteer Hub runs without it: pages work from their sources, maps give way to their tables. "
            "Run `python -m volunteer_hub.frontend` again when the packages can be fetched.",
            err=True,
        )
        return
    click.echo("The front end is built." if built else "The front end is up to date.")


if __name__ == "__main__":
    main()
