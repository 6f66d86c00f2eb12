"""Parts of a network that no street joins, tied to each other by short straight lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from geodata.streets.barriers import crossed_by
from geodata.streets.noding import Longs

ROUNDS = 4


def straight_joints(lines: Any, piece: Longs, most_m: float, barriers: Sequence[Any]) -> list[Any]:
    """For each part but the longest (0), the shortest line of at most `most_m` to another that crosses no
    barrier; lines (e,) and the part (e,) each belongs to.
    """
    small = np.flatnonzero(piece > 0)
    if not len(small) or most_m <= 0:
        return []
    here, there = shapely.STRtree(lines).query(lines[small], "dwithin", distance=most_m)
    here = small[here]
    other = piece[here] != piece[there]
    here, there = here[other], there[other]
    ways = shapely.shortest_line(lines[here], lines[there])
    order = np.lexsort((shapely.length(ways), piece[here]))
    ends = shapely.get_coordinates(ways[order]).reshape(-1, 2, 2)
    free = order[~crossed_by(barriers, ends[:, 0], ends[:, 1])]
    _, first = np.unique(piece[here[free]], return_index=True)
    return [way for way in ways[free[first]] if way.length > 0]
