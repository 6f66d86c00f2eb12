"""Places of a shift: taken, held and freed under the lock of the shift's row, so that none is sold twice.

Whoever changes `going`, `held` or `waiting` holds that lock until the transaction ends. The table's own
check (going + held <= capacity) and the exclusion constraint on overlapping sign-ups stand behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, cast, exists, func, select
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, joinedload

from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.events import facts
from volunteer_hub.events.calendar import uid_of
from volunteer_hub.events.models import Shift, SignUp, StagingLocation
from volunteer_hub.events.offers import answer_by
from volunteer_hub.events.refusals import Changed, NotPublished, Overlaps, ShiftFull, ShiftGone, ShiftOver
from volunteer_hub.events.services.fitness import require_fit
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign, Person

MOVED_UP_AT_ONCE = 500


def locked_shift(campaign_id: int, shift_id: int, *, for_person: int | None = None) -> Shift:
    """The shift with its event and place, its row locked until the transaction ends.

    `for_person`: also sure that this person belongs to the campaign. Raises NotFound.
    """
    query = (
        select(Shift)
        .where(Shift.id == shift_id, Shift.campaign_id == campaign_id)
        .options(joinedload(Shift.event, innerjoin=True), joinedload(Shift.staging_location, innerjoin=True))
        .with_for_update(of=Shift)
        .execution_options(populate_existing=True)  # the row may have changed while we waited for its lock
    )
    if for_person is not None:
        query = query.where(
            exists().where(Person.id == for_person, Person.campaign_id == campaign_id, Person.is_active)
        )
    shift: Shift | None = db.session.scalar(query)
    if shift is None:
        raise NotFound()
    return shift


def locked_shifts(
    campaign_id: int, shift_ids: Iterable[int], *, for_person: int | None = None
) -> list[Shift]:
    """Several shifts locked in the order of their ids, so that two who do so cannot wait for each other.

    Returned by their start; one that does not exist here is left out, and all for a person who does not
    belong to the campaign. One statement a shift.
    """
    shifts = []
    for shift_id in sorted(set(shift_ids)):
        try:
            shifts.append(locked_shift(campaign_id, shift_id, for_person=for_person))
        except NotFound:
            continue
    return sorted(shifts, key=lambda shift: (shift.starts_at, shift.id))


def all_locked(campaign_id: int, shift_ids: Iterable[int]) -> list[Shift]:
    """The shifts of these that exist here, with their events and places, locked and returned in the order of
    their ids, in one statement."""
    query = (
        select(Shift)
        .where(Shift.campaign_id == campaign_id, Shift.id.in_(set(shift_ids)))
        .options(joinedload(Shift.event, innerjoin=True), joinedload(Shift.staging_location, innerjoin=True))
        .order_by(Shift.id)
        .with_for_update(of=Shift)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def lock_shifts(campaign_id: int, shift_ids: Iterable[int]) -> None:
    """Lock these shifts in the order of their ids, before anything that hangs on them is locked or written.

    Events, staging locations, shifts, each by id, then sign-ups and offers, then people: in this order nobody
    waits in a circle (docs/decisions/0024-one-order-of-locks.md).
    """
    query = select(Shift.id).where(Shift.campaign_id == campaign_id, Shift.id.in_(sorted(set(shift_ids))))
    db.session.execute(query.order_by(Shift.id).with_for_update(of=Shift))


def hold_locations(campaign_id: int, location_ids: Iterable[int]) -> None:
    """Keep these staging locations as they are until the transaction ends, before shifts are locked that come
    to stand there; others may do the same. Raises NotFound."""
    wanted = set(location_ids)
    query = select(StagingLocation.id).where(
        StagingLocation.campaign_id == campaign_id, StagingLocation.id.in_(wanted)
    )
    found = db.session.scalars(query.order_by(StagingLocation.id).with_for_update(read=True, key_share=True))
    if wanted != set(found):
        raise NotFound()


def require_ahead(shift: Shift, now: datetime) -> None:
    """Refuse a shift that was cancelled or has begun."""
    if shift.cancelled_at is not None or shift.event.state == "cancelled":
        raise ShiftGone(shift)
    if now >= shift.starts_at:
        raise ShiftOver(shift)


def require_open(shift: Shift, now: datetime) -> None:
    """Refuse a shift that people cannot sign up for: cancelled, begun, or still a draft."""
    require_ahead(shift, now)
    if shift.event.state != "published":
        raise NotPublished(shift)


def hold_place(campaign_id: int, shift_id: int) -> None:
    """Keep a place for an offer. Raises ShiftFull, ShiftGone."""
    shift = locked_shift(campaign_id, shift_id)
    if shift.cancelled_at is not None:
        raise ShiftGone(shift)
    if shift.places_left < 1:
        raise ShiftFull(shift)
    shift.held += 1


def hold_places(campaign_id: int, wanted: Mapping[int, int]) -> dict[int, int]:
    """Keep places for many offers at once; returns how many of those wanted each shift could give.

    Shifts are locked in the order of their ids, so that two runs cannot wait for each other.
    """
    query = (
        select(Shift)
        .where(Shift.campaign_id == campaign_id, Shift.id.in_(list(wanted)), Shift.cancelled_at.is_(None))
        .order_by(Shift.id)
        .with_for_update(of=Shift)
        .execution_options(populate_existing=True)
    )
    granted = dict.fromkeys(wanted, 0)
    for shift in db.session.scalars(query):
        granted[shift.id] = max(0, min(wanted[shift.id], shift.places_left))
        shift.held += granted[shift.id]
    return granted


def release_place(campaign_id: int, shift_id: int, *, now: datetime) -> None:
    """Give a held place back. The waiting list comes first, then everybody. A cancelled shift holds none."""
    shift = locked_shift(campaign_id, shift_id)
    if shift.cancelled_at is not None:
        return
    if shift.held < 1:
        raise Changed()
    shift.held -= 1
    place_freed(shift, now=now)


def take_held_place(
    campaign_id: int,
    person_id: int,
    shift_id: int,
    *,
    now: datetime,
    by: int | None = None,
    tell: bool = True,
) -> SignUp:
    """Turn a held place into a sign-up of the person it was held for.

    Already going: only the hold is given back. Who takes it themselves (`by`) must have said what the event
    asks for. Raises Overlaps, NotFit, ShiftGone, ShiftOver.
    """
    shift = locked_shift(campaign_id, shift_id, for_person=person_id)
    require_ahead(shift, now)
    if shift.held < 1:
        raise Changed()
    standing = standing_sign_up(shift, person_id)
    if by == person_id and not _is_settled(standing):
        require_fit(shift, person_id)
    shift.held -= 1
    if standing is not None and standing.state == "going":
        standing.confirmed_at, standing.confirm_by = standing.confirmed_at or now, None
        place_freed(shift, now=now)
        return standing
    if standing is not None:
        give_place(shift, standing, now=now, notice="promotion" if tell else None)
        standing.source = "offer"
    else:
        standing = add_sign_up(shift, person_id, "going", source="offer", now=now, by=by, tell=tell)
    standing.confirmed_at = now
    announce(facts.SignedUp(standing.id))
    return standing


def _is_settled(standing: SignUp | None) -> bool:
    """Do they have a place already that is more than kept for them?"""
    return standing is not None and standing.state == "going" and standing.confirm_by is None


def add_sign_up(
    shift: Shift,
    person_id: int,
    state: str,
    *,
    source: str,
    now: datetime,
    by: int | None,
    tell: bool = True,
    confirm_by: datetime | None = None,
    found_by: str | None = None,
) -> SignUp:
    """Insert a sign-up into a locked shift and count it. Raises Overlaps, Erased."""
    if state == "waiting":
        require_no_overlap(shift, person_id, by=by)
    values = {
        "campaign_id": shift.campaign_id,
        "shift_id": shift.id,
        "person_id": person_id,
        "state": state,
        "during": during(shift),
        "source": source,
        "found_by": found_by,
        "uid": uid_of(shift.id, person_id),
        "created_at": now,
        "changed_at": now,
        "confirm_by": confirm_by,
        "notice": "confirmation" if tell else None,
        "notice_at": now if tell else None,
    }
    statement = (
        insert(SignUp)
        .from_select(list(values), _unless_erased(values))
        .on_conflict_do_nothing()  # the exclusion constraint waits for a rival that has not committed yet
        .returning(SignUp)
    )
    row: SignUp | None = db.session.scalar(statement)
    if row is None:
        people.require_not_erased(person_id)
        require_no_overlap(shift, person_id, by=by)
        raise Changed()
    if state == "going":
        shift.going += 1
    else:
        shift.waiting += 1
    return row


def _unless_erased(values: Mapping[str, Any]) -> Select[Any]:
    """A new sign-up as a row, or none for a person who was erased: asked in the statement that inserts it."""
    columns = SignUp.__table__.c
    row = [cast(value, columns[name].type).label(name) for name, value in values.items()]
    return select(*row).where(exists().where(Person.id == values["person_id"], Person.erased_at.is_(None)))


def during(shift: Shift) -> Range[Any]:
    """The shift's time as a range that holds its start but not its end."""
    return Range(shift.starts_at, shift.ends_at, bounds="[)")


def standing_sign_up(shift: Shift, person_id: int) -> SignUp | None:
    """This person's sign-up for the shift that is not cancelled."""
    query = (
        select(SignUp)
        .where(SignUp.shift_id == shift.id, SignUp.person_id == person_id, SignUp.state != "cancelled")
        .execution_options(populate_existing=True)
    )
    found: SignUp | None = db.session.scalar(query)
    return found


def require_no_overlap(shift: Shift, person_id: int, *, by: int | None) -> None:
    """Refuse if the person is going to another shift at that time, naming it."""
    query = (
        select(Shift, Person.name)
        .join(SignUp, SignUp.shift_id == Shift.id)
        .join(Person, Person.id == SignUp.person_id)
        .where(
            SignUp.person_id == person_id,
            SignUp.state == "going",
            SignUp.during.overlaps(during(shift)),
            Shift.id != shift.id,
        )
        .options(joinedload(Shift.event, innerjoin=True))
        .limit(1)
    )
    found = db.session.execute(query).first()
    if found:
        raise Overlaps(found[0], name=None if by in (None, person_id) else found[1])


def give_place(
    shift: Shift, sign_up: SignUp, *, now: datetime, notice: str | None, confirm_by: datetime | None = None
) -> None:
    """Move a waiting sign-up of a locked shift to going. `confirm_by`: they have to say yes by then.

    Raises Overlaps, Erased.
    """
    people.require_not_erased(sign_up.person_id)
    try:
        with db.session.begin_nested():
            sign_up.state, sign_up.changed_at = "going", now
            sign_up.confirm_by = confirm_by or sign_up.confirm_by
    except IntegrityError as error:
        db.session.refresh(sign_up)
        require_no_overlap(shift, sign_up.person_id, by=None)
        raise Changed() from error
    sign_up.notice, sign_up.notice_at, sign_up.known = notice, now if notice else None, None
    shift.waiting -= 1
    shift.going += 1


def place_freed(shift: Shift, *, now: datetime) -> None:
    """Places of a locked shift are free: the first on the waiting list who can come are offered them.

    Each is theirs until the hour of `offers.answer_by`; when they do not say yes by then it lapses as any
    unconfirmed place does, and is free again for the next. A fixed number of statements, unless somebody
    signs up elsewhere at this very moment.
    """
    if shift.cancelled_at is None and now < shift.starts_at:
        busy: set[int] = set()
        while shift.places_left > 0 and shift.waiting > 0:
            first = _first_waiting(shift, busy, now, most=min(shift.places_left, MOVED_UP_AT_ONCE))
            if not first:
                break
            busy |= _move_up(shift, first, now)
    if shift.places_left > 0:
        announce(facts.PlaceFreed(shift.id))


def _move_up(shift: Shift, first: list[tuple[SignUp, datetime | None]], now: datetime) -> set[int]:
    """Offer places to these, until the hour beside each; returns the ids of those who cannot come."""
    try:
        with db.session.begin_nested():
            for row, until in first:
                row.state, row.changed_at, row.confirm_by = "going", now, until
    except IntegrityError:
        return _move_up_each(shift, first, now)
    for row, _until in first:
        row.notice, row.notice_at, row.known = "promotion", now, None
        _moved_up(row)
    shift.waiting -= len(first)
    shift.going += len(first)
    return set()


def _move_up_each(shift: Shift, first: list[tuple[SignUp, datetime | None]], now: datetime) -> set[int]:
    busy = set()
    for row, until in first:
        db.session.refresh(row)
        try:
            give_place(shift, row, now=now, notice="promotion", confirm_by=until)
        except (Overlaps, Changed):
            busy.add(row.id)
        else:
            _moved_up(row)
    return busy


def _moved_up(row: SignUp) -> None:
    row.source = "waiting_list"
    announce(facts.Promoted(row.id))


def _first_waiting(
    shift: Shift, busy: set[int], now: datetime, *, most: int
) -> list[tuple[SignUp, datetime | None]]:
    """Next in the order of arrival, passing over people who go elsewhere at that time; with the hour until
    which a place is kept for each, by their zone and the campaign's quiet hours."""
    other = aliased(SignUp)
    elsewhere = exists().where(
        other.person_id == SignUp.person_id, other.state == "going", other.during.overlaps(during(shift))
    )
    query = (
        select(
            SignUp,
            func.coalesce(Person.time_zone, Campaign.time_zone),
            Campaign.quiet_from,
            Campaign.quiet_until,
        )
        .join(Person, Person.id == SignUp.person_id)
        .join(Campaign, Campaign.id == SignUp.campaign_id)
        .where(SignUp.shift_id == shift.id, SignUp.state == "waiting", SignUp.id.not_in(busy), ~elsewhere)
        .where(Person.erased_at.is_(None))  # theirs goes in a moment (jobs.free_places_of_person)
        .order_by(SignUp.id)
        .limit(most)
        .execution_options(populate_existing=True)
    )
    return [
        (row, answer_by(now, shift.starts_at, time_zone, quiet_from, quiet_until))
        for row, time_zone, quiet_from, quiet_until in db.session.execute(query)
    ]
