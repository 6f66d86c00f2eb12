"""A large region in two halves and a border, so that two processors can work on one auction.

A bidder belongs to a half when no place beyond it is within reach; the others are of the border. Bidders of
different halves never touch the same seat, so the halves are auctioned side by side and the border after
them, in turn, until nobody waits. The plan does not depend on how many processors there are.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching.problem import Longs
from geodata.matching.reach._prepare import Prepared
from geodata.matching.reach._scan import TURNS, box, columns

WORTH_HALVING = 50_000  # bidders
MOST_BORDER = 0.3  # share of the bidders
BORDER = 2


def halves(ready: Prepared) -> Longs:
    """Side of each bidder: 0, 1, or BORDER; all 0 where halving is of no use."""
    whole = np.zeros(len(ready.volunteer), np.int64)
    if len(whole) < WORTH_HALVING:
        return whole
    span = np.empty((len(whole), 4), np.int64)
    _spans(ready.bidders, ready.ground, span)
    side = min((_split(span[:, :2]), _split(span[:, 2:])), key=lambda each: int((each == BORDER).sum()))
    border = side == BORDER
    # who wants several seats could be outbid on both sides at the same moment
    if border.mean() > MOST_BORDER or (border & (ready.bidders.demand > 1)).any():
        return whole
    return side


def _split(span: Longs) -> Longs:
    """Sides by a line between rows (or columns) with as many bidders before as behind."""
    at = int(np.median(span.sum(axis=1))) // 2
    return np.where(span[:, 1] < at, 0, np.where(span[:, 0] >= at, 1, BORDER))


@kernel
def _spans(bidders, ground, span):  # type: ignore[no-untyped-def]
    """First and last row, first and last column of the cells that each bidder can reach."""
    home, only, grid, first = bidders.home, bidders.only, ground.grid, ground.first
    for b in range(len(span)):
        span[b, 0], span[b, 1], span[b, 2], span[b, 3] = 0, 0, 0, 0
        if only[b] >= 0:
            cell = np.searchsorted(first, ground.segment_start[only[b]], side="right") - 1
            span[b, 0] = span[b, 1] = cell // grid.columns
            span[b, 2] = span[b, 3] = cell % grid.columns
        elif home[b, 3] >= 0:
            south, north, middle, half = box(home[b, 0], home[b, 1], home[b, 2], home[b, 3], grid)
            span[b, 0], span[b, 1], span[b, 2], span[b, 3] = south, max(north, south), grid.columns, 0
            for turn in TURNS:
                west, east = columns(middle, half, turn, grid)
                if west <= east:
                    span[b, 2], span[b, 3] = min(span[b, 2], west), max(span[b, 3], east)
            if span[b, 2] > span[b, 3]:
                span[b, 2] = span[b, 3]
