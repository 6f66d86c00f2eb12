"""A whole invented town in a real place: streets, precincts, doors, voters and past results from one seed.

It exists so that everything can be tried on something that behaves like a town and contains nobody. The same
seed and size give the same town on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from volunteer_hub.demo import electorate
from volunteer_hub.demo.blocks import Floats
from volunteer_hub.demo.doors import (
    add_numbers,
    add_streets,
    add_units,
    house_spots,
    jittered,
    kind_names,
    thinned,
    zip_of,
)
from volunteer_hub.demo.place import PASCO, Place
from volunteer_hub.demo.plan import RIVER_M, Plan, draw_plan
from volunteer_hub.demo.streets import LOCALS, Names, Pieces, fine, name_streets, pieces
from volunteer_hub.demo.wards import precinct_of, precinct_shapes, square_rings
from volunteer_hub.demo.words import FIRST_WORDS

DEFAULT_DOORS = 5_000
CITY = "Sampleton"
WGS84 = "EPSG:4326"
_HALLS = (
    "Library",
    "Fire Station",
    "Elementary School",
    "Community Center",
    "Town Hall Annex",
    "Recreation Hall",
)


@dataclass(frozen=True, slots=True)
class Town:
    """A generated town. All coordinates are WGS 84 degrees; ids, codes and ZIPs are text.

    precincts: GeoDataFrame code (four digits, unique), name, GEOID (county and code), county_geoid, geometry;
    they partition the town. doors: one row per door, see DOOR_COLUMNS. voters and results: see electorate.
    streets: GeoDataFrame name, kind (through, local, crossing), geometry; one row per piece between two
    junctions.
    barriers: GeoDataFrame kind (river: a polygon, railway: a line), geometry.
    """

    name: str
    seed: int
    place: Place
    elections: tuple[electorate.Election, ...]
    precincts: gpd.GeoDataFrame
    doors: pd.DataFrame
    voters: pd.DataFrame
    results: pd.DataFrame
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame


DOOR_COLUMNS = (
    "house_number", "predir", "street_name", "street_type", "street", "unit_type", "unit_number", "unit",
    "city", "state", "zip", "latitude", "longitude", "people", "precinct", "quarter",
)  # fmt: skip


def generate(
    doors: int = DEFAULT_DOORS, *, seed: int = 2000, place: Place = PASCO, doors_per_precinct: int = 450,
    support: float = 0.5, today: date = date(2026, 9, 1), elections: int = 4,
) -> Town:  # fmt: skip
    """Build a town of exactly so many doors around a place.

    support: share of residents on our side, 0 to 1, met on average. today: voters' ages and the past
    elections (the last ones before it) count from here. Raises ValueError when a number makes no sense, or
    when the town would not fit into the room the place has.
    """
    _check(doors, doors_per_precinct, support)
    rng = np.random.default_rng(seed)
    plan = draw_plan(rng, int(doors * 1.05) + 1)
    houses = house_spots(plan)
    add_numbers(plan, houses)
    houses[["x_m", "y_m"]] = jittered(rng, houses)
    every = thinned(rng, add_units(rng, houses), doors)
    network = pieces(plan)
    names = name_streets(rng, np.unique(np.array(network.key)))
    add_streets(every, names)
    in_square = np.bincount(every.square, minlength=len(plan.column))
    number = precinct_of(plan, in_square, doors_per_precinct)
    codes = [f"{n + 1:04d}" for n in range(int(number.max()) + 1)]
    every["precinct"] = np.array(codes, dtype=object)[number[every.square]]
    every["zip"], every["city"], every["state"] = zip_of(plan, every, place.zips), CITY, "FL"
    precincts = _precincts(rng, plan, number, codes, place)
    electorate.add_people(rng, every)
    every = _finished(plan, every, place)
    past = electorate.past_elections(today, elections)
    voters = electorate.voters(rng, every, past, support=support, today=today)
    results = electorate.results(rng, voters, past, codes)
    return Town(
        name=CITY,
        seed=seed,
        place=place,
        elections=past,
        precincts=precincts,
        doors=every[list(DOOR_COLUMNS)],
        voters=voters,
        results=results,
        streets=_street_frame(plan, network, names, place),
        barriers=_barriers(plan, place),
    )


def _check(doors: int, doors_per_precinct: int, support: float) -> None:
    if doors < 1:
        raise ValueError(f"a town needs at least one door, got {doors}")
    if doors_per_precinct < 1:
        raise ValueError(f"a precinct needs at least one door, got {doors_per_precinct}")
    if not 0.02 <= support <= 0.98:
        raise ValueError(f"support is a share between 0.02 and 0.98, got {support}")


def _bent(plan: Plan, xy: Floats, place: Place) -> Floats:
    """Straight-plane metres to degrees, rounded to a tenth of a metre so that equal points stay equal."""
    return place.to_degrees(plan.bend(xy)).round(7)


def _finished(plan: Plan, doors: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Doors in the order of a street list, with degrees and the unit in one piece."""
    degrees = _bent(plan, doors[["x_m", "y_m"]].to_numpy(), place)
    doors["longitude"], doors["latitude"] = degrees[:, 0], degrees[:, 1]
    blank = np.where(doors.unit_type == "", "", " ")
    doors["unit"] = doors.unit_type + blank + doors.unit_number
    doors["quarter"] = kind_names(doors.kind.to_numpy())
    order = ["street_name", "street_type", "predir", "house_number", "unit_number"]
    doors = doors.sort_values(order, kind="stable", ignore_index=True)
    doors["house_number"] = doors.house_number.astype(str)
    return doors


def _precincts(
    rng: np.random.Generator, plan: Plan, number: np.ndarray, codes: list[str], place: Place
) -> gpd.GeoDataFrame:
    rings = square_rings(plan)
    flat = plan.bend(rings.reshape(-1, 2))
    reach_m = float(np.hypot(flat[:, 0], flat[:, 1]).max())
    if reach_m > place.room_m:
        raise ValueError(
            f"the town reaches {reach_m / 1000:.1f} km from its centre, but {place.county} has room for "
            f"{place.room_m / 1000:.1f} km there: ask for fewer doors or another place"
        )
    corners = place.to_degrees(flat).round(7).reshape(rings.shape)
    first = rng.permutation(np.resize(np.array(FIRST_WORDS), max(len(codes), len(FIRST_WORDS))))
    return gpd.GeoDataFrame(
        {
            "code": codes,
            "name": [f"{code} - {first[i]} {_HALLS[i % len(_HALLS)]}" for i, code in enumerate(codes)],
            "GEOID": [place.county_geoid + code for code in codes],
            "county_geoid": place.county_geoid,
            "geometry": precinct_shapes(corners, number),
        },
        crs=WGS84,
    )


def _street_frame(plan: Plan, network: Pieces, names: Names, place: Place) -> gpd.GeoDataFrame:
    lines = [fine(line) for line in network.lines]
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    geometry = shapely.linestrings(_bent(plan, np.concatenate(lines), place), indices=owner)
    key = np.array(network.key)
    kind = np.where(network.is_crossing, "crossing", np.where(key % 4 == LOCALS, "local", "through"))
    label = [f"{names.name[k]} {names.type[k]}" for k in network.key]
    return gpd.GeoDataFrame({"name": label, "kind": kind, "geometry": geometry}, crs=WGS84)


def _barriers(plan: Plan, place: Place) -> gpd.GeoDataFrame:
    """The river with 80 m of water and the railway's track, from 150 m before the town to 150 m behind it."""
    steps, more = 200, 150.0
    east, north = float(plan.west(plan.column.max() + 1)), float(plan.south(plan.row.max() + 1))
    x = np.linspace(float(plan.west(plan.column.min())) - more, east + more, steps)
    y = np.linspace(float(plan.south(plan.row.min())) - more, north + more, steps)
    middle_y, middle_x = float(plan.bound_y(plan.river_row)), float(plan.bound_x(plan.rail_column))
    half_water = min(40.0, RIVER_M / 3)
    banks = np.concatenate(
        [
            np.column_stack([x, np.full(steps, middle_y - half_water)]),
            np.column_stack([x[::-1], np.full(steps, middle_y + half_water)]),
        ]
    )
    found: list[tuple[str, shapely.Geometry]] = []
    if plan.row.min() < plan.river_row <= plan.row.max():
        found.append(("river", shapely.Polygon(_bent(plan, banks, place))))
    if plan.column.min() < plan.rail_column <= plan.column.max():
        track = np.column_stack([np.full(steps, middle_x), y])
        found.append(("railway", shapely.LineString(_bent(plan, track, place))))
    return gpd.GeoDataFrame({"kind": [k for k, _ in found], "geometry": [g for _, g in found]}, crs=WGS84)
