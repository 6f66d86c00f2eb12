"""Delegates given in proportion, district by district, above a threshold: what the next votes flip."""

from __future__ import annotations

import numpy as np

from geodata.priority.contest import Floats
from geodata.priority.mathematics import t5_density


def steps(delegates: int, rival_share: float, threshold: float) -> tuple[Floats, Floats]:
    """The shares of the vote at which we gain delegates, and how many at each: (k,) and (k,).

    Delegates go to those at or above `threshold` of the vote by largest remainder. rival_share: the best
    rival's part of all votes that are not ours; the other rivals are taken to stay below the threshold.
    """
    if delegates <= 0:
        return np.zeros(0), np.zeros(0)
    rival = min(max(rival_share, 1e-9), 1.0)
    part = (np.arange(delegates) + 0.5) / delegates  # of the two sides' votes: where rounding gives one more
    share = part * rival / (1 - part + part * rival)
    alone_from = 1 - threshold / rival  # above it the rival is below the threshold and we take all
    if alone_from <= threshold:
        return np.array([threshold]), np.array([float(delegates)])
    below, above = int((share < threshold).sum()), int((share >= alone_from).sum())
    inside = share[(share >= threshold) & (share < alone_from)]
    at = np.concatenate([[threshold], inside, [alone_from]])
    gained = np.concatenate([[float(below)], np.ones(len(inside)), [float(above)]])
    return at[gained > 0], gained[gained > 0]


def gain_per_vote(
    share: Floats, sd: Floats, turnout: Floats, rival_share: Floats, delegates: Floats, threshold: float
) -> Floats:
    """(n,) expected delegates that one more vote for us brings in each district.

    share: our expected share of all votes, with standard deviation sd (a Student t with 5 degrees of freedom,
    as for margins). A vote more moves our share by (1 - share) / turnout.
    """
    gain = np.zeros(len(share))
    for row in range(len(share)):
        at, gained = steps(int(delegates[row]), float(rival_share[row]), threshold)
        density = t5_density(share[row] - at, np.full(len(at), sd[row]))
        gain[row] = float((gained * density).sum()) * (1 - share[row]) / max(turnout[row], 1.0)
    return gain


def apportioned(whole: int, sizes: Floats) -> Floats:
    """(n,) whole numbers that add up to `whole`, in proportion to sizes (n,) >= 0, by largest remainder.

    Of equal remainders the larger size comes first, then the first in order. Raises ValueError when there is
    something to give and all sizes are 0.
    """
    total = float(np.sum(sizes))
    if total <= 0:
        if whole:
            raise ValueError("nothing can be given out in proportion to sizes that are all 0")
        return np.zeros(len(sizes))
    exact = whole * np.asarray(sizes, dtype=np.float64) / total
    given = np.floor(exact + 1e-9)
    order = np.lexsort((-np.asarray(sizes), -np.round(exact - given, 9)))
    given[order[: round(whole - float(given.sum()))]] += 1
    return given


def won(votes: Floats, delegates: Floats, threshold: float, *, total: Floats | None = None) -> Floats:
    """(k, n) delegates that each of k candidates wins in n districts, by largest remainder among those at or
    above `threshold` of all votes (if nobody is, all votes of the first-placed count).

    votes: (k, n) >= 0; delegates: (n,) whole numbers; total: (n,) all votes, where some that are certain to
    stay below the threshold are not listed. Of equal remainders more votes win, then the first.
    """
    total = np.maximum(votes.sum(axis=0) if total is None else total, 1e-12)
    in_race = (votes >= threshold * total) & (votes > 0)
    in_race |= ~in_race.any(axis=0) & (votes == votes.max(axis=0)) & (votes > 0)
    counted = np.where(in_race, votes, 0.0)
    exact = delegates * counted / np.maximum(counted.sum(axis=0), 1e-12)
    given = np.floor(exact + 1e-9)
    left = np.where(counted.sum(axis=0) > 0, delegates - given.sum(axis=0), 0.0)
    order = np.lexsort((-counted, -np.round(exact - given, 9)), axis=0)
    place = np.argsort(order, axis=0, kind="stable")
    return np.asarray(given + (place < left))
