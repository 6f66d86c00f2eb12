"""Numbers and rows as people read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from volunteer_hub.bench.engine.bars import Bar, Kind, Limit, verdict
from volunteer_hub.bench.engine.case import SIDES, Case

MISSING = "–"


def seconds(number: float) -> str:
    """Three digits that count: 0.0123 s, 9.41 s, 123 s."""
    if number >= 100:
        return f"{number:,.0f} s"
    return f"{number:.2f} s" if number >= 1 else f"{number:.3g} s"


def megabytes(number: float) -> str:
    """MB up to 1000, then GB."""
    return f"{number / 1000:.2f} GB" if number >= 1000 else f"{number:.0f} MB"


def share(number: float) -> str:
    """Per cent with three places: gaps are small."""
    return f"{100 * number:.3f} %"


_WRITERS: dict[Kind, Callable[[float], str]] = {
    "seconds": seconds,
    "share": share,
    "megabytes": megabytes,
    "times": lambda number: f"{number:.2f} x",
    "ratio": lambda number: f"{number:.3f}",
    "count": lambda number: f"{number:,.0f}",
    "metres": lambda number: f"{number:,.1f} m",
}


def written(number: float | None, kind: Kind) -> str:
    """The number with its unit, a dash for none."""
    return MISSING if number is None else _WRITERS[kind](number)


def timed(side: dict[str, Any] | None) -> str:
    """Seconds of a side, with the spread when it ran more than once."""
    if side is None:
        return MISSING
    if "failed" in side:
        return str(side["failed"])
    every: Sequence[float] = side.get("all_seconds", ())
    spread = f" ({min(every):.3g}–{max(every):.3g}, {len(every)} runs)" if len(every) > 1 else ""
    return seconds(side["seconds"]) + spread


def limit_words(limit: Limit, row: dict[str, Any] | None) -> str:
    """certified gap 0.070 % (at most 0.100 %)."""
    found = written(limit.found(row), limit.kind) if row else MISSING
    if limit.at_most is not None:
        return f"{limit.words} {found} (at most {written(limit.at_most, limit.kind)})"
    if limit.at_least is not None:
        return f"{limit.words} {found} (at least {written(limit.at_least, limit.kind)})"
    return f"{limit.words} {found}"


def row_lines(case: Case, row: dict[str, Any], bars: Sequence[Bar]) -> list[str]:
    """One size as lines for a terminal."""
    names = {"ours": case.ours_name, "peer": case.peer_name, "baseline": case.baseline_name}
    width = max(len(name) for name in names.values()) + 2
    lines = [
        f"{case.size_name(row['n'], row['m'])} {case.things[0]} x {case.things[1]}, seed {row['seed']}, "
        f"load {row['load'][0]}"
    ]
    lines += [f"  {names[side]:<{width}}{_side(row[side])}" for side in SIDES if side in row]
    if "times_faster" in row:
        lines.append(
            f"  {row['times_faster']:.2f} times as fast as the peer, {row['memory_share']:.2f} of its memory"
        )
    lines += [*_instance_lines(row["ours"]), *_city_lines(row["ours"])]
    for bar in bars:
        told = "; ".join(limit_words(limit, row) for limit in bar.limits)
        lines.append(f"  bar {verdict(bar, row)}: {told}")
    return lines


def _instance_lines(side: dict[str, Any]) -> list[str]:
    """One line for each public instance, and the mean; none for cases without any."""
    every = side.get("instances", [])
    lines = [
        f"  {each['name']:<12} {each['points']:>5,} points, {each['clusters']:>5,} clusters: "
        f"{each['cost']:,.2f}, best known {each['best']:,.2f}, gap {share(each['gap'])}"
        for each in every
    ]
    return [*lines, f"  mean gap {share(side['mean_gap'])}"] if every else []


def _city_lines(side: dict[str, Any]) -> list[str]:
    """One line for each city of the yardstick; none for other cases."""
    return [
        f"  city {each['city']}: {each['doors']:,} doors, {each['turfs']} turfs, "
        f"{each['metres_per_door']:.2f} m a door (at most {each['allowed_m']:.2f}), "
        f"{share(each['doors_share'])} within 25 %, orders {each['order_over_best']:.3f} of the best, "
        f"{each['over_rail']} over the rail by a crossing, {seconds(each['seconds'])}"
        for each in side.get("cities", [])
    ]


def _side(side: dict[str, Any]) -> str:
    if "failed" in side:
        return str(side["failed"])
    words = [timed(side), megabytes(side["peak_mb"])]
    if "cpu_s" in side:
        words.append(f"CPU {seconds(side['cpu_s'])}")
    if "warm_up_s" in side:
        words.append(f"warm-up {seconds(side['warm_up_s'])}")
    if "build_s" in side:
        words.append(f"graph {seconds(side['build_s'])}")
    if "value" in side:
        words.append(f"value {side['value']:,.1f}, placed {side['placed']:,}")
    if "bound" in side:
        words.append(f"bound {side['bound']:,.1f}, gap {share(side['gap'])}")
    if "checked_gap" in side:
        words.append(f"checked gap {share(side['checked_gap'])}")
    if "above_chance" in side:
        words.append(f"{side['metres']:,.0f} m, {share(side['above_chance'])} above chance")
    if "metres_per_door" in side:
        words.append(f"{side['turfs']:,} turfs, {side['metres_per_door']:.1f} m a door")
    if "violations" in side:
        words.append(f"{side['violations']} violations")
    if "source" in side:
        words.append(f"{side['areas']:,} areas: {side['source']}")
    return "; ".join(words)
