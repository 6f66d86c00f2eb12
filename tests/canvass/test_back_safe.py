"""“I am back safe”, told by a phone that had no network when it was said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browsing import FreshClient
from volunteer_hub.canvass.models_safety import Outing
from volunteer_hub.canvass.services import outings
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction


@pytest.fixture
def out(app, make):
    """Somebody went out ten minutes ago; say(late_s=...) tells the server that they are back."""
    ana, went_at = make.person(name="Ana"), clock.now() - timedelta(minutes=10)
    lease = make.lease(person=ana)
    with transaction():
        due_at = went_at + timedelta(hours=2)
        outings.go_out(
            ana.campaign_id,
            ana.id,
            shift_id=None,
            lease_id=lease.lease_id,
            due_at=due_at,
            by=None,
            now=went_at,
        )
    http = FreshClient(app, app.response_class)
    return lambda **said: http.post(f"/walk/{lease.token}/safe", json=said)


def is_back() -> bool:
    return db.session.query(Outing).populate_existing().one().back_at is not None


@pytest.mark.parametrize("late_s", [0, 300, -4000, "x", None, float("inf")])
def test_it_counts_from_when_it_was_said_by_how_long_ago_that_was(out, late_s):
    assert out(late_s=late_s).json == {"back": True}
    assert is_back()


@pytest.mark.parametrize("late_s", [3600, 1e300])
def test_what_was_said_before_they_went_out_again_ends_no_timer(out, late_s):
    assert out(late_s=late_s).json == {"back": False}
    assert not is_back()
