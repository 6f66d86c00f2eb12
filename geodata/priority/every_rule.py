"""All rules on one contest, as a benchmark or a comparison asks for."""

from __future__ import annotations

from collections.abc import Mapping

from geodata.priority.chambers import Chamber, Delegates
from geodata.priority.contest import Contest, regrouped
from geodata.priority.params import HourParams
from geodata.priority.rules import Coverage, Plurality, Turnout
from geodata.priority.scoring import Priorities, score


def every_rule(
    found: Contest,
    *,
    electoral: Mapping[str, float] | None = None,
    delegates: Mapping[str, float] | None = None,
    draws: int = 10_000,
    seed: int = 0,
    params: HourParams | None = None,
) -> dict[str, Priorities]:
    """Score a contest by each of the six rules, by name.

    plurality, turnout and coverage take one seat over all districts; seats takes each district as a seat;
    electoral takes the regions (states) as seats, electoral: their votes (default 1 each); delegates: by
    district (default 4 each). draws: simulated elections of seats and electoral.
    """
    one = regrouped(found, ["all"] * len(found.ids))
    each = regrouped(found, found.ids)
    states = regrouped(found, [found.regions[region] for region in found.region])
    given = delegates or dict.fromkeys(found.ids, 4.0)
    chosen = (
        (one, Plurality()),
        (one, Turnout()),
        (one, Coverage()),
        (each, Chamber({}, None, draws, seed)),
        (states, Chamber(electoral or {}, None, draws, seed, name="electoral")),
        (each, Delegates(given)),
    )
    return {rule.name: score(grouped, rule=rule, params=params) for grouped, rule in chosen}
