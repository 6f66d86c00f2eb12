"""Every plan here is made at the same noon."""

import pytest

from tests.matching.plans import NOON
from volunteer_hub.core import clock


@pytest.fixture(autouse=True)
def at_noon():
    with clock.standing_at(NOON):
        yield


@pytest.fixture
def organizer(make, client):
    person = make.person(role="organizer", is_active=True, email_agreed_at=None)
    client.sign_in(person)
    return person
