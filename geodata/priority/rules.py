"""Rules that turn what an hour buys into what the contest is about.

A rule is a small object with a name, a unit and a worth; to add one, write a class like these. It gets
an Hour (everything known about what an hour buys, and how close each seat is) and returns a Worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from geodata.priority.contest import Floats
from geodata.priority.delegates import gain_per_vote
from geodata.priority.hours import Factor, Hour
from geodata.priority.pivotal import Decisive, decisive

MILLION = 1e6


@dataclass(frozen=True, eq=False)
class Worth:
    """What an hour is worth by a rule, per district.

    base: (n,) value of an hour on average doors; per_segment: (n, 4) the same on each segment of doors;
    log_sd: (n,) its error (standard deviation of the logarithm). factors: the named numbers behind it,
    (n,) each; elasticity: by how many per cent the value moves when a factor moves by one, (n,) each
    (1 in a plain product, less in a mix of rules).
    """

    base: Floats
    per_segment: Floats
    log_sd: Floats
    factors: Mapping[str, Floats]
    elasticity: Mapping[str, Floats] = field(default_factory=dict)


class Rule(Protocol):
    """What a contest counts. `because` gives the rule's own clause for a district's sentence, or ""."""

    @property
    def name(self) -> str: ...

    @property
    def unit(self) -> str: ...

    def worth(self, hour: Hour) -> Worth: ...

    def because(self, hour: Hour, row: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Plurality:
    """One seat, most votes win: net votes an hour times the density of the seat's margin at zero.

    The density is common to all districts of a seat, so within it districts differ only by what an hour buys.
    """

    name: str = "plurality"
    unit: str = "millionths of a win per hour"

    def worth(self, hour: Hour) -> Worth:
        seat = hour.contest.seat
        density = Factor(hour.seats.density[seat] * MILLION, hour.seats.density_log_sd[seat])
        return product({"closeness": density, **_votes(hour, hour.support)}, hour.best_first)

    def because(self, hour: Hour, row: int) -> str:
        seats, seat = hour.seats, hour.contest.seat[row]
        if not seats.has_results[seat]:
            return "how close the race is nobody knows without past results"
        share, sd = 100 * seats.margin_share[seat], 100 * seats.sd_share[seat]
        if abs(share) < 0.05:
            return f"in the race it counts for the two sides are level, give or take {sd:.0f} points"
        side = "ahead" if share >= 0 else "behind"
        return f"in the race it counts for we are {abs(share):.1f} points {side}, give or take {sd:.0f}"


@dataclass(frozen=True, slots=True)
class Turnout:
    """Supporters who vote and would otherwise have stayed at home, whatever the seat's margin."""

    name: str = "turnout"
    unit: str = "supporters' votes per hour"

    def worth(self, hour: Hour) -> Worth:
        return product(_votes(hour, hour.supporters_reached), hour.best_first)

    def because(self, hour: Hour, row: int) -> str:  # noqa: ARG002 - the common part says it all
        return ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Plain doors: every door counts once, a second knock as `revisit` of the first."""

    name: str = "coverage"
    unit: str = "doors per hour"

    def worth(self, hour: Hour) -> Worth:
        return product({"doors_per_hour": hour.doors_per_hour}, hour.all_alike)

    def because(self, hour: Hour, row: int) -> str:
        share = hour.fresh[row] / hour.prior.doors[row] if hour.prior.doors[row] else 0.0
        if share > 0.995:
            return "none of the doors has been tried yet"
        return f"{share:.0%} of the doors have never been tried"


@dataclass(frozen=True, slots=True)
class Mix:
    """Several rules by weight, each measured against its own average district, so that units do not matter.

    weights need not add up to 1. A value of 2 means: worth twice an average first hour.
    """

    rules: Sequence[tuple[Rule, float]]
    name: str = "mix"
    unit: str = "times an average hour"

    def __post_init__(self) -> None:
        if (
            not self.rules
            or any(weight < 0 for _, weight in self.rules)
            or not sum(w for _, w in self.rules) > 0
        ):
            raise ValueError("a mix needs rules with weights of 0 or more, one of them above 0")

    def worth(self, hour: Hour) -> Worth:
        total = sum(weight for _, weight in self.rules)
        parts = [(rule.worth(hour), weight / total) for rule, weight in self.rules if weight > 0]
        scales = [weight * _per_average(w.per_segment, hour.segment_hours) for w, weight in parts]
        scaled = [scale * w.per_segment for scale, (w, _) in zip(scales, parts, strict=True)]
        value = np.sum(scaled, axis=0)
        shares = [
            np.divide(s[:, 0], value[:, 0], out=np.zeros(len(s)), where=value[:, 0] > 0) for s in scaled
        ]
        worths = [w for w, _ in parts]
        # Errors of the rules hang together (the same doors, the same talks): they add up.
        log_sd = np.sum([share * w.log_sd for share, w in zip(shares, worths, strict=True)], axis=0)
        factors = {name: f for w in worths for name, f in w.factors.items()}
        elasticity = {
            name: np.sum(
                [s * w.elasticity.get(name, 0.0) for s, w in zip(shares, worths, strict=True)], axis=0
            )
            for name in factors
        }
        base = np.sum([scale * w.base for scale, w in zip(scales, worths, strict=True)], axis=0)
        return Worth(base, value, log_sd, factors, elasticity)

    def because(self, hour: Hour, row: int) -> str:
        heaviest = max(self.rules, key=lambda pair: pair[1])[0]
        return heaviest.because(hour, row)


RULES: Mapping[str, Rule] = {rule.name: rule for rule in (Plurality(), Turnout(), Coverage())}


def product(factors: Mapping[str, Factor], door_worth: Floats) -> Worth:
    """A worth that is a product of independent factors, on doors worth `door_worth` (n, 4) of the average."""
    value = np.prod([f.mid for f in factors.values()], axis=0)
    log_sd = np.sqrt(np.sum([f.log_sd**2 for f in factors.values()], axis=0))
    ones = np.ones_like(value)
    return Worth(
        value,
        value[:, None] * door_worth,
        log_sd,
        {k: f.mid for k, f in factors.items()},
        dict.fromkeys(factors, ones),
    )


def _votes(hour: Hour, support: Factor) -> dict[str, Factor]:
    return {
        "doors_per_hour": hour.doors_per_hour,
        "contact_rate": hour.contact_rate,
        "votes_per_contact": hour.votes_per_contact,
        "stay_at_home": hour.home,
        "support": support,
    }


def _per_average(per_segment: Floats, segment_hours: Floats) -> float:
    """1 by the mean value of a first hour over the districts that have doors left; 0 without any."""
    has_doors = segment_hours.sum(axis=1) > 0
    first = np.where(segment_hours > 0, per_segment, 0.0).max(axis=1)[has_doors]
    mean = float(first.mean()) if len(first) else 0.0
    return 1 / mean if mean > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Chamber:
    """Many seats: the chance that this seat decides who holds the whole.

    weight: what a won seat brings, by seat (electoral votes; default 1 each); needed: the least total that
    wins (default: more than half). With one seat it is Plurality. Maine and Nebraska are like any: the two
    at-large votes of the state are one seat, each district is another. Where a district's votes count for
    two seats, score it once for each and add.
    """

    weight: Mapping[str, float] = field(default_factory=dict)
    needed: float | None = None
    draws: int = 10_000
    seed: int = 0
    name: str = "seats"
    unit: str = "millionths of a win per hour"

    def outlook(self, hour: Hour) -> Decisive:
        """How decisive each seat is."""
        names = hour.seats.names
        missing = [name for name in names if self.weight and name not in self.weight]
        if missing:
            raise ValueError(f"seat “{missing[0]}” has no weight")
        weight = np.array([float(self.weight.get(name, 1.0)) for name in names])
        if (weight < 0).any() or (weight != np.rint(weight)).any():
            raise ValueError("weights are whole numbers of 0 or more")
        needed = float(weight.sum() // 2 + 1) if self.needed is None else self.needed
        return decisive(
            hour.contest, hour.seats, hour.params, weight, needed, draws=self.draws, seed=self.seed
        )

    def worth(self, hour: Hour) -> Worth:
        found, seat = self.outlook(hour), hour.contest.seat
        gain = np.maximum(found.per_vote, 1e-18)
        noise = np.minimum(found.error / gain, 1.0)
        density = Factor(gain[seat] * MILLION, np.hypot(hour.seats.density_log_sd, noise)[seat])
        return product({"decisive": density, **_votes(hour, hour.support)}, hour.best_first)

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
        return product({"delegates_a_vote": gain, **_votes(hour, hour.support)}, hour.best_first)

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
