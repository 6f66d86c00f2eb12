"""A plan as it is kept: proposals with their next best, prices, who goes nowhere and why.

Figures rather than sentences, which are worded in the reader's language; ids of people, never their names.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from geodata.matching.reach.explain import Others
from volunteer_hub.assignments.services import Proposal
from volunteer_hub.matching import wording
from volunteer_hub.matching.problem import Planned
from volunteer_hub.matching.solving import Solved

MOST_UNPLACED_KEPT = 50_000


def proposals(
    planned: Planned, solved: Solved, *, but: Collection[tuple[int, int]] = frozenset()
) -> list[Proposal]:
    """Each pair of a plan, `but` some, as a proposal with its next best and its sentence."""
    result, why = solved.result, solved.reasons
    columns = zip(result.pairs.tolist(), result.value.tolist(), result.km.tolist(), why.binds, strict=True)
    return [
        _proposal(planned, pair, value, km, binds, _other(planned, why.next_best, row, instead_of=value))
        for row, (pair, value, km, binds) in enumerate(columns)
        if tuple(pair) not in but
    ]


def _proposal(
    planned: Planned, pair: list[int], value: float, km: float, binds: str, next_best: dict[str, Any]
) -> Proposal:
    found = Proposal(
        person_id=int(planned.person_ids[pair[0]]),
        shift_id=int(planned.shift_ids[pair[1]]),
        value=value,
        unit=planned.unit,
        travel_km=km,
        binding=binds,
        is_pinned=binds == "pinned",
        next_best=next_best,
    )
    return replace(found, reason=wording.reason(found))


def _other(planned: Planned, others: Others, row: int, *, instead_of: float) -> dict[str, Any]:
    if others.place[row] < 0:
        return {}
    place, value = int(others.place[row]), float(others.value[row])
    return other(
        planned, place, value, float(others.km[row]), float(others.price[row]), instead_of=instead_of
    )


def other(
    planned: Planned, place: int, value: float, km: float, price: float, *, instead_of: float
) -> dict[str, Any]:
    """Another place a volunteer could go to, as it is kept with a proposal."""
    return {
        "shift_id": int(planned.shift_ids[place]),
        "name": planned.problem.place_name(place),
        "value": value,
        "less": instead_of - value,
        "km": km,
        "price": price,
    }


def certificate(planned: Planned, solved: Solved, unplaced: int) -> dict[str, Any]:
    """What was proved of a plan, how many go nowhere, and what it says of staying as before."""
    kept = set(map(tuple, planned.problem.previous.tolist()))
    stayed = sum(tuple(pair) in kept for pair in solved.result.pairs.tolist())
    return {
        "feasible": not solved.proof.violations,
        "violations": list(solved.proof.violations)[:50],
        "unit": planned.unit,
        "unplaced": unplaced,
        "stay_bonus": stayed * planned.problem.stay_bonus,
        "regions": len(solved.result.rounds),
        "stopped": solved.result.stopped,
    }


def prices(planned: Planned, solved: Solved) -> dict[str, Any]:
    """By shift id what one more place is worth, how many places were filled, and how many there were."""
    why = solved.reasons
    columns = zip(
        planned.shift_ids.tolist(), why.place_price.tolist(), why.filled.tolist(), why.seats.tolist(),
        strict=True,
    )  # fmt: skip
    return {
        str(shift_id): {"price": price, "filled": filled, "capacity": seats}
        for shift_id, price, filled, seats in columns
    }


def unplaced(planned: Planned, solved: Solved, but: Collection[int]) -> tuple[int, list[dict[str, Any]]]:
    """How many go nowhere, and of the first of them what keeps them and the place that would be best.

    but: ids of people who have a place already; the plan had nothing to give them, and they miss nothing.
    """
    found, count = [], 0
    for row, volunteer in enumerate(solved.reasons.home.tolist()):
        person_id = int(planned.person_ids[volunteer])
        if person_id in but:
            continue
        count += 1
        if count <= MOST_UNPLACED_KEPT:
            found.append({"person_id": person_id, **_what_keeps(planned, solved, row, volunteer)})
    return count, found


def _what_keeps(planned: Planned, solved: Solved, row: int, volunteer: int) -> dict[str, Any]:
    why, near = solved.reasons, float(solved.reasons.nearest_km[row])
    return {
        "binds": why.why[row],
        "reach_km": float(planned.problem.people.reach_km[volunteer]),
        "nearest_km": near if np.isfinite(near) else None,
        "in_reach": int(why.in_reach[row]),
        "free_then": int(why.free_then[row]),
        "best": _other(planned, why.best, row, instead_of=0.0),
    }
