"""A turf as streets are: two of them with both sides, people behind the doors, and one big building."""

from __future__ import annotations

from tests.factories.districts import _numbers
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door, Voter

NAMES = ("MARIA", "JOHN", "ANA", "LEE", "SAM")


def town(make, count: int = 30, *, units: int = 12, people: bool = True):
    """A turf of `count` doors: odd side, even side, and next street; `units` of them in one building."""
    turf = make.turf(count)
    ids = make.doors_of(turf)
    with transaction():
        for row, door_id in enumerate(ids):
            _settle(db.session.get(Door, door_id), row, count, units)
        if people:
            db.session.add_all(
                _resident(turf.campaign_id, each, row) for row, each in enumerate(ids[: count // 2])
            )
            db.session.add(_resident(turf.campaign_id, ids[0], 1))
    return turf


def _settle(door: Door, row: int, count: int, units: int) -> None:
    first, last = count // 3, count // 3 + units
    half = count // 2
    street = "Palmetto Avenue" if row < half or first <= row < last else "North Halifax Drive"
    side = row % half < half // 2
    door.number, door.street = str(100 + 2 * (row % half) + side), street
    door.address_key = f"{door.number}|{street}|{row}|{next(_numbers)}"
    door.building_key = f"{street} {row}"
    if first <= row < last:
        door.number, door.unit, door.building_key = "240", f"Apt {row - first + 1}", "the big one"
    door.latitude += 0.0004 * (row % 2)


def _resident(campaign_id: int, door_id: int, row: int) -> Voter:
    return Voter(
        campaign_id=campaign_id,
        door_id=door_id,
        file_ref=f"T{next(_numbers)}",
        given_name=NAMES[row % len(NAMES)],
        family_name="Nobody",
        birth_year=clock.now().year - 30 - row % 40,
        match="matched",
    )


def open_list(page, token: str) -> None:
    """Open a walk list and wait until its script is at work."""
    page.goto(f"/walk/{token}")
    page.locator("[data-walk][data-ready]").wait_for()


def tap(page, label: str) -> None:
    """Tap a result, with the rest of a finger between two taps, see it kept and the page move on."""
    page.locator("[data-walk]:not([data-resting])").wait_for()
    before = page.locator("[data-walk-address]").inner_text()
    page.get_by_role("button", name=label).first.click()
    page.wait_for_function(
        "before => document.querySelector('[data-walk-address]').textContent !== before", arg=before
    )
    page.locator("[data-walk]:not([data-keeping])").wait_for()


def sent(page) -> None:
    """Wait until the phone says that the campaign has everything."""
    page.locator("[data-saved-state][data-state=sent]").wait_for()


def stored() -> list[DoorReport]:
    """The reports that the server has, by when they were made."""
    db.session.rollback()
    return list(db.session.scalars(db.select(DoorReport).order_by(DoorReport.at, DoorReport.id)))
