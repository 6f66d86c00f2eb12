"""Scores: where the next volunteer-hour is worth most, with interval, curve, parts and reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from geodata.priority.contest import Contest, District, Floats, PastResult, contest
from geodata.priority.hours import Factor, Hour, hour
from geodata.priority.params import Z90, HourParams
from geodata.priority.rules import Rule, Worth
from geodata.priority.seats import SeatOutlook
from geodata.priority.sentences import reasons


@dataclass(frozen=True, slots=True)
class Segment:
    """So many hours, each worth so much (in the score's unit per hour)."""

    hours: float
    value_per_hour: float


@dataclass(frozen=True, slots=True)
class DistrictPriority:
    """One district's priority, plain enough to be stored and read back (to_dict, from_dict).

    score: what the next hour there is worth, in `unit`, 90 % interval low to high. segments: the value curve,
    falling; empty when no doors are left (the score is then 0). parts: named numbers for a page (see PARTS);
    factors and elasticity: what the score is made of, for changes().
    """

    id: str
    name: str
    rule: str
    unit: str
    score: float
    low: float
    high: float
    segments: tuple[Segment, ...]
    doors_left: float
    doors_per_hour: tuple[float, float, float]
    contact_rate: tuple[float, float, float]
    parts: dict[str, float]
    factors: dict[str, float]
    elasticity: dict[str, float]
    why: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DistrictPriority:
        """Back from to_dict's values, also after a trip through JSON."""
        segments = tuple(Segment(**s) for s in data["segments"])
        pairs = {name: tuple(data[name]) for name in ("doors_per_hour", "contact_rate")}
        return cls(**{**data, "segments": segments, **pairs})


PARTS = {
    "support_share": "our share of the two sides' votes, from past results",
    "expected_turnout": "votes expected",
    "electorate": "people who could vote (registered, or assumed)",
    "supporters": "people on our side among them",
    "supporters_at_home": "of those, expected to stay at home",
    "home_share": "share of the electorate expected to stay at home",
    "supporters_among_reached": "supporters among the people reached at doors",
    "votes_per_contact": "votes a talk brings on average, after shrinking",
    "net_votes_per_hour": "net votes the next hour brings",
    "contacts_per_hour": "talks an hour",
    "doors": "doors in the universe",
    "fresh_doors": "doors never tried",
    "margin_share": "expected margin of the seat, share of its turnout",
    "margin_sd": "its standard deviation",
    "win_chance": "chance that we win the seat",
    "is_registered": "1 if the electorate is counted, 0 if assumed",
    "is_counted": "1 if the doors are counted, 0 if assumed",
    "is_borrowed": "1 if the district has no past results and takes its seat's",
}


@dataclass(frozen=True, eq=False)
class Priorities:
    """All districts' priorities as arrays, in the order given.

    score, low, high, doors_left: (n,); segment_hours, segment_value: (n, 4), values falling along each row
    (hours 0 where a segment is empty); doors_per_hour, contact_rate: (n, 3) low, mid, high; parts, factors,
    elasticity: (n,) each; why: a sentence each; seats: how close each seat is.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    rule: str
    unit: str
    score: Floats
    low: Floats
    high: Floats
    segment_hours: Floats
    segment_value: Floats
    doors_left: Floats
    doors_per_hour: Floats
    contact_rate: Floats
    parts: dict[str, Floats]
    factors: dict[str, Floats]
    elasticity: dict[str, Floats]
    why: list[str]
    seats: SeatOutlook

    def rows(self) -> list[DistrictPriority]:
        """One DistrictPriority per district, in the order given."""
        parts, factors, elasticity = (
            _by_row(d, len(self.ids)) for d in (self.parts, self.factors, self.elasticity)
        )
        lists = zip(
            self.ids, self.names, self.score.tolist(), self.low.tolist(), self.high.tolist(),
            self.segment_hours.tolist(), self.segment_value.tolist(), self.doors_left.tolist(),
            self.doors_per_hour.tolist(), self.contact_rate.tolist(), parts, factors, elasticity, self.why,
            strict=True,
        )  # fmt: skip
        return [
            DistrictPriority(
                i, name, self.rule, self.unit, score, low, high,
                tuple(Segment(h, v) for h, v in zip(hours, values, strict=True) if h > 0),
                left, tuple(pace), tuple(rate), p, f, e, why,
            )
            for i, name, score, low, high, hours, values, left, pace, rate, p, f, e, why in lists
        ]  # fmt: skip


def score(
    districts: Contest | Sequence[District],
    results: Iterable[PastResult] = (),
    *,
    rule: Rule,
    params: HourParams | None = None,
    seats: SeatOutlook | None = None,
) -> Priorities:
    """What the next volunteer-hour is worth in every district.

    districts: rows (with results) or a Contest of arrays. rule: Plurality(), Turnout(), Coverage(), a
    Mix, or one of your own. Deterministic and vectorised: 3,100 districts with five elections in well
    under a second. Intervals are 90 %, by the errors of all factors taken as independent and
    multiplying (log-normal). seats: how close each seat is, when that is known from another layer (the
    districts, while these are their precincts); a seat missing there raises KeyError.
    Raises ValueError for impossible input (see contest()). No districts give empty arrays.
    """
    built = districts if isinstance(districts, Contest) else contest(districts, results)
    hours = hour(built, params or HourParams())
    if seats is not None:
        hours = replace(hours, seats=seats.of(built.seats))
    return _priorities(hours, rule, rule.worth(hours))


def _priorities(hours: Hour, rule: Rule, worth: Worth) -> Priorities:
    segment_hours, segment_value = _falling(hours.segment_hours, worth.per_segment)
    has_doors = segment_hours[:, 0] > 0
    value = np.where(has_doors, segment_value[:, 0], 0.0)
    spread = np.exp(Z90 * worth.log_sd)
    best = np.divide(value, worth.base, out=np.zeros_like(value), where=has_doors & (worth.base > 0))
    first_door = _first_door_worth(hours)
    factors = {**worth.factors, "best_doors_left": best}
    return Priorities(
        ids=hours.contest.ids,
        names=hours.contest.names,
        rule=rule.name,
        unit=rule.unit,
        score=value,
        low=value / spread,
        high=value * spread,
        segment_hours=segment_hours,
        segment_value=segment_value,
        doors_left=hours.doors_left,
        doors_per_hour=_interval(hours.doors_per_hour),
        contact_rate=np.column_stack(
            [hours.contact_rates.low, hours.contact_rates.mean, hours.contact_rates.high]
        ),
        parts=_parts(hours, first_door),
        factors=factors,
        elasticity={**worth.elasticity, "best_doors_left": np.ones_like(value)},
        why=reasons(hours, rule, first_door),
        seats=hours.seats,
    )


def _falling(hours: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Segments with hours first, by falling value; empty ones last with hours 0."""
    order = np.argsort(np.where(hours > 0, -value, np.inf), axis=1, kind="stable")
    return np.take_along_axis(hours, order, axis=1), np.take_along_axis(value, order, axis=1)


def _first_door_worth(hours: Hour) -> Floats:
    """Worth, against the average door, of the doors the next hour goes to; 0 where none are left. (n,)"""
    return np.where(hours.segment_hours > 0, hours.best_first, 0.0).max(axis=1, initial=0.0)


def _parts(h: Hour, first_door: Floats) -> dict[str, Floats]:
    p, seat = h.prior, h.contest.seat
    return {
        "support_share": p.support,
        "expected_turnout": p.turnout,
        "electorate": p.electorate,
        "supporters": p.supporters,
        "supporters_at_home": p.at_home,
        "home_share": p.home_share,
        "supporters_among_reached": h.supporters_reached.mid,
        "votes_per_contact": h.votes_per_contact.mid * h.home.mid,
        "net_votes_per_hour": h.net_votes_per_hour * first_door,
        "contacts_per_hour": h.doors_per_hour.mid * h.contact_rate.mid,
        "doors": p.doors,
        "fresh_doors": h.fresh,
        "margin_share": h.seats.margin_share[seat],
        "margin_sd": h.seats.sd_share[seat],
        "win_chance": h.seats.win_chance[seat],
        "is_registered": p.is_registered.astype(np.float64),
        "is_counted": p.is_counted.astype(np.float64),
        "is_borrowed": p.is_borrowed.astype(np.float64),
    }


def _interval(factor: Factor) -> Floats:
    low, high = factor.bounds()
    return np.column_stack([low, factor.mid, high])


def _by_row(columns: dict[str, Floats], n: int) -> list[dict[str, float]]:
    if not columns:
        return [{} for _ in range(n)]
    names = list(columns)
    return [
        dict(zip(names, values, strict=True))
        for values in zip(*(c.tolist() for c in columns.values()), strict=True)
    ]
