"""The measurements of the engine measure what they say: instances, sides, runs, bars and the page."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.crs import great_circle_km
from geodata.turf import cut
from geodata.turf.medians import capacitated_medians
from volunteer_hub.bench.engine import (
    centres,
    in_turn,
    limited,
    locating,
    report,
    scoring,
    solver,
    touring,
    turfing,
    whole,
)
from volunteer_hub.bench.engine.bars import BARS, row_of, verdict
from volunteer_hub.bench.engine.case import Task
from volunteer_hub.bench.engine.cases import CASES
from volunteer_hub.bench.engine.run import is_whole
from volunteer_hub.bench.instances import cpmp, tours
from volunteer_hub.bench.instances.areas import invented, points_in
from volunteer_hub.bench.instances.country import KM_COST, country, near, pairs
from volunteer_hub.bench.instances.limits import limits_problem
from volunteer_hub.bench.instances.town import doors_of
from volunteer_hub.commands.program import Program


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_pairs_are_the_nearest_places_within_reach_and_repeat_by_seed(seed):
    land = country(200, 30, seed)
    columns = pairs(land, reach_km=60, most=3)
    assert same(columns, pairs(country(200, 30, seed), reach_km=60, most=3))
    who = columns["arc_volunteer"]
    assert (np.diff(who) >= 0).all()
    everything = great_circle_km(
        land.latitude[:, None], land.longitude[:, None], land.place_latitude, land.place_longitude
    )
    for v in range(200):
        mine = np.sort(everything[v][everything[v] <= 60])[:3]
        assert np.sort(columns["arc_km"][who == v]) == pytest.approx(mine, abs=1e-6)
    worth = land.weight[who] * land.worth[columns["arc_place"]] - KM_COST * columns["arc_km"]
    assert columns["arc_value"] == pytest.approx(worth)


def test_volunteers_are_looked_at_once_each_however_many_there_are(monkeypatch):
    from volunteer_hub.bench.instances import country as module

    at_once = pairs(country(500, 30, 1), reach_km=60, most=None)
    monkeypatch.setattr(module, "VOLUNTEERS_AT_ONCE", 70)
    assert len(list(near(country(500, 30, 1), 60))) == 8
    assert same(at_once, pairs(country(500, 30, 1), reach_km=60, most=None))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_pairs_by_hand_can_all_be_kept(seed):
    problem = limits_problem(400, 20, seed)
    seats = np.add.reduceat(problem.sites.segment_size, problem.sites.segment_start[:-1])
    assert (np.bincount(problem.pinned[:, 1], minlength=20) <= seats).all()
    lists = [problem.pinned, problem.never, problem.previous]
    every = [tuple(pair) for some in lists for pair in some.tolist()]
    assert len(every) == len(set(every)) > 0


@pytest.mark.parametrize("count", [1, 10, 16])
def test_invented_areas_do_not_overlap(count):
    shapes = invented(count, vertices_a_side=8, seed=count)
    assert len(shapes) == count
    assert shapely.is_valid(shapes).all()
    # a ragged edge may cross another one by a hair, where make_valid cuts it
    assert shapely.area(shapes).sum() == pytest.approx(shapely.area(shapely.union_all(shapes)), rel=0.02)
    x, y = points_in(shapes, 50, 0)
    assert shapely.intersects_xy(shapely.box(*shapely.total_bounds(shapes)), x, y).all()


@pytest.fixture
def task(tmp_path):
    return Task(n=600, m=20, seed=3, folder=tmp_path, check=True)


def test_the_auction_the_flow_and_the_sheet_get_the_same_pairs(task):
    solver.prepare(task)
    ours, peer, sheet = solver.ours(task), solver.peer(task), solver.baseline(task)
    assert ours["violations"] == 0
    assert ours["value"] <= peer["value"] * (1 + 1e-6) <= ours["bound"] * (1 + 2e-6)
    assert ours["checked_gap"] <= 0.001
    assert 0 < sheet["value"] <= sheet["best_value"] <= peer["value"]


def test_the_whole_problem_agrees_with_the_flow_on_all_pairs(task):
    ours, peer = whole.ours(task), whole.peer(task)
    assert ours["violations"] == 0
    assert ours["value"] <= peer["value"] * (1 + 1e-6) <= ours["bound"] * (1 + 2e-6)
    assert in_turn.in_turn(country(600, 20, 3), reach_km=40, most=None)["value"] <= peer["value"]


def test_the_problem_of_all_limits_is_proven(task):
    found = limited.ours(task)
    assert found["violations"] == 0
    assert found["value"] <= found["bound"]
    assert found["checked_gap"] <= 0.05  # the wishes to go together cost that at most
    assert 0 < found["groups_together"] <= found["groups"]


def test_points_get_the_areas_that_bare_shapely_finds(task):
    def areas():
        return invented(9, vertices_a_side=8), "generated"

    ours, peer = locating.ours(areas, task), locating.peer(areas, task)
    assert ours["violations"] == 0
    assert peer["pairs"] >= ours["inside"] > 0


def test_every_rule_scores_every_county(task):
    found = scoring.ours(Task(n=60, m=50, seed=0, folder=task.folder, check=True))
    assert found["violations"] == 0
    assert len(found["by_rule"]) == 7
    assert sum(found["by_rule"].values()) <= found["seconds"]


def test_the_medians_of_heaps_far_apart_are_found_and_a_broken_answer_is_counted(task, monkeypatch):
    monkeypatch.setattr(centres, "SECONDS", 0.3)
    found = centres.ours(Task(n=centres.INVENTED, m=21, seed=0, folder=task.folder, check=True))
    assert found["violations"] == 0
    assert found["mean_gap"] == pytest.approx(0.0, abs=1e-9)
    heaps = cpmp.invented(1, 0)[0]
    answer = capacitated_medians(heaps.points, heaps.demand, heaps.capacity, heaps.p, seconds=0.3)
    answer.cluster[:] = 0
    assert centres.violations(heaps, answer) >= heaps.p


def row_at(bar, off=1.0):
    """A row at the bar's limits, beyond them by the factor `off`."""
    row = {"n": bar.n, "m": bar.m}
    for limit in bar.limits:
        *folders, last = limit.path.split(".")
        here = row
        for name in folders:
            here = here.setdefault(name, {})
        here[last] = limit.at_most * off if limit.at_most is not None else (limit.at_least or 0.0) / off
    return row


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: f"{bar.case} {bar.n}")
def test_a_bar_is_met_at_its_limits_missed_beyond_and_never_claimed_unmeasured(bar):
    row = row_at(bar)
    assert verdict(bar, row) == "met"
    assert verdict(bar, row_at(bar, off=1.001)) == "missed"
    assert verdict(bar, row | {"ours": {}}) == "not measured in full"
    assert verdict(bar, row_of(bar, [])) == "not measured"


def test_every_bar_is_about_a_size_that_can_be_measured():
    sizes = {(case.name, size.n, size.m) for case in CASES.values() for size in case.sizes}
    wanted = {(bar.case, bar.n, bar.m) for bar in BARS if bar.case in CASES}
    assert wanted <= sizes


@pytest.fixture
def bench(tmp_path, monkeypatch):
    from volunteer_hub.bench.cli import bench as command

    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    return lambda *words: CliRunner().invoke(command, [str(word) for word in words], obj=Program())


def test_a_run_is_written_drawn_and_told(bench, tmp_path):
    told = bench("matching", "--case", "limits", "--size", "tiny", "--repeat", "2")
    assert told.exit_code == 0, told.output
    run = json.loads((tmp_path / "bench" / "limits.json").read_text())
    assert json.loads(told.stdout.splitlines()[-1]) == run
    ours = run["rows"][0]["ours"]
    assert ours["seconds"] == pytest.approx(np.median(ours["all_seconds"]))
    assert len(ours["all_seconds"]) == 2
    assert 50 < ours["peak_mb"] < 5000
    assert (tmp_path / "bench" / "limits.svg").read_text().startswith("<?xml")
    assert sorted(file.name for file in (tmp_path / "bench").iterdir()) == ["limits.json", "limits.svg"]
    page = tmp_path / "page.md"
    assert bench("report", "--out", page).exit_code == 0
    assert (tmp_path / "images" / "bench-limits.svg").exists()
    text = page.read_text()
    assert f"{ours['value']:,.1f}" in text
    assert text.count("**not measured**") == len(BARS)
    assert str(tmp_path) not in text + json.dumps(run)


def test_what_fails_is_said_and_the_run_goes_on(bench, tmp_path):
    told = bench("priority", "--size", "tiny", "--limit", "0.1")
    run = json.loads((tmp_path / "bench" / "priority.json").read_text())
    assert told.exit_code == 1
    assert "not done after 0.1 s" in told.output
    assert not is_whole(run)
    assert "not done after 0.1 s" in report.report({"priority": run})


def test_a_page_without_figures_is_refused_with_what_to_run(bench, tmp_path):
    told = bench("report", "--out", tmp_path / "page.md")
    assert told.exit_code == 1
    assert "bench matching --peer" in told.output


def test_a_cut_of_the_invented_town_is_proved_and_a_spoilt_one_counted(task, monkeypatch):
    town = replace(task, n=400, m=50)
    answer = turfing.ours(doors_of, town)
    assert answer["violations"] == 0
    assert answer["checked_m"] == pytest.approx(answer["metres"])
    larger = {"min_doors": 70, "max_doors": 90}
    monkeypatch.setattr(turfing, "cut", lambda xy, **wish: cut(xy, **(wish | larger)))
    assert turfing.ours(doors_of, town)["violations"] > 0


def test_tours_of_chance_visit_every_point_and_are_measured_as_they_are(tmp_path):
    task = Task(200, 1, 3, tmp_path, True)
    for side in (touring.chance, touring.chance_peer):
        found = side(task)
        assert found["violations"] == 0
        assert 0.0 < found["above_chance"] < 0.6  # some 15 % with so few, by their border
        assert found["metres"] == pytest.approx(
            (1 + found["above_chance"]) * 0.7124 * 200**0.5 * touring.SIDE_M
        )


@pytest.mark.real_data
def test_public_tours_are_measured_as_their_makers_did():
    try:
        every = tours.literature(500, 3)
    except FileNotFoundError as why:
        pytest.skip(str(why))
    assert [len(each.xy) for each in every] == [574, 575, 654]
    square = np.array([[0.0, 0.0], [10.4, 0.0], [10.4, 10.4], [0.0, 10.4]])
    assert tours.rounded_length(square, np.arange(4)) == 40
    for each in every:
        assert tours.rounded_length(each.xy, np.arange(len(each.xy))) >= each.best
