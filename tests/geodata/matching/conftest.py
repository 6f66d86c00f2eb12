"""Small random problems, and the first compilation outside the clock of the properties."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from geodata.matching import MatchProblem

settings.register_profile("geodata", deadline=None, max_examples=60)
settings.load_profile("geodata")


@st.composite
def problems(draw, *, shifts=(0, 1, 1, 1, 2, 3), most_volunteers=9, most_places=6, ties=False, orders=True):
    """Up to nine volunteers and six places with segments, times, pins (never impossible ones) and
    never-pairs.
    """
    n = draw(st.integers(0, most_volunteers))
    m = draw(st.integers(0, most_places))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    near = rng.random((n, m)) < rng.uniform(0.2, 1.0)
    volunteer, place = np.nonzero(near)
    sizes = [rng.integers(0, 4, rng.integers(1, 4)) for _ in range(m)]
    drops = [np.concatenate([[0.0], np.cumsum(rng.choice([0.0, 0.5, 1.0], len(s) - 1))]) for s in sizes]
    value = (
        rng.integers(-1, 4, len(volunteer)).astype(float) if ties else rng.uniform(-0.5, 4.0, len(volunteer))
    )
    starts = rng.integers(0, 5, m) * 10
    wanted = rng.choice(shifts, n)
    capacity = np.array([s.sum() for s in sizes], dtype=int)
    pinned, never = [], []
    if orders and len(volunteer):
        picked = int(rng.integers(len(volunteer)))
        v, p = int(volunteer[picked]), int(place[picked])
        if wanted[v] > 0 and capacity[p] > 0 and rng.random() < 0.5:
            pinned.append((v, p))
        never = [
            (int(volunteer[k]), int(place[k]))
            for k in range(len(volunteer))
            if rng.random() < 0.1 and k != picked
        ]
    return MatchProblem(
        shifts_wanted=wanted,
        capacity=capacity,
        arc_volunteer=volunteer,
        arc_place=place,
        arc_value=value,
        arc_weight=np.ones(len(volunteer)) if ties else rng.uniform(0.2, 1.0, len(volunteer)),
        segment_start=np.concatenate([[0], np.cumsum([len(s) for s in sizes])]).astype(int),
        segment_size=np.concatenate([*sizes, []]).astype(int),
        segment_drop=np.concatenate([*drops, []]),
        starts_at=starts,
        ends_at=starts + rng.choice([0, 10, 15, 25], m),
        pinned=np.array(pinned, dtype=int).reshape(-1, 2),
        never=np.array(never, dtype=int).reshape(-1, 2),
    )


@pytest.fixture
def town():
    """Three volunteers and two places, small enough to check by hand: the library (2 seats, worth 3 then 1)
    and the school (1 seat, worth 2). Ana comes for sure, Ben half the time, Cal for sure but not to the
    library.
    """
    return MatchProblem(
        shifts_wanted=[1, 1, 1],
        capacity=[2, 1],
        arc_volunteer=[0, 0, 1, 1, 2],
        arc_place=[0, 1, 0, 1, 1],
        arc_value=[3.0, 2.0, 1.5, 1.0, 2.0],
        arc_weight=[1.0, 1.0, 0.5, 0.5, 1.0],
        arc_km=[2.0, 5.0, 1.0, 4.0, 3.0],
        segment_start=[0, 2, 3],
        segment_size=[1, 1, 1],
        segment_drop=[0.0, 2.0, 0.0],
        volunteer_names=("Ana", "Ben", "Cal"),
        place_names=("the library", "the school"),
    )
