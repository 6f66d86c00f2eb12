"""An invented campaign's sign-ups, with what is assumed of people written down; for tests and simulations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.showing.sign_ups import Flags, Floats, SignUps, expit


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Of the invented world, in log-odds unless said otherwise. What is measured comes from field.md section
    2 ("Flake": about half do not come); the rest is assumed, and none of it is told to the learner.

    usual: of a newcomer who signed up on the day, was asked and stayed silent. person_sd: people differ for
    good. day_sd: of the factor that a shift's people share. confirmed: added by a yes; share_asked,
    share_yes: of people asked, and of those asked who say yes (more of those who will come). per_day_log:
    per log(1 + days between). Shares of people: brought, put_on, waited, unreachable.
    """

    usual: float = 0.25
    person_sd: float = 0.9
    day_sd: float = 0.4
    confirmed: float = 1.1
    share_asked: float = 0.85
    share_yes: float = 0.45
    per_day_log: float = -0.3
    per_km_log: float = -0.15
    first_time: float = -0.3
    brought: float = 0.35
    put_on: float = 0.2
    waited: float = -0.35
    weekend: float = 0.15
    morning: float = -0.25
    unreachable: float = -0.4


WORLD = Assumptions()


class World:
    """People who sign up for one shift after another and come or not, by Assumptions. Seeded."""

    def __init__(self, seed: int, assumed: Assumptions = WORLD, *, people: int = 600) -> None:
        self.assumed = assumed
        self._rng = np.random.default_rng(seed)
        self._person = self._rng.normal(0, assumed.person_sd, people)
        self._came = np.zeros(people)
        self._missed = np.zeros(people)
        self._km = np.where(self._rng.random(people) < 0.1, np.nan, self._rng.gamma(2.0, 4.0, people))
        self._reachable = self._rng.random(people) > 0.06
        self._shifts = 0

    def shift(self, size: int) -> tuple[SignUps, Floats]:
        """Sign-ups (size,) of different people for the next shift; their true log-odds, the day apart."""
        who = self._rng.choice(len(self._person), min(size, len(self._person)), replace=False)
        rows = self._sign_ups(who)
        self._who = who
        self._shifts += 1
        return rows, self._log_odds(who, rows)

    def day(self) -> float:
        """What today does to everybody's log-odds."""
        return float(self._rng.normal(0, self.assumed.day_sd))

    def happens(self, log_odds: Floats) -> Flags:
        """Who of the last shift's people comes today; it goes into their records."""
        came = self._rng.random(len(log_odds)) < expit(log_odds + self.day())
        self._came[self._who[: len(came)]] += came
        self._missed[self._who[: len(came)]] += ~came
        return came

    def history(self, shifts: int, size: int) -> tuple[SignUps, Flags]:
        """So many shifts of so many sign-ups each, and who came."""
        rows, log_odds = self.shift(size)
        came = self.happens(log_odds)
        for _ in range(shifts - 1):
            more, log_odds = self.shift(size)
            rows, came = rows.and_then(more), np.concatenate([came, self.happens(log_odds)])
        return rows, came

    def _sign_ups(self, who: np.ndarray[tuple[int], np.dtype[np.int64]]) -> SignUps:
        rng, n, assumed = self._rng, len(who), self.assumed
        is_asked = rng.random(n) < assumed.share_asked
        lean = expit(np.log(assumed.share_yes / (1 - assumed.share_yes)) + self._person[who])
        source = rng.random(n)
        return SignUps(
            shift=np.full(n, self._shifts, np.int64),
            came_before=self._came[who],
            missed_before=self._missed[who],
            days_ahead=rng.gamma(1.2, 5.0, n),
            is_asked=is_asked,
            is_confirmed=is_asked & (rng.random(n) < lean),
            is_early=np.zeros(n, bool),
            is_brought=source < 0.12,
            is_put_on=(source >= 0.12) & (source < 0.3),
            is_from_waiting=(source >= 0.3) & (source < 0.36),
            km=self._km[who],
            is_weekend=np.full(n, rng.random() < 0.5),
            hour=np.full(n, rng.choice([9.0, 10.0, 13.0, 17.5])),
            is_reachable=self._reachable[who],
        )

    def _log_odds(self, who: np.ndarray[tuple[int], np.dtype[np.int64]], rows: SignUps) -> Floats:
        a = self.assumed
        return np.asarray(
            a.usual
            + self._person[who]
            + a.confirmed * rows.is_confirmed
            + a.per_day_log * (np.log1p(rows.days_ahead) - 1.5)
            + a.per_km_log * (np.log1p(np.nan_to_num(rows.km, nan=8.0)) - 2.0)
            + a.first_time * (rows.came_before + rows.missed_before == 0)
            + a.brought * rows.is_brought
            + a.put_on * rows.is_put_on
            + a.waited * rows.is_from_waiting
            + a.weekend * rows.is_weekend
            + a.morning * (rows.hour < 10)
            + a.unreachable * ~rows.is_reachable
        )
