"""Which open turf suits whom of those at the table, by the engine that plans shifts, with reasons.

Everybody gets another turf, together the most worth: what an hour is worth in the turf's precinct, times the
hours at doors that are left after the way there and back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from flask_babel import gettext as _
from flask_babel import ngettext

from geodata.crs import great_circle_km
from geodata.matching import MatchProblem, match
from volunteer_hub.core.display import miles_text
from volunteer_hub.events.queries import ShiftPerson
from volunteer_hub.turf.queries import TurfLine

WALK_KMH = 4.5
ON_FOOT_KM = 1.5
DRIVE_KMH = 25.0
WAIT_MIN = 10.0
LEAST_MIN = 5.0
"""A turf at which less time than this is left is nothing to send somebody to."""
SPEAKS_MORE = 1.15
"""A turf where doors wanted another language is worth this much more to somebody who has one."""
TIME_LIMIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A turf for a person, and why."""

    turf_id: int
    turf_name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Where people start from and how long they have. other_language: doors by turf that asked for one."""

    latitude: float
    longitude: float
    minutes: float
    language: str = "en"
    other_language: Mapping[int, int] | None = None


def suggestions(
    people: Sequence[ShiftPerson], turfs: Sequence[TurfLine], table: Table
) -> dict[int, Suggestion]:
    """A turf for each person, by id; nobody gets what another one gets. People for whom nothing fits miss."""
    if not people or not turfs:
        return {}
    km = _km(turfs, table)
    worth = np.array([[_worth(who, turf, km[at], table) for at, turf in enumerate(turfs)] for who in people])
    volunteer, place = np.nonzero(worth > 0)
    if not len(volunteer):
        return {}
    found = match(
        MatchProblem(
            shifts_wanted=np.ones(len(people), dtype=np.int32),
            capacity=np.ones(len(turfs), dtype=np.int64),
            arc_volunteer=volunteer.astype(np.int32),
            arc_place=place.astype(np.int32),
            arc_value=worth[volunteer, place],
        ),
        time_limit_s=TIME_LIMIT_S,
    )
    best = max((turf.value_per_hour or 0.0 for turf in turfs), default=0.0)
    return {
        people[who].person_id: Suggestion(
            turfs[at].id, turfs[at].name, tuple(_reasons(people[who], turfs[at], float(km[at]), best, table))
        )
        for who, at in np.asarray(found.pairs).tolist()
    }


def _km(turfs: Sequence[TurfLine], table: Table) -> np.ndarray:
    return great_circle_km(
        table.latitude,
        table.longitude,
        np.array([turf.start_latitude for turf in turfs]),
        np.array([turf.start_longitude for turf in turfs]),
    )


def _worth(who: ShiftPerson, turf: TurfLine, km: float, table: Table) -> float:
    """Value per hour times hours at doors; 0 for what is too far or leaves no time."""
    if km > who.max_travel_km:
        return 0.0
    minutes = min(turf.minutes_left, table.minutes - 2 * _way_min(who, km))
    if minutes < LEAST_MIN:
        return 0.0
    more = SPEAKS_MORE if _speaks_more(who, turf, table) else 1.0
    return (turf.value_per_hour if turf.value_per_hour is not None else 1.0) * minutes / 60 * more


def _way_min(who: ShiftPerson, km: float) -> float:
    """One way: on foot where it is near, else by car or bus, for which those without a car wait."""
    if km <= ON_FOOT_KM:
        return 60 * km / WALK_KMH
    return 60 * km / DRIVE_KMH + (0.0 if "drive" in who.skills else WAIT_MIN)


def _speaks_more(who: ShiftPerson, turf: TurfLine, table: Table) -> bool:
    asked = (table.other_language or {}).get(turf.id, 0)
    return bool(asked) and any(code != table.language for code in who.languages)


def _reasons(who: ShiftPerson, turf: TurfLine, km: float, best: float, table: Table) -> list[str]:
    said = []
    if turf.value_per_hour and turf.value_per_hour >= best:
        said.append(_("an hour is worth most here"))
    elif turf.rank:
        said.append(_("precinct number %(rank)s in worth", rank=turf.rank))
    said.append(_distance(km))
    left = table.minutes - 2 * _way_min(who, km)
    if turf.minutes_left <= left:
        said.append(_("fits the time left"))
    else:
        said.append(
            _("about %(share)s %% of it fits the time left", share=round(100 * left / turf.minutes_left))
        )
    asked = (table.other_language or {}).get(turf.id, 0)
    if asked and _speaks_more(who, turf, table):
        said.append(
            ngettext(
                "%(num)d door asked for another language", "%(num)d doors asked for another language", asked
            )
        )
    return said


def _distance(km: float) -> str:
    return _("%(way)s from the table", way=miles_text(km))
