"""Room in a living plan for people who sign up later and for pairs that must not be any more.

Everything has spare room at its end, so that a change costs what it touches and never a copy of everybody.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from geodata.matching.problem import Longs
from geodata.matching.reach._columns import BLOCK, Bidders, Held, Lists, Marks, Takers

SPARE = 1024  # volunteers who may be added
MOST_WANTED = 8  # shifts that one of them may want


def with_spare(bidders: Bidders, held: Held) -> tuple[Bidders, Held]:
    """Room for newcomers at the end, who want nothing yet."""

    def longer(values: np.ndarray, fill: float) -> np.ndarray:
        return np.concatenate([values, np.full((SPARE, *values.shape[1:]), fill, values.dtype)])

    bidders = bidders._replace(
        home=longer(bidders.home, -1), kind=longer(bidders.kind, 0), demand=longer(bidders.demand, 0),
        only=longer(bidders.only, -1), special_span=longer(bidders.special_span, 0),
        fixed_start=np.concatenate([bidders.fixed_start, np.full(SPARE, bidders.fixed_start[-1])]),
    )  # fmt: skip
    more = held.start[-1] + MOST_WANTED * np.arange(1, SPARE + 1)
    return bidders, Held(
        np.concatenate([held.start, more]),
        np.full(int(more[-1]), -1, np.int64),
        np.zeros(len(bidders.demand), np.int64),
    )


def empty_lists(n: int, length: int) -> Lists:
    """Lists that must be renewed before the first bid."""
    return Lists(
        np.empty((n, length), np.int32), np.zeros((n, length)), np.zeros(n, np.int64), np.full(n, np.inf)
    )


def take_in(takers: Takers, bidders: Bidders, b: int) -> None:
    """Bidder b, who is new, may be offered seats too."""
    at = int(takers.late[1])
    takers.late[1] = at + 1
    takers.people[at], takers.at[b] = b, at
    k = at // BLOCK
    takers.weight[k] = max(takers.weight[k], bidders.home[b, 4])
    takers.several[k] |= bidders.demand[b] > 1


def forbid(bidders: Bidders, takers: Takers, used: int, b: int, place: int) -> tuple[Bidders, int]:
    """Bidder b must never get the place: their special pairs move behind the `used` ones, with this one more.

    Returns the bidders, in longer arrays where these were full, and how many are used then.
    """
    first, last = (int(each) for each in bidders.special_span[b])
    end = used + last - first + 1
    if end > len(bidders.special_place):
        more = max(end, 2 * len(bidders.special_place), SPARE) - len(bidders.special_place)
        bidders = bidders._replace(
            special_place=np.concatenate([bidders.special_place, np.full(more, -1)]),
            special_bonus=np.concatenate([bidders.special_bonus, np.zeros(more)]),
        )
    # in front, since the first that names a place counts
    bidders.special_place[used], bidders.special_bonus[used] = place, -np.inf
    bidders.special_place[used + 1 : end] = bidders.special_place[first:last]
    bidders.special_bonus[used + 1 : end] = bidders.special_bonus[first:last]
    bidders.special_span[b] = used, end
    if takers.at[b] >= 0:
        takers.special[takers.at[b] // BLOCK] = True
    return bidders, end


def mark_all(marks: Marks, bidders: Iterable[int], segments: Iterable[int]) -> None:
    """Write down that a change touched these."""
    for is_marked, marked, kind, items in (
        (marks.is_bidder, marks.bidder, 0, bidders),
        (marks.is_segment, marks.segment, 1, segments),
    ):
        for item in items:
            if not is_marked[item]:
                is_marked[item] = True
                marked[marks.count[kind]] = item
                marks.count[kind] += 1


def marked(marks: Marks) -> tuple[Longs, Longs]:
    """Bidders and segments written down so far."""
    return marks.bidder[: marks.count[0]].copy(), marks.segment[: marks.count[1]].copy()


def wipe(marks: Marks) -> None:
    """Nothing touched again."""
    bidders, segments = marked(marks)
    marks.is_bidder[bidders] = False
    marks.is_segment[segments] = False
    marks.count[:] = 0
