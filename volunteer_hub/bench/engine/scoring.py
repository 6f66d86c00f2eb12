"""The case `priority`: every rule on one contest of counties."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geodata.priority import (
    Chamber,
    Contest,
    Coverage,
    Delegates,
    Mix,
    Plurality,
    Priorities,
    Rule,
    Turnout,
    score,
)
from volunteer_hub.bench.engine.case import Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.instances.votes import counties_contest, delegates, electoral_votes


def ours(task: Task) -> Figures:
    """score() by each rule in turn; `m` draws wherever a rule simulates. Seconds by rule in `by_rule`."""
    warm_up_s = seconds_of(lambda: _scores(51, 10, task.seed))
    jobs = _jobs(task.n, task.m, task.seed)
    by_rule, found = {}, {}
    with Gauge() as whole:
        for name, (contest, rule) in jobs.items():
            with Gauge() as one:
                found[name] = score(contest, rule=rule)
            by_rule[name] = one.seconds
    figures = whole.figures() | {"warm_up_s": warm_up_s, "by_rule": by_rule}
    return figures | ({"violations": sum(_wrong(each) for each in found.values())} if task.check else {})


def _scores(districts: int, draws: int, seed: int) -> None:
    for contest, rule in _jobs(districts, draws, seed).values():
        score(contest, rule=rule)


def _jobs(districts: int, draws: int, seed: int) -> Mapping[str, tuple[Contest, Rule]]:
    """The rules and what each scores: states as seats, but for the chamber, where every county is one."""
    states = counties_contest(districts, seed)
    chamber = counties_contest(districts, seed, own_seats=True)
    votes = electoral_votes(states.seats, seed)
    return {
        "plurality": (states, Plurality()),
        "chamber of a seat for each county": (chamber, Chamber(draws=draws, seed=seed)),
        "electoral votes by state": (states, Chamber(weight=votes, draws=draws, seed=seed)),
        "delegates by county": (states, Delegates(delegates(states.ids, seed))),
        "turnout": (states, Turnout()),
        "coverage": (states, Coverage()),
        "mix": (states, Mix([(Plurality(), 2.0), (Turnout(), 1.0), (Coverage(), 1.0)])),
    }


def _wrong(found: Priorities) -> int:
    """Districts whose score is not a number, not within its interval, or whose curve rises."""
    within = np.isfinite(found.score) & (found.low <= found.score) & (found.score <= found.high)
    rising = (np.diff(found.segment_value, axis=1) > 0) & (found.segment_hours[:, 1:] > 0)
    return int((~within | rising.any(axis=1)).sum())
