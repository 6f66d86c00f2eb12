"""A cut proved from its rows alone: plain loops that share nothing with the search."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely

from geodata.turf.pace import Pace

WIDEST_M = 300.0  # of a building
OVER_SHARE = 1.25  # of the minutes of a turf that a building may take and stay whole
AROUND_M = 1_000.0  # of all doors: a barrier that goes so far beyond them closes off a side
MOST_DIGITS = 18  # of an order


@dataclass(slots=True)
class Proof:
    """violations: a sentence each; doors, metres and minutes of each turf; guessed: straight steps."""

    violations: list[str] = field(default_factory=list)
    doors: dict[str, int] = field(default_factory=dict)
    metres: dict[str, float] = field(default_factory=dict)
    minutes: dict[str, float] = field(default_factory=dict)
    guessed: int = 0


class Walker:
    """Metres from door to door: straight, or along streets by a search of its own from corner to corner."""

    def __init__(self, xy_m: Any, table: Any = None) -> None:
        self.xy_m = xy_m
        self._table = table
        if table is not None:
            self._first, self._to, self._metres = (part.tolist() for part in table.links)

    def metres(self, a: int, b: int) -> tuple[float, bool]:
        """Metres, and whether they are a straight line."""
        straight = math.dist(self.xy_m[a], self.xy_m[b])
        table = self._table
        if table is None:
            return straight, True
        if a == b:
            return 0.0, False
        if table.corner[a, 0] < 0 or table.corner[b, 0] < 0:
            return straight * table.detour, True
        found = self._along(a, b)
        return (found, False) if found < math.inf else (straight * table.detour, True)

    def _along(self, a: int, b: int) -> float:
        """The shortest walk, infinite where nothing joins the two."""
        table = self._table
        best = math.inf
        if table.sidewalk[a] // 2 == table.sidewalk[b] // 2:
            best = abs(float(table.along_m[a] - table.along_m[b]))
            best += 0.0 if table.sidewalk[a] == table.sidewalk[b] else float(table.across_m[a])
        goal = {int(table.corner[b, end]): float(table.corner_m[b, end]) for end in (0, 1)}
        if table.corner[b, 0] == table.corner[b, 1]:
            goal = {int(table.corner[b, 0]): float(min(table.corner_m[b]))}
        queue = [(float(table.corner_m[a, end]), int(table.corner[a, end])) for end in (0, 1)]
        heapq.heapify(queue)
        done: set[int] = set()
        while queue and queue[0][0] < best:
            way, corner = heapq.heappop(queue)
            if corner in done:
                continue
            done.add(corner)
            if corner in goal:
                best = min(best, way + goal[corner])
            for link in range(self._first[corner], self._first[corner + 1]):
                if self._to[link] not in done:
                    heapq.heappush(queue, (way + self._metres[link], self._to[link]))
        return best


def prove(
    *, doors: Sequence[str], building: Sequence[Any] | None, group: Sequence[str] | None, walker: Walker,
    xy_m: Any, barriers: Sequence[Any], pace: Pace, least: int | None, most: int | None,
    minutes: float, rows: Sequence[tuple[str, str, str]], without: frozenset[str],
) -> Proof:  # fmt: skip
    """Check the rows (door, turf, order) of a cut of these doors (ids) into turfs of about so many minutes;
    `without`: ids that have no turf.
    """
    proof = Proof()
    walks = _walks(doors, rows, without, proof)
    lines = _outlines(barriers)
    _sizes(walks, group, least, most, _sides(xy_m, lines), proof)
    near = _near_ones(building, xy_m) if building else None
    tree = shapely.STRtree(lines)
    for name, rows_of in _shared(walks, near, group).items():
        if not _may_be_shared(rows_of, most, minutes, pace, walker, tree):
            proof.violations.append(f"Building {name} of {len(rows_of)} doors is shared by several turfs.")
    for turf, walk in walks.items():
        total = 0.0
        for a, b in itertools.pairwise(walk):
            metres, is_guess = walker.metres(a, b)
            total += metres
            proof.guessed += is_guess
            step = shapely.LineString([xy_m[a], xy_m[b]])
            if is_guess and step.length > 0 and len(tree.query(step, predicate="intersects")):
                proof.violations.append(f"Turf {turf} crosses a barrier from {doors[a]} to {doors[b]}.")
        proof.doors[turf], proof.metres[turf] = len(walk), total
        homes = len({near[row] or row for row in walk}) if near else len(walk)
        talk = pace.knock_min + pace.contact_rate * pace.contact_min
        proof.minutes[turf] = (
            total / pace.metres_per_min + len(walk) * talk + (len(walk) - homes) * pace.stairs_min
        )
    return proof


def _walks(
    doors: Sequence[str], rows: Sequence[tuple[str, str, str]], without: frozenset[str], proof: Proof
) -> dict[str, list[int]]:
    """Rows of doors of each turf in their order; every door must come once."""
    place = {door: row for row, door in enumerate(doors)}
    seen: set[str] = set()
    placed: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for door, turf, order in rows:
        if door in seen:
            proof.violations.append(f"Door {door} comes a second time.")
            continue
        seen.add(door)
        if door not in place:
            if door not in without:
                proof.violations.append(f"Door {door} is not among the doors.")
            elif turf:
                proof.violations.append(f"Door {door} has a turf but no place or district.")
            continue
        if not turf:
            proof.violations.append(f"Door {door} has no turf.")
        elif not order.isdecimal() or len(order) > MOST_DIGITS:
            proof.violations.append(f"Door {door} has {order[:20]!r} for an order.")
        else:
            placed[turf].append((int(order), place[door]))
    proof.violations += [f"Door {door} is missing." for door in place if door not in seen]
    for turf, found in placed.items():
        found.sort()
        if [order for order, _ in found] != list(range(1, len(found) + 1)):
            proof.violations.append(f"Turf {turf} has not the orders 1 to {len(found)}.")
    return {turf: [row for _, row in found] for turf, found in placed.items()}


def _sizes(
    walks: dict[str, list[int]], group: Sequence[str] | None,
    least: int | None, most: int | None, side: Sequence[int], proof: Proof,
) -> None:  # fmt: skip
    placed = [row for walk in walks.values() for row in walk]
    for turf, walk in walks.items():
        groups = {group[row] for row in walk} if group else {""}
        if len(groups) > 1:
            proof.violations.append(f"Turf {turf} lies in {len(groups)} districts.")
        if most is not None and len(walk) > most:
            proof.violations.append(f"Turf {turf} has {len(walk)} doors, more than {most}.")
        if least is not None and len(walk) < least:
            sides = {side[row] for row in walk}
            if sum(side[row] in sides and (not group or group[row] in groups) for row in placed) >= least:
                proof.violations.append(f"Turf {turf} has {len(walk)} doors, fewer than {least}.")


def _near_ones(building: Sequence[Any], xy_m: Any) -> list[Any]:
    """The building of each door, None where its doors lie too far apart to be one."""
    rows: dict[Any, list[int]] = defaultdict(list)
    for row, name in enumerate(building):
        rows[name].append(row)
    wide = {
        name
        for name, doors in rows.items()
        if max(max(xy_m[d][axis] for d in doors) - min(xy_m[d][axis] for d in doors) for axis in (0, 1))
        > WIDEST_M
    }
    return [None if name in wide else name for name in building]


def _shared(
    walks: dict[str, list[int]], building: Sequence[Any] | None, group: Sequence[str] | None
) -> dict[Any, list[int]]:
    """Rows of doors of each building (within a district) that several turfs share."""
    turfs: dict[Any, set[str]] = defaultdict(set)
    rows: dict[Any, list[int]] = defaultdict(list)
    for turf, walk in walks.items():
        for row in walk if building else ():
            if building and building[row]:
                key = (building[row], group[row] if group else "")
                turfs[key].add(turf)
                rows[key].append(row)
    return {key[0]: rows[key] for key, found in turfs.items() if len(found) > 1}


def _may_be_shared(
    rows: list[int], most: int | None, minutes: float, pace: Pace, walker: Walker, barriers: Any
) -> bool:
    """Whether a building has too many doors, takes too long by itself, or has a barrier between its doors."""
    if most is not None and len(rows) > most:
        return True
    longest = 2 * sum(walker.metres(rows[0], row)[0] for row in rows)  # no way through its doors is longer
    talk = pace.door_min * len(rows) + pace.stairs_min * (len(rows) - 1)
    if longest / pace.metres_per_min + talk > minutes * OVER_SHARE:
        return True
    spots = {tuple(walker.xy_m[row]) for row in rows}
    steps = [shapely.LineString(pair) for pair in itertools.combinations(spots, 2)]
    return bool(steps) and len(barriers.query(steps, predicate="intersects")[0]) > 0


def _outlines(barriers: Sequence[Any]) -> list[Any]:
    """Lines, and the outlines of areas, also of those in collections."""
    found = []
    for shape in barriers:
        if hasattr(shape, "geoms"):
            found += _outlines(list(shape.geoms))
        elif shape.geom_type == "Polygon":
            found.append(shape.boundary)
        else:
            found.append(shape)
    return found


def _sides(xy_m: Any, lines: list[Any]) -> list[int]:
    """A number for each door: of the area, closed off by barriers, that it lies in."""
    if not lines or not len(xy_m):
        return [0] * len(xy_m)
    around = shapely.MultiPoint(xy_m).envelope.buffer(AROUND_M).exterior
    faces = list(shapely.get_parts(shapely.polygonize(list(shapely.union_all([*lines, around]).geoms))))
    tree = shapely.STRtree(faces)
    return [int(next(iter(tree.query(shapely.Point(xy), predicate="intersects")), -1)) for xy in xy_m]
