"""What one square of a generated town looks like inside: its streets and the spots for houses.

A square is SIDE_M metres wide. Through streets lie on quarter lines: code h (0 to 4) is the line at h
quarters from the south running east, code 5 + k the line at k quarters from the west running north; 0, 4, 5
and 9 are the square's own edges. Codes from LOCAL up are streets that live in this square only (spines,
courts, lanes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

SIDE_M = 320.0
QUARTER_M = SIDE_M / 4
LOCAL = 10
SETBACK_M = 17.0

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

CORE, SUBURB, APARTMENTS, EDGE, PARK = range(5)
KINDS = ("core", "suburb", "apartments", "edge", "park")


@dataclass(frozen=True, slots=True)
class Block:
    """A square's inside in its own metres.

    spots: float (n, 2); street: int (n,) codes; order: int (n,), the house's place along a local street with
    its parity in the last bit (0 for through streets, numbered by position). lines: (code, float (m, 2))
    pairs, cut at every junction inside the square. touches: per edge code where a line ends on it.
    """

    spots: Floats
    street: Ints
    order: Ints
    lines: tuple[tuple[int, Floats], ...]
    touches: dict[int, tuple[float, ...]] = field(default_factory=dict)

    def turned(self, swap: bool, mirror_x: bool, mirror_y: bool) -> Block:
        """The same block mirrored and with its axes swapped: eight looks from one drawing."""

        def point(xy: Floats) -> Floats:
            out = xy[:, ::-1].copy() if swap else xy.copy()
            out[:, 0] = SIDE_M - out[:, 0] if mirror_x else out[:, 0]
            out[:, 1] = SIDE_M - out[:, 1] if mirror_y else out[:, 1]
            return out

        def code(old: int) -> int:
            if old >= LOCAL:
                return old
            new = (old + 5) % 10 if swap else old
            if new < 5:
                return 4 - new if mirror_y else new
            return 5 + 9 - new if mirror_x else new

        new_code = np.array([code(c) for c in range(LOCAL)] + list(range(LOCAL, LOCAL + 64)))
        lines = tuple((code(c), point(line)) for c, line in self.lines)
        return Block(point(self.spots), new_code[self.street], self.order, lines, _touches(lines))


def _touches(lines: tuple[tuple[int, Floats], ...]) -> dict[int, tuple[float, ...]]:
    """Where line ends meet the four edges, by edge code."""
    found: dict[int, set[float]] = {0: set(), 4: set(), 5: set(), 9: set()}
    for _, line in lines:
        for x, y in (line[0], line[-1]):
            for edge, across, along in ((0, y, x), (4, SIDE_M - y, x), (5, x, y), (9, SIDE_M - x, y)):
                if across == 0.0 and 0.0 < along < SIDE_M:
                    found[edge].add(float(along))
    return {edge: tuple(sorted(at)) for edge, at in found.items()}


def _along(line: Floats, start_m: float, end_m: float, spacing_m: float) -> tuple[Floats, Ints]:
    """House spots on both sides of a street, numbered along it: even on the left, odd on the right."""
    step = np.diff(line, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    at = np.concatenate([[0.0], np.cumsum(length)])
    stations = np.arange(start_m, at[-1] - end_m, spacing_m)
    if not len(stations):
        return np.empty((0, 2)), np.empty(0, dtype=np.int64)
    piece = np.clip(np.searchsorted(at, stations, side="right") - 1, 0, len(step) - 1)
    along = step[piece] / length[piece, None]
    middle = line[piece] + along * (stations - at[piece])[:, None]
    left = np.column_stack([-along[:, 1], along[:, 0]]) * SETBACK_M
    places = np.arange(len(stations), dtype=np.int64)
    return np.concatenate([middle + left, middle - left]), np.concatenate([2 * places, 2 * places + 1])


def _built(
    parts: list[tuple[int, Floats, float, float]], lines: list[tuple[int, Floats]], spacing_m: float
) -> Block:
    """Put houses along the parts: (code, street, free metres at its start and end). Drop those in the way."""
    spots, street, order = [], [], []
    for code, line, start_m, end_m in parts:
        xy, place = _along(line, start_m, end_m, spacing_m)
        spots.append(xy)
        order.append(place)
        street.append(np.full(len(xy), code, dtype=np.int64))
    every = np.concatenate(spots), np.concatenate(street), np.concatenate(order)
    keep = _roomy(every[0], [line for _, line in lines])
    cut = tuple(lines)
    return Block(every[0][keep], every[1][keep], every[2][keep], cut, _touches(cut))


def _roomy(spots: Floats, streets: list[Floats]) -> Ints:
    """Indices of spots inside the square, off every street, and 13 m from the spots kept before them."""
    fine = ((spots > 14.0) & (spots < SIDE_M - 14.0)).all(axis=1)
    for line in streets:
        fine &= _distance(spots, line) > SETBACK_M - 3.0
    kept: list[int] = []
    for i in np.flatnonzero(fine):
        if not kept or np.hypot(*(spots[kept] - spots[i]).T).min() > 13.0:
            kept.append(int(i))
    return np.array(kept, dtype=np.int64)


def _distance(points: Floats, line: Floats) -> Floats:
    """Metres from each point to a polyline."""
    best = np.full(len(points), np.inf)
    for a, b in pairwise(line):
        step = b - a
        t = np.clip((points - a) @ step / (step @ step), 0.0, 1.0)
        best = np.minimum(best, np.hypot(*(points - a - t[:, None] * step).T))
    return best


def core_block() -> Block:
    """An old grid: three streets inside, a cross street in the middle, narrow lots on both sides of each."""
    lots = np.concatenate([np.arange(14.0, 150.0, 14.0), np.arange(SIDE_M / 2 + 14.0, SIDE_M - 10.0, 14.0)])
    spots, street = [], []
    for h in range(5):
        for side in (1.0, -1.0):
            if (h, side) in ((0, -1.0), (4, 1.0)):
                continue  # that side belongs to the neighbour
            spots.append(np.column_stack([lots, np.full(len(lots), h * QUARTER_M + side * SETBACK_M)]))
            street.append(np.full(len(lots), h, dtype=np.int64))
    half = SIDE_M / 2
    lines: list[tuple[int, Floats]] = []
    for h in (1, 2, 3):
        y = h * QUARTER_M
        lines += [(h, np.array([[0.0, y], [half, y]])), (h, np.array([[half, y], [SIDE_M, y]]))]
    lines += [(7, np.array([[half, h * QUARTER_M], [half, (h + 1) * QUARTER_M]])) for h in range(4)]
    every = np.concatenate(spots)
    cut = tuple(lines)
    return Block(every, np.concatenate(street), np.zeros(len(every), dtype=np.int64), cut, _touches(cut))


def court_block(rng: np.random.Generator) -> Block:
    """A suburb of courts: a winding spine from edge to edge, dead ends off it to both sides."""
    half, sway = SIDE_M / 2, rng.uniform(-42.0, 42.0)
    left = np.array([40.0, 122.0, 204.0, 282.0]) + rng.uniform(-6, 6, 4)
    right = np.array([58.0, 140.0, 222.0]) + rng.uniform(-6, 6, 3)
    stops = np.unique(np.concatenate([np.linspace(0.0, SIDE_M, 17), left, right]))
    spine = np.column_stack([half + sway * np.sin(2 * np.pi * stops / SIDE_M), stops])
    spine[[0, -1], 0] = half
    lines = _cut_at(LOCAL, spine, np.concatenate([left, right]))
    parts: list[tuple[int, Floats, float, float]] = []
    for number, (at, sign) in enumerate([(y, -1.0) for y in left] + [(y, 1.0) for y in right], start=1):
        root = spine[np.searchsorted(stops, at)]
        end = SIDE_M / 2 + sign * (SIDE_M / 2 - rng.uniform(26.0, 50.0))
        bow = rng.uniform(-9.0, 9.0)
        along = np.linspace(0.0, 1.0, 5)
        court = np.column_stack([root[0] + along * (end - root[0]), at + bow * np.sin(np.pi * along)])
        court[0] = root
        lines.append((LOCAL + number, court))
        parts.append((LOCAL + number, court, 30.0, 2.0))
    parts.append((LOCAL, spine, 18.0, 18.0))
    return _built(parts, lines, spacing_m=21.0)


def loop_block(rng: np.random.Generator) -> Block:
    """A suburb of crescents: a large loop off one edge, a court inside it, a lane behind it."""
    wide, tall = rng.uniform(180.0, 200.0), rng.uniform(236.0, 252.0)
    west = (SIDE_M - wide) / 2
    turn = np.linspace(np.pi, 0.0, 13)
    radius = wide / 2
    arc = np.column_stack([SIDE_M / 2 + radius * np.cos(turn), tall - radius + radius * np.sin(turn)])
    legs = np.linspace(0.0, tall - radius, 5)[:-1]
    up = np.column_stack([np.full(len(legs), west), legs])
    loop = np.concatenate([up, arc, np.column_stack([np.full(len(legs), west + wide), legs[::-1]])])
    loop[-1] = (west + wide, 0.0)
    top = loop[len(legs) + 6]
    stub = np.array([top, [top[0] + rng.uniform(-8, 8), top[1] - 70.0], [top[0], 58.0]])
    inner = np.array([[SIDE_M, 278.0], [SIDE_M - 60.0, 284.0], [SIDE_M - 150.0, 288.0], [70.0, 284.0]])
    cut = len(legs) + 6
    lines = [(LOCAL, loop[: cut + 1]), (LOCAL, loop[cut:]), (LOCAL + 1, stub), (LOCAL + 2, inner)]
    parts = [
        (LOCAL, loop, 22.0, 18.0), (LOCAL + 1, stub, 30.0, 0.0), (LOCAL + 2, inner, 24.0, 0.0),
    ]  # fmt: skip
    return _built(parts, lines, spacing_m=19.5)


def _cut_at(code: int, line: Floats, at: Floats) -> list[tuple[int, Floats]]:
    """Cut a street that runs north at the given northings, which are among its vertices."""
    places = [0, *sorted(int(np.searchsorted(line[:, 1], y)) for y in at), len(line) - 1]
    return [(code, line[a : b + 1]) for a, b in pairwise(places)]


def apartment_block() -> Block:
    """A quarter of apartment houses: a lane from edge to edge, six buildings on each side."""
    half = SIDE_M / 2
    lane = np.array([[half, 0.0], [half, 80.0], [half, 240.0], [half, SIDE_M]])
    ys = np.linspace(36.0, SIDE_M - 36.0, 6)
    spots = np.concatenate([np.column_stack([np.full(6, half + dx), ys]) for dx in (-48.0, 48.0)])
    order = np.concatenate([2 * np.arange(6), 2 * np.arange(6) + 1])
    lines = ((LOCAL, lane),)
    return Block(spots, np.full(12, LOCAL, dtype=np.int64), order, lines, _touches(lines))


def edge_block() -> Block:
    """The town's rim: a few houses far apart along the four edge streets."""
    at = np.array([42.0, 98.0, 154.0, 210.0, 266.0])
    near, far = np.full(5, SETBACK_M + 8), np.full(5, SIDE_M - SETBACK_M - 8)
    spots = np.concatenate(
        [np.column_stack(p) for p in ((at, near), (at, far), (near, at + 6), (far, at + 6))]
    )
    street = np.repeat(np.array([0, 4, 5, 9], dtype=np.int64), 5)
    return Block(spots, street, np.zeros(20, dtype=np.int64), ())


def park_block() -> Block:
    """Grass, a school or a lake: nobody lives here."""
    return Block(np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), ())


def catalogue(rng: np.random.Generator, *, drawings: int = 6) -> tuple[list[Block], list[list[int]]]:
    """All blocks to build from, and for each kind the indices of its blocks.

    Every suburb drawing appears in its eight turns, the grid in two, the rest as they are.
    """
    blocks: list[Block] = []
    by_kind: list[list[int]] = [[] for _ in KINDS]

    def add(kind: int, block: Block) -> None:
        by_kind[kind].append(len(blocks))
        blocks.append(block)

    turns = [(s, x, y) for s in (False, True) for x in (False, True) for y in (False, True)]
    grid, flats = core_block(), apartment_block()
    for swap in (False, True):
        add(CORE, grid.turned(swap, False, False))
        add(APARTMENTS, flats.turned(swap, False, False))
    for drawing in range(drawings):
        block = loop_block(rng) if drawing % 3 == 2 else court_block(rng)
        for turn in turns:
            add(SUBURB, block.turned(*turn))
    add(EDGE, edge_block())
    add(PARK, park_block())
    return blocks, by_kind
