"""After a plan was offered: the figures of its page fit one another, and nobody is sent to do what cannot be
done."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.matching.plans import MIAMI, NOON, pairs, plan
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.matching import jobs

MONDAY = datetime(2026, 10, 12, 14, 0, tzinfo=UTC)  # 10:00 in New York
LATER = NOON + timedelta(hours=3)


@pytest.fixture
def monday(make):
    return make.shift(starts_at=MONDAY, capacity=5)


@pytest.fixture
def vera(make):
    return make.person(**MIAMI, name="Vera Volunteer")


@pytest.fixture
def offered(make, client, organizer, run_jobs, monday, vera):
    """Path of a plan: one proposal accepted, one offered, Vera's not offered; and one lives too far."""
    asked = [make.person(**MIAMI).id for _ in range(2)]
    make.person(name="Far Away", latitude=30.4, longitude=-84.3)
    run = plan(make, run_jobs)
    ids = [row.id for row in rows(State.PROPOSED) if row.person_id in asked]
    path = f"/matching/runs/{run.id}"
    client.post(f"{path}/approve", {"id": ids, "which": "ticked"}, status=303)
    with transaction():
        assignments.accept(monday.campaign_id, ids[0], now=clock.now())
    return path


def rows(state):
    db.session.expire_all()
    return list(db.session.scalars(select(Assignment).filter_by(state=state).order_by(Assignment.id)))


def text_of(client, path):
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(path).text).split())


def sign_up_later(make, run_jobs, shift, person):
    with clock.standing_at(LATER):
        make.sign_up(shift, person)
        run_jobs()
    db.session.expire_all()


def test_whoever_has_a_place_is_not_said_to_go_nowhere(make, client, offered, monday, vera, run_jobs):
    sign_up_later(make, run_jobs, monday, vera)
    page = text_of(client, offered)
    assert "Places this plan fills 2 People who go nowhere: 1" in page
    assert "proposed 0 offered 1 accepted 1" in page
    assert "Not placed 1 " in page
    listed = text_of(client, f"{offered}/unplaced")
    assert "All reasons Nothing within their way (1) Show" in listed
    assert "Far Away" in listed
    assert vera.name not in listed.split("What would change it")[1]
    assert client.get(f"{offered}/counts").json["figures"]["nowhere"] == 1


def test_somebody_who_declined_and_finds_no_other_place_goes_nowhere_again(
    make, client, offered, monday, run_jobs
):
    (row,) = rows(State.OFFERED)
    with clock.standing_at(LATER):
        with transaction():
            assignments.decline(monday.campaign_id, row.id, now=clock.now())
        run_jobs()
    assert "Places this plan fills 2 People who go nowhere: 2" in text_of(client, offered)


def test_who_signed_up_alone_before_the_plan_is_not_said_to_go_nowhere(
    make, client, organizer, monday, vera, run_jobs
):
    make.sign_up(monday, vera)
    path = f"/matching/runs/{plan(make, run_jobs).id}"
    assert "Places this plan fills 0 People who go nowhere: 0" in text_of(client, path)
    assert "They have a place in these days" in text_of(client, f"{path}/people/{vera.id}")


def test_the_figures_say_of_which_moment_they_are(client, offered):
    page = text_of(client, offered)
    assert "Free places 5 when the plan was made" in page
    assert "When it was made; no plan could be worth more than" in page


def test_a_proposal_is_not_needed_when_its_person_signs_up_by_hand(
    make, client, offered, monday, vera, run_jobs
):
    sign_up_later(make, run_jobs, monday, vera)
    assert pairs() == set()
    page = text_of(client, offered)
    assert re.search(r"Vera Volunteer signed up for [^:]+, Mon, Oct 12, 10:00\sAM: the proposal is not", page)
    assert "no longer goes" not in page
    assert "One proposal changed since" in page


def test_a_shift_that_fills_up_with_its_own_people_is_told_as_their_sign_up(
    make, client, organizer, vera, run_jobs
):
    shift = make.shift(starts_at=MONDAY, capacity=1)
    path = f"/matching/runs/{plan(make, run_jobs).id}"
    sign_up_later(make, run_jobs, shift, vera)
    page = text_of(client, path)
    assert "Vera Volunteer signed up for" in page
    assert "full now" not in page


def test_who_signed_up_by_hand_is_not_offered_the_same_place(make, client, organizer, monday, vera, run_jobs):
    path = f"/matching/runs/{plan(make, run_jobs).id}"
    (row,) = rows(State.PROPOSED)
    make.sign_up(monday, vera)
    client.post(f"{path}/approve", {"id": [row.id], "which": "ticked"}, status=303)
    assert not rows(State.OFFERED)
    assert "Offer all" not in text_of(client, path)


def test_offering_all_asks_first_and_says_who_gets_what(make, client, organizer, monday, run_jobs):
    agreed = {"text_agreed_at": NOON, "phone": "+13055550101"}
    make.person(**MIAMI, **agreed)
    for _ in range(2):
        make.person(**MIAMI)
    path = f"/matching/runs/{plan(make, run_jobs).id}"
    page = client.get(path).text
    asked = re.search(r'<details class="confirm" data-behaviour="confirm">.*?</details>', page, re.DOTALL)[0]
    assert "Offer all 3 proposed" in asked
    assert "Offer 3 places? 3 people get an email, one a text." in asked
    assert 'name="which" value="all"' in asked
    assert 'value="all"' not in page.replace(asked, "")
    client.post(f"{path}/approve", {"which": "all"}, status=303)
    assert len(rows(State.OFFERED)) == 3


def test_a_proposal_that_starts_too_soon_is_let_go_and_the_page_says_why(
    make, client, organizer, monday, vera, run_jobs
):
    path = f"/matching/runs/{plan(make, run_jobs).id}"
    assert "Offer one proposed place" in text_of(client, "/")
    with clock.standing_at(MONDAY - timedelta(hours=2)):
        client.sign_in(organizer)
        assert "Offer one proposed place" not in text_of(client, "/")
        page = text_of(client, path)
        assert "It starts too soon to be offered." in page
        assert "Offer the one proposed" not in page
        jobs.sweep_replans()
        run_jobs()
        assert pairs() == set()
        page = text_of(client, path)
        assert "Vera Volunteer no longer goes to" in page
        assert "it starts too soon to be offered" in page


def test_a_proposal_of_a_plan_that_was_replaced_does_not_wait_for_ever(
    make, client, organizer, monday, vera, run_jobs
):
    path = f"/matching/runs/{plan(make, run_jobs).id}"
    with clock.standing_at(MONDAY - timedelta(hours=2)):
        plan(make, run_jobs)
        jobs.sweep_replans()
        run_jobs()
        assert pairs() == set()
        client.sign_in(organizer)
        assert "It starts too soon" not in text_of(client, path)


def test_a_new_plan_proposes_nothing_that_starts_too_soon(make, organizer, vera, run_jobs):
    make.shift(starts_at=NOON + timedelta(hours=2))
    later = make.shift(starts_at=MONDAY)
    plan(make, run_jobs)
    assert pairs() == {(vera.id, later.id)}


def test_proposals_without_a_free_place_are_told_apart(make, client, organizer, vera, run_jobs):
    shift = make.shift(starts_at=MONDAY, capacity=1)
    path = f"/matching/runs/{plan(make, run_jobs).id}"
    make.sign_up(shift, make.person())
    page = text_of(client, path)
    assert "No free place any more." in page
    assert "Offer the one proposed" not in page
    assert "Offer one proposed place" not in text_of(client, "/")
