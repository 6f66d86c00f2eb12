"""Home guides an organizer from the first file to the first plan: each step once it can be done."""

from __future__ import annotations

import pytest

from tests.browsing import Browser
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.priority import services as priority

DISTRICTS, RESULTS, DOORS = "Bring the districts", "Bring past results", "Bring the doors"
CONTEST, TURF, SHIFTS, PLAN = "Set up the contest", "Cut turf", "Plan shifts", "Plan who goes"
STEPS = (DISTRICTS, RESULTS, DOORS, CONTEST, TURF, SHIFTS, PLAN)


@pytest.fixture
def steps(app, make):
    """What Home tells a person of a role to do, of STEPS, from top to bottom."""

    def of(role="admin", **fields):
        home = Browser(app).sign_in(make.person(role=role, **fields)).get("/").text
        listed = home.partition('id="next"')[2].partition("</section>")[0]
        found = {listed.find(f">{name}<"): name for name in STEPS}
        return [found[place] for place in sorted(found) if place >= 0]

    return of


def contest(make):
    with transaction():
        return priority.create_contest(
            make.default_campaign.id, name="Governor", district_kind="county", ours="Ours",
            weights={"plurality": 1.0}, now=clock.now(),
        )  # fmt: skip


def test_home_leads_from_the_first_file_to_the_first_plan(make, steps):
    assert steps() == [DISTRICTS]
    precinct = make.precinct(make.district())
    assert steps() == [RESULTS, DOORS, SHIFTS]
    make.result(precinct, ours=500, theirs=510)
    make.doors(8, precinct=precinct)
    assert steps() == [CONTEST, TURF, SHIFTS]
    contest(make)
    assert steps() == [TURF, SHIFTS]
    make.turf(8, precinct=precinct)
    assert steps() == [SHIFTS]
    make.shift()
    assert steps() == [PLAN]


def test_who_answers_for_a_region_is_not_sent_to_the_contest(make, steps):
    region = make.area()
    county = make.district(area=region)
    make.result(county, ours=500, theirs=510)
    assert steps("organizer", area=region) == [DOORS, SHIFTS]


def test_who_only_helps_is_told_none_of_it(make, steps):
    make.doors(8, precinct=make.precinct(make.district()))
    assert steps("volunteer") == []
    assert steps("field_lead") == []
