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
GRID = np.geomspace(0.05, 1.5, 24)
MOST_ROWS = 20_000
_ATTENUATION = (16 * np.sqrt(3) / (15 * np.pi)) ** 2


def given_shared(chances: Floats, sd: float) -> Floats:
    """(len(NODES), n): chances at each value of the shared factor, whose WEIGHTS average to `chances`."""
    own = np.clip(np.asarray(chances, np.float64), 1e-6, 1 - 1e-6)
    inner = logit(own) * np.sqrt(1 + _ATTENUATION * sd**2)  # close; then Newton to be exact
    for _ in range(4):
        given = expit(inner[None, :] + sd * NODES[:, None])
        slope = WEIGHTS @ (given * (1 - given))
        inner = inner - (WEIGHTS @ given - own) / np.maximum(slope, 1e-9)
    return expit(inner[None, :] + sd * NODES[:, None])


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
    sums = np.empty((len(NODES), int(number.max()) + 1))
    for node, u in enumerate(NODES):
        log_odds = own + sd * u
        sums[node] = np.bincount(number, weights=came * log_odds - np.logaddexp(0.0, log_odds))
    top = sums.max(axis=0)
    return float(np.sum(top + np.log(WEIGHTS @ np.exp(sums - top))))
