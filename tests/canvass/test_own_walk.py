"""The way of a signed-in canvasser to the turf that was handed to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browsing import Browser
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.turf import services


@pytest.fixture
def vera(make):
    return make.person(name="Vera Vega")


def opened(client, path: str) -> str:
    """Follow the link to the walk list and give its page."""
    return client.get(client.get(path, status=302).location).text


@pytest.mark.parametrize("page", ["/", "/my/shifts"])
def test_home_and_own_shifts_lead_to_the_walk_list_in_hand(client, make, vera, page):
    turf = make.turf(8)
    handed = make.lease(turf, vera)
    client.sign_in(vera)
    shown = client.get(page).text
    assert f"Your walk list: turf {turf.name}" in shown
    assert "8 doors left" in shown
    assert handed.token not in shown
    assert "All doors, in walking order" in opened(client, f"/my/walks/{handed.lease_id}")


def test_without_turf_nothing_is_said_of_it(client, vera):
    client.sign_in(vera)
    assert "walk list" not in client.get("/").text
    assert "walk list" not in client.get("/my/shifts").text


@pytest.mark.parametrize("ended", ["handed back", "time over"])
def test_a_lease_that_is_over_is_neither_shown_nor_opened(client, make, vera, ended):
    handed = make.lease(person=vera, hours_left=-1 if ended == "time over" else 2)
    if ended == "handed back":
        with transaction():
            services.end_lease(vera.campaign_id, handed.lease_id, now=clock.now())
    client.sign_in(vera)
    assert "walk list" not in client.get("/").text
    client.get(f"/my/walks/{handed.lease_id}", status=404)


@pytest.mark.parametrize("role", ["volunteer", "field_lead", "organizer", "admin"])
def test_nobody_opens_the_walk_list_of_another_as_their_own(app, make, vera, role):
    handed = make.lease(person=vera)
    Browser(app).sign_in(make.person(role=role)).get(f"/my/walks/{handed.lease_id}", status=404)


def test_home_shows_the_shift_of_today(client, make, vera):
    shift = make.shift(starts_at=clock.now() - timedelta(minutes=10))
    make.sign_up(shift, vera, now=shift.starts_at - timedelta(days=1))
    make.sign_up(make.shift(), vera)
    client.sign_in(vera)
    home = client.get("/").text
    assert home.count("Your shift today:") == 1
    assert "Your next shift:" not in home
    assert "/my/shifts#sign-up-" in home


def test_home_shows_the_next_shift_where_none_is_today(client, make, vera):
    make.sign_up(make.shift(), vera)
    client.sign_in(vera)
    assert "Your next shift:" in client.get("/").text
