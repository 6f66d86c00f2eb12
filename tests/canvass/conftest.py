"""Fixtures of canvass: a phone on a leased turf, and what is counted."""

from __future__ import annotations

import pytest

from tests.canvass.phone import Phone


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
