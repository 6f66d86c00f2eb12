"""Leases: by token, by holder, by shift, by turf."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from volunteer_hub.core import access, secrets
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District
from volunteer_hub.people.models import Area, Person
from volunteer_hub.turf.models import Lease, Turf
from volunteer_hub.turf.refusals import NoSuchTurf


@dataclass(frozen=True, slots=True)
class LeaseCard:
    """A lease with its turf and its holder."""

    id: int
    campaign_id: int
    turf_id: int
    turf_name: str
    turf_state: str
    doors: int
    doors_done: int
    minutes: float
    metres: float
    district_id: int
    precinct_id: int
    area_path: str
    person_id: int
    person_name: str
    is_holder_active: bool
    shift_id: int | None
    leased_at: datetime
    expires_at: datetime
    latest_at: datetime
    returned_at: datetime | None
    end_reason: str | None
    return_note: str

    def is_current(self, now: datetime) -> bool:
        """Does its token open the doors at this moment? Not for somebody who was set aside or erased."""
        return self.returned_at is None and now < self.expires_at and self.is_holder_active

    @property
    def ended_at(self) -> datetime:
        """When work on it ends or ended."""
        return self.expires_at if self.returned_at is None else min(self.returned_at, self.expires_at)


def lease_by_token(token: str) -> LeaseCard | None:
    """The lease that a token opens or opened; None for anything else."""
    return _lease_card(_lease_cards().where(Lease.token_digest == secrets.digest(token)))


def lease_within(campaign_id: int, lease_id: int, area_paths: Iterable[str]) -> LeaseCard:
    """A lease of a turf in these areas; raises NotFound."""
    card = _lease_card(
        _lease_cards().where(
            Lease.id == lease_id, Lease.campaign_id == campaign_id, access.within(Area.path, area_paths)
        )
    )
    if card is None:
        raise NoSuchTurf()
    return card


def leases_of_shift(campaign_id: int, shift_id: int) -> list[LeaseCard]:
    """All leases given on a shift, by when. One statement."""
    rows = db.session.execute(
        _lease_cards()
        .where(Lease.campaign_id == campaign_id, Lease.shift_id == shift_id)
        .order_by(Lease.leased_at, Lease.id)
    )
    return [LeaseCard(*row) for row in rows]


def leases_of_turf(turf_id: int) -> list[LeaseCard]:
    """Who had a turf and when, newest first. One statement."""
    rows = db.session.execute(
        _lease_cards().where(Lease.turf_id == turf_id).order_by(Lease.leased_at.desc(), Lease.id.desc())
    )
    return [LeaseCard(*row) for row in rows]


def current_leases(
    campaign_id: int, now: datetime, area_paths: Iterable[str] | None = None
) -> list[LeaseCard]:
    """Turf that is in somebody's hands now, by when it is due back. One statement."""
    query = _lease_cards().where(
        Lease.campaign_id == campaign_id, Lease.returned_at.is_(None), Lease.expires_at > now
    )
    if area_paths is not None:
        query = query.where(access.within(Area.path, area_paths))
    return [LeaseCard(*row) for row in db.session.execute(query.order_by(Lease.expires_at, Lease.id))]


def current_leases_of(campaign_id: int, person_id: int, now: datetime) -> list[LeaseCard]:
    """The turf that a person holds now, newest first. One statement."""
    rows = db.session.execute(
        _lease_cards()
        .where(
            Lease.campaign_id == campaign_id,
            Lease.person_id == person_id,
            Lease.returned_at.is_(None),
            Lease.expires_at > now,
            Person.is_active,
        )
        .order_by(Lease.leased_at.desc(), Lease.id.desc())
    )
    return [LeaseCard(*row) for row in rows]


def tokens_in_hand(campaign_id: int, person_id: int, now: datetime) -> dict[int, str]:
    """The tokens of what a person holds now, by lease id, oldest first. One statement."""
    rows = db.session.execute(
        select(Lease.id, Lease.token_sealed)
        .join(Person, Person.id == Lease.person_id)
        .where(
            Lease.campaign_id == campaign_id,
            Lease.person_id == person_id,
            Lease.returned_at.is_(None),
            Lease.expires_at > now,
            Lease.token_sealed.is_not(None),
            Person.is_active,
        )
        .order_by(Lease.id)
    )
    return {row.id: secrets.unseal(row.token_sealed) for row in rows}


def _lease_cards() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Lease.id,
            Lease.campaign_id,
            Lease.turf_id,
            Turf.name,
            Turf.state,
            Turf.doors,
            Turf.doors_done,
            Turf.minutes,
            Turf.metres,
            Turf.district_id,
            Turf.precinct_id,
            Area.path,
            Lease.person_id,
            Person.name,
            Person.is_active,
            Lease.shift_id,
            Lease.leased_at,
            Lease.expires_at,
            Lease.latest_at,
            Lease.returned_at,
            Lease.end_reason,
            Lease.return_note,
        )
        .join(Turf, Turf.id == Lease.turf_id)
        .join(District, District.id == Turf.district_id)
        .join(Area, Area.id == District.area_id)
        .join(Person, Person.id == Lease.person_id)
    )


def _lease_card(query: Select[*tuple[Any, ...]]) -> LeaseCard | None:
    row = db.session.execute(query).one_or_none()
    return None if row is None else LeaseCard(*row)
