"""Judges: what a plan's votes would have been worth, in many simulated elections and in the real one.

A judge knows the rule of the contest and nothing of how a plan came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from geodata.backtest.history import Outcome
from geodata.priority.contest import Floats


@dataclass(frozen=True, slots=True)
class Noise:
    """How far the real election is shaken to see whose votes were nearly decisive: standard deviations of
    the margin, of the whole together and of each seat alone, as shares of the turnout.
    """

    whole: float
    seat: float


# What happened once is nearly never within a plan's reach. So the real map is kept, and the mood of the whole
# and the luck of each seat are shaken a little: by half, by all and by one and a half of what shows.
SHAKEN = (Noise(0.02, 0.005), Noise(0.04, 0.01), Noise(0.06, 0.02))


class Judge(Protocol):
    """unit: what a gain is counted in; votes: always (p, n), net votes of p plans in n districts."""

    @property
    def unit(self) -> str: ...

    @property
    def stakes(self) -> str:
        """What is to be won, in words that follow a number of it."""
        ...

    def simulated(self, votes: Floats) -> Floats:
        """(p, d) what each plan gains in d simulated elections of the forecast (the same for all plans)."""
        ...

    def shaken(self, outcome: Outcome, votes: Floats, noise: Noise) -> Floats:
        """(p, m) the same around what really happened, in m draws or districts (their mean counts)."""
        ...

    def real(self, outcome: Outcome, votes: Floats) -> Sequence[Reality]:
        """What each plan would have done to the one real result."""
        ...


@dataclass(frozen=True, slots=True)
class Reality:
    """The one real election. without, with_plan: the result (electoral votes, seats, delegates) as it was and
    with the plan's votes; is_changed: whether that is another result; turns_at: how many times the plan's
    votes would have changed the result (one more seat or delegate; inf: never); close: share of the hours'
    votes that went where little was missing (see each judge).
    """

    without: float
    with_plan: float
    is_changed: bool
    turns_at: float
    close: float


def share_of(votes: Floats, where: np.ndarray) -> float:
    """Share of the votes that lie there; 0 without votes."""
    total = float(votes.sum())
    return float(votes[where].sum()) / total if total > 0 else 0.0
