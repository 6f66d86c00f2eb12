"""The streets of a ground plan: their pieces between junctions, their identity, their names."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from volunteer_hub.demo import words
from volunteer_hub.demo.blocks import LOCAL, QUARTER_M, SIDE_M, Floats, Ints
from volunteer_hub.demo.plan import Plan

EAST_LINES, NORTH_LINES, LOCALS = 0, 1, 2
"""Families of streets: through streets running east, through streets running north, streets of one square."""
_FAR = 1 << 20  # keeps line numbers positive
_LOCAL_CODES = 64

LOCAL_TYPES = ("Ct", "Ln", "Way", "Pl", "Cir", "Ter")
TYPE_NAMES = {"Ct": "COURT", "Ln": "LANE", "Way": "WAY", "Pl": "PLACE", "Cir": "CIRCLE", "Ter": "TERRACE",
              "Ave": "AVENUE", "St": "STREET", "Blvd": "BOULEVARD", "Dr": "DRIVE"}  # fmt: skip


def street_key(plan: Plan, square: Ints, code: Ints) -> Ints:
    """One number per street, the same for all its pieces and doors, from square indices and street codes."""
    row, column = plan.row[square], plan.column[square]
    quarter = np.where(code < 5, code, code - 5)
    line = np.where(code < 5, row, column) * 4 + quarter
    # The far bank has its own street although it is the same quarter line: told apart by an odd number.
    gap_line = np.where(code < 5, plan.river_row, plan.rail_column) * 4
    is_before_gap = (quarter == 4) & (line == gap_line)
    through = ((line + _FAR) * 2 + is_before_gap) * 4 + np.where(code < 5, EAST_LINES, NORTH_LINES)
    local = (square * _LOCAL_CODES + code - LOCAL) * 4 + LOCALS
    return np.where(code >= LOCAL, local, through)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Street pieces between junctions: key int (n,), lines as float (m, 2) each, in the straight plane."""

    key: list[int]
    lines: list[Floats]
    is_crossing: list[bool]


def pieces(plan: Plan) -> Pieces:
    """Every street piece once: edges of squares cut where side streets meet them, insides, bridges."""
    out = Pieces([], [], [])
    at = {(int(c), int(r)): i for i, (c, r) in enumerate(zip(plan.column, plan.row, strict=True))}
    seen: set[tuple[float, float, float, float]] = set()
    for (column, row), square in at.items():
        x, y = float(plan.west(column)), float(plan.south(row))
        block = plan.blocks[plan.block[square]]
        codes = np.array([*(code for code, _ in block.lines), 0, 4, 5, 9])
        keys = street_key(plan, np.full(len(codes), square), codes)
        for key, (_, line) in zip(keys, block.lines, strict=False):
            _add(out, int(key), line + np.array([x, y]))
        for key, (code, dc, dr) in zip(
            keys[-4:], ((0, 0, -1), (4, 0, 1), (5, -1, 0), (9, 1, 0)), strict=True
        ):
            across = at.get((column + dc, row + dr))
            has_gap = (dr == -1 and row == plan.river_row) or (dr == 1 and row == plan.river_row - 1)
            has_gap |= (dc == -1 and column == plan.rail_column) or (
                dc == 1 and column == plan.rail_column - 1
            )
            _add_edge(out, seen, plan, square, None if has_gap else across, code, int(key), x, y)
    _add_crossings(out, plan, at)
    return out


def _add(out: Pieces, key: int, line: Floats, is_crossing: bool = False) -> None:
    out.key.append(key)
    out.lines.append(line)
    out.is_crossing.append(is_crossing)


def _add_edge(
    out: Pieces, seen: set[tuple[float, float, float, float]], plan: Plan, square: int, across: int | None,
    code: int, key: int, x: float, y: float,
) -> None:  # fmt: skip
    """Cut one edge street at the junctions of both its sides; a shared edge comes once."""
    ends = {0: (0.0, 0.0, SIDE_M, 0.0), 4: (0.0, SIDE_M, SIDE_M, SIDE_M), 5: (0.0, 0.0, 0.0, SIDE_M),
            9: (SIDE_M, 0.0, SIDE_M, SIDE_M)}[code]  # fmt: skip
    name = (x + ends[0], y + ends[1], x + ends[2], y + ends[3])
    if name in seen:
        return
    seen.add(name)
    stops = set(plan.blocks[plan.block[square]].touches.get(code, ()))
    if across is not None:
        stops |= set(plan.blocks[plan.block[across]].touches.get({0: 4, 4: 0, 5: 9, 9: 5}[code], ()))
    cuts = [0.0, *sorted(stops), SIDE_M]
    for a, b in pairwise(cuts):
        if code < 5:
            _add(out, key, np.array([[x + a, name[1]], [x + b, name[1]]]))
        else:
            _add(out, key, np.array([[name[0], y + a], [name[0], y + b]]))


def is_bridged(line: int) -> bool:
    """Whether the edge line of that number crosses the river or the railway: every third does."""
    return line % 3 == 0


def _add_crossings(out: Pieces, plan: Plan, at: dict[tuple[int, int], int]) -> None:
    """Bridges over the river and level crossings of the railway, each a piece of the street it carries."""
    north, east = plan.river_row, plan.rail_column
    for column, row in at:
        if row == north - 1 and (column, north) in at and is_bridged(column):
            key = street_key(plan, np.array([at[column, row]]), np.array([5]))
            x = float(plan.west(column))
            _add(out, int(key[0]), np.array([[x, plan.south(row) + SIDE_M], [x, plan.south(north)]]), True)
        if column == east - 1 and (east, row) in at and is_bridged(row):
            key = street_key(plan, np.array([at[column, row]]), np.array([0]))
            y = float(plan.south(row))
            _add(out, int(key[0]), np.array([[plan.west(column) + SIDE_M, y], [plan.west(east), y]]), True)


@dataclass(frozen=True, slots=True)
class Names:
    """For each street key its name and type, and whether numbers carry a direction before the name."""

    name: dict[int, str]
    type: dict[int, str]


def name_streets(rng: np.random.Generator, keys: Ints) -> Names:
    """Give every street its own name: avenues after trees, numbered streets, and two-word names for the rest.

    Raises ValueError when there are more streets than the word lists can tell apart (over 200,000).
    """
    keys = np.unique(keys)
    family = keys % 4
    name: dict[int, str] = {}
    kind: dict[int, str] = {}
    avenues = [*rng.permutation(words.AVENUES)]
    for place, key in enumerate(keys[family == EAST_LINES]):
        again = place // len(avenues)
        name[int(key)] = (
            ("", "Old ", "New ", "Upper ", "Lower ")[again % 5] + avenues[place % len(avenues)]
        ) + (f" {again // 5 + 1}" if again >= 5 else "")
        kind[int(key)] = "Blvd" if place % 5 == 2 else "Ave"
    for place, key in enumerate(keys[family == NORTH_LINES], start=1):
        name[int(key)], kind[int(key)] = ordinal(place), "St"
    local = keys[family == LOCALS]
    for key, (text, suffix) in zip(local, _two_word_names(rng, len(local)), strict=True):
        name[int(key)] = text
        kind[int(key)] = "Dr" if (key // 4) % _LOCAL_CODES == 0 else suffix
    return Names(name, kind)


def _two_word_names(rng: np.random.Generator, count: int) -> list[tuple[str, str]]:
    """Distinct two-word names; past the first few thousand with a word before; past those they run out."""
    first, second, before = words.FIRST_WORDS, words.SECOND_WORDS, ("", *words.AVENUES)
    pairs = len(first) * len(second)
    if count > pairs * len(before):
        raise ValueError(
            f"{count:,} streets are more than the {pairs * len(before):,} names there are words for"
        )
    found = []
    order = [number + pairs * turn for turn in range(-(-count // pairs)) for number in rng.permutation(pairs)]
    for i, number in enumerate(order[:count]):
        turn, pair = divmod(int(number), pairs)
        text = f"{before[turn]} {first[pair // len(second)]} {second[pair % len(second)]}".strip()
        found.append((text, LOCAL_TYPES[i % len(LOCAL_TYPES)]))
    return found


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def fine(line: Floats, step_m: float = QUARTER_M / 2) -> Floats:
    """The same line with a vertex at least every step_m metres, so that it can bend."""
    parts = []
    for a, b in pairwise(line):
        n = max(1, int(np.ceil(np.hypot(*(b - a)) / step_m)))
        parts.append(a + (b - a) * (np.arange(n) / n)[:, None])
    return np.concatenate([*parts, line[-1:]])
