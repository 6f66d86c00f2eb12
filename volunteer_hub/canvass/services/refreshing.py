"""After reports changed: bring standings of doors, visits of turfs and progress of places up to date.

Everything kept is derived from the standing reports, and progress moves by the CHANGE of a door's standing,
so it does not matter in which order, how often or in how many pieces the reports arrived.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from volunteer_hub.canvass import queries
from volunteer_hub.canvass.queries import DoorSummary
from volunteer_hub.canvass.vocabulary import OPPONENTS, SUPPORTERS, UNDECIDED
from volunteer_hub.priority import services as priority
from volunteer_hub.priority.services import COUNTS, Increment
from volunteer_hub.turf import services as turf
from volunteer_hub.turf.services import Standing, Visit

Place = tuple[int, int | None]


def refresh(
    campaign_id: int,
    places: Mapping[int, Place],
    *,
    in_turfs: Collection[tuple[int, int]] = (),
    now: datetime,
) -> int:
    """Derive anew what is kept of these doors. Returns how many doors stand differently than before.

    places: door id to (district id, precinct id). in_turfs: (turf id, door id) pairs whose visit may have
    changed. Takes the doors' locks (again, if the caller holds them already).
    """
    before = turf.lock_standings(campaign_id, places)
    found = queries.summaries(list(places))
    after = {door: _standing(door, places[door], found.get(door)) for door in places}
    changed = [door for door in places if before[door] != after[door]]
    turf.keep_standings(campaign_id, [after[door] for door in changed])
    turf.keep_visits(_visits(in_turfs))
    add_changes(campaign_id, [(before[door], after[door]) for door in changed], now=now)
    return len(changed)


def add_changes(campaign_id: int, changes: Iterable[tuple[Standing, Standing]], *, now: datetime) -> None:
    """Move progress by what changed at each door; a door that changed its precinct moves its counts along."""
    sums: dict[Place, list[int]] = {}
    for before, after in changes:
        for standing, sign in ((before, -1), (after, 1)):
            place = (standing.district_id, standing.precinct_id)
            total = sums.setdefault(place, [0] * len(COUNTS))
            for row, count in enumerate(_counts(standing)):
                total[row] += sign * count
    moved = [
        Increment(*place, **dict(zip(COUNTS, total, strict=True)))
        for place, total in sums.items()
        if any(total)
    ]
    if moved:
        priority.add_progress(campaign_id, moved, now=now)


def _counts(standing: Standing) -> tuple[int, ...]:
    """What one door adds to the progress of its place, in the order of COUNTS."""
    return (
        standing.attempts,
        standing.contacts,
        standing.support in SUPPORTERS,
        standing.support in OPPONENTS,
        standing.support in UNDECIDED,
        standing.attempts > 0,
        standing.is_finished,
    )


def _standing(door_id: int, place: Place, summary: DoorSummary | None) -> Standing:
    if summary is None:
        return Standing(door_id, *place)
    return Standing(
        door_id,
        *place,
        attempts=summary.attempts,
        contacts=summary.contacts,
        support=summary.support,
        result=summary.result,
        last_at=summary.last_at,
        is_finished=summary.is_finished,
    )


def _visits(pairs: Collection[tuple[int, int]]) -> list[Visit]:
    found = queries.last_in_turf(pairs)
    return [Visit(*pair, *found.get(pair, (None, None))) for pair in pairs]
