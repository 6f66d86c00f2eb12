"""What the scoring is told: districts with their progress, and past results."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class District:
    """A district (or precinct) as the campaign knows it; None means "not known", never zero.

    seat: districts with the same seat decide one race together; region: where door results are pooled.
    registered: voters; doors: the universe, doors we want to reach; doors_left: still worth a knock (never
    tried, or nobody opened); attempted: doors tried at least once; attempts: knocks; contacts: talks;
    answers: people who said where they stand, of them `supporters`; hours: volunteer-hours spent at doors;
    doors_per_km2: how close doors stand.
    """

    id: str
    name: str = ""
    seat: str = "all"
    region: str = ""
    registered: float | None = None
    doors: float | None = None
    doors_left: float | None = None
    attempted: float | None = None
    attempts: float = 0.0
    contacts: float = 0.0
    answers: float = 0.0
    supporters: float = 0.0
    hours: float = 0.0
    doors_per_km2: float | None = None


@dataclass(frozen=True, slots=True)
class PastResult:
    """One district in one past election: votes for our side, for its best rival, and of all.

    years_ago: older elections weigh less; likeness (0 to 1): a midterm says less about a presidential race.
    """

    district: str
    election: str
    years_ago: float
    ours: float
    theirs: float
    total: float
    registered: float | None = None
    likeness: float = 1.0


@dataclass(frozen=True, eq=False)
class Contest:
    """Districts and results as arrays: n districts, e elections; NaN means "not known".

    seat, region: (n,) int64 into seats and regions. ours, theirs, total, past_registered: (e, n) float64;
    years_ago, likeness: (e,). Everything else (n,) float64. Build it with contest() from rows.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    seats: tuple[str, ...]
    seat: Ints
    regions: tuple[str, ...]
    region: Ints
    elections: tuple[str, ...]
    years_ago: Floats
    likeness: Floats
    ours: Floats
    theirs: Floats
    total: Floats
    past_registered: Floats
    registered: Floats
    doors: Floats
    doors_left: Floats
    attempted: Floats
    attempts: Floats
    contacts: Floats
    answers: Floats
    supporters: Floats
    hours: Floats
    doors_per_km2: Floats


def contest(districts: Sequence[District], results: Iterable[PastResult] = ()) -> Contest:
    """Districts and results as arrays. Regions are kept apart by seat where left empty.

    Raises ValueError with a sentence for duplicate ids, results of an unknown district or given twice,
    negative or impossible counts.
    """
    row = _rows(districts)
    seats, seat = _codes([d.seat for d in districts])
    regions, region = _codes([d.region or f"seat {d.seat}" for d in districts])
    past = _past(list(results), row, len(districts))
    counts: dict[str, Any] = {name: _column(districts, name) for name in _COUNTS}
    names = [d.name or d.id for d in districts]
    found = Contest(tuple(row), tuple(names), seats, seat, regions, region, *past, **counts)
    _check(found)
    return found


def regrouped(found: Contest, seats: Sequence[str]) -> Contest:
    """The same districts where other seats are at stake: the seat of each, in their order."""
    names, seat = _codes(list(seats))
    return replace(found, seats=names, seat=seat)


def second_seats(seats: Sequence[str], also: Mapping[str, str]) -> list[str]:
    """The seats in which votes count as well, in the order they are met, that are not seats already."""
    return [name for name in dict.fromkeys(also[seat] for seat in seats if seat in also) if name not in seats]


def doubled(found: Contest, also: Mapping[str, str]) -> tuple[Contest, Ints]:
    """Districts whose votes count in a second seat once more at the end, there; and the row each came from.

    also: the second seat by the first. The contest itself where there is none.
    """
    names = (*found.seats, *second_seats(found.seats, also))
    place = {name: i for i, name in enumerate(names)}
    again = np.array([i for i, s in enumerate(found.seat) if found.seats[s] in also], dtype=np.int64)
    origin = np.concatenate([np.arange(len(found.ids), dtype=np.int64), again])
    if not len(again):
        return found, origin
    second = [place[also[found.seats[found.seat[i]]]] for i in again]
    rows: dict[str, Any] = {name: getattr(found, name)[..., origin] for name in (*_VOTES, *_COUNTS, "region")}
    rows["seat"] = np.concatenate([found.seat, np.array(second, dtype=np.int64)])
    for name in ("ids", "names"):
        rows[name] = tuple(getattr(found, name)[i] for i in origin)
    return replace(found, seats=names, **rows), origin


def result_fault(r: PastResult) -> str | None:
    """Why this result cannot be, as a sentence, or None: for importers that list such rows."""
    if not (r.ours >= 0 and r.theirs >= 0 and r.total < math.inf):
        return f"“{r.election}” in district “{r.district}”: votes must be numbers of 0 or more"
    if r.ours + r.theirs > r.total * (1 + 1e-9) + 1e-9:
        return (
            f"“{r.election}” in district “{r.district}”: {r.ours:,.0f} + {r.theirs:,.0f} votes of "
            f"{r.total:,.0f} cannot be; the total must hold both"
        )
    if not (r.years_ago >= 0 and 0 < r.likeness <= 1):
        return f"“{r.election}”: years_ago must be 0 or more and likeness above 0, at most 1"
    return None


def district_fault(d: District) -> str | None:
    """Why this district's counts cannot be, as a sentence, or None."""
    counts = {name: getattr(d, name) for name in _COUNTS}
    return _fault(d.id, {name: math.nan if v is None else float(v) for name, v in counts.items()})


def _fault(code: str, counts: dict[str, float]) -> str | None:
    for name, value in counts.items():
        if value < 0 or math.isinf(value):
            return f"{name} of district “{code}” is {value:g}; counts are 0 or more"
    for part, whole in (("contacts", "attempts"), ("supporters", "answers")):
        if counts[part] > counts[whole]:
            return f"district “{code}” has more {part} than {whole}; check its counts"
    return None


_VOTES = ("ours", "theirs", "total", "past_registered")
_COUNTS = (
    "registered",
    "doors",
    "doors_left",
    "attempted",
    "attempts",
    "contacts",
    "answers",
    "supporters",
    "hours",
    "doors_per_km2",
)


def _rows(districts: Sequence[District]) -> dict[str, int]:
    row: dict[str, int] = {}
    for i, district in enumerate(districts):
        if row.setdefault(district.id, i) != i:
            raise ValueError(f"district “{district.id}” is given twice; each needs a code of its own")
    return row


def _codes(names: list[str]) -> tuple[tuple[str, ...], Ints]:
    place = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return tuple(place), np.array([place[name] for name in names], dtype=np.int64)


def _column(districts: Sequence[District], name: str) -> Floats:
    values = [getattr(d, name) for d in districts]
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _past(
    results: list[PastResult], row: dict[str, int], n: int
) -> tuple[tuple[str, ...], Floats, Floats, Floats, Floats, Floats, Floats]:
    elections = {r.election: r for r in results}
    place = {name: k for k, name in enumerate(elections)}
    votes = np.full((4, len(place), n), np.nan)
    for r in results:
        if r.district not in row:
            raise ValueError(f"a result of “{r.election}” names district “{r.district}”, which is unknown")
        at = (place[r.election], row[r.district])
        if not np.isnan(votes[0][at]):
            raise ValueError(f"“{r.election}” has two results for district “{r.district}”")
        _check_result(r)
        votes[(slice(None), *at)] = (
            r.ours,
            r.theirs,
            r.total,
            np.nan if r.registered is None else r.registered,
        )
    years = np.array([r.years_ago for r in elections.values()], dtype=np.float64)
    likeness = np.array([r.likeness for r in elections.values()], dtype=np.float64)
    return tuple(elections), years, likeness, votes[0], votes[1], votes[2], votes[3]


def _check_result(r: PastResult) -> None:
    fault = result_fault(r)
    if fault is not None:
        raise ValueError(fault)


def _check(c: Contest) -> None:
    counts = {name: np.asarray(getattr(c, name)) for name in _COUNTS}
    bad = np.any([(v < 0) | np.isinf(v) for v in counts.values()], axis=0)
    bad |= (c.contacts > c.attempts) | (c.supporters > c.answers)
    for row in np.flatnonzero(bad)[:1]:
        raise ValueError(_fault(c.ids[row], {name: float(v[row]) for name, v in counts.items()}))
