"""What moved since the last snapshot, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from geodata.priority.scoring import DistrictPriority, Priorities

FACTOR_WORDS = {
    "closeness": "how close the race is",
    "doors_per_hour": "the pace at doors",
    "contact_rate": "how many people open",
    "votes_per_contact": "what a talk brings",
    "stay_at_home": "supporters still at home",
    "support": "support found at doors",
    "best_doors_left": "which doors are left",
}


@dataclass(frozen=True, slots=True)
class Change:
    """How one district moved. ratio: new score by old (0: done, inf: from nothing, NaN: appeared or went).

    rank_before, rank_now: 1 is best, None if absent. factor: the one that moved the score most in its
    direction (a key of FACTOR_WORDS, or "rule", "appeared", "gone", "done", "reopened"); sentence: all
    of it in words.
    """

    id: str
    name: str
    before: float | None
    now: float | None
    ratio: float
    rank_before: int | None
    rank_now: int | None
    factor: str
    sentence: str


Snapshot = Priorities | Iterable[DistrictPriority]


def changes(previous: Snapshot, current: Snapshot, *, least: float = 0.02) -> list[Change]:
    """Districts whose score moved by at least `least` (0.02 = 2 %), appeared or went; largest move first.

    Both are Priorities or DistrictPriority rows, matched by id. A change of rule or unit makes scores
    incomparable; then only ranks are compared and the factor is "rule".
    """
    old, new = _by_id(previous), _by_id(current)
    old_rank, new_rank = _ranks(old), _ranks(new)
    found = []
    for code in dict.fromkeys([*new, *old]):
        change = _change(old.get(code), new.get(code), old_rank.get(code), new_rank.get(code))
        if change is not None and _size(change) >= math.log1p(least):
            found.append(change)
    return sorted(found, key=lambda c: (-_size(c), c.id))


def _by_id(snapshot: Snapshot) -> dict[str, DistrictPriority]:
    rows = snapshot.rows() if isinstance(snapshot, Priorities) else snapshot
    return {row.id: row for row in rows}


def _ranks(rows: dict[str, DistrictPriority]) -> dict[str, int]:
    order = sorted(rows.values(), key=lambda r: (-r.score, r.id))
    return {row.id: place for place, row in enumerate(order, start=1)}


def _change(
    old: DistrictPriority | None, new: DistrictPriority | None, old_rank: int | None, new_rank: int | None
) -> Change | None:
    row = new or old
    if row is None:
        return None
    before, now = (old.score if old else None), (new.score if new else None)
    if old is None or new is None:
        factor = "appeared" if old is None else "gone"
        return Change(
            row.id, row.name, before, now, math.nan, old_rank, new_rank, factor, _came_or_went(row, factor)
        )
    if (old.rule, old.unit) != (new.rule, new.unit):
        if old_rank == new_rank:
            return None
        words = f"{row.name} is number {new_rank} by “{new.rule}”; it was number {old_rank} by “{old.rule}”."
        return Change(row.id, row.name, before, now, math.nan, old_rank, new_rank, "rule", words)
    ratio = _ratio(old.score, new.score)
    factor = _factor(old, new, ratio)
    words = _moved(old, new, ratio, factor, old_rank, new_rank)
    return Change(row.id, row.name, before, now, ratio, old_rank, new_rank, factor, words)


def _ratio(old: float, new: float) -> float:
    if old == new:
        return 1.0
    return new / old if old > 0 else math.inf


def _factor(old: DistrictPriority, new: DistrictPriority, ratio: float) -> str:
    """The factor whose move (times its elasticity) went furthest in the direction of the score's."""
    if ratio == 0:
        return "done"
    if math.isinf(ratio):
        return "reopened"
    up = ratio >= 1
    moves = {name: _move(old, new, name) for name in new.factors if name in old.factors}
    if not moves:
        return "rule"
    return max(moves, key=lambda name: moves[name] if up else -moves[name])


def _move(old: DistrictPriority, new: DistrictPriority, name: str) -> float:
    a, b = old.factors[name], new.factors[name]
    weight = (old.elasticity.get(name, 1.0) + new.elasticity.get(name, 1.0)) / 2
    return weight * math.log(b / a) if a > 0 and b > 0 else 0.0


def _size(change: Change) -> float:
    """How far it moved, as |log ratio|; what appeared, went or was finished moved furthest."""
    if math.isnan(change.ratio) or change.ratio <= 0 or math.isinf(change.ratio):
        return math.inf
    return abs(math.log(change.ratio))


def _moved(
    old: DistrictPriority,
    new: DistrictPriority,
    ratio: float,
    factor: str,
    old_rank: int | None,
    new_rank: int | None,
) -> str:
    if factor == "done":
        return f"{new.name} is done: no doors are left (there were {old.doors_left:,.0f})."
    if factor == "reopened":
        return f"{new.name} is open again: {new.doors_left:,.0f} doors are left."
    verb = "rose" if ratio >= 1 else "fell"
    place = f"number {new_rank}" if old_rank == new_rank else f"from number {old_rank} to {new_rank}"
    return f"{new.name} {verb} by {abs(ratio - 1):.0%} ({place}), mostly by {_because(old, new, factor)}."


def _because(old: DistrictPriority, new: DistrictPriority, factor: str) -> str:
    words = FACTOR_WORDS.get(factor, factor.replace("_", " "))
    if factor == "best_doors_left":
        return f"{words} ({old.doors_left:,.0f} before, {new.doors_left:,.0f} now)"
    a, b = _shown(factor, old), _shown(factor, new)
    return f"{words} ({a} before, {b} now)"


def _shown(factor: str, row: DistrictPriority) -> str:
    if factor == "doors_per_hour":
        return f"{row.factors[factor]:.1f} doors an hour"
    if factor == "contact_rate":
        return f"{row.factors[factor]:.1%}"
    if factor == "support" and "supporters_among_reached" in row.parts:
        return f"{row.parts['supporters_among_reached']:.0%}"
    if factor == "closeness" and "margin_share" in row.parts:
        return f"{100 * row.parts['margin_share']:+.1f} points"
    if factor == "stay_at_home" and "home_share" in row.parts:
        return f"{row.parts['home_share']:.1%}"
    return f"{row.factors[factor]:.3g}"


def _came_or_went(row: DistrictPriority, factor: str) -> str:
    if factor == "appeared":
        return f"{row.name} is new on the list, worth {row.score:.3g} {row.unit}."
    return f"{row.name} is no longer on the list."
