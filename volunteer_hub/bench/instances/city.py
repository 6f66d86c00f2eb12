"""An invented city of any size: streets that bend, avenues across them, arterials, a railway, houses.

The plan is a lattice: streets run east, avenues north, their distances uneven, every seventh street and every
fifth avenue an arterial. A railway lies between two streets, in the middle of the city, and only three
avenues cross it. Then everything is bent in waves and turned, the north against the south.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geodata.routing.neighbours import Floats, Longs
from geodata.streets.classes import NUMBER
from volunteer_hub.bench.instances.quarter import Quarter

BLOCK_M, STREET_M = (120.0, 220.0), (70.0, 110.0)  # between avenues, between streets: least and most
HOUSE_M, BACK_M, CORNER_M = 14.0, 13.0, 15.0  # house from house, from the middle of the street, from corners
DOORS_A_CELL = 17.0  # of the lattice, roughly
GAP_SHARE = 0.05  # of the blocks of streets are not there
CROSSINGS = 3
VERTICES = 5  # of a block, so that it bends


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """x_m, y_m: where avenues and streets lie before bending; rail: it runs north of that street; bridges:
    avenues that cross it.
    """

    x_m: Floats
    y_m: Floats
    rail: int
    bridges: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Block:
    """A straight piece of a street or avenue before bending, from corner to corner."""

    begin: tuple[float, float]
    end: tuple[float, float]
    name: str
    kind: str
    number: int


def city(count: int, seed: int) -> Quarter:
    """`count` doors in some 2/3 as many buildings, those nearest to the middle; at least 200."""
    rng = np.random.default_rng(seed)
    cells = 1.4 * count / DOORS_A_CELL + 12
    while True:
        plan = _plan(cells, rng)
        blocks = _blocks(plan, rng)
        spots, units, block, number = _houses(blocks, plan, rng)
        if units.sum() >= count:
            return _quarter(count, plan, blocks, spots, units, block, number)
        cells *= 1.3


def _plan(cells: float, rng: np.random.Generator) -> _Plan:
    across = max(5, round(np.sqrt(cells * np.mean(STREET_M) / np.mean(BLOCK_M))))
    up = max(6, round(cells / across))
    x, y = np.cumsum(rng.uniform(*BLOCK_M, across)), np.cumsum(rng.uniform(*STREET_M, up))
    bridges = np.linspace(0, across - 1, CROSSINGS + 2)[1:-1].round().astype(int)
    return _Plan(x - x.mean(), y - y.mean(), up // 2 - 1, frozenset(bridges.tolist()))


def _blocks(plan: _Plan, rng: np.random.Generator) -> list[_Block]:
    found = []
    for row, y in enumerate(plan.y_m):
        kind = "secondary" if row % 7 == 3 else "residential"
        there = rng.random(len(plan.x_m)) >= (GAP_SHARE if kind == "residential" else 0.0)
        found += [
            _Block((plan.x_m[at], y), (plan.x_m[at + 1], y), f"{_ordinal(row + 1)} Street", kind, 100 * at)
            for at in range(len(plan.x_m) - 1)
            if there[at]
        ]
    for column, x in enumerate(plan.x_m):
        kind = "secondary" if column % 5 == 2 else "residential"
        found += [
            _Block((x, plan.y_m[at]), (x, plan.y_m[at + 1]), f"Avenue {_letters(column)}", kind, 100 * at)
            for at in range(len(plan.y_m) - 1)
            if at != plan.rail or column in plan.bridges
        ]
    return found


def _houses(
    blocks: list[_Block], plan: _Plan, rng: np.random.Generator
) -> tuple[Floats, Longs, Longs, Longs]:
    """Of buildings with doors to knock at: (k, 2) places, doors, block and number of each. More doors are
    wanted near three spots than elsewhere.
    """
    begin, end = (np.array([getattr(each, name) for each in blocks]) for name in ("begin", "end"))
    length = np.hypot(*(end - begin).T)
    room = np.maximum(0, ((length - 2 * CORNER_M) / HOUSE_M).astype(int) + 1)
    block = np.repeat(np.arange(len(blocks)), 2 * room)
    place = np.concatenate([np.arange(2 * each) for each in room])
    side = place % 2
    along = CORNER_M + HOUSE_M * (place // 2) + rng.uniform(-2, 2, len(place))
    way = ((end - begin) / length[:, None])[block]
    back = np.column_stack([-way[:, 1], way[:, 0]]) * np.where(side, BACK_M, -BACK_M)[:, None]
    spots = begin[block] + way * along[:, None] + back
    homes = rng.choice([1, 2, 15], len(spots), p=[0.86, 0.10, 0.04])
    homes = np.where(homes == 15, rng.integers(6, 25, len(spots)), homes)
    heart = np.column_stack([rng.choice(plan.x_m, 3), rng.choice(plan.y_m, 3)])
    away = np.hypot(*(spots[:, None] - heart[None]).transpose(2, 0, 1)).min(axis=1)
    doors = rng.binomial(homes, 0.35 + 0.4 * np.exp(-((away / 600) ** 2)))
    kept = doors > 0
    number = np.array([each.number for each in blocks])[block] + 2 * (place // 2) + 1 + side
    return spots[kept], doors[kept], block[kept], number[kept].astype(np.int64)


def _quarter(
    count: int, plan: _Plan, blocks: list[_Block], spots: Floats, units: Longs, block: Longs, number: Longs
) -> Quarter:
    near = np.argsort(np.hypot(*spots.T), kind="stable")
    last = int(np.searchsorted(np.cumsum(units[near]), count))
    kept = near[: last + 1]
    doors = units[kept].copy()
    doors[-1] -= doors.sum() - count
    house = np.repeat(np.arange(len(kept)), doors)
    unit = np.concatenate([np.arange(1, each + 1) for each in doors])
    lines = [_line(plan, each.begin, each.end, VERTICES) for each in blocks]
    margin, y = 300.0, (plan.y_m[plan.rail] + plan.y_m[plan.rail + 1]) / 2
    rail = _line(plan, (plan.x_m[0] - margin, y), (plan.x_m[-1] + margin, y), 40 * len(plan.x_m))
    return Quarter(
        xy_m=_bent(plan, spots[kept])[house],
        street=[blocks[at].name for at in block[kept][house]],
        lines=np.array(lines, dtype=object),
        kinds=np.array([NUMBER[each.kind] for each in blocks]),
        names=[each.name for each in blocks],
        building=[f"B{at}" for at in house],
        number=number[kept][house].astype(str).tolist(),
        unit=unit.astype(str).tolist(),
        barriers=[rail],
    )


def _line(plan: _Plan, begin: tuple[float, float], end: tuple[float, float], vertices: int) -> object:
    share = np.linspace(0.0, 1.0, vertices)[:, None]
    return shapely.LineString(_bent(plan, np.array(begin) * (1 - share) + np.array(end) * share))


def _bent(plan: _Plan, xy: Floats) -> Floats:
    """In waves, then turned by 2 to 22 degrees from south to north; so slowly that nothing folds."""
    wide = max(float(np.ptp(plan.x_m)), float(np.ptp(plan.y_m)))
    x = xy[:, 0] + 50 * np.sin(xy[:, 1] / 450)
    y = xy[:, 1] + 35 * np.sin(xy[:, 0] / 600)
    turn = np.radians(12.0) + np.radians(10.0) * np.tanh(3 * y / wide)
    return np.column_stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)])


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _letters(number: int) -> str:
    """A to Z, then AA to AZ and on."""
    return ("" if number < 26 else _letters(number // 26 - 1)) + chr(65 + number % 26)
