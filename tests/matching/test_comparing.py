"""Two plans of an area side by side: who moves, what each shift gets and costs, both as they were made."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.matching.plans import MIAMI, NOON, pairs, plan
from tests.statements import counted
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction


@pytest.fixture
def two_plans(make, run_jobs, organizer):
    """Ana and Bo want the one place; a second shift opens after the first plan, and Bo goes there."""
    near = make.shift(capacity=1, location=make.location(name="Near office"))
    ana = make.person(**MIAMI, name="Ana Pérez", show_chance=0.9)
    make.person(latitude=25.80, longitude=-80.20, name="Bo Li", show_chance=0.6)
    first = plan(make, run_jobs).id
    assert pairs() == {(ana.id, near.id)}
    make.shift(capacity=2, starts_at=NOON + timedelta(days=4), location=make.location(name="Second office"))
    second = plan(make, run_jobs).id
    assert len(pairs()) == 2
    return first, second


def test_the_later_plan_is_laid_beside_the_one_before(client, two_plans):
    first, second = two_plans
    page = client.get(f"/matching/runs/{second}/compare").text
    assert "The later plan is worth" in page
    assert "It had other places to fill" in page
    assert "1 of 1" in page
    assert "1 of 2" in page
    assert "+1" in page
    assert page.count('data-behaviour="map"') == 2
    people = client.get(f"/matching/runs/{second}/compare?part=people").text
    assert "Bo Li" in people
    assert "new in the plan" in people
    assert "Ana Pérez" not in people.split("<table")[1]
    same = client.get(f"/matching/runs/{first}/compare?with={second}").text
    assert same.count("Near office") == page.count("Near office")


def test_prices_say_what_one_more_place_was_worth_in_each(client, two_plans):
    first, second = two_plans
    page = client.get(f"/matching/runs/{second}/compare").text
    assert "less what they leave behind elsewhere" in page
    places = client.get(f"/matching/runs/{first}/places").text
    assert "Price of a place" in places
    said = re.search(r"one more place would add at most ([\d.]+) hours", places)
    assert 1.7 <= float(said[1]) <= 2.7  # Bo brings 1.8 less the way, Ana 2.7
    (point,) = client.get(f"/matching/runs/{first}/places.geojson?made=yes").json["features"]
    assert point["properties"]["means"].startswith("One more place on its dearest shift")


def test_maps_of_both_show_them_as_they_were_made(client, run_jobs, two_plans):
    first, second = two_plans
    rows = db.session.query(Assignment).filter_by(run_id=second).all()
    with transaction():
        assignments.approve(rows[0].campaign_id, [row.id for row in rows], by=None, now=clock.now())
    (before,) = client.get(f"/matching/runs/{first}/places.geojson?made=yes").json["features"]
    assert before["properties"]["filled"] == "1 of 1"
    assert len(client.get(f"/matching/runs/{first}/ways.geojson?made=yes").json["features"]) == 1
    after = client.get(f"/matching/runs/{second}/places.geojson?made=yes").json["features"]
    assert [each["properties"]["filled"] for each in after] == ["1 of 1", "1 of 2"]


def test_a_plan_alone_says_what_to_do(make, client, organizer, run_jobs):
    make.shift()
    run = plan(make, run_jobs)
    assert "only plan of the area" in client.get(f"/matching/runs/{run.id}/compare").text


def test_only_plans_of_the_same_area_are_compared(make, client, run_jobs, two_plans):
    _first, second = two_plans
    south = make.area(name="South")
    make.shift(event=make.event(area=south), location=make.location(area=south))
    other = plan(make, run_jobs, south)
    client.get(f"/matching/runs/{second}/compare?with={other.id}", status=404)
    client.get(f"/matching/runs/{second}/compare?with={second}", status=404)
    client.get(f"/matching/runs/{second}/compare?with=x&part=nonsense&page=-1")


def test_comparing_costs_the_same_number_of_statements_at_any_size(make, client, run_jobs, two_plans):
    def cost(path):
        with counted() as statements:
            client.get(path)
        return statements.total

    before = cost(f"/matching/runs/{two_plans[1]}/compare")
    for k in range(8):
        make.person(**MIAMI)
        make.shift(starts_at=NOON + timedelta(days=5, hours=k))
    third = plan(make, run_jobs).id
    assert cost(f"/matching/runs/{third}/compare?with={two_plans[1]}") == before
