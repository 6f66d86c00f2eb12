"""The bidders in several parts and a border, so that processors can work on one auction side by side.

A bidder belongs to a part when it asks for seats of that part alone; the others are of the border. Bidders of
different parts never touch the same seat, so the parts are auctioned side by side and the border after them,
in turn, until nobody waits. The plan does not depend on how many processors there are.
"""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np

from geodata.compiled import kernel
from geodata.matching._ranges import in_ranges
from geodata.matching._table import Table
from geodata.matching.problem import Ints, Longs

WORTH_PARTING = 20_000  # bidders
MOST_PARTS = 16
MOST_BORDER = 0.1  # share of the bidders


def parts(table: Table, pool: Executor) -> tuple[Ints, int]:
    """The part of each bidder, and how many parts there are; the border has the number after the last."""
    count = MOST_PARTS if len(table.demand) > WORTH_PARTING else 1
    if count > 1:
        lowest, highest = _spans(table, pool)
        before = np.cumsum(np.bincount(lowest, minlength=len(table.size)))
    while count > 1:
        cuts = np.searchsorted(before, len(lowest) * np.arange(1, count) / count, side="right")
        part = np.searchsorted(cuts, lowest, side="right")
        is_border = part != np.searchsorted(cuts, highest, side="right")
        # who wants several seats could be outbid in two parts at the same moment
        if is_border.mean() <= MOST_BORDER and (table.demand[is_border] == 1).all():
            part[is_border] = count
            return part.astype(np.int32), count
        count //= 2
    return np.zeros(len(table.demand), np.int32), 1


def _spans(table: Table, pool: Executor) -> tuple[Longs, Longs]:
    """First and last segment that each bidder asks for; 0 of those who ask for none."""
    lowest, highest = np.zeros((2, len(table.demand)), np.int64)

    def some(low: int, high: int) -> None:
        _fill_spans(table.start, table.stop, table.segment, lowest, highest, low, high)

    in_ranges(pool, len(lowest), some)
    return lowest, highest


@kernel
def _fill_spans(start, stop, segment, lowest, highest, low, high):  # type: ignore[no-untyped-def]
    for b in range(low, high):
        if stop[b] > start[b]:
            lowest[b] = segment[start[b] : stop[b]].min()
            highest[b] = segment[start[b] : stop[b]].max()
