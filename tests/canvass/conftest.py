"""Fixtures of canvass: a phone on a leased turf, and what is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.canvass.phone import Phone
from volunteer_hub.core import clock


@pytest.fixture
def walk(make):
    """A turf of eight doors; `walk.doors` are their ids in walking order."""
    turf = make.turf(8)
    turf.door_ids = make.doors_of(turf)
    return turf


@pytest.fixture
def phone(app, make, walk):
    """A phone that holds the turf's lease."""
    lease = make.lease(walk)
    phone = Phone(app, lease.token, walk.id)
    phone.lease, phone.doors = lease, walk.door_ids
    return phone


@pytest.fixture
def send(phone):
    """Post a batch of a log, or all of it; the answer as data."""
    return phone.deliver


@pytest.fixture
def shift(make):
    """A shift that has just begun."""
    return make.shift(starts_at=clock.now() - timedelta(minutes=10), capacity=50)


@pytest.fixture
def signed_up(make):
    """Sign a new person up before the shift started."""

    def sign_up(shift, **fields):
        person = make.person(**fields)
        make.sign_up(shift, person, now=shift.starts_at - timedelta(days=1))
        return person

    return sign_up
