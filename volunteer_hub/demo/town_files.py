"""A generated town written as the files a campaign would bring: nothing in them needs a special importer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from volunteer_hub.demo.town import Town

NOTE = """Everything in this folder is invented: the town, its addresses, its voters and their votes.
The place it lies in and the ZIP codes are real; no person, house or result is. Made from seed {seed}.

precincts.gpkg  voting areas (EPSG:4326): code, name, GEOID, county_geoid
doors.csv       one row per door: address, unit, latitude, longitude, people
voters.csv      a voter file in split address parts; some addresses are misspelt or lead nowhere, on purpose
results.csv     votes by precinct in past elections, summing to the voters who voted
streets.gpkg    street pieces between junctions
barriers.gpkg   what nobody walks across but on a street: river, railway
"""


@dataclass(frozen=True, slots=True)
class TownFiles:
    """Where the files of a town are."""

    folder: Path
    precincts: Path
    doors: Path
    voters: Path
    results: Path
    streets: Path
    barriers: Path


def write(town: Town, folder: Path) -> TownFiles:
    """Write all files of a town into a folder, replacing those of an earlier run, and say where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    files = TownFiles(
        folder,
        folder / "precincts.gpkg",
        folder / "doors.csv",
        folder / "voters.csv",
        folder / "results.csv",
        folder / "streets.gpkg",
        folder / "barriers.gpkg",
    )
    (folder / "README.txt").write_text(NOTE.format(seed=town.seed), encoding="utf-8")
    files.precincts.unlink(missing_ok=True)
    files.streets.unlink(missing_ok=True)
    files.barriers.unlink(missing_ok=True)
    town.precincts.to_file(files.precincts, layer="precincts", driver="GPKG", engine="pyogrio")
    town.streets.to_file(files.streets, layer="streets", driver="GPKG", engine="pyogrio")
    if len(town.barriers):
        town.barriers.to_file(files.barriers, layer="barriers", driver="GPKG", engine="pyogrio")
    _to_csv(doors_table(town), files.doors)
    _to_csv(voters_table(town), files.voters)
    _to_csv(results_table(town), files.results)
    return files


def _to_csv(table: pd.DataFrame, target: Path) -> None:
    table.to_csv(target, index=False, lineterminator="\n")


def doors_table(town: Town) -> pd.DataFrame:
    """house_number, street, unit, city, state, zip, latitude, longitude, people; precinct is for checking."""
    columns = ["house_number", "street", "unit", "city", "state", "zip", "latitude", "longitude", "people"]
    return town.doors[[*columns, "precinct"]]


def voters_table(town: Town) -> pd.DataFrame:
    """A voter file as states sell them, upper case and split in parts, with one GEN_ column per election.

    SUPPORT and TURNOUT are shares from 0 to 1, as a vendor's model would add them. What only the generator
    knows (who really supports us, how the address was spoilt, which door) is not in it.
    """
    v = town.voters
    table = pd.DataFrame(
        {
            "VOTER_ID": v.file_ref,
            "LAST_NAME": v.family_name.str.upper(),
            "FIRST_NAME": v.given_name.str.upper(),
            "BIRTH_YEAR": v.birth_year,
            "PARTY": v.party,
            "STATUS": "ACT",
            "REGISTRATION_DATE": v.registered_on,
            "HOUSE_NUM": v.house_number,
            "PRE_DIR": v.predir,
            "STREET_NAME": v.street_name,
            "STREET_TYPE": v.street_type,
            "UNIT_TYPE": v.unit_type,
            "UNIT_NUM": v.unit_number,
            "RES_CITY": v.city,
            "RES_STATE": v.state,
            "RES_ZIP": v.zip,
            "COUNTY": town.place.county.upper(),
            "PRECINCT": v.precinct,
            "SUPPORT": v.support_prior,
            "TURNOUT": v.turnout_prior,
        }
    )
    for election in town.elections:
        went = v[f"voted_{election.held_on.year}"]
        table[f"GEN_{election.held_on:%Y%m%d}"] = np.where(went, "Y", "")
    return table


def results_table(town: Town) -> pd.DataFrame:
    """Results with the precincts' names beside their codes: precinct, precinct_name, county_geoid added."""
    table = town.results.copy()
    place = table.columns.get_loc("precinct") + 1
    table.insert(place, "precinct_name", table.precinct.map(town.precincts.set_index("code").name))
    table.insert(place, "county_geoid", town.place.county_geoid)
    return table
