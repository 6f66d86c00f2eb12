"""The doors of a ground plan: where they are and what their addresses are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from volunteer_hub.demo.blocks import APARTMENTS, CORE, KINDS, LOCAL, QUARTER_M, Floats, Ints
from volunteer_hub.demo.plan import Plan
from volunteer_hub.demo.streets import EAST_LINES, LOCALS, Names, street_key

FRONTAGE_M = 7.0
"""Through streets count two numbers, one a side, for so many metres; lots are twice as wide: none repeats."""


def house_spots(plan: Plan) -> pd.DataFrame:
    """One row per house: square, kind, code, order, x_m and y_m on the straight plane, key of its street."""
    each = np.array([len(b.spots) for b in plan.blocks])
    start = np.concatenate([[0], np.cumsum(each)[:-1]])
    count = each[plan.block]
    square = np.repeat(np.arange(len(count)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    index = start[plan.block[square]] + within
    spots = np.concatenate([b.spots for b in plan.blocks])[index]
    code = np.concatenate([b.street for b in plan.blocks])[index]
    return pd.DataFrame(
        {
            "square": square,
            "kind": plan.kind[square],
            "code": code,
            "order": np.concatenate([b.order for b in plan.blocks])[index],
            "x_m": plan.west(plan.column[square]) + spots[:, 0],
            "y_m": plan.south(plan.row[square]) + spots[:, 1],
            "key": street_key(plan, square, code),
        }
    )


def add_numbers(plan: Plan, houses: pd.DataFrame) -> None:
    """Add house_number and predir, in place.

    Through streets count from the axes through the centre (E and W, N and S) by metres, even numbers on the
    north and east sides; streets of one square count their houses from a hundred of their own.
    """
    code, square = houses.code.to_numpy(), houses.square.to_numpy()
    family = houses.key.to_numpy() % 4
    runs_east = family == EAST_LINES
    along = np.where(runs_east, houses.x_m, houses.y_m)
    across = np.where(runs_east, houses.y_m, houses.x_m)
    origin = np.where(runs_east, plan.south(plan.row[square]), plan.west(plan.column[square]))
    is_odd = across < origin + np.where(code < 5, code, code - 5) * QUARTER_M
    by_metres = 100 + 2 * np.floor(np.abs(along) / FRONTAGE_M).astype(np.int64) + is_odd
    by_place = 100 * (1 + houses.key.to_numpy() // 4 * 7 % 43) + houses.order.to_numpy()
    is_local = family == LOCALS
    houses["house_number"] = np.where(is_local, by_place, by_metres)
    houses["predir"] = np.select(
        [is_local, runs_east & (along < 0), runs_east, along < 0], ["", "W", "E", "S"], default="N"
    )


def add_units(rng: np.random.Generator, houses: pd.DataFrame) -> pd.DataFrame:
    """One row per door: apartment houses get 8 to 32 flats on 2 to 4 floors, a tenth of grid lots 2 to 4."""
    n = len(houses)
    is_block = (houses.kind == APARTMENTS).to_numpy() & (houses.code >= LOCAL).to_numpy()
    is_shared = (houses.kind == CORE).to_numpy() & (rng.random(n) < 0.10)
    floors, a_floor = rng.integers(2, 5, n), rng.integers(4, 9, n)
    a_floor = np.where(is_block, a_floor, 1)
    parts = np.where(is_block, floors * a_floor, np.where(is_shared, rng.integers(2, 5, n), 1))
    source = np.repeat(np.arange(n), parts)
    place = np.arange(len(source)) - np.repeat(np.cumsum(parts) - parts, parts)
    doors = houses.iloc[source].reset_index(drop=True)
    flat = (place // a_floor[source] + 1) * 100 + place % a_floor[source] + 1
    doors["unit_type"] = np.select([is_block[source], is_shared[source]], ["Apt", "Unit"], default="")
    letter = np.array(list("ABCD"))[np.minimum(place, 3)]
    doors["unit_number"] = np.select(
        [is_block[source], is_shared[source]], [flat.astype(str), letter], default=""
    )
    doors["is_flat"] = is_block[source] | is_shared[source]
    return doors


def jittered(rng: np.random.Generator, houses: pd.DataFrame) -> Floats:
    """Float (n, 2): house spots moved by up to 1.8 m, so that no row of houses is drawn with a ruler."""
    return houses[["x_m", "y_m"]].to_numpy() + rng.uniform(-1.8, 1.8, (len(houses), 2))


def add_streets(doors: pd.DataFrame, names: Names) -> None:
    """Add street_name, street_type and street (direction, name and type together), in place."""
    doors["street_name"] = doors.key.map(names.name)
    doors["street_type"] = doors.key.map(names.type)
    predir = np.where(doors.predir == "", "", doors.predir + " ")
    doors["street"] = predir + doors.street_name + " " + doors.street_type


def zip_of(plan: Plan, doors: pd.DataFrame, zips: tuple[str, ...]) -> np.ndarray:
    """A ZIP per door: the quarters that river and railway make, as far as there are ZIPs."""
    is_north = doors.y_m.to_numpy() >= plan.bound_y(plan.river_row)
    is_east = doors.x_m.to_numpy() >= plan.bound_x(plan.rail_column)
    return np.array(zips, dtype=object)[(is_east + 2 * is_north) % len(zips)]


def thinned(rng: np.random.Generator, doors: pd.DataFrame, count: int) -> pd.DataFrame:
    """Keep count doors: empty lots appear among single houses first, then empty flats."""
    surplus = len(doors) - count
    order = np.argsort(rng.random(len(doors)) + doors.is_flat.to_numpy(), kind="stable")
    return doors.drop(index=order[:surplus]).reset_index(drop=True)


def kind_names(kind: Ints) -> np.ndarray:
    """The kinds of square as words."""
    return np.array(KINDS, dtype=object)[kind]
