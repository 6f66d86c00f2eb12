"""Handing turf out, extending, taking back. One holder at a time, kept by a lock and by the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update

from volunteer_hub.core import access, secrets
from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.districts.models import District
from volunteer_hub.people.models import Area, Person
from volunteer_hub.turf.facts import LeaseEnded, TurfLeased
from volunteer_hub.turf.models import Lease, Turf
from volunteer_hub.turf.queries import urgency
from volunteer_hub.turf.refusals import (
    LeaseOver,
    LeaseTooShort,
    NoTurfLeft,
    SameHolder,
    TurfGone,
    TurfTaken,
)

GRACE = timedelta(minutes=60)
"""How long a lease outlives its shift: the last door is rarely knocked on time."""
WITHOUT_SHIFT = timedelta(hours=4)
LEAST_TAKEN_OVER = timedelta(minutes=30)
BY_WORKING = timedelta(minutes=60)
"""How much longer than its first end a lease may become by being worked on."""
LATE_WORK = timedelta(days=7)
"""How long after its end a lease's phone may still deliver work done before the end."""


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A new lease. The token is shown to the field lead and the canvasser, and kept only as a digest."""

    lease_id: int
    turf_id: int
    turf_name: str
    person_id: int
    token: str
    expires_at: datetime


def lease_until(shift_ends_at: datetime | None, *, now: datetime) -> datetime:
    """When a lease given now ends: with the shift and a grace, or some hours from now without one."""
    return now + WITHOUT_SHIFT if shift_ends_at is None else max(shift_ends_at, now) + GRACE


def hand_out(
    campaign_id: int,
    turf_id: int,
    person_id: int,
    *,
    by: int | None,
    now: datetime,
    shift_id: int | None = None,
    until: datetime | None = None,
) -> HandedOut:
    """Put a turf into a person's hands. Two who ask at the same moment: one gets it, the other TurfTaken.

    until: when the lease ends (see lease_until; without it some hours from now). shift_id: for the records.
    """
    turf: Turf = in_campaign(Turf, turf_id, campaign_id, lock=True)
    if turf.state == "leased" and _end_if_expired(turf, now=now):
        db.session.refresh(turf)
    if turf.state == "leased":
        raise TurfTaken(turf.name)
    if turf.state != "open":
        raise TurfGone(turf.name, turf.state)
    return _lease(turf, person_id, by=by, now=now, shift_id=shift_id, until=until)


def take_any(
    campaign_id: int,
    person_id: int,
    *,
    by: int | None,
    now: datetime,
    area_paths: Iterable[str] | None = None,
    district_id: int | None = None,
    shift_id: int | None = None,
    until: datetime | None = None,
) -> HandedOut:
    """Hand out the best open turf: where an hour is worth most, lowest number first.

    Turfs that others are taking at this moment are passed over, so that nobody waits. Raises NoTurfLeft.
    """
    turf = db.session.scalar(
        _best_open(campaign_id, area_paths, district_id)
        .limit(1)
        .with_for_update(of=Turf, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if turf is None:
        raise NoTurfLeft()
    return _lease(turf, person_id, by=by, now=now, shift_id=shift_id, until=until)


def extend(campaign_id: int, lease_id: int, until: datetime, *, now: datetime) -> Lease:
    """Let a lease that stands run until later (never earlier: hand it back for that).

    The turf is locked first, as by whoever ends leases: a sweep does not end what was extended meanwhile.
    """
    lease: Lease = in_campaign(Lease, lease_id, campaign_id)
    in_campaign(Turf, lease.turf_id, campaign_id, lock=True)
    db.session.refresh(lease)
    if lease.returned_at is not None:
        raise LeaseOver()
    if until <= max(lease.leased_at, now):
        raise LeaseTooShort()
    lease.expires_at = max(lease.expires_at, until)
    lease.latest_at = max(lease.latest_at, lease.expires_at)
    return lease


def end_lease(
    campaign_id: int, lease_id: int, *, reason: str = "returned", note: str = "", now: datetime
) -> Lease:
    """Take a turf back: what is not visited yet is open again. Ended already: nothing changes.

    reason: returned (by the canvasser), taken_back or taken_over (by the lead), done or expired.
    """
    lease: Lease = in_campaign(Lease, lease_id, campaign_id)
    turf: Turf = in_campaign(Turf, lease.turf_id, campaign_id, lock=True)
    db.session.refresh(lease)
    if lease.returned_at is None:
        _end(lease, turf, reason=reason, note=note, now=now)
    return lease


def take_over(
    campaign_id: int,
    lease_id: int,
    person_id: int,
    *,
    by: int | None,
    now: datetime,
    until: datetime | None = None,
) -> HandedOut:
    """End a standing lease and give the rest of its turf to somebody else, in one step.

    until: when the new lease ends; without it, when the old one would have. What the old holder did before
    now is still taken. Raises LeaseOver, SameHolder, TurfGone (every door is visited).
    """
    lease: Lease = in_campaign(Lease, lease_id, campaign_id)
    turf: Turf = in_campaign(Turf, lease.turf_id, campaign_id, lock=True)
    db.session.refresh(lease)
    if lease.returned_at is not None:
        raise LeaseOver()
    if lease.person_id == person_id:
        raise SameHolder(db.session.get_one(Person, person_id).name)
    ends_at = max(until or lease.expires_at, now + LEAST_TAKEN_OVER)
    _end(lease, turf, reason="taken_over", note="", now=now)
    if turf.state != "open":
        raise TurfGone(turf.name, turf.state)
    return _lease(turf, person_id, by=by, now=now, shift_id=lease.shift_id, until=ends_at)


def wipe(campaign_id: int, lease_id: int, *, note: str = "", now: datetime) -> Lease:
    """End a lease at once because its phone is lost, and mark it: whenever that phone asks next it is told to
    send what it has and then to forget the list. A phone that stays offline is not told; there the list goes
    when the end is over that it knew of.

    A lease that ended before is marked, too; reports of work done before the end are still taken.
    """
    lease = end_lease(campaign_id, lease_id, reason="wiped", note=note, now=now)
    lease.end_reason = "wiped"
    lease.return_note = note[:1000] or lease.return_note
    db.session.flush()
    return lease


def end_expired(*, now: datetime, most: int = 500) -> int:
    """End the leases whose time is over, so that what is left of their turf can go out again."""
    due = db.session.execute(
        select(Lease, Turf)
        .join(Turf, Turf.id == Lease.turf_id)
        .where(Lease.returned_at.is_(None), Lease.expires_at <= now)
        .order_by(Turf.id)
        .limit(most)
        .with_for_update(of=Turf, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    ended = 0
    for lease, turf in due:
        if lease.returned_at is None and lease.expires_at <= now:
            _end(lease, turf, reason="expired", note="", now=now)
            ended += 1
    return ended


def end_leases_of_absent(*, person_id: int | None = None, now: datetime, most: int = 500) -> int:
    """Take back the turf of whoever was erased or set aside (of `person_id` alone, if given)."""
    query = (
        select(Lease, Turf)
        .join(Turf, Turf.id == Lease.turf_id)
        .join(Person, Person.id == Lease.person_id)
        .where(Lease.returned_at.is_(None), Person.is_active.is_(False))
    )
    if person_id is not None:
        query = query.where(Lease.person_id == person_id)
    query = query.order_by(Turf.id).limit(most).with_for_update(of=Turf, skip_locked=person_id is None)
    ended = 0
    for lease, turf in db.session.execute(query.execution_options(populate_existing=True)).all():
        db.session.refresh(lease)
        if lease.returned_at is None:
            _end(lease, turf, reason="taken_back", note="", now=now)
            ended += 1
    return ended


def link_token(lease: Lease) -> str | None:
    """The token of a standing lease, for showing its link or code again; None once it has ended."""
    return None if lease.token_sealed is None else secrets.unseal(lease.token_sealed)


def _lease(
    turf: Turf,
    person_id: int,
    *,
    by: int | None,
    now: datetime,
    shift_id: int | None,
    until: datetime | None,
) -> HandedOut:
    in_campaign(Person, person_id, turf.campaign_id)
    expires_at = until or lease_until(None, now=now)
    if expires_at <= now:
        raise LeaseTooShort()
    token = secrets.new_token()
    lease = Lease(
        campaign_id=turf.campaign_id,
        turf_id=turf.id,
        person_id=person_id,
        shift_id=shift_id,
        token_digest=secrets.digest(token),
        token_sealed=secrets.seal(token),
        leased_by=by,
        leased_at=now,
        expires_at=expires_at,
        latest_at=expires_at + BY_WORKING,
    )
    db.session.add(lease)
    turf.state = "leased"
    db.session.flush()
    announce(TurfLeased(lease.id))
    return HandedOut(lease.id, turf.id, turf.name, person_id, token, expires_at)


def _end_if_expired(turf: Turf, *, now: datetime) -> bool:
    lease = db.session.scalar(
        select(Lease)
        .where(Lease.turf_id == turf.id, Lease.returned_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if lease is not None and lease.expires_at > now:
        return False
    if lease is not None:
        _end(lease, turf, reason="expired", note="", now=now)
    else:
        turf.state = _state_at_rest(turf)
    db.session.flush()
    return True


def _end(lease: Lease, turf: Turf, *, reason: str, note: str, now: datetime) -> None:
    """The turf is locked. An expired lease ended when its time was over, not when somebody noticed."""
    lease.returned_at = min(now, lease.expires_at) if reason == "expired" else now
    lease.end_reason, lease.return_note, lease.token_sealed = reason, note[:1000], None
    if turf.state == "leased":
        turf.state = _state_at_rest(turf)
    db.session.flush()
    announce(LeaseEnded(lease.id))


def _state_at_rest(turf: Turf) -> str:
    return "done" if turf.doors_done >= turf.doors else "open"


def _best_open(campaign_id: int, area_paths: Iterable[str] | None, district_id: int | None) -> Select[Turf]:
    rank = urgency(campaign_id)
    query = (
        select(Turf)
        .outerjoin(rank, rank.c.precinct_id == Turf.precinct_id)
        .where(Turf.campaign_id == campaign_id, Turf.state == "open")
        .order_by(rank.c.rank.nulls_last(), Turf.precinct_id, Turf.number)
    )
    if district_id is not None:
        query = query.where(Turf.district_id == district_id)
    if area_paths is not None:
        query = (
            query.join(District, District.id == Turf.district_id)
            .join(Area, Area.id == District.area_id)
            .where(access.within(Area.path, area_paths))
        )
    return query


def settle(turf_ids: Iterable[int]) -> None:
    """A turf at rest whose last door was just visited is done; one that lost a visit is open again."""
    ids = sorted(set(turf_ids))
    db.session.execute(
        update(Turf)
        .where(Turf.id.in_(ids), Turf.state == "open", Turf.doors_done >= Turf.doors)
        .values(state="done")
    )
    db.session.execute(
        update(Turf)
        .where(Turf.id.in_(ids), Turf.state == "done", Turf.doors_done < Turf.doors)
        .values(state="open")
    )
