"""What the page of a shift says once the shift is cancelled, and to whom it says why."""

from __future__ import annotations

import pytest

from tests.browsing import Browser
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.events import services


def path_of(shift, make) -> str:
    return f"/c/{make.default_campaign.slug}/shifts/{shift.id}"


def cancel(shift) -> None:
    with transaction():
        services.cancel_shift(shift.campaign_id, shift.id, now=clock.now(), why="Maria's mother <died>.")


def reads_why(page: str) -> bool:
    """Does the page tell the reason? It tells all of it or nothing."""
    assert ("Why it was cancelled" in page) == ("Maria&#39;s mother &lt;died&gt;." in page)
    assert ("mother" in page) == ("Why it was cancelled" in page)
    return "mother" in page


def test_a_stranger_reads_only_that_it_is_cancelled_and_shares_it_no_more(make, client):
    shift = make.shift()
    page = client.get(path_of(shift, make)).text
    assert "Share this shift" in page
    assert "Calendar file" in page
    cancel(shift)
    page = client.get(path_of(shift, make)).text
    assert "This shift was cancelled" in page
    assert not reads_why(page)
    assert "Share this shift" not in page
    assert "Calendar file" not in page
    assert "Other times" in page


def test_those_on_the_shift_read_why_and_other_members_do_not(make, client):
    shift, other = make.shift(capacity=1), make.shift()
    going, waiting, left, elsewhere = (make.person() for _ in range(4))
    given_up = make.sign_up(shift, left)
    with transaction():
        services.cancel_sign_up(shift.campaign_id, given_up.id, by=left.id, now=clock.now())
    make.sign_up(shift, going), make.sign_up(shift, waiting), make.sign_up(other, elsewhere)
    cancel(shift)
    for person, is_told in ((going, True), (waiting, True), (left, True), (elsewhere, False)):
        page = Browser(client.app).sign_in(person).get(path_of(shift, make)).text
        assert "This shift was cancelled" in page
        assert reads_why(page) is is_told


@pytest.mark.parametrize("role", ["field_lead", "organizer", "admin"])
def test_staff_of_its_area_read_why_and_of_another_area_do_not(make, client, role):
    here, there = make.area(), make.area()
    shift = make.shift(event=make.event(area=here))
    cancel(shift)
    for area, is_told in ((here, True), (there, False)):
        staff = make.person(role=role, area=area)
        assert reads_why(client.sign_in(staff).get(path_of(shift, make)).text) is is_told


def test_its_lead_reads_why_and_staff_of_another_campaign_do_not(make, client):
    lead = make.person()
    shift = make.shift(lead_id=lead.id)
    cancel(shift)
    assert reads_why(client.sign_in(lead).get(path_of(shift, make)).text)
    foreign = make.person(campaign=make.campaign(), role="admin")
    assert not reads_why(Browser(client.app).sign_in(foreign).get(path_of(shift, make)).text)
