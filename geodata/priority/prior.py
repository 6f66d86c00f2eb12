"""What past results lead us to expect in each district, before anyone knocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.priority.contest import Contest, Floats
from geodata.priority.params import HourParams

_LEAST_HOME = 0.02  # somebody always stays at home, even where more voted than are registered


@dataclass(frozen=True, eq=False)
class Prior:
    """Expectations per district, all (n,).

    ours, theirs, turnout: votes; support: our share of the two sides' votes; electorate: who could vote;
    home_share: share of them expected to stay at home; supporters, at_home: people on our side, and those
    of them expected to stay at home; home_log_sd: error of home_share (of its logarithm).
    is_borrowed: no result of its own, so the seat's; is_registered: electorate counted, not assumed;
    doors: the universe, counted or (not is_counted) assumed from the electorate.
    """

    ours: Floats
    theirs: Floats
    turnout: Floats
    support: Floats
    electorate: Floats
    home_share: Floats
    home_log_sd: Floats
    supporters: Floats
    at_home: Floats
    doors: Floats
    is_borrowed: np.ndarray
    is_registered: np.ndarray
    is_counted: np.ndarray


def prior(contest: Contest, params: HourParams) -> Prior:
    """Expected votes, turnout and supporters at home, from results weighted by age and likeness.

    Votes are averaged as votes (not as shares), so what a seat expects is a sum over its districts, and
    moving votes between two of them does not change it. A district without results takes its seat's shares.
    The electorate is the registered; where unknown, the past high turnout or, if more, what turnout_share
    makes of the usual one.
    """
    ours, theirs, turnout, borrowed = _expected_votes(contest, params)
    known, electorate = _electorate(contest, turnout, params)
    support = np.divide(ours, ours + theirs, out=np.full(len(ours), 0.5), where=ours + theirs > 0)
    home = 1 - np.divide(turnout, electorate, out=np.ones_like(turnout), where=electorate > 0)
    home = np.maximum(home, _LEAST_HOME)
    log_sd = np.where(known, np.minimum(params.turnout_sd / home, 0.5), _assumed_log_sd(params))
    doors = np.where(
        np.isnan(contest.doors), np.round(electorate / params.people_per_door.mid), contest.doors
    )
    return Prior(
        ours, theirs, turnout, support, electorate, home, log_sd, support * electorate,
        support * electorate * home, doors, borrowed, known, ~np.isnan(contest.doors),
    )  # fmt: skip


def _expected_votes(c: Contest, params: HourParams) -> tuple[Floats, Floats, Floats, np.ndarray]:
    there = ~np.isnan(c.total)
    weight = (c.likeness * 0.5 ** (c.years_ago / params.half_life_years))[:, None] * there
    weighed = weight.sum(axis=0)
    missing = weighed == 0
    means = [
        np.nansum(weight * v, axis=0) / np.where(missing, 1, weighed) for v in (c.ours, c.theirs, c.total)
    ]
    ours, theirs, turnout = means
    if missing.any():
        turnout = np.where(missing, _assumed_turnout(c, params), turnout)
        share_ours, share_theirs = (_seat_share(c, v, means[2]) for v in (ours, theirs))
        ours = np.where(missing, turnout * share_ours, ours)
        theirs = np.where(missing, turnout * share_theirs, theirs)
    return ours, theirs, turnout, missing


def _seat_share(c: Contest, votes: Floats, turnout: Floats) -> Floats:
    """The seat's share of these votes, per district; an even race where the seat has no results at all."""
    top = np.bincount(c.seat, votes, minlength=len(c.seats))
    whole = np.bincount(c.seat, turnout, minlength=len(c.seats))
    return np.asarray(np.divide(top, whole, out=np.full(len(c.seats), 0.5), where=whole > 0)[c.seat])


def _assumed_turnout(c: Contest, params: HourParams) -> Floats:
    from_doors = np.nan_to_num(c.doors) * params.people_per_door.mid
    people = np.where(np.isnan(c.registered), from_doors, c.registered)
    return np.asarray(people * params.turnout_share.mid)


def _electorate(c: Contest, turnout: Floats, params: HourParams) -> tuple[np.ndarray, Floats]:
    """(is it counted, people). The registration of the most recent election serves where none is given."""
    registered = c.registered.copy()
    for k in np.argsort(c.years_ago):
        registered = np.where(np.isnan(registered), c.past_registered[k], registered)
    known = ~np.isnan(registered) & (registered > 0)
    highest = np.where(np.isnan(c.total), 0.0, c.total).max(axis=0, initial=0.0)
    assumed = np.maximum(highest, turnout / params.turnout_share.mid)
    return known, np.where(known, np.maximum(registered, turnout), assumed)


def _assumed_log_sd(params: HourParams) -> float:
    t = params.turnout_share
    return float(np.log((1 - t.low) / max(1 - t.high, 0.01)) / 3.29)
