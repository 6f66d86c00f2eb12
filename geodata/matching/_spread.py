"""Pairs laid out over the segments of their places."""

import numpy as np

from geodata.matching.problem import Ints, Longs, MatchProblem


def spread(problem: MatchProblem, place: Ints) -> tuple[Longs, Longs]:
    """One row per pair and segment: the position in `place`, and the segment."""
    count = np.diff(problem.segment_start)[place]
    rows = np.repeat(np.arange(len(place)), count)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return rows, problem.segment_start[place[rows]] + offset
