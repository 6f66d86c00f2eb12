"""Tables of the page of benchmarks: markdown, and those of turf."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from volunteer_hub.bench.engine import show
from volunteer_hub.bench.engine.bars import Limit
from volunteer_hub.bench.engine.case import Case

Row = dict[str, Any]

CUTS = (
    Limit("turfs", "ours.turfs", "count"),
    Limit("turfs of doors / turf", "ours.turfs_over", "ratio"),
    Limit("metres a door", "ours.metres_per_door", "metres"),
    Limit("of the best orders", "ours.order_over_best", "ratio"),
    Limit("doors within 25 %", "ours.doors_share", "share"),
    Limit("minutes within 15 %", "ours.checked_share", "share"),
    Limit("violations", "ours.violations", "count"),
    Limit("of the peer's metres, in its time", "peer.ours_equal_m", "ratio"),
    Limit("in a tenth", "peer.ours_tenth_m", "ratio"),
    Limit("in a hundredth", "peer.ours_hundredth_m", "ratio"),
)
STREETS = (
    Limit("doubtful ties", "ours.doubtful", "count"),
    Limit("off the network", "ours.off_network", "count"),
    Limit("reading the streets", "ours.reading_s", "seconds"),
    Limit("network", "ours.network_s", "seconds"),
    Limit("tying", "ours.tying_s", "seconds"),
    Limit("table of distances", "ours.table_s", "seconds"),
)
BESIDE_STRAIGHT = (
    Limit("turfs", "ours.turfs", "count"),
    Limit("metres a door", "ours.metres_per_door", "metres"),
    Limit("straight plan: turfs", "baseline.turfs", "count"),
    Limit("its metres a door", "baseline.metres_per_door", "metres"),
    Limit("our metres of its metres", "of_baseline_metres", "ratio"),
    Limit("with turfs asked for as many as ours", "baseline.even_turfs", "count"),
    Limit("our metres of its metres then", "of_even_m", "ratio"),
)
CITIES = (
    Limit("doors", "doors", "count"),
    Limit("turfs", "turfs", "count"),
    Limit("turfs of doors / turf", "turfs_over", "ratio"),
    Limit("metres a door, best order", "metres_per_door", "metres"),
    Limit("allowed", "allowed_m", "metres"),
    Limit("order given of the best", "order_over_best", "ratio"),
    Limit("within 25 %", "doors_share", "share"),
    Limit("over the rail by a crossing", "over_rail", "count"),
    Limit("else", "over_barriers", "count"),
    Limit("time", "seconds", "seconds"),
)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in markdown."""
    lines = [list(head)]
    lines.append(["---"] * len(lines[0]))
    lines += [list(row) for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def turf_tables(case: Case, rows: Sequence[Row]) -> str:
    """What cuts are like, what came before the search, the plan by straight lines; empty for other cases."""
    if not any("turfs" in row["ours"] for row in rows):
        return ""
    sizes = [case.size_name(row["n"], row["m"]) for row in rows]
    found = [_figures("size", sizes, rows, CUTS)]
    if any("network_s" in row["ours"] for row in rows):
        found.append(_figures("before the search", sizes, rows, STREETS))
    if any("of_baseline_metres" in row for row in rows):
        found.append(_figures("along streets", sizes, rows, BESIDE_STRAIGHT))
    cities = max((row["ours"].get("cities", []) for row in rows), key=len)
    if cities:
        found.append(_figures("city", [str(each["city"]) for each in cities], cities, CITIES))
    return "\n\n".join(found)


def _figures(first: str, names: Sequence[str], rows: Sequence[Row], columns: Sequence[Limit]) -> str:
    """One line for each row, without the columns that no row has a figure for."""
    told = [each for each in columns if any(each.found(row) is not None for row in rows)]
    lines = [
        [name, *(show.written(each.found(row), each.kind) for each in told)]
        for name, row in zip(names, rows, strict=True)
    ]
    return table([first, *(each.words for each in told)], lines)
