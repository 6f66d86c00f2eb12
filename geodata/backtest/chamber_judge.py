"""The judge of chambers, electoral votes and single seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geodata.backtest.history import Outcome
from geodata.backtest.judges import Noise, Reality, share_of
from geodata.priority import Chamber, Hour
from geodata.priority.contest import Floats
from geodata.priority.pivotal import chance_to_win, expected_weight, in_threads
from geodata.priority.swings import Draws, Field, elections, field_of

CLOSE = 0.03  # of the seat's votes


@dataclass(frozen=True, eq=False)
class ChamberJudge:
    """rule: who holds the whole; counts_seats: every seat counts for itself instead (plurality).

    Reality.close: share of the votes in seats that were decided by less than 3 points.
    """

    rule: Chamber
    hour: Hour
    counts_seats: bool = False

    @property
    def unit(self) -> str:
        """Of a gain."""
        return "seats" if self.counts_seats else "chance to win"

    @property
    def stakes(self) -> str:
        """In words, after a number of it."""
        whole = self.rule.whole(self.hour)
        of = f"of {whole.weight.sum():,.0f}"
        if self.counts_seats:
            return f"{of} seats"
        what = "electoral votes" if self.rule.name == "electoral" else "seats"
        return f"{of} {what}, and {whole.needed:,.0f} were needed"

    def simulated(self, votes: Floats) -> Floats:
        """(p, d) gains in the elections that the forecast thinks possible."""
        whole = self.rule.whole(self.hour)
        field = field_of(whole.contest, whole.seats, self.hour.params)
        return self._gains(field, self._seat_votes(votes), whole.weight, whole.needed)

    def shaken(self, outcome: Outcome, votes: Floats, noise: Noise) -> Floats:
        """(p, d) gains around the real margins."""
        whole = self.rule.whole(self.hour)
        margin, total = self._real_margins(outcome)
        field = replace(
            field_of(whole.contest, whole.seats, self.hour.params),
            margin=margin / total, turnout=total, rest=np.full(len(total), noise.seat),
            common_sd=noise.whole, regional_sd=0.0,
        )  # fmt: skip
        return self._gains(field, self._seat_votes(votes), whole.weight, whole.needed)

    def real(self, outcome: Outcome, votes: Floats) -> Sequence[Reality]:
        """Each plan's votes added to the real margins."""
        whole = self.rule.whole(self.hour)
        margin, total = self._real_margins(outcome)
        close = np.abs(margin) < CLOSE * total
        needed = 0.0 if self.counts_seats else whole.needed
        return [_reality(margin, gained, whole.weight, needed, close) for gained in self._seat_votes(votes)]

    def _seat_votes(self, votes: Floats) -> Floats:
        """(p, s) votes by seat, in a second seat once more."""
        whole = self.rule.whole(self.hour)
        rows, s = whole.contest.seat, len(whole.seats.names)
        return np.array([np.bincount(rows, each[whole.origin], minlength=s) for each in votes])

    def _real_margins(self, outcome: Outcome) -> tuple[Floats, Floats]:
        names = self.rule.whole(self.hour).seats.names
        own = self.hour.contest.seats
        margin, total = np.zeros(len(names)), np.zeros(len(names))
        margin[: len(own)], total[: len(own)] = outcome.seat_margin, outcome.seat_total
        for i, name in enumerate(own):
            if name in self.rule.also:
                at = names.index(self.rule.also[name])
                margin[at] += outcome.seat_margin[i]
                total[at] += outcome.seat_total[i]
        return margin, np.maximum(total, 1.0)

    def _gains(self, field: Field, seat_votes: Floats, weight: Floats, needed: float) -> Floats:
        fields = [field, *(replace(field, margin=field.margin + v / field.turnout) for v in seat_votes)]

        def worth(drawn: Draws) -> Floats:
            if self.counts_seats:
                return np.array([expected_weight(each, drawn, weight) for each in fields])
            return np.array([chance_to_win(each, drawn, weight, needed) for each in fields])

        drawn = elections(field, self.rule.draws, self.rule.seed)
        found = np.concatenate(list(in_threads(worth, drawn)), axis=1)
        return np.asarray(found[1:] - found[0])


def _reality(margin: Floats, votes: Floats, weight: Floats, needed: float, close: np.ndarray) -> Reality:
    before, after = float(weight[margin > 0].sum()), float(weight[margin + votes > 0].sum())
    is_changed = (before >= needed) != (after >= needed) if needed else before != after
    turns_at = _turns_at(margin, votes, weight, needed, before)
    return Reality(before, after, is_changed, turns_at, share_of(votes, close))


def _turns_at(margin: Floats, votes: Floats, weight: Floats, needed: float, before: float) -> float:
    """How many times these votes turn the result: added where it was lost, taken away where it was won."""
    is_won = before >= needed if needed else bool((margin > 0).all())
    held = (margin > 0) if is_won else (margin <= 0)
    times = np.divide(np.abs(margin), votes, out=np.full(len(votes), np.inf), where=held & (votes > 0))
    order = np.argsort(times, kind="stable")
    order = order[np.isfinite(times[order])]
    if not len(order):
        return float("inf")
    if not needed:
        return float(times[order[0]])
    reached = np.cumsum(weight[order])
    turned = before - reached < needed if is_won else before + reached >= needed
    return float(times[order[np.argmax(turned)]]) if turned.any() else float("inf")
