"""Rules of contests with many winners: chambers, electoral votes, delegates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from geodata.priority.contest import Contest, Floats, Ints, doubled, second_seats
from geodata.priority.delegates import gain_per_vote
from geodata.priority.hours import Factor, Hour
from geodata.priority.hours import hour as hour_of
from geodata.priority.pivotal import Decisive, decisive
from geodata.priority.rules import MILLION, Plurality, Worth, product, vote_factors
from geodata.priority.seats import SeatOutlook


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """The seats (s,) that decide together. contest: districts, again at the end where their votes count in a
    second seat; origin: the row each came from. weight: (s,); needed: the least total that wins.
    """

    contest: Contest
    origin: Ints
    seats: SeatOutlook
    weight: Floats
    needed: float


@dataclass(frozen=True, slots=True)
class Chamber:
    """Many seats: the chance that this seat decides who holds the whole.

    weight: what a won seat brings, by seat (electoral votes; default 1 each); needed: the least total that
    wins (default: more than half). With one seat it is Plurality. also: seats whose votes count in a second
    seat as well, as a district of Maine or Nebraska does in the state's two at-large votes (electors());
    the second seat takes a weight of its own, and a vote there is worth both chances together.
    """

    weight: Mapping[str, float] = field(default_factory=dict)
    needed: float | None = None
    draws: int = 10_000
    seed: int = 0
    name: str = "seats"
    unit: str = "millionths of a win per hour"
    also: Mapping[str, str] = field(default_factory=dict)

    def whole(self, hour: Hour) -> Whole:
        """What decides: seats with their weights, and the total that wins. Raises ValueError."""
        counted, origin = doubled(hour.contest, self.also)
        seats = hour.seats if counted is hour.contest else hour_of(counted, hour.params).seats
        missing = [name for name in seats.names if self.weight and name not in self.weight]
        if missing:
            raise ValueError(f"seat “{missing[0]}” has no weight")
        weight = np.array([float(self.weight.get(name, 1.0)) for name in seats.names])
        if (weight < 0).any() or (weight != np.rint(weight)).any():
            raise ValueError("weights are whole numbers of 0 or more")
        needed = float(weight.sum() // 2 + 1) if self.needed is None else self.needed
        return Whole(counted, origin, seats, weight, needed)

    def outlook(self, hour: Hour) -> Decisive:
        """How decisive each seat is (those that votes count in as well come last)."""
        whole = self.whole(hour)
        return decisive(
            whole.contest, whole.seats, hour.params, whole.weight, whole.needed,
            draws=self.draws, seed=self.seed,
        )  # fmt: skip

    def worth(self, hour: Hour) -> Worth:
        found, seat = self.outlook(hour), hour.contest.seat
        gain, error = self._with_second(hour, found.per_vote), self._with_second(hour, found.error)
        gain = np.maximum(gain, 1e-18)
        noise = np.minimum(error / gain, 1.0)
        density = Factor(gain[seat] * MILLION, np.hypot(hour.seats.density_log_sd, noise)[seat])
        return product({"decisive": density, **vote_factors(hour, hour.support)}, hour.best_first)

    def _with_second(self, hour: Hour, value: Floats) -> Floats:
        """Per seat of the hour, with what its second seat adds. (s,)"""
        own = hour.seats.names
        place = {name: i for i, name in enumerate([*own, *second_seats(own, self.also)])}
        both = value[: len(own)].copy()
        for i, name in enumerate(own):
            if name in self.also:
                both[i] += value[place[self.also[name]]]
        return both

    def because(self, hour: Hour, row: int) -> str:
        return Plurality().because(hour, row)


@dataclass(frozen=True, slots=True)
class Delegates:
    """Delegates in proportion, district by district, for whoever has `threshold` of the vote there: the
    delegates that the next votes are expected to bring. delegates: how many, by district.
    """

    delegates: Mapping[str, float]
    threshold: float = 0.15
    name: str = "delegates"
    unit: str = "thousandths of a delegate per hour"

    def worth(self, hour: Hour) -> Worth:
        gain = Factor(np.maximum(self._per_vote(hour), 0.0) * 1000, self._log_sd(hour))
        return product({"delegates_a_vote": gain, **vote_factors(hour, hour.support)}, hour.best_first)

    def _per_vote(self, hour: Hour) -> Floats:
        prior, params = hour.prior, hour.params
        missing = [each for each in hour.contest.ids if each not in self.delegates]
        if missing:
            raise ValueError(f"district “{missing[0]}” has no number of delegates")
        count = np.array([float(self.delegates[each]) for each in hour.contest.ids])
        if (count < 0).any() or (count != np.rint(count)).any():
            raise ValueError("delegates are whole numbers of 0 or more")
        if not 0 <= self.threshold < 1:
            raise ValueError(f"the threshold is a share of the vote, got {self.threshold:g}")
        turnout = np.maximum(prior.turnout, 1.0)
        share = prior.ours / turnout
        rest = np.maximum(turnout - prior.ours, 1e-9)
        parts = (params.margin_common, params.margin_seat, params.margin_regional, params.margin_local)
        sd = 0.5 * np.sqrt(sum(part.mid**2 for part in parts))  # a share moves half as far as the margin
        sds = np.where(prior.is_borrowed, max(sd, params.unknown_margin_sd / 2), sd)
        return gain_per_vote(share, sds, turnout, prior.theirs / rest, count, self.threshold)

    def _log_sd(self, hour: Hour) -> Floats:
        return hour.seats.density_log_sd[hour.contest.seat]

    def because(self, hour: Hour, row: int) -> str:
        count = self.delegates[hour.contest.ids[row]]
        share = hour.prior.ours[row] / max(hour.prior.turnout[row], 1.0)
        return f"{count:g} delegates are at stake, and we expect {share:.0%} of the vote"
