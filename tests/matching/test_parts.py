"""A large plan is solved region by region on any worker: the same plan, nothing lost, nothing saved twice."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import func, select, text

from geodata.matching.reach import solve_reach
from geodata.matching.reach.problem import tiny_problem
from geodata.matching.reach.regions import regions
from tests.matching.plans import NOON, pairs, plan, want
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.matching import jobs, making, parts
from volunteer_hub.matching.models import Run, RunPart
from volunteer_hub.matching.packing import packed, unpacked

CITIES = [(25.77, -80.19), (28.54, -81.38), (30.33, -81.66)]


@pytest.fixture
def in_parts(monkeypatch):
    monkeypatch.setattr(parts, "LARGE", 1)
    monkeypatch.setattr("geodata.matching.reach.regions.SMALLEST", 1)


@pytest.fixture
def three_cities(make):
    """Three cities that share nobody, each with more people than places."""
    for latitude, longitude in CITIES:
        for k in range(2):
            place = make.location(latitude=latitude + k / 20, longitude=longitude)
            make.shift(location=place, capacity=2, starts_at=NOON + timedelta(days=2, hours=k))
        for k in range(6):
            make.person(
                latitude=latitude + k / 40,
                longitude=longitude,
                show_chance=0.3 + k / 10,
                shifts_wanted=1 + k % 2,
            )


def begun(make) -> int:
    """A run whose regions wait for workers."""
    run_id = want(make).id
    making.make(run_id)
    return run_id


def the(run_id):
    """The run as it stands."""
    db.session.expire_all()
    return db.session.get(Run, run_id)


def states():
    db.session.expire_all()
    return [row.state for row in db.session.scalars(select(RunPart).order_by(RunPart.number))]


def test_regions_on_many_workers_make_the_plan_of_one_process(make, run_jobs, three_cities, in_parts):
    run = plan(make, run_jobs)
    shared_out = pairs(), run.objective, run.bound, run.prices
    assert run.certificate["regions"] == 3
    assert not states()
    assert run.packed is None
    parts.LARGE = 10_000
    with transaction():
        db.session.query(Run).delete()
        db.session.execute(text("DELETE FROM assignments"))
    run = plan(make, run_jobs)
    assert (pairs(), run.objective, run.bound, run.prices) == shared_out


def test_the_waiting_page_counts_regions(make, client, run_jobs, three_cities, in_parts):
    client.sign_in(make.person(role="organizer"))
    run_id = begun(make)
    making.solve_part(run_id, 1)
    seen = client.get(f"/matching/runs/{run_id}/progress").json
    assert "1 of 3 regions" in seen["label"]
    before = seen["done"]
    making.solve_part(run_id, 0)
    seen = client.get(f"/matching/runs/{run_id}/progress").json
    assert seen["done"] == before + 1
    assert seen["done"] < seen["total"]
    assert "2 of 3 regions" in client.get(f"/matching/runs/{run_id}").text


def test_a_part_whose_worker_was_killed_is_taken_up_again(app, make, run_jobs, three_cities, in_parts):
    run_id = begun(make)
    app.extensions["redis"].flushdb()
    with transaction():
        assert parts.take(run_id, 1, now=NOON) is not None  # and then nothing is heard of its worker
    making.solve_part(run_id, 0)
    making.solve_part(run_id, 1)  # asked again while the worker may be alive: left alone
    assert states() == ["done", "running", "waiting"]
    with clock.standing_at(NOON + timedelta(minutes=4)):
        jobs.sweep_runs()
        run_jobs()
        jobs.sweep_runs()  # the part that only the queue had forgotten, once nobody is at work
        run_jobs()
    assert the(run_id).state == "done"
    assert len(pairs()) == 12


def test_a_join_that_got_lost_is_found_by_the_sweep_and_saves_once(
    app, make, run_jobs, three_cities, in_parts
):
    run_id = begun(make)
    for number in range(3):
        making.solve_part(run_id, number)
    app.extensions["redis"].flushdb()
    with clock.standing_at(NOON + timedelta(minutes=4)):
        jobs.sweep_runs()
        run_jobs()
    finished = the(run_id).finished_at
    assert finished
    making.join_parts(run_id)
    making.make(run_id)
    assert the(run_id).finished_at == finished
    assert len(pairs()) == 12


def test_only_the_last_part_announces_the_join(make, run_jobs, three_cities, in_parts, monkeypatch):
    said = []
    monkeypatch.setattr(parts, "announce", said.append)
    run_id = begun(make)
    said.clear()
    for number in (2, 0, 1, 1):
        making.solve_part(run_id, number)
    assert [type(fact).__name__ for fact in said] == ["PartsSolved"]


@pytest.mark.parametrize("step", ["parts", "join"])
def test_a_run_that_was_stopped_saves_nothing(make, client, run_jobs, three_cities, in_parts, step):
    client.sign_in(make.person(role="organizer"))
    run_id = begun(make)
    making.solve_part(run_id, 0)
    if step == "join":
        making.solve_part(run_id, 1)
        making.solve_part(run_id, 2)
    client.post(f"/matching/runs/{run_id}/stop", status=303)
    run_jobs()
    making.join_parts(run_id)
    assert the(run_id).state == "cancelled"
    assert pairs() == set()
    assert db.session.scalar(select(func.count()).select_from(RunPart)) == 0
    assert "was stopped" in client.get(f"/matching/runs/{run_id}").text
    client.post(f"/matching/runs/{run_id}/stop", status=409)


def test_a_part_that_cannot_be_solved_fails_the_run_with_a_sentence(
    make, run_jobs, three_cities, in_parts, monkeypatch
):
    run_id = begun(make)
    monkeypatch.setattr(making, "solve_region", lambda *_a, **_k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        making.solve_part(run_id, 0)
    assert the(run_id).state == "failed"
    assert "Make the plan again" in the(run_id).message
    assert not states()


def test_a_plan_of_a_newer_run_is_not_overwritten_by_an_older_one(make, run_jobs, three_cities, in_parts):
    older = begun(make)
    with transaction():
        db.session.get_one(Run, older).state = "superseded"
    run_jobs()
    assert pairs() == set()
    assert the(older).state == "superseded"


def test_what_is_packed_comes_back_to_the_last_bit():
    problem = replace(
        tiny_problem(), never=np.array([[1, 0]], np.int32), place_names=np.array(["Å", "b"], object)
    )
    again = unpacked(packed(problem))
    assert again.people.latitude.tobytes() == problem.people.latitude.tobytes()
    assert again.sites.slot_times.dtype == problem.sites.slot_times.dtype
    assert again.place_names.tolist() == ["Å", "b"]
    one, two = solve_reach(problem), solve_reach(again)
    assert one.pairs.tolist() == two.pairs.tolist()
    assert one.price.tobytes() == two.price.tobytes()
    (region,) = regions(problem)
    assert unpacked(packed((region, 0.5)))[1] == 0.5


@pytest.mark.parametrize("value", [object(), datetime.now(UTC), {1: 2}])
def test_nothing_else_is_packed(value):
    with pytest.raises(TypeError, match="cannot be packed"):
        packed(value)


@pytest.mark.parametrize("name", [["os", "system"], ["volunteer_hub.matching.packing", "packed"]])
def test_nothing_else_is_unpacked(name):
    tree = np.frombuffer(json.dumps({"is": name, "fields": {}}).encode(), np.uint8)
    file = io.BytesIO()
    np.savez(file, tree=tree)
    with pytest.raises(TypeError, match="nothing that was packed"):
        unpacked(file.getvalue())
