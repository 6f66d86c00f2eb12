"""`volunteer-hub import`: bring districts, results, doors and voters in from files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from volunteer_hub.districts.column_words import FIELDS

if TYPE_CHECKING:
    from volunteer_hub.commands.program import Program

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_CAMPAIGN = click.option(
    "--campaign", "-c", help="The campaign's name or address part; not needed where there is one."
)
_KIND = click.option(
    "--layer-kind", "district_kind", help="The layer of districts, as county or state_senate."
)
_LAYER = click.option("--layer", help="Which layer of the file, where it has several.")
_CRS = click.option("--crs", help="Its coordinate system, as EPSG:4269, where the file names none.")
_MAP = click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Say which column holds a field (name or number).",
)
_HEADER = click.option("--header/--no-header", "has_header", default=None, help="Is the first row a header?")


@click.group("import")
def import_group() -> None:
    """Bring districts, past results, doors and voters in from files.

    Each command guesses what the columns are, says what it took them for, and imports the whole file or
    nothing of it. `volunteer-hub import guess FILE` only shows the guess.

    \b
        volunteer-hub import boundaries counties.zip --layer-kind county
        volunteer-hub import results results.csv
        volunteer-hub import doors doors.parquet
        volunteer-hub import voters voters.txt
    """


@import_group.command()
@_FILE
@_CAMPAIGN
@_KIND
@click.option("--precincts", is_flag=True, help="The areas are precincts inside a layer of districts.")
@click.option(
    "--id-column", "id_columns", multiple=True, help="The column of the code; repeat to join several."
)
@click.option(
    "--name-column", "name_columns", multiple=True, help="The column of the name; repeat to join several."
)
@click.option("--district-column", help="Precincts: the column that names their district.")
@click.option("--district-name", help="Precincts without districts: what to call the one drawn around them.")
@click.option("--id-width", type=int, help="Fill codes with zeros up to so many digits.")
@click.option(
    "--skip-bad", is_flag=True, help="Leave areas without a shape out, instead of refusing the file."
)
@click.option("--remove-missing", is_flag=True, help="Take away areas of the layer that the file has not.")
@_LAYER
@_CRS
@click.pass_obj
def boundaries(
    program: Program, /, file: Path, campaign: str | None, precincts: bool, **options: Any
) -> None:
    """Import districts, or with --precincts the voting areas inside them.

    FILE is a zipped Shapefile, GeoPackage, GeoJSON, TopoJSON, KML, FlatGeobuf or GeoParquet in any
    coordinate system.

    \b
        volunteer-hub import boundaries counties.zip --layer-kind county
        volunteer-hub import boundaries precincts.gpkg --precincts --layer-kind county
    """
    _bring(program, campaign, "precincts" if precincts else "districts", file, options)


@import_group.command()
@_FILE
@_CAMPAIGN
@_LAYER
@_CRS
@click.option("--class-column", help="The column of the road's class, where the guess is wrong.")
@click.option("--name-column", help="The column of the street's name, where the guess is wrong.")
@click.option("--barriers", "are_barriers", is_flag=True, help="All lines are barriers that no walk crosses.")
@click.option("--remove-all", is_flag=True, help="Take away all streets and barriers imported before.")
@click.pass_obj
def streets(program: Program, /, file: Path, campaign: str | None, **options: Any) -> None:
    """Import streets, so that turf is cut and walked along them; or barriers.

    FILE is an OSM extract (.osm, .osm.gz, .osm.pbf), TIGER roads or a city's centrelines. A file of the same
    name replaces what came from it before.

    \b
        volunteer-hub import streets tl_2024_25017_roads.zip
        volunteer-hub import streets rivers.gpkg --barriers
    """
    _bring(program, campaign, "streets", file, options)


@import_group.command()
@_FILE
@_CAMPAIGN
@_KIND
@click.option("--held-on", help="The election's day (YYYY-MM-DD), where the file does not say.")
@click.option("--election", help="The election's name, as “2024 primary”, where the file does not say.")
@_MAP
@_HEADER
@click.pass_obj
def results(
    program: Program, /, file: Path, campaign: str | None, pairs: tuple[str, ...], **options: Any
) -> None:
    """Import past results by district or precinct, one row or one column for each candidate.

    \b
        volunteer-hub import results results.csv --map votes=Total --held-on 2024-11-05
    """
    _bring(program, campaign, "results", file, options, pairs)


@import_group.command()
@_FILE
@_CAMPAIGN
@_KIND
@click.option(
    "--homes-only", is_flag=True, help="Leave out what the file says is no home (shops, barns, ...)."
)
@click.option(
    "--snap-m", type=float, help="A door outside every precinct goes to the nearest within so many metres."
)
@_MAP
@_HEADER
@_LAYER
@_CRS
@click.pass_obj
def doors(
    program: Program, /, file: Path, campaign: str | None, pairs: tuple[str, ...], **options: Any
) -> None:
    """Import doors: addresses with latitude and longitude, from CSV, GeoParquet or any map format.

    \b
        volunteer-hub import doors addresses.parquet --homes-only
    """
    _bring(program, campaign, "doors", file, options, pairs)


@import_group.command()
@_FILE
@_CAMPAIGN
@_KIND
@click.option(
    "--make-doors/--no-make-doors", default=True, help="Where the file has coordinates: add its doors too."
)
@_MAP
@_HEADER
@_LAYER
@_CRS
@click.pass_obj
def voters(
    program: Program, /, file: Path, campaign: str | None, pairs: tuple[str, ...], **options: Any
) -> None:
    """Import voters and find their doors by address and unit.

    \b
        volunteer-hub import voters voters.txt --no-header
    """
    _bring(program, campaign, "voters", file, options, pairs)


@import_group.command()
@_FILE
@click.argument("kind", type=click.Choice(sorted(FIELDS)))
def guess(file: Path, kind: str) -> None:
    """Show what the columns of FILE seem to be, and import nothing.

    \b
        volunteer-hub import guess voters.txt voters
    """
    from volunteer_hub.districts import looking

    _show_guess(kind, looking.look(kind, file, {}))


def _bring(
    program: Program,
    campaign: str | None,
    kind: str,
    file: Path,
    options: dict[str, Any],
    pairs: tuple[str, ...] = (),
) -> None:
    from volunteer_hub.districts import bring, looking

    options = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
    with program.application("an import"):
        campaign_id = _campaign_id(campaign)
        if pairs:
            seen = looking.look(kind, file, options)
            options |= {"mapping": _mapped(kind, seen, pairs), "has_header": seen["has_header"]}
        with _bar() as tell:
            done = bring.bring(campaign_id, kind, file, tell=tell, **options)
        _show_report(done.report, done.options)


def _campaign_id(name: str | None) -> int:
    from volunteer_hub.people import queries

    if name:
        found = queries.campaign_called(name)
        if found is None:
            raise click.ClickException(f"There is no campaign called “{name}”.")
        return found.id
    there = queries.campaigns()
    if len(there) != 1:
        names = ", ".join(campaign.slug for campaign in there) or "none yet"
        raise click.ClickException(f"Say which campaign with --campaign. There are: {names}.")
    return there[0].id


def _mapped(kind: str, seen: dict[str, Any], pairs: tuple[str, ...]) -> dict[str, Any]:
    mapping: dict[str, Any] = seen["mapping"]
    for pair in pairs:
        field, _, column = pair.partition("=")
        if field not in FIELDS[kind]:
            raise click.ClickException(f"There is no field “{field}”. There are: {', '.join(FIELDS[kind])}.")
        if column in seen["columns"]:
            mapping["fields"][field] = seen["columns"].index(column)
        elif column.isdigit() and 1 <= int(column) <= len(seen["columns"]):
            mapping["fields"][field] = int(column) - 1
        elif column:
            raise click.ClickException(
                f"There is no column “{column}”. There are: {', '.join(seen['columns'])}."
            )
        else:
            mapping["fields"].pop(field, None)
    return mapping


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int | None], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task("Beginning", total=None)

        def tell(words: str, done: int, total: int | None) -> None:
            shown.update(task, description=words, completed=done, total=total)

        yield tell


def _show_report(report: dict[str, Any], options: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None)
    for label, number in report["counts"]:
        table.add_row(str(label), f"{number:,}")
    console = Console()
    console.print(table)
    for sentence in [*report["notes"], *report["warnings"]]:
        console.print(f"• {sentence}", markup=False)
    fields = (options.get("mapping") or {}).get("fields")
    if fields:
        console.print(f"Columns: {json.dumps(fields)}", markup=False)


def _show_guess(kind: str, seen: dict[str, Any]) -> None:
    table = Table("field", "column", "sure", "why", "for example")
    for field, found in seen["guess"].items():
        name = seen["columns"][found["index"]]
        sure = f"{found['confidence']:.0%}"
        table.add_row(FIELDS[kind][field], name, sure, found["why"], ", ".join(found["samples"][:3]))
    console = Console()
    console.print(table)
    for sentence in seen["warnings"]:
        console.print(f"• {sentence}", markup=False)
