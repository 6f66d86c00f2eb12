"""What is to be matched, and what came out: plain numpy, no method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Method = Literal["auction", "exact"]


class Infeasible(ValueError):
    """The pairs fixed by hand cannot all be kept; the sentence names them."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MatchProblem:
    """Who could go where, and what it is worth.

    A place is one shift at one staging location. Its seats come in segments of falling worth (the first
    hours in a district do more than the later ones). A pair's value on segment s of its place is
    `arc_value - arc_weight * segment_drop[s]`, so a problem without segments needs `arc_value` alone.

    shifts_wanted   (n,) int      most places a volunteer takes, 0 or more
    capacity        (m,) int      people a place takes, 0 or more
    arc_volunteer   (a,) int32    row of the volunteer, not falling (sorted by volunteer)
    arc_place       (a,) int32    row of the place; a pair occurs once
    arc_value       (a,) float64  value of the pair on the place's first segment, in `unit`; a volunteer may
                                  stay at home at 0, so pairs worth 0 or less are used only where fixed by
                                  hand
    arc_km          (a,) float64  travel one way, km; default 0
    arc_weight      (a,) float64  what falls with the segments (show chance x experience), >= 0; default 1
    segment_start   (m+1,) int    segments of place p are segment_start[p] to segment_start[p+1]; default one
                    each
    segment_size    (s,) int      seats per segment; those of a place add up to its capacity
    segment_drop    (s,) float64  how much less an hour is worth than in the first segment; 0 first, never
                    falling
    starts_at, ends_at (m,) int64 epoch seconds; nobody gets two overlapping places. Equal times (the
    default, 0)
                                  mean the place has no time and overlaps nothing but itself
    pinned, kept    (k, 2) int32  (volunteer, place): fixed by hand; accepted before and so not to be moved
    never           (k, 2) int32  (volunteer, place) that must not be
    volunteer_names, place_names  for sentences; default "volunteer 17", "place 3"

    Raises ValueError with a sentence when the arrays do not fit together.
    """

    shifts_wanted: Any
    capacity: Any
    arc_volunteer: Any
    arc_place: Any
    arc_value: Any
    arc_km: Any = None
    arc_weight: Any = None
    segment_start: Any = None
    segment_size: Any = None
    segment_drop: Any = None
    starts_at: Any = None
    ends_at: Any = None
    pinned: Any = None
    kept: Any = None
    never: Any = None
    volunteer_names: tuple[str, ...] | None = None
    place_names: tuple[str, ...] | None = None
    unit: str = "net votes"

    def __post_init__(self) -> None:
        self._fill_defaults()
        self._settle_types()
        _check_sizes(self)
        _check_arcs(self)
        _check_segments(self)

    def _fill_defaults(self) -> None:
        places, arcs = len(self.capacity), len(self.arc_volunteer)
        defaults = {
            "arc_km": np.zeros(arcs),
            "arc_weight": np.ones(arcs),
            "segment_start": np.arange(places + 1),
            "segment_size": self.capacity,
            "segment_drop": np.zeros(places),
            "starts_at": np.zeros(places),
            "ends_at": np.zeros(places),
            "pinned": np.empty((0, 2)),
            "kept": np.empty((0, 2)),
            "never": np.empty((0, 2)),
        }
        if (self.segment_start is None) != (self.segment_size is None):
            raise ValueError("give segment_start, segment_size and segment_drop together, or none of them")
        for name, value in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)

    def _settle_types(self) -> None:
        for name, kind in _TYPES.items():
            object.__setattr__(self, name, _array(name, getattr(self, name), kind))
        for name in ("pinned", "kept", "never"):
            object.__setattr__(self, name, getattr(self, name).reshape(-1, 2))
        for name in ("volunteer_names", "place_names"):
            names = getattr(self, name)
            object.__setattr__(self, name, None if names is None else tuple(names))

    @property
    def n_volunteers(self) -> int:
        return len(self.shifts_wanted)

    @property
    def n_places(self) -> int:
        return len(self.capacity)

    def volunteer_name(self, volunteer: int) -> str:
        return self.volunteer_names[volunteer] if self.volunteer_names else f"volunteer {volunteer}"

    def place_name(self, place: int) -> str:
        return self.place_names[place] if self.place_names else f"place {place}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MatchResult:
    """Who goes where, and how good that is.

    pairs          (k, 2) int32   (volunteer, place), sorted by volunteer and then by start of the place
    arc            (k,) int64     row of the pair among the problem's arcs
    segment        (k,) int32     which segment of the place (0 is the first, worth most)
    value          (k,) float64   value of the pair on that segment
    km             (k,) float64   travel one way
    segment_price  (s,) float64   what one more seat in that segment would be worth; 0 where seats are left
    price          (m,) float64   what one more seat at the place is worth (the price of its last segment)
    objective      sum of `value`; bound: no plan is worth more; gap: (bound - objective) / bound
    seconds        of solving; feasible: every hard limit holds; stopped: "done" or "time limit"
    """

    pairs: Ints
    arc: Longs
    segment: Ints
    value: Floats
    km: Floats
    segment_price: Floats
    price: Floats
    objective: float
    bound: float
    gap: float
    seconds: float
    method: str
    feasible: bool
    stopped: str


def relative_gap(objective: float, bound: float) -> float:
    """(bound - objective) / bound, 0 when both are 0 and never negative by rounding."""
    difference = max(bound - objective, 0.0)
    scale = max(abs(bound), abs(objective))
    return difference / scale if scale > 1e-12 else 0.0


_TYPES: dict[str, Any] = {
    "shifts_wanted": np.int32,
    "capacity": np.int32,
    "arc_volunteer": np.int32,
    "arc_place": np.int32,
    "arc_value": np.float64,
    "arc_km": np.float64,
    "arc_weight": np.float64,
    "segment_start": np.int64,
    "segment_size": np.int32,
    "segment_drop": np.float64,
    "starts_at": np.int64,
    "ends_at": np.int64,
    "pinned": np.int32,
    "kept": np.int32,
    "never": np.int32,
}


def _array(name: str, value: Any, kind: Any) -> npt.NDArray[Any]:
    found = np.asarray(value)
    if found.size and not np.issubdtype(found.dtype, np.number):
        raise ValueError(f"{name} must hold numbers, got {found.dtype}")
    if found.size and not np.isfinite(found).all():
        raise ValueError(
            f"{name} holds a value that is not a number (row {int(np.argmin(np.isfinite(found)))})"
        )
    if np.issubdtype(kind, np.integer) and found.size:
        limits = np.iinfo(kind)
        if (found < limits.min).any() or (found > limits.max).any():
            raise ValueError(f"{name} holds a number too large to count with")
        if (found != np.floor(found)).any():
            raise ValueError(f"{name} must hold whole numbers")
    return np.ascontiguousarray(found.astype(kind))


def _check_sizes(problem: MatchProblem) -> None:
    arcs, places = len(problem.arc_volunteer), problem.n_places
    for name in ("arc_place", "arc_value", "arc_km", "arc_weight"):
        if len(getattr(problem, name)) != arcs:
            raise ValueError(f"{name} has {len(getattr(problem, name))} rows, arc_volunteer has {arcs}")
    for name in ("starts_at", "ends_at"):
        if len(getattr(problem, name)) != places:
            raise ValueError(f"{name} has {len(getattr(problem, name))} rows for {places} places")
    for name, count in (("volunteer_names", problem.n_volunteers), ("place_names", places)):
        names = getattr(problem, name)
        if names is not None and len(names) != count:
            raise ValueError(f"{name} has {len(names)} entries, {count} are needed")
    for name in ("shifts_wanted", "capacity"):
        if (getattr(problem, name) < 0).any():
            raise ValueError(f"{name} is negative in row {int(np.argmax(getattr(problem, name) < 0))}")
    early = problem.ends_at < problem.starts_at
    if early.any():
        raise ValueError(f"{problem.place_name(int(np.argmax(early)))} ends before it starts")


def _check_arcs(problem: MatchProblem) -> None:
    volunteer, place = problem.arc_volunteer, problem.arc_place
    _check_rows("arc_volunteer", volunteer, problem.n_volunteers)
    _check_rows("arc_place", place, problem.n_places)
    for name in ("pinned", "kept", "never"):
        pairs = getattr(problem, name)
        _check_rows(f"volunteer in {name}", pairs[:, 0], problem.n_volunteers)
        _check_rows(f"place in {name}", pairs[:, 1], problem.n_places)
    if (np.diff(volunteer) < 0).any():
        raise ValueError("arcs must be sorted by volunteer")
    if (problem.arc_weight < 0).any():
        raise ValueError("arc_weight must not be negative")
    keys = np.sort(volunteer.astype(np.int64) * max(problem.n_places, 1) + place)
    twice = keys[1:][keys[1:] == keys[:-1]]
    if len(twice):
        who, where = divmod(int(twice[0]), problem.n_places)
        pair = f"{problem.volunteer_name(who)} and {problem.place_name(where)}"
        raise ValueError(f"{pair} occur as a pair more than once among the arcs")


def _check_rows(name: str, rows: npt.NDArray[Any], count: int) -> None:
    if len(rows) and (rows.min() < 0 or rows.max() >= count):
        raise ValueError(f"{name} must be a row number from 0 to {count - 1}")


def _check_segments(problem: MatchProblem) -> None:
    start, size, drop = problem.segment_start, problem.segment_size, problem.segment_drop
    if (
        len(start) != problem.n_places + 1
        or start[0] != 0
        or start[-1] != len(size)
        or len(drop) != len(size)
    ):
        raise ValueError(
            "segment_start needs one entry more than there are places, from 0 to the number of segments"
        )
    if (np.diff(start) < 1).any():
        raise ValueError("every place needs at least one segment")
    if (drop[start[:-1]] != 0).any():
        raise ValueError("segment_drop is measured from a place's first segment, so the first must be 0")
    inside = np.ones(len(size), dtype=bool)
    inside[start[:-1]] = False
    rising = inside[1:] & (np.diff(drop) < 0)
    if rising.any():
        place = int(np.searchsorted(start, int(np.argmax(rising)) + 1, side="right") - 1)
        raise ValueError(f"the worth of {problem.place_name(place)} must fall from segment to segment")
    if (size < 0).any():
        raise ValueError("segment_size must not be negative")
    seats = np.add.reduceat(size.astype(np.int64), start[:-1]) if len(size) else np.zeros(0, np.int64)
    if (seats != problem.capacity).any():
        place = int(np.argmax(seats != problem.capacity))
        raise ValueError(
            f"the segments of {problem.place_name(place)} hold {int(seats[place])} seats, "
            f"its capacity is {int(problem.capacity[place])}"
        )
