"""What a look around leaves off its list is never worth more than the floor that it tells."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.matching.reach import _scan
from geodata.matching.reach._prepare import Prepared
from tests.geodata.matching.test_reach import random_problem

LENGTH = 3


def look(ready: Prepared, b: int, price: np.ndarray, listed: np.ndarray, before: int) -> tuple[int, float]:
    bidders, ground, none = ready.bidders, ready.ground, np.empty(0, np.int64)
    found, floor = _scan.look(
        b, bidders.home, bidders.fits[bidders.kind[b]], bidders.only[b], ground.spot, ground.kind,
        ground.place, ground.starts, ground.ends, ground.room, ground.segment_start, ground.first,
        ground.grid, price, bidders.special_span, bidders.special_place, bidders.special_bonus,
        bidders.km_cost, none, 0, 0, none, 0, 0, listed, np.zeros(len(listed)), before,
    )  # fmt: skip
    return int(found), float(floor)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_what_is_not_listed_is_worth_the_floor_at_most(seed, other_seed):
    ready, rng = Prepared(random_problem(seed, 6, 12)), np.random.default_rng(other_seed)
    ground, price = ready.ground, np.zeros(len(ready.ground.room))
    everything = np.empty(len(price), np.int32)
    for b in np.flatnonzero(np.diff(ready.bidders.special_span)[:, 0] == 0).tolist():
        listed = np.empty(LENGTH, np.int32)
        before, _ = look(ready, b, price, listed, 0)
        ground.room[rng.random(len(price)) < 0.3] = 0  # closed since the last look
        price += rng.choice([0.0, 0.3], len(price))
        found, floor = look(ready, b, price, listed, before)
        for s in everything[: look(ready, b, price, everything, 0)[0]]:
            net = ready.bidders.home[b, 4] * ground.spot[s, 3] - price[s]
            assert s in listed[:found] or net <= floor + 1e-12
