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
from geodata.priority.hours import Factor, Hour

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
        return product({"closeness": density, **vote_factors(hour, hour.support)}, hour.best_first)

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
        return product(vote_factors(hour, hour.supporters_reached), hour.best_first)

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


def vote_factors(hour: Hour, support: Factor) -> dict[str, Factor]:
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
