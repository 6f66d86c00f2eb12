"""How many doors and talks will be done by a day, from the recent pace, with an honest interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from geodata.priority.contest import Floats
from geodata.priority.params import Z90

RECENT_DAYS = 21
_WEEKEND_PRIOR_DAYS = 4.0  # so many days of the general pace are mixed into weekends' and weekdays' own
_PACE_PRIOR_HOURS = 20.0
_PRIOR_PACE = 20.0  # doors an hour, between dense 25 and sparse 15 (Wellstone formulas)
_PRIOR_DAY_CV = 1.0  # before there is a history, days differ by as much as they average


@dataclass(frozen=True, slots=True)
class DayDone:
    """What was done on one day: doors knocked, contacts (talks), people out, hours they were out together."""

    on: date
    doors: float
    contacts: float
    people: float = 0.0
    hours: float = 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """From tomorrow to the deadline, both included: doors and contacts as (low, expected, high), 90 %.

    doors never exceed the doors left. finished_on: the day the expected pace runs out of doors, or None.
    sentence: the forecast in words.
    """

    days: int
    doors: tuple[float, float, float]
    contacts: tuple[float, float, float]
    doors_left: float
    finished_on: date | None
    sentence: str


def forecast(
    history: Sequence[DayDone],
    *,
    today: date,
    deadline: date,
    doors_left: float,
    planned_hours: Mapping[date, float] | None = None,
    contact_rate: float = 0.20,
) -> Forecast:
    """Doors and contacts from tomorrow to `deadline`.

    history: any days in any order; days without an entry since the first one count as zero, and only the
    last 21 before `today` are used. Weekends and weekdays keep their own pace, leaning on the common one
    while few. planned_hours: hours expected out on coming days (accepted shifts times the chance to show
    up); a day named there is forecast by its hours times the pace seen, all others by the recent daily pace.
    contact_rate is used until there is a history.

    The interval holds two errors: days differ from each other, and the pace is known from few days only.
    Raises ValueError for a negative count or two entries of a day.
    """
    _check(history, doors_left, planned_hours)
    ahead = [today + timedelta(days=k) for k in range(1, (deadline - today).days + 1)]
    days, done = _recent(history, today)
    mean, sd, pace_sd = _daily(ahead, days, done, history, planned_hours or {})
    total, spread = float(mean.sum()), float(np.sqrt((sd**2).sum() + pace_sd.sum() ** 2))
    low, high = max(total - Z90 * spread, 0.0), total + Z90 * spread
    doors = tuple(min(x, float(doors_left)) for x in (low, total, high))
    rate, rate_sd = _rate(history, contact_rate)
    contacts = (
        doors[0] * max(rate - Z90 * rate_sd, 0.0),
        doors[1] * rate,
        doors[2] * min(rate + Z90 * rate_sd, 1.0),
    )
    finished = _finished(ahead, mean, doors_left)
    sentence = _sentence(len(ahead), doors, contacts, doors_left, deadline, finished)
    return Forecast(
        len(ahead), (doors[0], doors[1], doors[2]), contacts, float(doors_left), finished, sentence
    )


def _check(history: Sequence[DayDone], doors_left: float, planned: Mapping[date, float] | None) -> None:
    if doors_left < 0 or any(h < 0 for h in (planned or {}).values()):
        raise ValueError("doors left and planned hours must be 0 or more")
    if len({d.on for d in history}) != len(history):
        raise ValueError("a day is given twice in the history; add its counts together first")
    for d in history:
        if min(d.doors, d.contacts, d.people, d.hours) < 0 or d.contacts > d.doors:
            raise ValueError(f"{d.on}: counts must be 0 or more, and contacts no more than doors")


def _recent(history: Sequence[DayDone], today: date) -> tuple[list[date], Floats]:
    """The days since the first one (at most 21, up to yesterday; today is not over) and the doors of each."""
    doors = {d.on: d.doors for d in history if d.on < today}
    if not doors:
        return [], np.zeros(0)
    first = max(min(doors), today - timedelta(days=RECENT_DAYS))
    days = [first + timedelta(days=k) for k in range((today - first).days)]
    return days, np.array([doors.get(day, 0.0) for day in days], dtype=np.float64)


def _daily(
    ahead: list[date],
    days: list[date],
    done: Floats,
    history: Sequence[DayDone],
    planned: Mapping[date, float],
) -> tuple[Floats, Floats, Floats]:
    """Per coming day: expected doors, error of that day alone, error of the pace common to all days."""
    mean, sd, common = (np.zeros(len(ahead)) for _ in range(3))
    pace, pace_cv = _hourly(history)
    for k, day in enumerate(ahead):
        if day in planned:
            mean[k] = planned[day] * pace
            sd[k], common[k] = 0.3 * mean[k], pace_cv * mean[k]  # turnout of people on a day; the pace itself
        elif len(done):
            mean[k], sd[k], common[k] = _like(day, days, done)
    return mean, sd, common


def _like(day: date, days: list[date], done: Floats) -> tuple[float, float, float]:
    """The pace of days like this one (weekend or not), leaning on the pace of all days."""
    alike = np.array([(d.weekday() >= 5) == (day.weekday() >= 5) for d in days])
    overall, n = float(done.mean()), int(alike.sum())
    mean = (done[alike].sum() + _WEEKEND_PRIOR_DAYS * overall) / (n + _WEEKEND_PRIOR_DAYS)
    left_over = done - np.where(alike, mean, overall)
    # A prior of days that differ by as much as they average keeps two equal days from looking like certainty.
    variance = ((left_over**2).sum() + 2 * (_PRIOR_DAY_CV * overall) ** 2) / (len(done) + 1)
    return float(mean), float(np.sqrt(variance)), float(np.sqrt(variance / (n + _WEEKEND_PRIOR_DAYS)))


def _hourly(history: Sequence[DayDone]) -> tuple[float, float]:
    """Doors an hour and its error as a share of it; 20 until hours have been seen."""
    hours = sum(d.hours for d in history)
    doors = sum(d.doors for d in history if d.hours > 0)
    pace = (doors + _PACE_PRIOR_HOURS * _PRIOR_PACE) / (hours + _PACE_PRIOR_HOURS)
    return pace, 0.25 * float(np.sqrt(_PACE_PRIOR_HOURS / (hours + _PACE_PRIOR_HOURS)))


def _rate(history: Sequence[DayDone], prior: float) -> tuple[float, float]:
    doors, contacts = sum(d.doors for d in history), sum(d.contacts for d in history)
    strength = 43.0  # the doors that 0.10 to 0.30 is worth as a 90 % interval around 0.20
    rate = (contacts + strength * prior) / (doors + strength)
    return rate, float(np.sqrt(rate * (1 - rate) / (doors + strength)))


def _finished(ahead: list[date], mean: Floats, doors_left: float) -> date | None:
    reached = np.flatnonzero(np.cumsum(mean) >= doors_left)
    return ahead[int(reached[0])] if len(reached) else None


def _sentence(
    days: int,
    doors: Sequence[float],
    contacts: Sequence[float],
    left: float,
    deadline: date,
    finished: date | None,
) -> str:
    if left < 1:
        return "All doors are done."
    if days < 1:
        return f"The deadline is here with {left:,.0f} doors left."
    if doors[2] == 0:
        return (
            f"Nothing has been done yet, so nothing can be said; {left:,.0f} doors are left for {days} days."
        )
    by = f"By {_day(deadline)}, about {doors[1]:,.0f} doors ({doors[0]:,.0f} to {doors[2]:,.0f})"
    talks = f"and {contacts[1]:,.0f} talks ({contacts[0]:,.0f} to {contacts[2]:,.0f})"
    if finished is not None:
        return f"{by} {talks}; all {left:,.0f} doors left would be done on {_day(finished)}."
    short = left - doors[1]
    need = f", {short / max(days, 1):,.0f} more a day are needed to finish"
    return f"{by} {talks} of {left:,.0f} left{need}."


def _day(day: date) -> str:
    """“November 2, 2027”: a deadline may be a year away."""
    return f"{day:%B} {day.day}, {day.year}"
