"""The back-test: plan each election with what was known before it, then judge the plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geodata.backtest.chamber_judge import ChamberJudge
from geodata.backtest.delegate_judge import DelegateJudge
from geodata.backtest.history import History, Outcome
from geodata.backtest.intervals import Span, mean_spans
from geodata.backtest.judges import SHAKEN, Judge, Reality
from geodata.backtest.plans import Plan, by_value, plans
from geodata.backtest.yields import net_votes
from geodata.priority import (
    Chamber,
    Contest,
    Delegates,
    Hour,
    HourParams,
    Interval,
    Plurality,
    Rule,
    hour,
    score,
)
from geodata.priority.contest import Floats

ENOUGH = 3  # elections; with fewer, drawing them again tells nothing, and the widest of them all is shown
ERRORS = ("margin_common", "margin_seat", "margin_regional", "margin_local", "unknown_margin_sd")


@dataclass(frozen=True, eq=False)
class Judged:
    """One plan of one election. votes_known, votes_real: net votes it brings, as known and as it came;
    gain, gain_real: in the unit of the judge, with 90 % intervals; times, times_real: our plan's gain against
    this one's; reality: the one real result.
    """

    plan: Plan
    votes_known: float
    votes_real: float
    gain: Span
    times: Span
    gain_real: Span
    times_real: Span
    reality: Reality


@dataclass(frozen=True, eq=False)
class Tested:
    """One election. known: the contest as it was known; before: elections it was known from; unit: of gains;
    stakes: what was to be won, in words; room: (n,) hours until the last door; variants: our plan had we
    thought the forecast's errors smaller or larger; margins: (n,) ours the time before, 0 if unknown.
    """

    election: str
    before: tuple[str, ...]
    known: Contest
    outcome: Outcome
    unit: str
    stakes: str
    room: Floats
    judged: Sequence[Judged]
    variants: Sequence[Judged]
    margins: Floats


@dataclass(frozen=True, slots=True)
class Pooled:
    """Our plan's gain against another's over all elections in which both were made (sum by sum), with its
    90 % interval over elections drawn with replacement, and in how many of them ours was ahead.
    """

    name: str
    title: str
    times: Span
    ahead: int
    times_real: Span
    ahead_real: int
    elections: int


@dataclass(frozen=True, eq=False)
class Backtest:
    """tested: by election, oldest first; pooled: over them; hours: that every plan had."""

    tested: Sequence[Tested]
    pooled: Sequence[Pooled]
    hours: float
    params: HourParams


RuleFor = Callable[[str, Contest], Rule]
Reach = Callable[[Contest], Sequence[np.ndarray] | None]


def backtest(
    history: History,
    *,
    rule_for: RuleFor,
    elections: Sequence[str],
    hours: float,
    params: HourParams | None = None,
    draws: int = 10_000,
    seed: int = 0,
    reach: Reach = lambda _: None,
    blind_turnout: Floats | None = None,
) -> Backtest:
    """Plan `hours` for each of the elections with what was known before it, and judge the plans.

    rule_for: the rule of an election, for the districts known; reach: for each known contest the districts
    nearest to homes (see plans.by_homes), None without boundaries; blind_turnout: (districts,) votes expected
    where nothing is known of earlier elections. Raises ValueError for a rule that has no judge (turnout,
    coverage, mixes) and for an election without one before it.
    """
    if hours <= 0:
        raise ValueError("a plan needs hours")
    params = params or HourParams()
    made = [
        _tested(history, name, rule_for, hours, params, draws, seed, reach, blind_turnout)
        for name in elections
    ]
    return Backtest(made, _pooled(made, seed), hours, params)


def _tested(
    history: History, election: str, rule_for: RuleFor, hours: float, params: HourParams, draws: int,
    seed: int, reach: Reach, blind: Floats | None,
) -> Tested:  # fmt: skip
    known = history.known(election) if blind is None else history.blind(election, blind, params)
    rule, last = rule_for(election, known), None
    if blind is None:
        last = history.last_margins(election, known)
    now, outcome = hour(known, params), history.came(election, known)
    found = score(known, rule=rule, params=params)
    made = plans(now, found, hours, last=last, reach=reach(known), seed=seed)
    other = [_variant(known, rule, params, hours, level) for level in ("low", "high")]
    other = [plan for plan in other if not np.allclose(plan.hours, made[0].hours)]
    judge = _judge(rule, now, draws, seed)
    judged = _judged([*made, *other], judge, now, hour(outcome.contest, params), outcome, seed)
    return Tested(
        election, tuple(history.before(election)) if blind is None else (), known, outcome, judge.unit,
        judge.stakes,
        now.segment_hours.sum(axis=1), judged[: len(made)], judged[len(made) :],
        last[1] if last else np.zeros(len(known.ids)),
    )  # fmt: skip


def _variant(known: Contest, rule: Rule, params: HourParams, hours: float, level: str) -> Plan:
    """Our plan, had we thought the errors of the forecast at the low or high end of their intervals."""
    found = score(known, rule=rule, params=errors_at(params, level))
    words = "small" if level == "low" else "large"
    return Plan(
        f"ours_{level}_errors", f"Our plan, errors thought {words}", by_value(found, hours),
        f"as ours, with the forecast's errors at the {level} end of their intervals",
    )  # fmt: skip


def errors_at(params: HourParams, level: str) -> HourParams:
    """The same parameters with every error of the margin at the low or the high end of its interval."""
    changed: dict[str, Any] = {}
    for name in ERRORS:
        value = getattr(params, name)
        if isinstance(value, Interval):
            at = getattr(value, level)
            changed[name] = Interval(at, at, at)
    return replace(params, **changed)


def _judge(rule: Rule, now: Hour, draws: int, seed: int) -> Judge:
    if isinstance(rule, Chamber):
        return ChamberJudge(replace(rule, draws=draws, seed=seed + 1), now)
    if isinstance(rule, Plurality):
        return ChamberJudge(Chamber(draws=draws, seed=seed + 1), now, counts_seats=True)
    if isinstance(rule, Delegates):
        return DelegateJudge(rule, now, draws, seed + 1)
    raise ValueError(f"the rule {rule.name} counts the same whatever the result, so there is nothing to test")


def _judged(
    made: Sequence[Plan], judge: Judge, now: Hour, then: Hour, outcome: Outcome, seed: int
) -> list[Judged]:
    known = np.array([net_votes(now, plan.hours) for plan in made])
    real = np.array([net_votes(then, plan.hours) for plan in made])
    gain, times = mean_spans(judge.simulated(known), seed)
    shaken = [mean_spans(judge.shaken(outcome, real, noise), seed) for noise in SHAKEN]
    gain_real, times_real = (
        [_widest(of_plan) for of_plan in zip(*each, strict=True)] for each in zip(*shaken, strict=True)
    )
    columns = zip(made, known.sum(axis=1).tolist(), real.sum(axis=1).tolist(), gain, times, gain_real,
                  times_real, judge.real(outcome, real), strict=True)  # fmt: skip
    return [Judged(*column) for column in columns]


def _widest(spans: Sequence[Span]) -> Span:
    """The middle one's figure, between the lowest low and the highest high of all."""
    return Span(min(s.low for s in spans), spans[len(spans) // 2].mid, max(s.high for s in spans))


def _around(span: Span, others: Sequence[Span]) -> Span:
    return Span(min(s.low for s in (span, *others)), span.mid, max(s.high for s in (span, *others)))


def _pooled(tested: Sequence[Tested], seed: int) -> list[Pooled]:
    names = dict.fromkeys((j.plan.name, j.plan.title) for t in tested for j in (*t.judged[1:], *t.variants))
    return [_pool(name, title, tested, seed) for name, title in names]


def _pool(name: str, title: str, tested: Sequence[Tested], seed: int) -> Pooled:
    pairs = [(t.judged[0], j) for t in tested for j in (*t.judged, *t.variants) if j.plan.name == name]
    gains = np.array([[own.gain.mid, other.gain.mid] for own, other in pairs]).T
    real = np.array([[own.gain_real.mid, other.gain_real.mid] for own, other in pairs]).T
    times, times_real = (mean_spans(values, seed)[1][1] for values in (gains, real))
    if len(pairs) < ENOUGH:
        times = _around(times, [other.times for _, other in pairs])
        times_real = _around(times_real, [other.times_real for _, other in pairs])
    return Pooled(
        name, title, times, int((gains[0] > gains[1]).sum()),
        times_real, int((real[0] > real[1]).sum()), len(pairs),
    )  # fmt: skip
