"""A contest of counties in states with past results, as unequal as real ones."""

from __future__ import annotations

import numpy as np

from geodata.priority import Contest, District, PastResult, contest

ELECTIONS = (("2008", 16.0), ("2012", 12.0), ("2016", 8.0), ("2020", 4.0))  # name, years ago
STATES = 51
DOORS_A_VOTER = 0.55


def counties_contest(districts: int, seed: int, *, own_seats: bool = False) -> Contest:
    """`districts` counties in 51 states, four elections each.

    Registered voters are log-normal (median 17,000, sigma 1.4). Our share of the two sides' votes is 0.5 + a
    state's part (sd 0.08) + a county's (sd 0.14) + an election's (sd 0.02, common, and 0.02 by county),
    within 0.03-0.97; turnout is normal (0.62, 0.06) of the registered, within 0.3-0.9; 4 % vote for others.
    Doors are 0.55 a voter, 70 % left.
    own_seats: every county decides a seat of its own, else the state is the seat. Region: the state.
    """
    rng = np.random.default_rng(seed)
    state = rng.integers(0, STATES, districts)
    registered = np.maximum(rng.lognormal(np.log(17_000), 1.4, districts), 200).round()
    lean = 0.5 + rng.normal(0, 0.08, STATES)[state] + rng.normal(0, 0.14, districts)
    rows = [
        District(
            id=f"{row:05d}",
            seat=f"{row:05d}" if own_seats else f"state {state[row]:02d}",
            region=f"state {state[row]:02d}",
            registered=float(registered[row]),
            doors=float(DOORS_A_VOTER * registered[row]),
            doors_left=float(0.7 * DOORS_A_VOTER * registered[row]),
        )
        for row in range(districts)
    ]
    results = []
    for name, years_ago in ELECTIONS:
        share = np.clip(lean + rng.normal(0, 0.02) + rng.normal(0, 0.02, districts), 0.03, 0.97)
        total = (np.clip(rng.normal(0.62, 0.06, districts), 0.3, 0.9) * registered).round()
        ours = (0.96 * total * share).round()
        theirs = np.minimum((0.96 * total * (1 - share)).round(), total - ours)
        results += [
            PastResult(row.id, name, years_ago, float(a), float(b), float(all_), row.registered)
            for row, a, b, all_ in zip(rows, ours, theirs, total, strict=True)
        ]
    return contest(rows, results)


def electoral_votes(seats: tuple[str, ...], seed: int) -> dict[str, float]:
    """Whole numbers from 3 to 54, one for each state."""
    rng = np.random.default_rng([seed, 2])
    return dict(zip(seats, rng.integers(3, 55, len(seats)).astype(float).tolist(), strict=True))


def delegates(ids: tuple[str, ...], seed: int) -> dict[str, float]:
    """Whole numbers from 1 to 9, one for each county."""
    rng = np.random.default_rng([seed, 3])
    return dict(zip(ids, rng.integers(1, 10, len(ids)).astype(float).tolist(), strict=True))
