"""What a volunteer-hour buys in each district: doors, talks, votes, and on which doors it is spent first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.priority.contest import Contest, Floats
from geodata.priority.params import Z90, HourParams
from geodata.priority.prior import Prior, prior
from geodata.priority.seats import SeatOutlook, seat_outlook
from geodata.priority.update import Rates, pooled_rates, strength_of

FRESH_SEGMENTS = 3
_LEAST_NET = 0.01
_PACE_PRIOR_HOURS = 6.0  # a first pace is worth three two-hour shifts of observed pace


@dataclass(frozen=True, eq=False)
class Factor:
    """One factor of a product, (n,), with the standard deviation of its logarithm, (n,)."""

    mid: Floats
    log_sd: Floats

    def bounds(self) -> tuple[Floats, Floats]:
        """The 90 % interval."""
        spread = np.exp(Z90 * self.log_sd)
        return self.mid / spread, self.mid * spread


@dataclass(frozen=True, eq=False)
class Hour:
    """What every rule may build on. Arrays are (n,) unless said otherwise.

    doors_per_hour, contact_rate, votes_per_contact, home, support: factors whose product is the net votes
    that an hour on average doors brings. home: supporters expected to stay at home (less those won already)
    against the studies' share; support: supporters among the reached, less the spill to the other side;
    supporters_reached: the same without that loss. doors_left: doors worth a knock, `fresh` of them never
    tried. segment_hours: (n, 4) hours to finish the best, middle and last third of the fresh doors, and the
    revisits; best_first: (n, 4) worth of those doors against the average door; all_alike: the same where
    only doors count.
    """

    contest: Contest
    params: HourParams
    prior: Prior
    seats: SeatOutlook
    doors_per_hour: Factor
    contact_rate: Factor
    votes_per_contact: Factor
    home: Factor
    support: Factor
    supporters_reached: Factor
    contact_rates: Rates
    support_rates: Rates
    doors_left: Floats
    fresh: Floats
    segment_hours: Floats
    best_first: Floats
    all_alike: Floats

    @property
    def net_votes_per_hour(self) -> Floats:
        """Votes for us less votes for the other side that an hour on average doors brings."""
        parts = (self.doors_per_hour, self.contact_rate, self.votes_per_contact, self.home, self.support)
        return np.prod([p.mid for p in parts], axis=0)


def hour(contest: Contest, params: HourParams) -> Hour:
    """Work out what an hour buys everywhere, from past results, parameters and what doors have taught."""
    expected = prior(contest, params)
    contacts = pooled_rates(
        contest.contacts, contest.attempts, region=contest.region,
        prior_mean=params.contact_rate.mid, prior_strength=strength_of(params.contact_rate),
    )  # fmt: skip
    supports = _support_rates(contest, expected, params)
    pace = _pace(contest, params)
    support = _net_support(supports, params)
    reached = Factor(supports.mean, _log_sd(supports.sd, supports.mean))
    per_contact = _same(params.votes_a_contact.mid, params.votes_a_contact.log_sd, len(contest.ids))
    home = _home(contest, expected, params, reached)
    left, fresh, tried_share = _doors(contest, expected)
    return Hour(
        contest, params, expected, seat_outlook(contest, expected, params), pace,
        Factor(contacts.mean, _log_sd(contacts.sd, contacts.mean)), per_contact, home, support, reached,
        contacts, supports, left, fresh, _segment_hours(left, fresh, pace), *_worth(tried_share, params),
    )  # fmt: skip


def _support_rates(c: Contest, expected: Prior, params: HourParams) -> Rates:
    """Supporters among the people reached: the district's share, lifted by the list, then what doors say."""
    lifted = params.list_lift.mid * expected.support
    mean = lifted / (lifted + 1 - expected.support)
    return pooled_rates(
        c.supporters, c.answers, region=c.region, prior_mean=mean, prior_strength=params.support_strength
    )


def _net_support(rates: Rates, params: HourParams) -> Factor:
    spill = params.spill
    net = np.maximum(rates.mean - spill.mid * (1 - rates.mean), _LEAST_NET)
    sd = np.hypot(rates.sd * (1 + spill.mid), spill.sd * (1 - rates.mean))
    return Factor(net, _log_sd(sd, net))


def _pace(c: Contest, params: HourParams) -> Factor:
    """Doors an hour: by how close doors stand, then by the pace seen there."""
    span = np.log(params.dense_per_km2 / params.sparse_per_km2)
    density = np.maximum(np.nan_to_num(c.doors_per_km2, nan=params.sparse_per_km2), 1e-6)
    closeness = np.clip(np.log(density / params.sparse_per_km2) / span, 0, 1)
    closeness = np.where(np.isnan(c.doors_per_km2), 0.5, closeness)
    sparse, dense = params.doors_sparse, params.doors_dense
    expected = sparse.mid + closeness * (dense.mid - sparse.mid)
    log_sd = sparse.log_sd + closeness * (dense.log_sd - sparse.log_sd)
    mid = (expected * _PACE_PRIOR_HOURS + c.attempts * (c.hours > 0)) / (_PACE_PRIOR_HOURS + c.hours)
    return Factor(mid, log_sd * np.sqrt(_PACE_PRIOR_HOURS / (_PACE_PRIOR_HOURS + c.hours)))


def _home(c: Contest, expected: Prior, params: HourParams, reached: Factor) -> Factor:
    """Supporters at home against the studies' share; those the talks so far have won are at home no more."""
    share = expected.home_share / params.home_share_reference
    won = c.contacts * params.votes_a_contact.mid * share * reached.mid
    left = 1 - np.divide(won, expected.at_home, out=np.zeros_like(won), where=expected.at_home > 0)
    return Factor(share * np.clip(left, 0.05, 1), expected.home_log_sd)


def _doors(c: Contest, expected: Prior) -> tuple[Floats, Floats, Floats]:
    """(doors worth a knock, of them never tried, share of all doors tried)."""
    doors = expected.doors
    tried = np.where(np.isnan(c.attempted), np.minimum(c.attempts, doors), np.minimum(c.attempted, doors))
    left = np.where(np.isnan(c.doors_left), doors - tried, np.minimum(c.doors_left, doors))
    fresh = np.minimum(doors - tried, left)
    return left, fresh, np.divide(tried, doors, out=np.ones_like(tried), where=doors > 0)


def _segment_hours(left: Floats, fresh: Floats, pace: Factor) -> Floats:
    thirds = np.repeat((fresh / FRESH_SEGMENTS)[:, None], FRESH_SEGMENTS, axis=1)
    return np.column_stack([thirds, left - fresh]) / pace.mid[:, None]


def _worth(tried_share: Floats, params: HourParams) -> tuple[Floats, Floats]:
    """Worth of each segment's doors against the average door, (n, 4): best first, and all alike.

    Doors sorted by worth fall from 1 + spread to 1 - spread; the tried ones were the best, and a revisit is
    worth `revisit` of what such a door was.
    """
    steps = (np.arange(FRESH_SEGMENTS) + 0.5) / FRESH_SEGMENTS
    quantile = tried_share[:, None] + (1 - tried_share[:, None]) * steps
    fresh = 1 + params.door_spread * (1 - 2 * quantile)
    again = params.revisit.mid * (1 + params.door_spread * (1 - tried_share))
    alike = np.repeat(np.array([[1.0] * FRESH_SEGMENTS + [params.revisit.mid]]), len(tried_share), axis=0)
    return np.column_stack([fresh, again]), alike


def _log_sd(sd: Floats, mean: Floats) -> Floats:
    return np.sqrt(np.log1p((sd / mean) ** 2))


def _same(mid: float, log_sd: float, n: int) -> Factor:
    return Factor(np.full(n, mid), np.full(n, log_sd))
