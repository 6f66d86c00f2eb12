"""How close each seat is: the density of its margin at zero, one number for all its districts."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from geodata.priority.contest import Contest, Floats
from geodata.priority.mathematics import t5_above_zero, t5_density
from geodata.priority.params import Z90, HourParams
from geodata.priority.prior import Prior

_LEAST_LOG_SD = 0.05


@dataclass(frozen=True, eq=False)
class SeatOutlook:
    """Per seat, all (s,): expected margin and turnout in votes, margin as a share, its standard deviation
    (share), the chance that we win, and the density of the margin at zero per vote, with the error of its
    logarithm. A vote more changes the chance to win by `density`, in whichever district it is cast.
    """

    names: tuple[str, ...]
    margin: Floats
    turnout: Floats
    margin_share: Floats
    sd_share: Floats
    win_chance: Floats
    density: Floats
    density_log_sd: Floats
    has_results: np.ndarray

    def of(self, names: tuple[str, ...]) -> SeatOutlook:
        """The same seats in another order, or some of them. KeyError for one that is not here."""
        place = {name: i for i, name in enumerate(self.names)}
        rows = [place[name] for name in names]
        columns = {each.name: getattr(self, each.name)[rows] for each in fields(self) if each.name != "names"}
        return SeatOutlook(names=names, **columns)


def seat_outlook(contest: Contest, prior: Prior, params: HourParams) -> SeatOutlook:
    """The margin of each seat as expected margin plus four errors: common, its own, regional and local.

    The whole contest swings together, and each seat by a part of its own beyond that; neither averages out,
    which is why no district of a seat is closer than another where it counts. Independent errors do: a
    district of share w of the turnout is off by margin_local times sqrt(mean size / its size) (a large
    district is many neighbourhoods), so n districts together are off by margin_local / sqrt(n), and R regions
    by margin_regional / sqrt(R), whatever their sizes. The error is a Student t with 5 degrees of freedom:
    upsets happen more often than a normal curve says.
    """
    s = len(contest.seats)
    margin = np.bincount(contest.seat, prior.ours - prior.theirs, minlength=s).astype(np.float64)
    turnout = np.maximum(np.bincount(contest.seat, prior.turnout, minlength=s), 1.0)
    known = np.bincount(contest.seat, ~prior.is_borrowed, minlength=s) > 0
    sds = [_sd_share(contest, params, level, known) for level in ("low", "mid", "high")]
    share = margin / turnout
    densities = np.array([t5_density(share, sd) / turnout for sd in sds])
    spread = np.log(densities.max(axis=0) / densities.min(axis=0)) / (2 * Z90)
    return SeatOutlook(
        contest.seats, margin, turnout, share, sds[1], t5_above_zero(share, sds[1]), densities[1],
        np.maximum(spread, _LEAST_LOG_SD), known,
    )  # fmt: skip


def _sd_share(contest: Contest, params: HourParams, level: str, known: np.ndarray) -> Floats:
    parts = (params.margin_common, params.margin_seat, params.margin_regional, params.margin_local)
    common, own, regional, local = (getattr(part, level) for part in parts)
    s = len(contest.seats)
    districts = np.bincount(contest.seat, minlength=s)
    pairs = np.unique(np.column_stack([contest.seat, contest.region]), axis=0)
    regions = np.bincount(pairs[:, 0], minlength=s)
    averaged = regional**2 / np.maximum(regions, 1) + local**2 / np.maximum(districts, 1)
    sd = np.sqrt(common**2 + own**2 + averaged)
    return np.where(known, sd, np.maximum(sd, params.unknown_margin_sd))
