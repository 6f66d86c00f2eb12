"""A cut proved from its rows alone: plain loops that share nothing with the search.

What both start from comes from the same code: where each door stands on the walking network, the steps
between neighbouring corners of it, and the figures of Pace.

A limit that no cut could keep is told as a note. An area, a district on one side of the closed barriers
(sides that a turf joins by a street count as one), is infeasible only if its D doors share out into no number
k of turfs, k x least <= D <= k x most, or if its buildings do not: see `_can_be_dealt`. There turfs may be
smaller than asked for, never larger. Minutes are a target; they are told and not judged.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely

from geodata.turf.pace import Pace

WIDEST_M = 300.0  # of a building
OVER_SHARE = 1.25  # of the minutes of a turf that a building may take and stay whole
AROUND_M = 1_000.0  # of all doors: a barrier that goes so far beyond them closes off a side
MOST_DIGITS = 18  # of an order
MOST_DEALS = 100  # numbers of turfs tried, for buildings that may not share out


@dataclass(slots=True)
class Proof:
    """violations, and notes of limits that no cut could keep: a sentence each; doors, metres and minutes of
    each turf; guessed: straight steps.
    """

    violations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
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
    *, doors: Sequence[str], building: Sequence[Any] | None, group: Sequence[Any] | None, walker: Walker,
    xy_m: Any, barriers: Sequence[Any], pace: Pace, least: int | None, most: int | None,
    minutes: float, rows: Sequence[tuple[str, ...]], without: frozenset[str],
) -> Proof:  # fmt: skip
    """Check the rows (door, turf, order) of a cut of these doors (ids) into turfs of about so many minutes;
    `without`: ids that have no turf.
    """
    proof = Proof()
    walks = _walks(doors, rows, without, proof)
    lines = _outlines(barriers)
    walls = shapely.STRtree(lines)
    home = _homes(building, xy_m) if building else list(range(len(doors)))
    groups = group or [""] * len(doors)
    _districts(walks, groups, proof)
    _sizes(walks, _areas(walks, _sides(xy_m, lines), groups), home, least, most, doors, proof)
    for ((name,), _), shares in _shared(walks, home, groups).items():
        count = sum(map(len, shares))
        is_large = most is not None and count > most
        has_target = least is None or most is None  # else minutes part no building
        is_long = has_target and _minutes_alone(shares, pace, walker) > minutes * OVER_SHARE
        if not (is_large or is_long or _all_parted(shares, xy_m, lines, walls)):
            proof.violations.append(f"Building {name} of {count} doors is shared by several turfs.")
    for turf, walk in walks.items():
        total = 0.0
        for a, b in itertools.pairwise(walk):
            metres, is_guess = walker.metres(a, b)
            total += metres
            proof.guessed += is_guess
            step = shapely.LineString([xy_m[a], xy_m[b]])
            if is_guess and step.length > 0 and len(walls.query(step, predicate="intersects")):
                proof.violations.append(f"Turf {turf} crosses a barrier from {doors[a]} to {doors[b]}.")
        proof.doors[turf], proof.metres[turf] = len(walk), total
        homes = len({home[row] for row in walk})
        talk = pace.knock_min + pace.contact_rate * pace.contact_min
        proof.minutes[turf] = (
            total / pace.metres_per_min + len(walk) * talk + (len(walk) - homes) * pace.stairs_min
        )
    return proof


def _walks(
    doors: Sequence[str], rows: Sequence[tuple[str, ...]], without: frozenset[str], proof: Proof
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


def _districts(walks: dict[str, list[int]], groups: Sequence[Any], proof: Proof) -> None:
    for turf, walk in walks.items():
        found = {groups[row] for row in walk}
        if len(found) > 1:
            proof.violations.append(f"Turf {turf} lies in {len(found)} districts.")


def _areas(walks: dict[str, list[int]], side: Sequence[int], groups: Sequence[Any]) -> list[Any]:
    """A key for each door: its district and side of the barriers, one of all those that a turf joins."""
    part = [(groups[row], side[row]) for row in range(len(side))]
    same = {key: key for key in part}

    def root(key: Any) -> Any:
        while same[key] != key:
            key = same[key]
        return key

    for walk in walks.values():
        for row in walk[1:]:
            if part[row][0] == part[walk[0]][0]:
                same[root(part[row])] = root(part[walk[0]])
    return [root(key) for key in part]


def _sizes(
    walks: dict[str, list[int]], area: Sequence[Any], home: Sequence[Any], least: int | None,
    most: int | None, doors: Sequence[str], proof: Proof,
) -> None:  # fmt: skip
    inside: dict[Any, list[int]] = defaultdict(list)
    small: dict[Any, list[str]] = defaultdict(list)
    for turf, walk in walks.items():
        for row in walk:
            inside[area[row]].append(row)
        if most is not None and len(walk) > most:
            proof.violations.append(f"Turf {turf} has {len(walk)} doors, more than {most}.")
        if least is not None and len(walk) < least:
            small[area[walk[0]]].append(turf)
    for key, turfs in small.items():
        wholes = _wholes(inside[key], home, most)
        if least is not None and _can_be_dealt(wholes, least, most):
            proof.violations += [
                f"Turf {turf} has {len(walks[turf])} doors, fewer than {least}." for turf in turfs
            ]
        else:
            limits = f"{least} or more" if most is None else f"{least} to {most}"
            proof.notes.append(
                f"The area of door {doors[min(inside[key])]} has {len(inside[key])} doors; they and their "
                f"buildings share out into no number of turfs of {limits} doors. {len(turfs)} of its turfs "
                "have fewer."
            )


def _wholes(rows: Sequence[int], home: Sequence[Any], most: int | None) -> list[int]:
    """Doors of each building, in even pieces where it has more than a turf may have."""
    counts = Counter(home[row] for row in rows)
    wholes: list[int] = []
    for doors in counts.values():
        pieces = 1 if most is None else -(-doors // most)
        wholes += [doors * (i + 1) // pieces - doors * i // pieces for i in range(pieces)]
    return wholes


def _can_be_dealt(wholes: list[int], least: int, most: int | None) -> bool:
    """Whether buildings of so many doors, dealt out largest first, each to the turf with the fewest doors so
    far, make turfs within the limits, for one of the numbers of turfs that the doors allow.

    Single doors are dealt evenly, so that nothing but their number counts; of larger buildings a way to share
    them out may be missed (to find every one is a puzzle of its own), never one claimed that is not there.
    """
    doors = sum(wholes)
    counts = range(1 if most is None else max(1, -(-doors // most)), doors // least + 1)
    in_turn = sorted(wholes, reverse=True)
    for count in counts[:: max(1, -(-len(counts) // MOST_DEALS))]:
        turfs = [0] * count
        for size in in_turn:
            heapq.heapreplace(turfs, turfs[0] + size)
        if turfs[0] >= least and (most is None or max(turfs) <= most):
            return True
    return False


def _homes(building: Sequence[Any], xy_m: Any) -> list[Any]:
    """The building of each door, as (name,); for one without, or of one whose doors lie too far apart to be
    one building, the number of its own row.
    """
    rows: dict[Any, list[int]] = defaultdict(list)
    for row, name in enumerate(building):
        if name is not None and name == name:
            rows[name].append(row)
    home: list[Any] = list(range(len(building)))
    for name, doors in rows.items():
        wide = (max(xy_m[d][axis] for d in doors) - min(xy_m[d][axis] for d in doors) for axis in (0, 1))
        if max(wide) <= WIDEST_M:
            for row in doors:
                home[row] = (name,)
    return home


def _shared(
    walks: dict[str, list[int]], home: Sequence[Any], groups: Sequence[Any]
) -> dict[Any, list[list[int]]]:
    """Of each building, within a district, that several turfs share: its doors in each as they are walked."""
    shares: dict[Any, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for turf, walk in walks.items():
        for row in walk:
            if isinstance(home[row], tuple):
                shares[home[row], groups[row]][turf].append(row)
    return {key: list(found.values()) for key, found in shares.items() if len(found) > 1}


def _minutes_alone(shares: list[list[int]], pace: Pace, walker: Walker) -> float:
    """What a building takes by itself: along its doors as its turfs walk them, and from turf to turf and back
    no farther than to its first door and out again.
    """
    first, count = shares[0][0], sum(map(len, shares))
    inside = sum(walker.metres(a, b)[0] for share in shares for a, b in itertools.pairwise(share))
    out = max(walker.metres(first, row)[0] for share in shares for row in (share[0], share[-1]))
    metres = inside + 2 * out * len(shares)
    return metres / pace.metres_per_min + pace.door_min * count + pace.stairs_min * (count - 1)


def _all_parted(shares: list[list[int]], xy_m: Any, lines: list[Any], walls: Any) -> bool:
    """Whether a barrier lies between some door of each turf and some door of each other."""
    spots = [{tuple(xy_m[row]) for row in share} for share in shares]
    near = walls.query(shapely.MultiPoint([*set().union(*spots)]).envelope, predicate="intersects")
    if not len(near):
        return False
    tree = shapely.STRtree([lines[row] for row in near])
    return all(_parted(one, other, tree) for one, other in itertools.combinations(spots, 2))


def _parted(one: set[Any], other: set[Any], walls: Any) -> bool:
    for spot in one:
        steps = [(spot, each) for each in other if each != spot]
        if steps and len(walls.query(shapely.linestrings(steps), predicate="intersects")[0]):
            return True
    return False


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
