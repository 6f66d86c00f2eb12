"""What the engine must reach, and whether a measured row reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["seconds", "share", "times", "ratio", "megabytes", "count", "metres"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One number of a row, at most or at least so much. path: ours.seconds is row["ours"]["seconds"]."""

    words: str
    path: str
    kind: Kind
    at_most: float | None = None
    at_least: float | None = None

    def found(self, row: dict[str, Any]) -> float | None:
        """The number, None where the row has none."""
        here: Any = row
        for name in self.path.split("."):
            here = here.get(name) if isinstance(here, dict) else None
        return None if here is None else float(here)

    def is_met(self, row: dict[str, Any]) -> bool | None:
        """None where the row has no such number: then nothing is claimed."""
        number = self.found(row)
        if number is None:
            return None
        return (self.at_most is None or number <= self.at_most) and (
            self.at_least is None or number >= self.at_least
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """What the row of size n x m of a case must reach. words: the bar as a person says it."""

    case: str
    n: int
    m: int
    words: str
    limits: tuple[Limit, ...]


_SECONDS, _MEMORY = "ours.seconds", "ours.peak_mb"
_FIFTH = "of bare shapely's time"
_BROKEN = Limit("violations", "ours.violations", "count", at_most=0)
_EVEN = (
    Limit("turfs of doors / 75", "ours.turfs_over", "ratio", at_most=1.10),
    Limit("turfs within 25 % of 75 doors", "ours.doors_share", "share", at_least=0.95),
    Limit("metres of the best orders", "ours.order_over_best", "ratio", at_most=1.03),
    Limit("steps over the rail but by a crossing", "ours.over_barriers", "count", at_most=0),
    Limit("time", _SECONDS, "seconds", at_most=3),
    _BROKEN,
)
_ALONG_STREETS = (
    Limit("network metres of the straight plan's", "of_baseline_metres", "ratio", at_most=0.90),
    Limit("turfs of its turfs", "of_baseline_turfs", "ratio"),
    Limit("metres where both have as many turfs", "of_even_m", "ratio"),
    Limit("time", _SECONDS, "seconds", at_most=15),
    _BROKEN,
)

BARS = (
    Bar(
        "solver", 1_000_000, 30_000, "The solver alone against OR-Tools, same pairs for both",
        (
            Limit("certified gap", "ours.checked_gap", "share", at_most=0.001),
            Limit("as fast as OR-Tools", "times_faster", "times", at_least=8),
            Limit("peak memory", _MEMORY, "megabytes", at_most=4_000),
        ),
    ),
    Bar(
        "whole", 200_000, 6_000, "The whole problem, every place within 40 km",
        (
            Limit("certified gap", "ours.checked_gap", "share", at_most=0.001),
            Limit("time", _SECONDS, "seconds", at_most=10),
        ),
    ),
    Bar(
        "whole", 2_000_000, 180_000, "The largest, end to end, gap against the whole problem",
        (
            Limit("time", _SECONDS, "seconds", at_most=90),
            Limit("peak memory", _MEMORY, "megabytes", at_most=8_000),
            Limit("gap", "ours.gap", "share", at_most=0.001),
        ),
    ),
    Bar(
        "change", 1_000_000, 30_000, "One change to a plan in the running process",
        (
            Limit("time", _SECONDS, "seconds", at_most=0.05),
            Limit("worse than a fresh plan", "ours.worse_than_fresh", "share", at_most=0.001),
        ),
    ),
    Bar(
        "limits", 100_000, 5_000, "Every limit in one problem",
        (
            Limit("violations", "ours.violations", "count", at_most=0),
            Limit("gap", "ours.gap", "share"),
            Limit("time", _SECONDS, "seconds", at_most=20),
        ),
    ),
    Bar(
        "vermont", 1_000_000, 284, "Points in Vermont's voting districts",
        (
            Limit("time", _SECONDS, "seconds", at_most=2),
            Limit(_FIFTH, "share_of_peer", "times", at_most=1.2),
            Limit("wrong answers", "ours.violations", "count", at_most=0),
        ),
    ),
    Bar(
        "counties", 1_000_000, 3_233, "Points in the counties of the United States",
        (
            Limit("time", _SECONDS, "seconds", at_most=2),
            Limit(_FIFTH, "share_of_peer", "times", at_most=1.2),
            Limit("wrong answers", "ours.violations", "count", at_most=0),
        ),
    ),
    Bar(
        "fine-counties", 1_000_000, 3_233, "Points in the same counties, at full detail",
        (
            Limit("time", _SECONDS, "seconds", at_most=2),
            Limit(_FIFTH, "share_of_peer", "times", at_most=1.2),
            Limit("wrong answers", "ours.violations", "count", at_most=0),
        ),
    ),
    Bar(
        "priority", 3_100, 10_000, "Priority of 3,100 counties, 10,000 draws, all rules",
        (
            Limit("time", _SECONDS, "seconds", at_most=10),
            Limit("peak memory", _MEMORY, "megabytes", at_most=2_000),
        ),
    ),
    Bar(
        "medians", 8, 20, "Capacitated p-median, 20 points a cluster or more, against the best known",
        (
            Limit("mean gap", "ours.mean_gap", "share", at_most=0.03),
            Limit("broken limits", "ours.violations", "count", at_most=0),
        ),
    ),
    Bar(
        "turf", 5_000, 50, "Turf of 40 to 60 doors against even clusters and best walks",
        (
            Limit("metres in the peer's time", "peer.ours_equal_m", "ratio", at_most=0.95),
            Limit("in a tenth", "peer.ours_tenth_m", "ratio", at_most=0.97),
            Limit("in a hundredth", "peer.ours_hundredth_m", "ratio", at_most=1.0),
            Limit("violations", "ours.violations", "count", at_most=0),
        ),
    ),
    Bar(
        "turf", 51_350, 50, "Turf of a whole city",
        (
            Limit("time", _SECONDS, "seconds", at_most=3),
            Limit("violations", "ours.violations", "count", at_most=0),
        ),
    ),
    Bar(
        "turf", 1_000_000, 50, "Turf of a million doors",
        (
            Limit("time", _SECONDS, "seconds", at_most=30),
            Limit("peak memory", _MEMORY, "megabytes", at_most=4_000),
        ),
    ),
    Bar(
        "newport", 5_000, 50, "Turf of 40 to 60 real doors against even clusters and best walks",
        (
            Limit("metres in the peer's time", "peer.ours_equal_m", "ratio", at_most=0.95),
            Limit("in a tenth", "peer.ours_tenth_m", "ratio", at_most=0.97),
            Limit("in a hundredth", "peer.ours_hundredth_m", "ratio", at_most=1.0),
            _BROKEN,
        ),
    ),
    Bar(
        "newport", 51_350, 50, "Turf of a whole real city",
        (Limit("time", _SECONDS, "seconds", at_most=3), _BROKEN),
    ),
    *(
        Bar(
            "iceaddr", doors, 90, words,
            (
                Limit("turfs within 15 % of 90 minutes", "ours.checked_share", "share", at_least=0.95),
                _BROKEN,
            ),
        )
        for doors, words in ((5_000, "Turf by minutes alone, 5,000 doors of Reykjavik"),
                             (22_888, "Turf by minutes alone, all of Reykjavik"))
    ),
    Bar("town-streets", 12_000, 75, "Turf along the streets of an invented city", _EVEN),
    Bar(
        "yardstick", 3, 75, "Turf of the yardstick's cities, the worst of them, by its judge",
        (Limit("metres a door of those allowed", "ours.of_allowed_m", "ratio", at_most=1.0), *_EVEN),
    ),
    Bar("cambridge", 20_655, 40, "Turf along streets, all of Cambridge, Massachusetts", _ALONG_STREETS),
    Bar("lamoille", 8_814, 20, "Turf along streets, a county of Vermont", _ALONG_STREETS),
    Bar(
        "tsplib", 23, 500, "Round tours against known optima, 1 s for 1,000 points",
        (
            Limit("mean gap", "ours.mean_gap", "share", at_most=0.025),
            Limit("points missed or repeated", "ours.violations", "count", at_most=0),
        ),
    ),
    Bar(
        "tour", 1_000_000, 60, "A round tour of a million points of chance",
        (
            Limit("above 0.7124 sqrt(NA)", "ours.above_chance", "share", at_most=0.05),
            Limit("time", _SECONDS, "seconds", at_most=60),
        ),
    ),
)  # fmt: skip


def verdict(bar: Bar, row: dict[str, Any] | None) -> str:
    """met, missed, or what is not measured."""
    if row is None:
        return "not measured"
    met = [limit.is_met(row) for limit in bar.limits]
    if any(each is False for each in met):
        return "missed"
    return "not measured in full" if any(each is None for each in met) else "met"


def bars_of(case: str) -> tuple[Bar, ...]:
    """The bars of one case."""
    return tuple(bar for bar in BARS if bar.case == case)


def row_of(bar: Bar, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The row that the bar is about."""
    return next((row for row in rows if (row["n"], row["m"]) == (bar.n, bar.m)), None)
