"""Doors and voters that no file brought: found at the doors, taken in one by one, and taken out again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts.addresses import Address, parse, unit_of
from volunteer_hub.districts.doubts import count_people
from volunteer_hub.districts.importing.mapped import shown
from volunteer_hub.districts.models import District, Door, Voter
from volunteer_hub.people.models import Area


def add_door(near: Door, *, address: str, unit: str, area_paths: Iterable[str]) -> tuple[Door, bool]:
    """A door beside one that is known; without an address, another unit of its building.

    Returns the door and whether it was on file before. It lies where `near` lies, in its precinct, until an
    import says better. Raises Refusal when the address has no house number or no street, and when the door
    is on file outside these areas.
    """
    read = _address(near, address, unit)
    building = read.building_key if address else near.building_key
    key = f"{building}|{read.unit}"
    known = db.session.scalar(
        select(Door).where(Door.campaign_id == near.campaign_id, Door.address_key == key)
    )
    if known is not None:
        _require_within(known, area_paths)
        return known, True
    door = Door(
        campaign_id=near.campaign_id,
        district_id=near.district_id,
        precinct_id=near.precinct_id,
        number=read.full_number if address else near.number,
        street=shown(read.street) if address else near.street,
        unit=unit.strip() or read.unit,
        city=near.city,
        zip=read.zip or near.zip,
        address_key=key,
        building_key=building,
        latitude=near.latitude,
        longitude=near.longitude,
    )
    db.session.add(door)
    db.session.flush()
    return door, False


def _require_within(door: Door, area_paths: Iterable[str]) -> None:
    is_within = (
        select(District.id)
        .join(Area, Area.id == District.area_id)
        .where(District.id == door.district_id, access.within(Area.path, area_paths))
    )
    if db.session.scalar(is_within) is None:
        raise Refusal(
            _("This door is on file in an area that is not yours. Ask an organizer of that area to add it.")
        )


def _address(near: Door, address: str, unit: str) -> Address:
    if not address:
        return Address(unit=unit_of(unit))
    read = parse(address, unit=unit, city=near.city, zip_code=near.zip)
    if not read.number or not read.street:
        raise Refusal(
            _(
                "“%(address)s” needs a house number and a street. Dismiss it, or ask who wrote it.",
                address=address,
            )
        )
    return read


def remove_door(door: Door) -> bool:
    """Take a door out again that nobody lives behind; False when somebody does, and it stays."""
    if db.session.scalar(select(func.count()).where(Voter.door_id == door.id)):
        return False
    db.session.execute(delete(Door).where(Door.id == door.id))
    return True


def add_voter(door: Door, name: str, *, file_ref: str, by: int, now: datetime) -> Voter:
    """A person behind a door, with the last word of the name as the family's."""
    given, _blank, family = name.strip().rpartition(" ")
    voter = Voter(
        campaign_id=door.campaign_id,
        door_id=door.id,
        file_ref=file_ref,
        given_name=given or family,
        family_name=family if given else "",
        address_text=f"{door.number} {door.street} {door.unit}".strip(),
        match="matched",
        decided_at=now,
        decided_by=by,
    )
    db.session.add(voter)
    db.session.flush()
    count_people({door.id})
    return voter


def remove_voter(voter_id: int) -> None:
    """Take a person out again."""
    door_id = db.session.scalar(delete(Voter).where(Voter.id == voter_id).returning(Voter.door_id))
    count_people({door_id})
