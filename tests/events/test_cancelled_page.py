"""What the page of a shift says once the shift is cancelled."""

from __future__ import annotations

from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.events import services


def test_the_page_of_a_cancelled_shift_says_why_and_is_shared_no_more(make, client):
    shift = make.shift()
    path = f"/c/{make.default_campaign.slug}/shifts/{shift.id}"
    page = client.get(path).text
    assert "Share this shift" in page
    assert "Calendar file" in page
    with transaction():
        services.cancel_shift(shift.campaign_id, shift.id, now=clock.now(), why="The hall is <flooded>.")
    for browser in (client, client.sign_in(make.person())):
        page = browser.get(path).text
        assert "Why it was cancelled" in page
        assert "The hall is &lt;flooded&gt;." in page
        assert "Share this shift" not in page
        assert "Calendar file" not in page
        assert "Other times" in page
