"""How many come: the exact distribution of a sum of unequal chances, and how many sign-ups a need takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geodata.showing.shared import FINE_WEIGHTS, WEIGHTS, given_shared
from geodata.showing.sign_ups import Floats

GIVE = 0.02
"""Whole people make steps: one more of 31 moves the risk by 2 to 5 points. With `give` the nearest step is
taken, but none that lies more than this above the risk that was chosen."""
EXACT_CELLS = 4_000_000
"""People times counts; above, normal at each value of the shared factor (error below 0.001)."""


@dataclass(frozen=True, slots=True, eq=False)
class Turnout:
    """How many of a shift's sign-ups come. expected, sd: people; low, high: nine of ten times between."""

    expected: float
    sd: float
    low: int
    high: int
    pmf: Floats


def turnout(chances: Floats | Sequence[float], shared_sd: float) -> Turnout:
    """The distribution of how many come, (n + 1,), by convolution at each value of the shared factor."""
    given = given_shared(np.asarray(chances, np.float64), shared_sd)
    pmf = WEIGHTS @ _counts(given, given.shape[1])
    counts = np.arange(len(pmf))
    mean = float(pmf @ counts)
    low, high = (int(np.searchsorted(np.cumsum(pmf), at)) for at in (0.05, 0.95))
    return Turnout(
        mean, float(np.sqrt(max(pmf @ counts**2 - mean**2, 0.0))), low, min(high, len(pmf) - 1), pmf
    )


def risk_short(chances: Floats | Sequence[float], needed: int, shared_sd: float) -> float:
    """The chance that fewer than `needed` come. Nobody needed: 0."""
    own = np.asarray(chances, np.float64)
    if needed <= 0:
        return 0.0
    if needed > len(own):
        return 1.0
    if len(own) * needed <= EXACT_CELLS:
        given = given_shared(own, shared_sd)
        return float(min(1.0, WEIGHTS @ _counts(given, needed - 1).sum(axis=1)))
    given = given_shared(own, shared_sd, is_fine=True)
    return float(FINE_WEIGHTS @ _normal_below(given.sum(axis=1), (given * (1 - given)).sum(axis=1), needed))


def places_for(
    needed: int,
    risk: float,
    chances: Floats | Sequence[float],
    *,
    chance_of_next: float,
    shared_sd: float,
    room: int,
    give: float = 0.0,
) -> int:
    """The smallest number of sign-ups with which fewer than `needed` come at most so often.

    chances: of those who stand already, none of whom is sent away; chance_of_next: of each who would still
    sign up. Never fewer than needed or than stand already, and never more than `room` (unless more stand).
    risk: 0 to 1. give: see GIVE; 0 keeps strictly to the risk. Raises ValueError for numbers out of range.
    """
    if needed < 1 or room < needed or not 0 < risk < 1 or not 0 < chance_of_next < 1 or give < 0:
        raise ValueError(
            f"needed {needed}, room {room}, risk {risk}, chance {chance_of_next}, give {give}: not a shift"
        )
    standing = np.asarray(chances, np.float64)
    risks = _risks_with_more(needed, risk, standing, chance_of_next, shared_sd, room)
    fits = np.flatnonzero(risks <= risk)
    more = int(fits[0]) if len(fits) else len(risks) - 1
    if more and _is_nearer(risks[more - 1] - risk, risk - risks[more], give):
        more -= 1
    return min(max(len(standing) + more, needed), max(room, len(standing)))


def _is_nearer(above: float, below: float, give: float) -> bool:
    return 0 < above <= min(give, below)


def _risks_with_more(
    needed: int, until: float, standing: Floats, chance_of_next: float, shared_sd: float, room: int
) -> Floats:
    """Risk with 0, 1, 2 … more sign-ups than stand, up to the first that is low enough or a full room."""
    is_fine = room * needed > EXACT_CELLS
    given = given_shared(np.append(standing, chance_of_next), shared_sd, is_fine=is_fine)
    own, following = given[:, :-1], given[:, -1]
    most = max(room - len(standing), 0)
    if is_fine:
        extra = np.arange(most + 1)
        mean = own.sum(axis=1)[:, None] + following[:, None] * extra
        var = (own * (1 - own)).sum(axis=1)[:, None] + (following * (1 - following))[:, None] * extra
        return np.asarray(FINE_WEIGHTS @ _normal_below(mean, var, needed))
    counts = _counts(own, needed - 1)
    found = [float(WEIGHTS @ counts.sum(axis=1))]
    while len(found) <= most and found[-1] > until:
        counts = _with_one_more(counts, following)
        found.append(float(WEIGHTS @ counts.sum(axis=1)))
    return np.array(found)


def _counts(given: Floats, most: int) -> Floats:
    """(nodes, most + 1): chance of each count; higher counts are dropped."""
    counts = np.zeros((given.shape[0], most + 1))
    counts[:, 0] = 1.0
    for person in range(given.shape[1]):
        counts = _with_one_more(counts, given[:, person])
    return counts


def _with_one_more(counts: Floats, chance: Floats) -> Floats:
    after = counts * (1 - chance)[:, None]
    after[:, 1:] += counts[:, :-1] * chance[:, None]
    return after


def _normal_below(mean: Floats, variance: Floats, needed: int) -> Floats:
    from math import erf

    z = (needed - 0.5 - mean) / np.sqrt(np.maximum(variance, 1e-9))
    return np.asarray(0.5 * (1 + np.vectorize(erf, otypes=[float])(z / np.sqrt(2))))
