"""What had to change in a plan since it was made, in sentences for its pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from volunteer_hub.matching import pages, queries, stand_ins, wording
from volunteer_hub.matching.models import Run
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign

MOST_LINES = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One person whose proposal changed."""

    person_id: int
    made_at: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class Since:
    """count: people whose proposals changed; lines: of the newest of them; hindered: why the last try to
    bring the plan up to date did not succeed, if so.
    """

    count: int
    lines: list[Line]
    hindered: str


def since(run: Run, campaign: Campaign) -> Since:
    """The changes of a plan, the newest first. Three statements."""
    made = queries.replans(run)
    rows = [(replan.made_at, line) for replan in made for line in replan.changes]
    shown = rows[:MOST_LINES]
    shift_ids = {
        shift_id for _at, line in shown for shift_id in [*(each[0] for each in line["lost"]), *line["gained"]]
    }
    shifts = pages.shift_names(campaign, shift_ids)
    hindered = made[0].message if made else ""
    names = people.names([*(line["person_id"] for _at, line in shown), *stand_ins.people_in([hindered])])
    lines = [
        Line(
            line["person_id"],
            at,
            wording.changed(line, names.get(line["person_id"], stand_ins.somebody()), shifts),
        )
        for at, line in shown
    ]
    return Since(len(rows), lines, stand_ins.told(hindered, names))
