"""From rows to the engine's plain problem: who could go where, and what each seat is worth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select

from geodata.matching import ArcSet, Places, Volunteers, build_arcs
from volunteer_hub.assignments import queries as assignments
from volunteer_hub.assignments.models import State
from volunteer_hub.core.db import db
from volunteer_hub.events import queries as events
from volunteer_hub.events.queries import OpenShift
from volunteer_hub.events.wording import moment_text
from volunteer_hub.matching.free_time import offered, without
from volunteer_hub.matching.models import Wish
from volunteer_hub.matching.vocabulary import UNITS
from volunteer_hub.matching.wording import token
from volunteer_hub.matching.worth import seat_values
from volunteer_hub.people import queries as people
from volunteer_hub.people.queries import VolunteerRow
from volunteer_hub.priority import queries as priority

KM_COST_SHARE = 0.003  # of the median seat, a kilometre: 30 km cost about a tenth
LONGEST_SHIFT = timedelta(days=1)  # a shift that starts before the end of a plan may end after it
STAY_BONUS_SHARE = 0.05  # of the median seat: what changing yesterday's proposal must gain


@dataclass(frozen=True, slots=True)
class Planned:
    """A problem with the database ids of its rows."""

    volunteers: list[VolunteerRow]
    shifts: list[OpenShift]
    arcs: ArcSet
    unit: str
    people: Volunteers
    places: Places
    considered: list[int]
    """Ids of all shifts of the plan's area and time, those without a free place too."""
    previous: frozenset[tuple[int, int]]
    """(volunteer, shift) rows of the proposals that stand."""
    stay_bonus: float
    km_cost: float

    def bonus(self, volunteer: int, shift: int) -> float:
        """What the problem adds to a pair only because it stands already: no part of what it is worth."""
        return self.stay_bonus if (volunteer, shift) in self.previous else 0.0

    @property
    def row_of(self) -> dict[int, int]:
        """Row of each shift, by id."""
        return {shift.id: row for row, shift in enumerate(self.shifts)}

    @property
    def row_of_person(self) -> dict[int, int]:
        """Row of each volunteer, by id."""
        return {person.id: row for row, person in enumerate(self.volunteers)}


def read(
    campaign_id: int,
    *,
    area_paths: Sequence[str] | None,
    from_at: datetime,
    until_at: datetime,
    time_zone: str,
    km_cost_share: float = KM_COST_SHARE,
    stay_bonus_share: float = STAY_BONUS_SHARE,
    only_held: Mapping[int, int] | None = None,
    person_ids: Sequence[int] | None = None,
    one_seat_more: bool = False,
    also_arcs: Sequence[tuple[int, int]] = (),
) -> Planned:
    """Read people, open shifts, curves and what stands, in a fixed number of statements, and build the arcs.

    What was offered or accepted stays: its people are busy then and its places are gone. Proposals that
    were never offered are yesterday's plan, which a new one changes only for a gain. `only_held` plans
    for the held places of refused offers alone: how many of each shift are to be passed on.
    `person_ids` reads these people only; `one_seat_more` gives every shift a place on top of those that
    are open, to see what one would be worth; `also_arcs` are (person, shift) ids that get an arc whatever
    the limits say, for a change by hand.
    """
    found = events.open_shifts(campaign_id, from_at=from_at, until_at=until_at, area_paths=area_paths)
    open_ = {shift.id: max(shift.places_left, 0) + one_seat_more for shift in found}
    open_ = open_ if only_held is None else dict(only_held)
    shifts = [replace(shift, places_left=open_[shift.id]) for shift in found if open_.get(shift.id, 0) > 0]
    volunteers = [
        row
        for row in people.volunteers_for_matching(campaign_id, area_paths, person_ids=person_ids)
        if row.is_reachable
    ]
    until_at += LONGEST_SHIFT
    standing = _Standing(campaign_id, from_at, until_at)
    seats = seat_values(shifts, priority.value_curves(campaign_id))
    middle = float(np.median([value for each in seats for _count, value in each] or [1.0]))
    pairs = standing.pairs(volunteers, shifts)
    who, where = _volunteers(volunteers, standing, from_at, until_at), _places(shifts, seats, time_zone)
    km_cost, stay_bonus = km_cost_share * middle, stay_bonus_share * middle
    unit = unit_of(campaign_id)
    arcs = build_arcs(
        who,
        where,
        km_cost=km_cost,
        stay_bonus=stay_bonus,
        unit=unit,
        pinned=pairs["pinned"],
        never=pairs["never"],
        previous=pairs["previous"],
        kept=_rows(also_arcs, volunteers, shifts),
    )
    if also_arcs:
        arcs = replace(arcs, problem=replace(arcs.problem, kept=None))
    considered, previous = [shift.id for shift in found], frozenset(pairs["previous"])
    return Planned(volunteers, shifts, arcs, unit, who, where, considered, previous, stay_bonus, km_cost)


def unit_of(campaign_id: int) -> str:
    """The unit of a plan's worth: that of the newest snapshot, without its "per hour"."""
    contest = priority.active_contest(campaign_id)
    snapshot = priority.newest_snapshot(contest.id) if contest else None
    return UNITS.get(snapshot.unit, snapshot.unit.removesuffix(" per hour")) if snapshot else "hours"


def _rows(
    pairs: Iterable[tuple[int, int]], volunteers: Sequence[VolunteerRow], shifts: Sequence[OpenShift]
) -> list[tuple[int, int]]:
    """(person, shift) ids as rows of the problem; pairs of which one is not in it are left out."""
    person_row = {row.id: number for number, row in enumerate(volunteers)}
    shift_row = {shift.id: number for number, shift in enumerate(shifts)}
    return [
        (person_row[person], shift_row[shift])
        for person, shift in pairs
        if person in person_row and shift in shift_row
    ]


class _Standing:
    """What is settled already between two instants: who is busy when, and what is fixed by hand."""

    def __init__(self, campaign_id: int, from_at: datetime, until_at: datetime) -> None:
        self.busy: dict[int, list[tuple[int, int]]] = defaultdict(list)
        going = events.standing_between(campaign_id, from_at, until_at)
        for each in going:
            self.busy[each.person_id].append((int(each.starts_at.timestamp()), int(each.ends_at.timestamp())))
        self.pairs_standing = assignments.standing(campaign_id)
        self.taken = Counter(each.person_id for each in going)
        cards = events.shift_cards(campaign_id, {each.shift_id for each in self.pairs_standing})
        for pair in self.pairs_standing:
            card = cards.get(pair.shift_id)
            if pair.state is State.OFFERED and card is not None:
                self.busy[pair.person_id].append(
                    (int(card.starts_at.timestamp()), int(card.ends_at.timestamp()))
                )
                self.taken[pair.person_id] += 1
        self.wishes = db.session.scalars(select(Wish).where(Wish.campaign_id == campaign_id)).all()
        self.campaign_id = campaign_id

    def pairs(
        self, volunteers: Sequence[VolunteerRow], shifts: Sequence[OpenShift]
    ) -> dict[str, list[tuple[int, int]]]:
        """pinned, never and previous pairs, as rows of the problem. A pin that was offered is done with."""
        refused = assignments.refused_pairs(self.campaign_id, [shift.id for shift in shifts])
        wished: dict[str, list[tuple[int, int]]] = {"pin": [], "never": []}
        for wish in self.wishes:
            wished[wish.kind].append((wish.person_id, wish.shift_id))
        proposed = [(p.person_id, p.shift_id) for p in self.pairs_standing if p.state is State.PROPOSED]
        settled = {(p.person_id, p.shift_id) for p in self.pairs_standing if p.state is not State.PROPOSED}
        pinned = set(wished["pin"]) - settled - refused
        return {
            "pinned": _rows(sorted(pinned), volunteers, shifts),
            "never": _rows(sorted((refused | set(wished["never"])) - pinned), volunteers, shifts),
            "previous": _rows(proposed, volunteers, shifts),
        }


def _volunteers(
    rows: Sequence[VolunteerRow], standing: _Standing, from_at: datetime, until_at: datetime
) -> Volunteers:
    def free(row: VolunteerRow) -> list[tuple[int, int]] | None:
        busy = standing.busy.get(row.id, [])
        if not row.windows and not busy:
            return None
        return without(offered(row.windows, row.time_zone, from_at, until_at), busy)

    return Volunteers(
        latitude=np.array([row.latitude for row in rows], dtype=float),
        longitude=np.array([row.longitude for row in rows], dtype=float),
        shifts_wanted=np.array(
            [max(row.shifts_wanted - standing.taken[row.id], 0) for row in rows], dtype=int
        ),
        max_travel_km=np.array([row.max_travel_km for row in rows], dtype=float),
        show_chance=np.array([row.show_chance for row in rows], dtype=float),
        skills=[set(row.skills) for row in rows],
        languages=[set(row.languages) for row in rows],
        available=[free(row) for row in rows],
        names=[token(row.id) for row in rows],
    )


def _places(shifts: Sequence[OpenShift], seats: Sequence[Any], time_zone: str) -> Places:
    return Places(
        latitude=np.array([shift.latitude for shift in shifts], dtype=float),
        longitude=np.array([shift.longitude for shift in shifts], dtype=float),
        segments=seats,
        starts_at=np.array([int(shift.starts_at.timestamp()) for shift in shifts], dtype=np.int64),
        ends_at=np.array([int(shift.ends_at.timestamp()) for shift in shifts], dtype=np.int64),
        requires=[set(shift.skills) for shift in shifts],
        languages=[set(shift.languages) for shift in shifts],
        names=[f"{shift.location_name}, {moment_text(shift.starts_at, time_zone)}" for shift in shifts],
    )
