"""The judge of delegates: given out in proportion, district by district, above a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geodata.backtest.history import Outcome
from geodata.backtest.judges import Noise, Reality, share_of
from geodata.priority import Delegates, Hour
from geodata.priority.contest import Floats
from geodata.priority.delegates import won

CELLS = 3_000_000  # draws x districts at most
CLOSE = 0.03
_SEARCH = 40  # halvings: to a millionth of the turnout


@dataclass(frozen=True, eq=False)
class DelegateJudge:
    """rule: delegates and threshold. Votes brought by a plan are people who would not have voted.

    Reality.close: share of the votes in districts where our next delegate was within 3 % of all votes.
    """

    rule: Delegates
    hour: Hour
    draws: int
    seed: int

    @property
    def unit(self) -> str:
        """Of a gain."""
        return "delegates"

    @property
    def stakes(self) -> str:
        """In words, after a number of it."""
        return f"of {self._count().sum():,.0f} delegates"

    def simulated(self, votes: Floats) -> Floats:
        """(p, d) delegates gained in the elections that the forecast thinks possible."""
        p, params = self.hour.prior, self.hour.params
        turnout = np.maximum(p.turnout, 1.0)
        common = 0.5 * float(np.hypot(params.margin_common.mid, params.margin_seat.mid))
        local = 0.5 * np.hypot(params.margin_regional.mid, params.margin_local.mid)
        unknown = np.sqrt(max((params.unknown_margin_sd / 2) ** 2 - common**2, local**2))
        shares = self._draws(p.ours / turnout, common, np.where(p.is_borrowed, unknown, local))
        rival = p.theirs / np.maximum(turnout - p.ours, 1e-9)
        return self._gains(shares, rival, turnout, votes).sum(axis=2)

    def shaken(self, outcome: Outcome, votes: Floats, noise: Noise) -> Floats:
        """(p, n) delegates gained by district around the real shares, times n (so that the mean counts)."""
        total = np.maximum(np.nan_to_num(outcome.total), 1.0)
        ours, theirs = np.nan_to_num(outcome.ours), np.nan_to_num(outcome.theirs)
        shares = self._draws(ours / total, noise.whole / 2, np.full(len(total), noise.seat / 2))
        rival = theirs / np.maximum(total - ours, 1e-9)
        return self._gains(shares, rival, total, votes).mean(axis=1) * len(total)

    def real(self, outcome: Outcome, votes: Floats) -> Sequence[Reality]:
        """Each plan's votes added to the real count, all candidates as they stood."""
        most = max((len(each) for each in outcome.others), default=0)
        others = np.array([(*each, *[0.0] * (most - len(each))) for each in outcome.others]).T
        field = np.vstack(
            [np.nan_to_num(outcome.ours), np.nan_to_num(outcome.theirs), others.reshape(most, len(votes[0]))]
        )
        missing = self._to_the_next(field)
        close = missing < CLOSE * field.sum(axis=0)
        before = float(self._ours(field, np.zeros(field.shape[1])).sum())
        return [self._reality(field, each, before, missing, close) for each in votes]

    def _reality(
        self, field: Floats, votes: Floats, before: float, missing: Floats, close: np.ndarray
    ) -> Reality:
        after = float(self._ours(field, votes).sum())
        times = np.divide(missing, votes, out=np.full(len(votes), np.inf), where=votes > 0)
        return Reality(before, after, before != after, float(times.min()), share_of(votes, close))

    def _ours(self, field: Floats, more: Floats) -> Floats:
        added = field.copy()
        added[0] += more
        return won(added, self._count(), self.rule.threshold)[0]

    def _to_the_next(self, field: Floats) -> Floats:
        """(n,) votes missing to our next delegate; inf where we have them all."""
        now = self._ours(field, np.zeros(field.shape[1]))
        low, high = np.zeros(field.shape[1]), 20 * field.sum(axis=0) + 1
        is_open = self._ours(field, high) > now
        for _ in range(_SEARCH):
            half = (low + high) / 2
            is_enough = self._ours(field, half) > now
            low, high = np.where(is_enough, low, half), np.where(is_enough, half, high)
        return np.where(is_open, high, np.inf)

    def _count(self) -> Floats:
        return np.array([float(self.rule.delegates[code]) for code in self.hour.contest.ids])

    def _draws(self, share: Floats, common: float, local: Floats) -> Floats:
        """(d, n) our share of the vote, swinging together and each district alone (Student t)."""
        draws = max(100, min(self.draws, CELLS // max(len(share), 1)))
        rng = np.random.default_rng(self.seed)
        size = np.sqrt(3 / rng.chisquare(5, size=(draws, 1)))
        swing = rng.standard_normal((draws, 1)) * common
        alone = rng.standard_normal((draws, len(share))) * local
        return np.clip(share + (swing + alone) * size, 0.0, 1.0)

    def _gains(self, shares: Floats, rival: Floats, turnout: Floats, votes: Floats) -> Floats:
        """(p, d, n) delegates gained; those who are neither we nor the rival stay below the threshold."""
        without = self._share_to_delegates(shares * turnout, shares, rival, turnout, 0.0)
        return np.array(
            [
                self._share_to_delegates(shares * turnout, shares, rival, turnout, each) - without
                for each in votes
            ]
        )

    def _share_to_delegates(
        self, ours: Floats, shares: Floats, rival: Floats, turnout: Floats, more: Floats | float
    ) -> Floats:
        theirs = (1 - shares) * rival * turnout
        both = np.stack([(ours + more).ravel(), theirs.ravel()])
        total = np.broadcast_to(turnout + more, ours.shape).ravel()
        count = np.broadcast_to(self._count(), ours.shape).ravel()
        return won(both, count, self.rule.threshold, total=total)[0].reshape(ours.shape)
