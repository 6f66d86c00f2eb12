"""Door limits hold wherever a cut within them is found; a cut is the same on any number of processors."""

import os

import numpy as np
import pytest
import shapely

from geodata.turf import Pace, cut


def sizes(xy, **limits):
    return sorted(
        len(turf.doors) for turf in cut(xy, minutes_per_turf=60, pace=Pace(), polygons=False, **limits).turfs
    )


def test_two_doors_far_apart_share_a_turf_where_two_are_the_least():
    assert sizes([[0.0, 0.0], [20_000.0, 0.0]], min_doors=2, max_doors=4) == [2]


@pytest.mark.parametrize("doors", [22, 23])
def test_towns_far_apart_keep_the_least_doors(doors):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        xy = rng.uniform(0, 600, (doors, 2))
        xy[rng.random(doors) < 0.5] += 20_000.0
        assert sizes(xy, min_doors=12, max_doors=24)[0] >= 12


@pytest.mark.parametrize("least", [70, 75, 80, 100])
def test_the_least_doors_hold_where_turfs_take_three_times_the_minutes(least):
    xy = np.random.default_rng(0).uniform(0, 500, (400, 2))
    assert sizes(xy, min_doors=least, at_most=False)[0] >= least


@pytest.mark.parametrize("limits", [{"max_doors": 50}, {"at_most": False}])
@pytest.mark.parametrize("metres_per_min", [75.0, 1000.0])
def test_door_limits_hold_among_fences_with_open_ends(limits, metres_per_min):
    rng = np.random.default_rng(0)
    xy, ends = rng.uniform(0, 500, (400, 2)), rng.uniform(0, 500, (25, 2))
    fences = shapely.linestrings(np.stack([ends, ends + rng.uniform(-200, 200, (25, 2))], 1))
    result = cut(
        xy, minutes_per_turf=60, min_doors=30, barriers=list(fences), pace=Pace(metres_per_min),
        polygons=False, **limits,
    )  # fmt: skip
    assert (result.quality.under_doors, result.quality.over_doors, result.quality.crossings) == (0, 0, 0)


def test_each_side_of_a_closed_barrier_is_an_area_of_its_own():
    xy = np.random.default_rng(1).uniform(0, 300, (60, 2))
    river = shapely.LineString([(-5_000, 50), (5_000, 50)])
    beyond = int((xy[:, 1] > 50).sum())
    assert sizes(xy, min_doors=20, max_doors=60, barriers=[river])[0] == min(60 - beyond, beyond)


def test_a_cut_is_the_same_on_any_number_of_processors(monkeypatch):
    rng = np.random.default_rng(2)
    xy, groups = rng.uniform(0, 2_000, (700, 2)), rng.integers(0, 3, 700).tolist()
    found = []
    for count in (1, 5):
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        found.append(cut(xy, minutes_per_turf=60, groups=groups, pace=Pace(), polygons=False))
    assert (found[0].turf_of == found[1].turf_of).all()
    assert (found[0].position_of == found[1].position_of).all()


def test_a_barrier_of_many_pieces_is_not_crossed():
    xy = np.random.default_rng(3).uniform(0, 600, (300, 2))
    plain = np.array([(100.0, 300.0), (500.0, 310.0)])
    fine = np.column_stack([np.linspace(*plain[:, axis], 3_000) for axis in (0, 1)])
    result = cut(xy, minutes_per_turf=60, barriers=[shapely.LineString(fine)], polygons=False, pace=Pace())
    steps = [np.stack([xy[turf.doors[:-1]], xy[turf.doors[1:]]], axis=1) for turf in result.turfs]
    lines = shapely.linestrings(np.concatenate(steps))
    assert not shapely.intersects(lines, shapely.LineString(fine)).any()


def test_over_limit_counts_only_where_minutes_are_a_limit():
    xy = np.random.default_rng(4).uniform(0, 900, (200, 2))
    near = cut(xy, minutes_per_turf=60, at_most=False, pace=Pace(), polygons=False).quality
    alone = cut(xy[:2], minutes_per_turf=1, pace=Pace(), polygons=False).quality
    assert (near.over_limit, alone.over_limit) == (0, 2)


def test_buildings_larger_than_a_turf_are_told_from_parted_ones():
    xy = np.array([[0.0, y] for y in (0.0, 10.0)] + [[100.0, 0.0]] * 60)
    building = ["parted"] * 2 + ["tower"] * 60
    quality = cut(
        xy,
        minutes_per_turf=60,
        building=building,
        groups=["a", "b", *["c"] * 60],
        polygons=False,
        pace=Pace(),
    ).quality
    assert (quality.split_buildings, quality.parted_buildings) == (1, 1)
