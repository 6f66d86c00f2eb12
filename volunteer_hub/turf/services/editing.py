"""Editing a cut by hand: doors moved, turfs merged, split and locked, and the last of it undone.

Every edit says which version of the cut its author saw; whoever saw an older one is refused. What is in
somebody's hands, or locked, stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, hypot, radians
from typing import Any

import shapely
from flask_babel import gettext as _
from flask_babel import ngettext
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.districts.models import Door
from volunteer_hub.turf.facts import CutAsked
from volunteer_hub.turf.models import Cut, Lease, Turf, TurfDoor, TurfEdit
from volunteer_hub.turf.plan import PlannedTurf
from volunteer_hub.turf.refusals import (
    BeingCut,
    CutChanged,
    NoSuchTurf,
    NothingChanges,
    TurfFinished,
    TurfHeld,
    TurfLocked,
    UndoTooLate,
)
from volunteer_hub.turf.services.cutting import check_limits
from volunteer_hub.turf.services.doors import doors_where
from volunteer_hub.turf.services.rows import NewTurf, add_turfs, retire, revive, walks_of


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit did: the cut's new version, the turfs that went and came, and a sentence about it."""

    version: int
    retired: tuple[int, ...]
    made: tuple[int, ...]
    sentence: str


class Desk:
    """A cut that is locked for one edit, with its standing turfs."""

    def __init__(self, campaign_id: int, cut_id: int, version: int, *, by: int | None, now: datetime) -> None:
        self.cut: Cut = in_campaign(Cut, cut_id, campaign_id, lock=True)
        self.by, self.now = by, now
        if self.cut.state in ("queued", "running"):
            raise BeingCut()
        if self.cut.version != version:
            raise CutChanged()
        rows = db.session.scalars(
            select(Turf)
            .where(Turf.cut_id == cut_id, Turf.state != "retired")
            .order_by(Turf.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        self.turfs = {turf.id: turf for turf in rows}

    def free(self, turf_id: int, *, even_locked: bool = False) -> Turf:
        """A turf that may be changed; refuses one that is out, locked, visited to the end, or gone."""
        turf = self.turfs.get(turf_id)
        if turf is None:
            raise NoSuchTurf()
        if turf.state == "leased":
            raise TurfHeld(turf.name)
        if turf.is_locked and not even_locked:
            raise TurfLocked(turf.name)
        if turf.state == "done" and not even_locked:
            raise TurfFinished(turf.name)
        return turf

    def doors(self, turf_ids: Iterable[int]) -> dict[int, list[int]]:
        """The unvisited doors of these turfs in walking order."""
        rows = db.session.execute(
            select(TurfDoor.turf_id, TurfDoor.door_id)
            .where(TurfDoor.turf_id.in_(list(turf_ids)), TurfDoor.is_open, TurfDoor.result.is_(None))
            .order_by(TurfDoor.turf_id, TurfDoor.position)
        )
        found: dict[int, list[int]] = {turf_id: [] for turf_id in turf_ids}
        for turf_id, door_id in rows:
            found[turf_id].append(door_id)
        return found

    def replace(
        self, kind: str, retired: Sequence[int], groups: Sequence[tuple[Turf | None, Sequence[int]]]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Retire turfs and put others in their place: each group is the turf it stands in for, and its doors.

        A group without doors makes no turf. Doors that were finished meanwhile stay out.
        """
        doors = {door.id: door for door in doors_where(Door.id.in_([d for _t, ds in groups for d in ds]))}
        retire(retired, now=self.now)
        kept = [(turf, [doors[each] for each in ids if each in doors]) for turf, ids in groups]
        kept = [(turf, found) for turf, found in kept if found]
        planned = walks_of(self.cut, [found for _turf, found in kept], again_soon=True)
        new = [_in_place_of(turf, walk) for (turf, _doors), walk in zip(kept, planned, strict=True)]
        made = add_turfs(self.cut, new)
        self.note(kind, retired=retired, made=made)
        return tuple(retired), tuple(made)

    def note(
        self,
        kind: str,
        *,
        retired: Sequence[int] = (),
        made: Sequence[int] = (),
        flags: dict[str, Any] | None = None,
    ) -> None:
        """The cut has a new version, and the edit can be undone."""
        self.cut.version += 1
        db.session.add(
            TurfEdit(
                campaign_id=self.cut.campaign_id, cut_id=self.cut.id, version=self.cut.version, kind=kind,
                retired=list(retired), made=list(made), flags=flags or {}, made_by=self.by, made_at=self.now,
            )
        )  # fmt: skip


def _in_place_of(turf: Turf | None, planned: PlannedTurf) -> NewTurf:
    if turf is None:
        return NewTurf(planned)
    return NewTurf(planned, turf.number, turf.precinct_id, turf.colour, turf.is_locked)


def move_doors(desk: Desk, door_ids: Iterable[int], to_turf_id: int | None) -> Edited:
    """Move doors, with all of their buildings, to a turf of the cut, or to a new one (None)."""
    wanted = set(door_ids)
    target = desk.free(to_turf_id) if to_turf_id else None
    sources = _turfs_of(desk, wanted)
    if not (moving := _movable(desk, wanted, sources, target)):
        raise NothingChanges(_("These doors are in that turf already, or were visited. Choose others."))
    holders = {sources[door] for door in moving}
    before = desk.doors([*holders, *([target.id] if target else [])])
    groups: list[tuple[Turf | None, list[int]]] = [
        (desk.turfs[each], [door for door in before[each] if door not in moving]) for each in sorted(holders)
    ]
    groups.append((target, [*(before[target.id] if target else []), *sorted(moving)]))
    retired, made = desk.replace("move", list(before), groups)
    return Edited(desk.cut.version, retired, made, _moved_words(moving, wanted))


def move_border(
    desk: Desk, turf_id: int, swept: BaseGeometry, *, grabbed: BaseGeometry, dropped: BaseGeometry
) -> Edited:
    """Move a stretch of a turf's border: the doors in the `swept` polygon change sides.

    Dropped outside the turf, the doors of others in between come to it; inside, its own go to the turf whose
    doors are nearest to where the border was `grabbed`. Degrees.
    """
    turf = desk.free(turf_id)
    places = _places(desk)
    inside = {door for door, (_turf, x, y) in places.items() if shapely.intersects_xy(swept, x, y)}
    free = {each.id for each in desk.turfs.values() if each.state == "open" and not each.is_locked}
    if turf.geometry is not None and turf.geometry.covers(dropped):
        mine = [door for door in inside if places[door][0] == turf_id]
        other = _nearest_turf(places, grabbed, free - {turf_id})
        if mine and other is None:
            raise NothingChanges(_("No other turf lies on that side of the border."))
        target = other
    else:
        mine, target = [door for door in inside if places[door][0] in free - {turf_id}], turf_id
    if not mine:
        raise NothingChanges(_("No door lies between the old border and the new one. Drag it farther."))
    return move_doors(desk, mine, target)


def merge(desk: Desk, turf_ids: Iterable[int]) -> Edited:
    """Make one turf of several; it keeps the lowest number."""
    turfs = [desk.free(each) for each in sorted(set(turf_ids))]
    if len(turfs) < 2:
        raise NothingChanges(_("Choose two turfs or more to merge."))
    keeper = min(turfs, key=lambda turf: (turf.precinct_id, turf.number))
    doors = desk.doors([turf.id for turf in turfs])
    everything = [door for each in doors.values() for door in each]
    retired, made = desk.replace("merge", list(doors), [(keeper, everything)])
    return Edited(
        desk.cut.version,
        retired,
        made,
        _("%(count)s turfs became one: %(name)s.", count=len(turfs), name=keeper.name),
    )


def split(desk: Desk, turf_id: int) -> Edited:
    """Make two turfs of one, of about the same time, along its walking order; buildings stay whole."""
    turf = desk.free(turf_id)
    order = desk.doors([turf_id])[turf_id]
    at = _halfway(order)
    if at is None:
        raise NothingChanges(
            _("Turf %(name)s is one building or one door: it cannot be split.", name=turf.name)
        )
    retired, made = desk.replace("split", [turf_id], [(turf, order[:at]), (None, order[at:])])
    return Edited(desk.cut.version, retired, made, _("Turf %(name)s became two.", name=turf.name))


def set_locked(desk: Desk, turf_ids: Iterable[int], locked: bool) -> Edited:
    """Lock turfs, so that cutting the rest again leaves them as they are, or unlock them."""
    turfs = [desk.free(each, even_locked=True) for each in sorted(set(turf_ids))]
    if not turfs:
        raise NothingChanges(_("Choose a turf first."))
    flags = {str(turf.id): turf.is_locked for turf in turfs}
    for turf in turfs:
        turf.is_locked = locked
    desk.note("lock" if locked else "unlock", flags=flags)
    words = (
        ngettext("%(num)d turf is locked.", "%(num)d turfs are locked.", len(turfs))
        if locked
        else ngettext("%(num)d turf is unlocked.", "%(num)d turfs are unlocked.", len(turfs))
    )
    return Edited(desk.cut.version, (), (), words)


def cut_rest_again(desk: Desk, *, minutes: float, params: dict[str, Any], runs_here: bool = False) -> Edited:
    """Ask for all that is neither locked nor in somebody's hands to be cut again; a job does it."""
    check_limits(minutes, params)
    cut = desk.cut
    cut.minutes, cut.params, cut.created_by = minutes, params, desk.by
    cut.state, cut.created_at, cut.started_at, cut.finished_at = "queued", desk.now, None, None
    cut.version += 1
    if not runs_here:
        announce(CutAsked(cut.id))
    return Edited(cut.version, (), (), _("The rest is being cut again."))


def undo(desk: Desk) -> Edited:
    """Take the last edit back."""
    last = db.session.scalar(
        select(TurfEdit).where(TurfEdit.cut_id == desk.cut.id).order_by(TurfEdit.version.desc()).limit(1)
    )
    if last is None:
        raise NothingChanges(_("There is nothing to undo."))
    for turf_id, was_locked in last.flags.items():
        if int(turf_id) not in desk.turfs:
            raise UndoTooLate()
        desk.turfs[int(turf_id)].is_locked = was_locked
    made, retired = list(last.made), list(last.retired)
    _refuse_if_gone_on(made, retired)
    retire(made, now=desk.now)
    revive(retired)
    db.session.delete(last)
    desk.cut.version += 1
    db.session.flush()
    return Edited(desk.cut.version, tuple(made), tuple(retired), _("The last change is undone."))


def _turfs_of(desk: Desk, door_ids: set[int]) -> dict[int, int]:
    """Of unvisited doors of the cut's standing turfs: the turf of each."""
    rows = db.session.execute(
        select(TurfDoor.door_id, TurfDoor.turf_id).where(
            TurfDoor.door_id.in_(door_ids),
            TurfDoor.is_open,
            TurfDoor.result.is_(None),
            TurfDoor.turf_id.in_(list(desk.turfs)),
        )
    )
    return {row.door_id: row.turf_id for row in rows}


def _movable(desk: Desk, wanted: set[int], sources: dict[int, int], target: Turf | None) -> set[int]:
    """The wanted doors and the rest of their buildings, as far as they stand in the same turfs. `sources`
    learns where these are."""
    holders = {turf_id for turf_id in sources.values() if target is None or turf_id != target.id}
    for turf_id in sorted(holders):
        desk.free(turf_id)
    rows = db.session.execute(
        select(TurfDoor.turf_id, Door.id, Door.building_key)
        .join(Door, Door.id == TurfDoor.door_id)
        .where(TurfDoor.turf_id.in_(holders), TurfDoor.is_open, TurfDoor.result.is_(None))
    ).all()
    chosen = {(row.turf_id, row.building_key) for row in rows if row.id in wanted}
    moving = {row.id for row in rows if (row.turf_id, row.building_key) in chosen}
    sources.update({row.id: row.turf_id for row in rows if row.id in moving})
    return moving


def _moved_words(moving: set[int], wanted: set[int]) -> str:
    words = ngettext("%(num)d door moved.", "%(num)d doors moved.", len(moving))
    more = len(moving - wanted)
    return words if not more else words + " " + ngettext(
        "%(num)d of them came along: buildings stay together.",
        "%(num)d of them came along: buildings stay together.", more,
    )  # fmt: skip


def _places(desk: Desk) -> dict[int, tuple[int, float, float]]:
    """door id -> turf id, longitude, latitude, of all unvisited doors."""
    rows = db.session.execute(
        select(Door.id, TurfDoor.turf_id, Door.longitude, Door.latitude)
        .join(TurfDoor, TurfDoor.door_id == Door.id)
        .where(TurfDoor.turf_id.in_(list(desk.turfs)), TurfDoor.is_open, TurfDoor.result.is_(None))
        .order_by(Door.id)
    )
    return {row.id: (row.turf_id, row.longitude, row.latitude) for row in rows}


def _nearest_turf(
    places: Mapping[int, tuple[int, float, float]], point: BaseGeometry, among: set[int]
) -> int | None:
    there = [(turf, x, y) for turf, x, y in places.values() if turf in among]
    if not there:
        return None
    east = cos(radians(point.y))  # a degree east is so much shorter than one north
    return min(there, key=lambda each: hypot((each[1] - point.x) * east, each[2] - point.y))[0]


def _halfway(order: Sequence[int]) -> int | None:
    """Where to break a walking order into halves between two buildings."""
    rows = db.session.execute(select(Door.id, Door.building_key).where(Door.id.in_(order)))
    keys = {row.id: row.building_key for row in rows}
    breaks = [at for at in range(1, len(order)) if keys[order[at - 1]] != keys[order[at]]]
    return min(breaks, key=lambda at: abs(2 * at - len(order)), default=None)


def _refuse_if_gone_on(made: Sequence[int], retired: Sequence[int]) -> None:
    """The turfs an edit made must still stand untouched, and the doors it took must be free elsewhere."""
    rows = db.session.execute(
        select(Turf.id, Turf.state, Turf.doors_done)
        .where(Turf.id.in_(made))
        .order_by(Turf.id)
        .with_for_update()
    ).all()
    leased = db.session.scalar(select(Lease.id).where(Lease.turf_id.in_(made)).limit(1))
    if leased or len(rows) < len(made) or any(row.state != "open" or row.doors_done for row in rows):
        raise UndoTooLate()
    there = db.session.scalars(select(Turf.state).where(Turf.id.in_(retired))).all()
    doors = select(TurfDoor.door_id).where(TurfDoor.turf_id.in_(retired), TurfDoor.given_back_at.is_(None))
    elsewhere = select(TurfDoor.door_id).where(
        TurfDoor.door_id.in_(doors), TurfDoor.is_open, TurfDoor.turf_id.not_in(made)
    )
    if (
        len(there) < len(retired)
        or any(s != "retired" for s in there)
        or db.session.scalar(elsewhere.limit(1))
    ):
        raise UndoTooLate()
