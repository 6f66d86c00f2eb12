"""From rows to the engine's plain problem: who could go where, and what each seat is worth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
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

    @property
    def row_of(self) -> dict[int, int]:
        return {shift.id: row for row, shift in enumerate(self.shifts)}


def read(
    campaign_id: int,
    *,
    area_paths: Sequence[str] | None,
    from_at: datetime,
    until_at: datetime,
    time_zone: str,
    km_cost_share: float = KM_COST_SHARE,
    only_held: Mapping[int, int] | None = None,
) -> Planned:
    """Read people, open shifts, curves and what stands, in a fixed number of statements, and build the arcs.

    What was offered or accepted stays: its people are busy then and its places are gone. Proposals that
    were never offered are yesterday's plan, which a new one changes only for a gain. `only_held` plans
    for the held places of refused offers alone: how many of each shift are to be passed on.
    """
    found = events.open_shifts(campaign_id, from_at=from_at, until_at=until_at, area_paths=area_paths)
    open_ = {shift.id: shift.places_left for shift in found} if only_held is None else only_held
    shifts = [replace(shift, places_left=open_[shift.id]) for shift in found if open_.get(shift.id, 0) > 0]
    volunteers = [row for row in people.volunteers_for_matching(campaign_id, area_paths) if row.is_reachable]
    until_at += LONGEST_SHIFT
    standing = _Standing(campaign_id, from_at, until_at)
    seats = seat_values(shifts, priority.value_curves(campaign_id))
    middle = float(np.median([value for each in seats for _count, value in each] or [1.0]))
    arcs = build_arcs(
        _volunteers(volunteers, standing, from_at, until_at),
        _places(shifts, seats, time_zone),
        km_cost=km_cost_share * middle,
        stay_bonus=STAY_BONUS_SHARE * middle,
        **standing.pairs(volunteers, shifts),
    )
    return Planned(volunteers, shifts, arcs, unit_of(campaign_id))


def unit_of(campaign_id: int) -> str:
    """The unit of the values: that of the newest snapshot, for one hour."""
    contest = priority.active_contest(campaign_id)
    snapshot = priority.newest_snapshot(contest.id) if contest else None
    return snapshot.unit if snapshot else "hours"


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

    def pairs(self, volunteers: Sequence[VolunteerRow], shifts: Sequence[OpenShift]) -> dict[str, Any]:
        """pinned, never and previous pairs, as rows of the problem."""
        person_row = {row.id: number for number, row in enumerate(volunteers)}
        shift_row = {shift.id: number for number, shift in enumerate(shifts)}
        refused = assignments.refused_pairs(self.campaign_id, list(shift_row))
        wished: dict[str, list[tuple[int, int]]] = {"pin": [], "never": []}
        for wish in self.wishes:
            wished[wish.kind].append((wish.person_id, wish.shift_id))
        proposed = [(p.person_id, p.shift_id) for p in self.pairs_standing if p.state is State.PROPOSED]

        def rows(pairs: Any) -> list[tuple[int, int]]:
            return [
                (person_row[person], shift_row[shift])
                for person, shift in pairs
                if person in person_row and shift in shift_row
            ]

        pinned = set(wished["pin"])
        return {
            "pinned": rows(sorted(pinned)),
            "never": rows(sorted((refused | set(wished["never"])) - pinned)),
            "previous": rows(proposed),
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
