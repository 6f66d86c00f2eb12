"""Does over-booking keep its promise? Invented shifts are filled to a chosen risk, then happen many times.

Assumed: people sign up one after another, in no order of their chances; a place that somebody gives back in
time is taken by somebody else, so chances are of those who still stand when the shift begins; no room limit.
The judge shares nothing with the reckoning: it draws days and people by the true log-odds and counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geodata.showing.history import WORLD, Assumptions, World
from geodata.showing.judging import Judgement, judge
from geodata.showing.learn import learn
from geodata.showing.model import unlearned
from geodata.showing.shared import NODES, WEIGHTS
from geodata.showing.sign_ups import Floats, expit, logit
from geodata.showing.turnout import GIVE, places_for, risk_short

RISKS = (0.05, 0.10, 0.20, 0.30)
NEEDS = (10, 20, 40, 80)
TIMES = 200


@dataclass(frozen=True, slots=True)
class Realised:
    """Of one chosen risk, over all shifts: what was promised for the numbers taken, and what happened.

    promised, realised: shares of times with fewer than needed. standard_error: of realised, from the spread
    between worlds. sign_ups, came: means per shift.
    """

    chosen: float
    promised: float
    realised: float
    standard_error: float
    sign_ups: float
    came: float


def realised_risks(
    seed: int,
    *,
    worlds: int = 12,
    history: int = 60,
    shifts: int = 40,
    size: int = 30,
    risks: Sequence[float] = RISKS,
    needs: Sequence[int] = NEEDS,
    assumed: Assumptions = WORLD,
    is_known: bool = False,
    give: float = GIVE,
) -> list[Realised]:
    """Fill `shifts` new shifts in each of several worlds after `history` shifts of `size` sign-ups each.

    is_known: the true chances and the true day_sd are used; else all is learned from the world's history,
    and places are reckoned before anybody is asked to confirm.
    """
    found = [
        _world(
            np.random.SeedSequence([seed, number]),
            history,
            shifts,
            size,
            risks,
            needs,
            assumed,
            is_known,
            give,
        )
        for number in range(worlds)
    ]
    table = np.array(found)  # (worlds, risks, 4)
    error = (
        table[:, :, 1].std(axis=0, ddof=1) / np.sqrt(worlds) if worlds > 1 else np.full(len(risks), np.nan)
    )
    means = table.mean(axis=0)
    return [
        Realised(risk, float(row[0]), float(row[1]), float(error[i]), float(row[2]), float(row[3]))
        for i, (risk, row) in enumerate(zip(risks, means, strict=True))
    ]


def held_out(
    seed: int,
    *,
    worlds: int = 12,
    history: int = 60,
    later: int = 40,
    size: int = 30,
    assumed: Assumptions = WORLD,
    is_early: bool = False,
) -> Judgement:
    """Chances for `later` shifts of each world, learned from the shifts before, against what came."""
    told, fact = [], []
    for number in range(worlds):
        world = World(int(np.random.SeedSequence([seed, number]).generate_state(1)[0]), assumed)
        model = learn(*world.history(history, size), seed=0)
        rows, came = world.history(later, size)
        told.append(model.chances(rows.before_asking() if is_early else rows))
        fact.append(came)
    found = judge(np.concatenate(told), np.concatenate(fact))
    assert found is not None
    return found


def _world(
    seed: np.random.SeedSequence,
    history: int,
    shifts: int,
    size: int,
    risks: Sequence[float],
    needs: Sequence[int],
    assumed: Assumptions,
    is_known: bool,
    give: float,
) -> Floats:
    world = World(int(seed.generate_state(1)[0]), assumed)
    rng = np.random.default_rng(seed.spawn(1)[0])
    model = learn(*world.history(history, size), seed=0) if history else unlearned()
    sums = np.zeros((len(risks), 4))
    for number in range(shifts):
        needed = needs[number % len(needs)]
        rows, log_odds = world.shift(6 * needed + 20)
        told = expit(_marginal(log_odds, assumed.day_sd)) if is_known else model.chances(rows.before_asking())
        sd = assumed.day_sd if is_known else model.shared_sd()
        following, count = float(told.mean()) if is_known else model.mean, needed
        for i in np.argsort(risks)[::-1]:  # who takes less risk takes more people: go on from there
            count = _filled(told, count, needed, risks[i], sd, give, following)
            came = _times(log_odds[:count], assumed.day_sd, rng)
            promised = risk_short(told[:count], needed, sd)
            sums[i] += (promised, np.mean(came < needed), count, came.mean())
        world.happens(log_odds[:size])
    return sums / shifts


def _filled(
    told: Floats, count: int, needed: int, risk: float, sd: float, give: float, chance_of_next: float
) -> int:
    """How many stand in the end, from `count` on: places are reckoned anew whenever they are full."""
    while count < len(told):
        places = places_for(
            needed, risk, told[:count], chance_of_next=chance_of_next, shared_sd=sd, room=len(told), give=give
        )
        if places <= count:
            break
        count = min(count + max(1, (places - count) // 2), len(told))
    return count


def _times(log_odds: Floats, day_sd: float, rng: np.random.Generator) -> Floats:
    """(TIMES,) how many come, on as many days."""
    days = rng.normal(0, day_sd, TIMES)[:, None]
    return np.asarray((rng.random((TIMES, len(log_odds))) < expit(log_odds + days)).sum(axis=1), np.float64)


def _marginal(log_odds: Floats, day_sd: float) -> Floats:
    """Log-odds of the chance over all days."""
    return logit(WEIGHTS @ expit(log_odds[None, :] + day_sd * NODES[:, None]))
