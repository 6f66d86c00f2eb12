"""Sentences and figures of the priority pages, in the reader's language."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from geodata.priority import PARAM_NOTES
from volunteer_hub.priority import vocabulary
from volunteer_hub.priority.blueprint import percent, significant
from volunteer_hub.priority.comparing import Move
from volunteer_hub.priority.inputs import params_of
from volunteer_hub.priority.models import Snapshot

RELATIVE_UNIT = "times an average hour"


def why(move: Move, unit: str) -> str:
    """One sentence: how a district moved, in value and in rank, and mostly by what."""
    name = move.name
    if move.factor == "appeared":
        return _("%(name)s is new on the list.", name=name)
    if move.factor == "gone":
        return _("%(name)s is no longer on the list.", name=name)
    if move.difference is None:
        return _("%(name)s: %(place)s by the other rules.", name=name, place=_place(move))
    if move.factor == "done" and move.figures:
        return _(
            "%(name)s is done: no doors are left (there were %(doors)s).",
            name=name, doors=_count(move.figures[0]),
        )  # fmt: skip
    if move.factor == "reopened" and move.figures:
        return _(
            "%(name)s is open again: %(doors)s doors are left.", name=name, doors=_count(move.figures[1])
        )
    return _rose_or_fell(move, unit)


def _rose_or_fell(move: Move, unit: str) -> str:
    if not move.has_moved:
        return _("%(name)s is worth about as much as before (%(place)s).", name=move.name, place=_place(move))
    words = {"name": move.name, "place": _place(move), "because": _because(move, unit)}
    words["share"] = percent(abs(move.change))
    if move.direction > 0:
        return _("%(name)s rose by %(share)s (%(place)s), mostly by %(because)s.", **words)
    return _("%(name)s fell by %(share)s (%(place)s), mostly by %(because)s.", **words)


def _place(move: Move) -> str:
    if move.rank_before == move.rank_now:
        return _("number %(rank)s", rank=move.rank_now)
    return _("from number %(before)s to %(now)s", before=move.rank_before, now=move.rank_now)


def _because(move: Move, unit: str) -> str:
    """The factor with its two figures. Where these read the same, the average it is measured by moved."""
    factor = str(vocabulary.FACTOR_WORDS.get(move.factor, move.factor.replace("_", " ")))
    if move.figures is None or any(map(math.isnan, move.figures)):
        return factor
    before, now = (_shown(move.factor, each) for each in move.figures)
    if before != now:
        return _("%(factor)s (%(before)s before, %(now)s now)", factor=factor, before=before, now=now)
    return _("what changed in the average place") if unit == RELATIVE_UNIT else factor


def _shown(factor: str, value: float) -> str:
    if factor == "best_doors_left":
        return _count(value)
    if factor == "doors_per_hour":
        return _("%(doors)s doors an hour", doors=format_decimal(value, "#,##0.0"))
    if factor in ("contact_rate", "stay_at_home", "support"):
        return str(format_percent(value, "#,##0.#%"))
    if factor == "closeness" and abs(value) < 1:
        return points(value)
    return significant(value)


def _count(value: float) -> str:
    return str(format_decimal(round(value), "#,##0"))


def points(share: float) -> str:
    """A margin with its sign: “+1.5 points”."""
    return _("%(points)s points", points=format_decimal(100 * share, "+#,##0.0;−#,##0.0"))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score as the page shows it."""

    label: Any
    text: str
    note: Any


def parts_of(detail: dict[str, Any]) -> list[Part]:
    """The parts of a score in words, in the reader's own way to write numbers."""
    return [
        Part(label, _written(kind, detail["parts"][name]), note)
        for name, (label, kind, note) in vocabulary.PART_WORDS.items()
        if name in detail["parts"]
    ]


def _written(kind: str, value: float) -> str:
    if kind == "share":
        return str(format_percent(value, "#,##0.#%"))
    if kind == "points":
        return points(value)
    if kind == "error":
        return _("%(points)s points", points="± " + format_decimal(100 * value, "#,##0.0"))
    if kind == "flag":
        return _("counted") if value else _("assumed")
    if kind == "borrowed":
        return _("of its seat") if value else _("its own")
    return str(format_decimal(value, "#,##0" if kind == "count" else "#,##0.###"))


def assumptions_of(stored: dict[str, Any]) -> list[tuple[Any, list[tuple[Any, str, str]]]]:
    """Every number that the scores assume: (group, [(label, text, note with source)])."""
    params = params_of(stored)
    return [
        (
            group,
            [
                (vocabulary.PARAM_WORDS[name], _assumed(getattr(params, name)), PARAM_NOTES[name])
                for name in names
            ],
        )
        for group, names in vocabulary.PARAM_GROUPS
    ]


def _assumed(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(value, "mid"):
        low, mid, high = (format_decimal(each, "#,##0.###") for each in (value.low, value.mid, value.high))
        return _("%(mid)s (%(low)s to %(high)s)", mid=mid, low=low, high=high)
    return str(format_decimal(value, "#,##0.###"))


def decided_between(before: Snapshot, now: Snapshot) -> list[tuple[Any, str, str]]:
    """Rules and assumptions that differ: (label, text before, text now)."""
    old, new = params_of(before.params), params_of(now.params)
    assumed = [
        (label, _assumed(getattr(old, name)), _assumed(getattr(new, name)))
        for name, label in vocabulary.PARAM_WORDS.items()
        if getattr(old, name) != getattr(new, name)
    ]
    return _weights_between(before.weights, now.weights) + assumed


def _weights_between(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[Any, str, str]]:
    shares = [
        {name: weight / (sum(each.values()) or 1) for name, weight in each.items()} for each in (before, now)
    ]
    return [
        (vocabulary.RULE_WORDS[name][0], *(percent(share.get(name, 0.0)) for share in shares))
        for name in vocabulary.RULE_WORDS
        if percent(shares[0].get(name, 0.0)) != percent(shares[1].get(name, 0.0))
    ]
