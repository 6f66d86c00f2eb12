"""An organizer's ways to look at coming shifts and to change them, at a desk and on a phone."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.browser.looking import SIZES, Walk, drawn
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("PICTURES", "")


class Pictured(Walk):
    """Keeps a picture of each page it looked at, where the environment names a folder."""

    size = ""

    def look(self, name: str, heading: str = "") -> None:
        super().look(name, heading)
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"{name}-{self.size}.png", full_page=True)


@pytest.fixture
def weekend(make):
    """Three events with shifts of all sorts in the next days, in two offices."""
    offices = [
        make.location(name="Oakwood office"),
        make.location(name="Harbor office", latitude=25.86, longitude=-80.3),
    ]
    start = (clock.now() + timedelta(days=2)).replace(hour=15, minute=0, second=0, microsecond=0)
    events = [
        make.event(name=name, kind=kind)
        for name, kind in (
            ("Doors in Oakwood", "canvass"),
            ("Evening calls", "phone_bank"),
            ("Harbor doors", "canvass"),
        )
    ]
    for number, (going, expected) in enumerate(
        [(0, None), (12, 6.5), (18, 18.0), (4, None), (2, 1.0), (20, 11.0)]
    ):
        make.shift(
            event=events[number % 3], location=offices[number % 2], capacity=20, going=going,
            expected=expected, starts_at=start + timedelta(hours=3 * (number % 2), days=number // 4),
        )  # fmt: skip
    last = make.shift(event=events[0], location=offices[0], starts_at=start + timedelta(days=1, hours=9))
    sign_up = make.sign_up(last)
    with transaction():
        sign_up.notice = sign_up.notice_at = None  # the confirmation has left
    return events


@pytest.mark.parametrize("size", SIZES)
def test_shifts_as_a_list_a_calendar_and_a_map(weekend, make, visit, size):
    walk = Pictured(visit(size, make.person(role="organizer")))
    walk.size = size
    walk.go("/organize/events/needs", "needs", "What needs you")
    walk.page.locator(".need__more summary").first.click()
    walk.look("needs-more", "What needs you")
    day = (clock.now() + timedelta(days=2)).date()
    walk.go(f"/organize/events/calendar?on={day}", "month", "Calendar of shifts")
    walk.go(f"/organize/events/calendar?span=week&on={day}", "week", "Calendar of shifts")
    walk.go("/organize/events/map", "map", "Map of shifts")
    drawn(walk.page, "needs-map")
    walk.look("map-drawn", "Map of shifts")
    walk.go("/organize/events/fill", "fill", "How full shifts are")
    assert walk.verdict() == {}


@pytest.mark.parametrize("size", SIZES)
def test_many_shifts_are_changed_copied_and_called_off(weekend, make, visit, size):
    event = weekend[0]
    walk = Pictured(visit(size, make.person(role="organizer")))
    walk.size = size
    walk.go(f"/organize/events/{event.id}/change", "change", "Change shifts")
    for box in walk.page.locator("input[name=shift]").all():
        box.check(force=True)  # its label lies over it, to be tapped
    walk.page.get_by_label("Move by minutes").fill("30")
    walk.press("See who is affected")
    walk.page.get_by_text("1 person will be told, once.").wait_for()
    walk.look("change-affected", "Change shifts")
    walk.press("Change them")
    walk.look("event-changed", "Doors in Oakwood")
    walk.go(f"/organize/events/{event.id}/copy", "copy", "Copy shifts")
    walk.go(f"/organize/events/{event.id}/shifts/new", "series", "Add shifts")
    walk.page.get_by_label("First day").fill((clock.now() + timedelta(days=10)).date().isoformat())
    walk.page.get_by_label("Last day").fill((clock.now() + timedelta(days=17)).date().isoformat())
    walk.page.get_by_label("Times").fill("10-13\n14-17")
    walk.press("See the days")
    walk.page.get_by_text("Tick the days to leave out").wait_for()
    walk.look("series-days", "Add shifts")
    walk.go(f"/organize/events/{event.id}", "event", "Doors in Oakwood")
    walk.page.get_by_role("link", name="Cancel", exact=True).last.click()
    walk.look("call-off", "Merge or cancel")
    assert walk.verdict() == {}
