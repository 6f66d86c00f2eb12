"""From rows to the engine's plain problem: who could go where, and what each seat is worth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select

from geodata.matching.problem import Ints, Longs
from geodata.matching.reach import ReachProblem
from volunteer_hub.assignments import queries as assignments
from volunteer_hub.assignments.models import State
from volunteer_hub.core.db import db
from volunteer_hub.events import queries as events
from volunteer_hub.events.queries import OpenShift
from volunteer_hub.events.wording import moment_text
from volunteer_hub.matching.columns import people_columns, site_columns
from volunteer_hub.matching.free_time import Span
from volunteer_hub.matching.models import Wish
from volunteer_hub.matching.said import Asked, Saying
from volunteer_hub.matching.stand_ins import token
from volunteer_hub.matching.vocabulary import UNITS
from volunteer_hub.matching.worth import seat_values
from volunteer_hub.people import queries as people
from volunteer_hub.people.queries import VolunteerRow
from volunteer_hub.priority import queries as priority

KM_COST_SHARE = 0.003  # of the median seat, a kilometre: 30 km cost about a tenth
LONGEST_SHIFT = timedelta(days=1)  # a shift that starts before the end of a plan may end after it
STAY_BONUS_SHARE = 0.05  # of the median seat: what changing yesterday's proposal must gain

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A problem with the database ids of its rows; all that a plan needs to be saved.

    person_ids (n,), shift_ids (m,): of the rows; considered: ids of all shifts of the plan's area and time,
    those without a free place too; unit: of all worth.
    """

    problem: ReachProblem
    person_ids: Longs
    shift_ids: Longs
    considered: Longs
    unit: str

    @property
    def row_of(self) -> dict[int, int]:
        """Row of each shift, by id."""
        return {shift_id: row for row, shift_id in enumerate(self.shift_ids.tolist())}

    @property
    def row_of_person(self) -> dict[int, int]:
        """Row of each volunteer, by id."""
        return {person_id: row for row, person_id in enumerate(self.person_ids.tolist())}


@dataclass(frozen=True, slots=True)
class Read:
    """A problem with the rows it was made of.

    busy: by person id when they already go somewhere or were offered a place, epoch seconds; proposed: all
    (person, shift) ids proposed at the shifts considered, whether or not they are in the problem.
    """

    planned: Planned
    volunteers: list[VolunteerRow]
    shifts: list[OpenShift]
    busy: Mapping[int, Sequence[Span]]
    proposed: frozenset[Pair]


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
    not_before: datetime | None = None,
) -> Read:
    """Read people, open shifts, curves and what stands, in a fixed number of statements.

    What was offered or accepted stays: its people are busy then and its places are gone. Proposals that
    were never offered are yesterday's plan, which a new one changes only for a gain. `only_held` plans
    for the held places of refused offers alone: how many of each shift are to be passed on.
    `person_ids` reads these people only; `one_seat_more` gives every shift a place on top of those that
    are open, to see what one would be worth. `not_before` leaves out shifts that start earlier; those whom
    such a shift takes still count it among the shifts they have.
    """
    first = max(from_at, not_before) if not_before else from_at
    found = events.open_shifts(campaign_id, from_at=first, until_at=until_at, area_paths=area_paths)
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
    asked = Asked(shifts, time_zone)
    saying = Saying.read(campaign_id, asked, person_ids)
    sites = site_columns(shifts, seats, asked)
    problem = ReachProblem(
        people=people_columns(
            volunteers,
            standing.busy,
            standing.taken,
            sites.slot_times,
            saying,
            from_at=from_at,
            until_at=until_at,
        ),
        sites=sites,
        km_cost=km_cost_share * middle,
        stay_bonus=stay_bonus_share * middle,
        volunteer_names=np.array([token(row.id) for row in volunteers], dtype=object),
        place_names=np.array([_name(shift, time_zone) for shift in shifts], dtype=object),
        **pairs,
    )
    considered = np.array([shift.id for shift in found], np.int64)
    planned = Planned(
        problem,
        np.array([row.id for row in volunteers], np.int64),
        np.array([shift.id for shift in shifts], np.int64),
        considered,
        unit_of(campaign_id),
    )
    return Read(planned, volunteers, shifts, standing.busy, standing.proposed(set(considered.tolist())))


def unit_of(campaign_id: int) -> str:
    """The unit of a plan's worth: that of the newest snapshot, without its "per hour"."""
    contest = priority.active_contest(campaign_id)
    snapshot = priority.newest_snapshot(contest.id) if contest else None
    return UNITS.get(snapshot.unit, snapshot.unit.removesuffix(" per hour")) if snapshot else "hours"


def _name(shift: OpenShift, time_zone: str) -> str:
    return f"{shift.location_name}, {moment_text(shift.starts_at, time_zone)}"


def _rows(pairs: Iterable[Pair], volunteers: Sequence[VolunteerRow], shifts: Sequence[OpenShift]) -> Ints:
    """(person, shift) ids as rows of the problem; pairs of which one is not in it are left out."""
    person_row = {row.id: number for number, row in enumerate(volunteers)}
    shift_row = {shift.id: number for number, shift in enumerate(shifts)}
    rows = [
        (person_row[person], shift_row[shift])
        for person, shift in sorted(pairs)
        if person in person_row and shift in shift_row
    ]
    return np.array(rows, np.int32).reshape(-1, 2)


class _Standing:
    """What is settled already between two instants: who is busy when, and what is fixed by hand."""

    def __init__(self, campaign_id: int, from_at: datetime, until_at: datetime) -> None:
        self.busy: dict[int, list[Span]] = defaultdict(list)
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

    def proposed(self, shift_ids: set[int]) -> frozenset[Pair]:
        """(person, shift) ids of what is proposed at these shifts."""
        return frozenset(
            (each.person_id, each.shift_id)
            for each in self.pairs_standing
            if each.state is State.PROPOSED and each.shift_id in shift_ids
        )

    def pairs(self, volunteers: Sequence[VolunteerRow], shifts: Sequence[OpenShift]) -> dict[str, Ints]:
        """pinned, never and previous pairs, as rows of the problem. A pin that was offered is done with."""
        refused = assignments.refused_pairs(self.campaign_id, [shift.id for shift in shifts])
        wished: dict[str, set[Pair]] = {"pin": set(), "never": set()}
        for wish in self.wishes:
            wished[wish.kind].add((wish.person_id, wish.shift_id))
        settled = {(p.person_id, p.shift_id) for p in self.pairs_standing if p.state is not State.PROPOSED}
        pinned = wished["pin"] - settled - refused
        return {
            "pinned": _rows(pinned, volunteers, shifts),
            "never": _rows((refused | wished["never"]) - pinned, volunteers, shifts),
            "previous": _rows(self.proposed({shift.id for shift in shifts}), volunteers, shifts),
        }
