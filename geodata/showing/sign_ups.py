"""Sign-ups as columns, and the few honest features that a chance is learned from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FACTORS = (
    "record",  # of this person, as log-odds, shrunk to the campaign's mean
    "first_time",
    "experience",  # log(1 + shifts of the record)
    "days_ahead",  # log(1 + days between sign-up and shift)
    "brought",  # by a friend who signed them up
    "put_on",  # by staff or an offer, not of their own accord
    "waited",  # came from the waiting list
    "distance",  # log(1 + km)
    "weekend",
    "evening",  # starts at 17:00 or later
    "morning",  # starts before 10:00
    "unreachable",  # agreed to no message
    "silent",  # was asked to confirm and did not answer
    "confirmed",  # said yes when asked
)
LATE_ONLY = ("silent", "confirmed")
"""Known only once people were asked: before, nobody is less likely to come for having said nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class SignUps:
    """Sign-ups (n,). What was not known when the shift began is not among them.

    shift: any number, the same for those of one shift. came_before, missed_before: shifts of the person
    before this one. days_ahead: from the sign-up to the start. is_asked: the message that asks to confirm
    went out; is_confirmed: they said yes; is_early: both are still ahead, never so in history. km: from home,
    nan where unknown. hour: of the start, local.
    """

    shift: Longs
    came_before: Floats
    missed_before: Floats
    days_ahead: Floats
    is_asked: Flags
    is_confirmed: Flags
    is_early: Flags
    is_brought: Flags
    is_put_on: Flags
    is_from_waiting: Flags
    km: Floats
    is_weekend: Flags
    hour: Floats
    is_reachable: Flags

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self._columns().items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of different lengths: {lengths}")

    def __len__(self) -> int:
        return len(self.shift)

    def take(self, rows: Any) -> SignUps:
        """Those rows, by a mask or by positions."""
        return SignUps(**{name: column[rows] for name, column in self._columns().items()})

    def and_then(self, other: SignUps) -> SignUps:
        """These and those behind them."""
        mine, theirs = self._columns(), other._columns()
        return SignUps(**{name: np.concatenate([mine[name], theirs[name]]) for name in mine})

    def before_asking(self) -> SignUps:
        """The same as they looked days before, when nobody had been asked."""
        never = np.zeros(len(self), bool)
        return replace(self, is_asked=never, is_confirmed=never, is_early=~never)

    def _columns(self) -> dict[str, npt.NDArray[Any]]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def features(rows: SignUps, mean: float, strength: float) -> Floats:
    """(n, len(FACTORS)) float64, in the order of FACTORS; nan where a distance is unknown.

    mean: of the campaign, 0 to 1. strength: as many shifts at the mean as a record is mixed with, so that a
    newcomer has the campaign's mean and one missed shift does not make a person unreliable.
    """
    shifts = rows.came_before + rows.missed_before
    own = (rows.came_before + strength * mean) / (shifts + strength)
    columns = (
        logit(own) - logit(np.array(mean)),
        shifts == 0,
        np.log1p(shifts),
        np.log1p(np.maximum(rows.days_ahead, 0.0)),
        rows.is_brought,
        rows.is_put_on,
        rows.is_from_waiting,
        np.log1p(np.maximum(rows.km, 0.0)),
        rows.is_weekend,
        rows.hour >= 17,
        rows.hour < 10,
        ~rows.is_reachable,
        rows.is_asked & ~rows.is_confirmed,
        rows.is_confirmed,
    )
    return np.column_stack([np.asarray(each, np.float64) for each in columns])


def logit(chance: Floats) -> Floats:
    """Log-odds of chances between 0 and 1."""
    return np.log(chance) - np.log1p(-chance)


def expit(log_odds: Floats) -> Floats:
    """Chances of log-odds, never quite 0 or 1."""
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -30.0, 30.0)))
