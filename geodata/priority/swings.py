"""Simulated elections: how far the whole, the regions and each seat swing from what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from geodata.priority.contest import Contest, Floats, Ints
from geodata.priority.params import HourParams
from geodata.priority.seats import SeatOutlook

LEAST_SD = 0.005
CELLS_AT_ONCE = 2_000_000  # draws x seats whose random numbers are held in memory
DRAWS_AT_ONCE = 500  # of which so many go to one thread; fixed, so that sums do not depend on the machine


@dataclass(frozen=True, eq=False)
class Field:
    """What swings: s seats in r regions; seat s lies in regions region[first[s]:first[s + 1]].

    margin: (s,) expected, share of the turnout; rest: (s,) standard deviation of what neither the common nor
    the regional swing explains; turnout: (s,) votes. common_sd, regional_sd: sizes of those swings.
    """

    first: Ints
    region: Ints
    regions: int
    margin: Floats
    rest: Floats
    turnout: Floats
    common_sd: float
    regional_sd: float


@dataclass(frozen=True, eq=False)
class Draws:
    """d simulated elections: size (d,) of all swings, common (d,), regional (d, r)."""

    size: Floats
    common: Floats
    regional: Floats


def field_of(contest: Contest, seats: SeatOutlook, params: HourParams) -> Field:
    """The seats of a contest, with the errors that the parameters give them."""
    pairs = np.unique(np.column_stack([contest.seat, contest.region]), axis=0)
    count = np.bincount(pairs[:, 0], minlength=len(seats.names))
    common, regional = params.margin_common.mid, params.margin_regional.mid
    explained = common**2 + regional**2 / np.maximum(count, 1)
    rest = np.sqrt(np.maximum(seats.sd_share**2 - explained, LEAST_SD**2))
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return Field(
        first, pairs[:, 1].astype(np.int64), len(contest.regions), seats.margin_share, rest, seats.turnout,
        common, regional,
    )  # fmt: skip


def elections(field: Field, draws: int, seed: int) -> Iterator[Draws]:
    """`draws` simulated elections, a few at a time; one seed, one set of them (common random numbers).

    All parts of a draw are large or small together, so that each seat's error is a Student t with 5
    degrees of freedom, as where it stands alone.
    """
    rng = np.random.default_rng(seed)
    block = max(1, CELLS_AT_ONCE // max(len(field.margin), 1))
    for begin in range(0, draws, block):
        many = min(block, draws - begin)
        size = np.sqrt(3 / rng.chisquare(5, size=many))
        common = rng.standard_normal(many) * field.common_sd
        regional = rng.standard_normal((many, field.regions)) * field.regional_sd
        for at in range(0, many, DRAWS_AT_ONCE):
            part = slice(at, at + DRAWS_AT_ONCE)
            yield Draws(size[part], common[part], regional[part])
