"""What all people of one shift share: rain, a game on television, a lead whom everybody likes.

Given the shared factor u (standard normal), each person comes with log-odds a + sd x u, and a is such that
the chance over all u is the person's own. Who takes people for independent understates the risk of falling
short: with 31 sign-ups at 0.65, sd 0.4 widens the spread of how many come from 2.7 to 3.8 people.
"""

from __future__ import annotations

import numpy as np

from geodata.showing.sign_ups import Flags, Floats, Longs, expit, logit

ASSUMED_SD = 0.35
"""Of the shared factor in log-odds before history says more: a bad day takes 65 % down to 57 %."""
ASSUMED_SPREAD = 0.5  # of the logarithm of that assumption
NODES = np.linspace(-4.0, 4.0, 41)
WEIGHTS = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()
FINE_NODES = np.linspace(-4.0, 4.0, 401)
FINE_WEIGHTS = np.exp(-0.5 * FINE_NODES**2) / np.exp(-0.5 * FINE_NODES**2).sum()
"""For thousands of people, whose number at one value of the factor spreads little."""
GRID = np.geomspace(0.05, 1.5, 14)
MOST_ROWS = 20_000
_ATTENUATION = (16 * np.sqrt(3) / (15 * np.pi)) ** 2


def given_shared(chances: Floats, sd: float, *, is_fine: bool = False) -> Floats:
    """(nodes, n): chances at each value of the shared factor; weighted they average to `chances`.

    Nodes and weights: NODES and WEIGHTS, or the fine ones.
    """
    nodes, weights = (FINE_NODES, FINE_WEIGHTS) if is_fine else (NODES, WEIGHTS)
    own = np.clip(np.asarray(chances, np.float64), 1e-6, 1 - 1e-6)
    inner = logit(own) * np.sqrt(1 + _ATTENUATION * sd**2)  # close; then Newton to be exact
    for _ in range(4):
        given = expit(inner[None, :] + sd * nodes[:, None])
        slope = weights @ (given * (1 - given))
        inner = inner - (weights @ given - own) / np.maximum(slope, 1e-9)
    return expit(inner[None, :] + sd * nodes[:, None])


def shared_sd(chances: Floats, came: Flags, shift: Longs) -> float:
    """How strong the shared factor was in history, drawn to ASSUMED_SD while there are few shifts.

    The mean of its posterior: log-normal assumption times the likelihood of each shift's people together.
    chances: those of rows that the fit had not seen. Of long histories the last
    MOST_ROWS rows count.
    """
    chances, came, shift = chances[-MOST_ROWS:], came[-MOST_ROWS:], shift[-MOST_ROWS:]
    prior = -0.5 * (np.log(GRID / ASSUMED_SD) / ASSUMED_SPREAD) ** 2
    posterior = prior + np.array([_likelihood(chances, came, shift, sd) for sd in GRID])
    weight = np.exp(posterior - posterior.max())
    return float(weight @ GRID / weight.sum())


def _likelihood(chances: Floats, came: Flags, shift: Longs, sd: float) -> float:
    """Logarithm of the chance of all that happened, each shift averaged over its shared factor."""
    if not len(chances):
        return 0.0
    _, number = np.unique(shift, return_inverse=True)
    own = logit(np.clip(chances, 1e-6, 1 - 1e-6)) * np.sqrt(1 + _ATTENUATION * sd**2)
    nodes, weights = NODES[::2], 2 * WEIGHTS[::2]  # a likelihood is smooth: half of them do
    sums = np.empty((len(nodes), int(number.max()) + 1))
    for node, u in enumerate(nodes):
        log_odds = own + sd * u
        sums[node] = np.bincount(number, weights=came * log_odds - np.logaddexp(0.0, log_odds))
    top = sums.max(axis=0)
    return float(np.sum(top + np.log(weights @ np.exp(sums - top))))
