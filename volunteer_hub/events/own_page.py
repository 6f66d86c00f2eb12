"""What stands around a person's own shifts: what other features add, when and how they help, what they did.

The tables of app.py say who adds what: ABOVE_OWN_SHIFTS (things to do), REASONS_OF_OWN_SHIFTS (why they
were sent to a shift) and DONE_SO_FAR (figures of their work).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from volunteer_hub.core.db import db
from volunteer_hub.events import queries
from volunteer_hub.people import queries as people
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.models import Person
from volunteer_hub.people.queries import PaperRow
from volunteer_hub.people.start import NextStep, StepsOf
from volunteer_hub.people.windows import Window


@dataclass(frozen=True, slots=True)
class Done:
    """A figure of somebody's work, and what it counts."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class About:
    """The person's own page, but for its shifts. No window that gives time means any time."""

    steps: list[NextStep]
    done: list[Done]
    windows: list[Window]
    papers: tuple[PaperRow, ...]
    person: Person


DoneOf = Callable[[int], list[Done]]
ReasonsOf = Callable[[int, Sequence[int]], dict[int, str]]


def about(viewer: SignedIn, now: datetime) -> About:
    """A fixed number of statements, and those of the features that add something."""
    steps: list[StepsOf] = current_app.extensions.get("above_own_shifts", [])
    done: list[DoneOf] = current_app.extensions.get("done_so_far", [])
    return About(
        steps=[step for steps_of in steps for step in steps_of(viewer, now)],
        done=[each for done_of in done for each in done_of(viewer.id)],
        windows=[row.window for row in people.availability(viewer.id)],
        papers=people.papers_of_people([viewer.id]).get(viewer.id, ()),
        person=db.session.get_one(Person, viewer.id),
    )


def reasons(person_id: int, shift_ids: Sequence[int]) -> dict[int, str]:
    """Why the person was sent to these shifts, as far as anything is known, by shift id."""
    features: list[ReasonsOf] = current_app.extensions.get("reasons_of_own_shifts", [])
    found: dict[int, str] = {}
    for reasons_of in features if shift_ids else ():
        found |= reasons_of(person_id, shift_ids)
    return found


def shifts_done(person_id: int) -> list[Done]:
    """The shifts somebody came to, and their hours."""
    work = queries.work_done(person_id)
    if not work.shifts:
        return []
    return [Done(_("Shifts"), work.shifts), Done(_("Hours"), round(work.hours))]
