"""Promises of a cut: door limits, minutes, locked turfs, streets, outlines, the bound, walks of one turf."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geodata.streets import build_network, tie, walk_table
from geodata.streets.classes import NUMBER
from geodata.turf import Pace, cut, walk_turf
from geodata.turf.areas import areas
from geodata.turf.barriers import Lines
from geodata.turf.bound import lower_bound
from geodata.turf.ground import Straight
from geodata.turf.proof import Walker, prove

KINDS = ("spread", "one spot", "one line", "two towns", "streets")


@st.composite
def places(draw, least=1, most=120):
    """Doors of a made-up town, also on one spot or on one line."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, kind = draw(st.integers(least, most)), draw(st.sampled_from(KINDS))
    xy = rng.uniform(0, 600, (n, 2))
    if kind == "one spot":
        xy[:] = (7.0, 7.0)
    elif kind == "one line":
        xy[:, 1] = 0.5 * xy[:, 0]
    elif kind == "two towns":
        xy[rng.random(n) < 0.5] += 20_000.0
    elif kind == "streets":
        xy = np.column_stack([rng.integers(0, 30, n) * 15.0, rng.integers(0, 4, n) * 80.0])
    return xy


def grid(blocks=3, gap=0.0):
    """A network of streets 100 m apart; beyond `gap` a second one that is joined to nothing."""
    lines = []
    for east in (0.0, gap) if gap else (0.0,):
        for i in range(blocks + 1):
            lines.append([(east, i * 100.0), (east + blocks * 100.0, i * 100.0)])
            lines.append([(east + i * 100.0, 0.0), (east + i * 100.0, blocks * 100.0)])
    shapes = shapely.linestrings(lines)
    return build_network(shapes, np.full(len(shapes), NUMBER["residential"]))


def every_door_once(result, count):
    return sorted(row for turf in result.turfs for row in turf.doors.tolist()) == list(range(count))


@settings(deadline=None, max_examples=40)
@given(places(), st.integers(1, 12), st.integers(0, 20))
def test_no_turf_has_more_doors_than_allowed_nor_fewer_where_there_are_enough(xy, least, more):
    most = 2 * least + more
    result = cut(xy, minutes_per_turf=60, min_doors=least, max_doors=most, pace=Pace())
    assert every_door_once(result, len(xy))
    sizes = [len(turf.doors) for turf in result.turfs]
    assert max(sizes) <= most
    assert min(sizes) >= min(least, len(xy))
    assert (result.quality.over_doors, result.quality.under_doors > 0) == (0, len(xy) < least)


@settings(deadline=None, max_examples=40)
@given(places())
def test_outlines_hold_just_their_own_doors_and_do_not_overlap(xy):
    result = cut(xy, minutes_per_turf=30, pace=Pace())
    shapes = np.array([turf.polygon for turf in result.turfs], dtype=object)
    assert shapely.is_valid(shapes).all()
    for number, turf in enumerate(result.turfs):
        inside = shapely.contains_properly(shapes[number], shapely.points(xy))
        spots = {tuple(spot) for spot in xy[turf.doors]}
        assert {tuple(spot) for spot in xy[inside]} <= spots
        assert shapely.covers(shapes[number], shapely.points(xy[turf.doors])).all()
    alone = shapely.area(shapes).sum()
    assert alone == pytest.approx(shapely.union_all(shapes).area, rel=1e-6)


@settings(deadline=None, max_examples=30)
@example(49, 49)  # a shared spot on ground with a stray line
@given(st.integers(0, 2**32 - 1), st.integers(40, 120))
def test_doors_a_hair_apart_have_outlines_too(seed, count):
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 10, (count, 2)) * 50.0
    xy = corners + rng.choice([0, 1e-6, 1e-3, 0.005, 0.01, 0.5], (count, 2))
    rows = np.array_split(rng.permutation(count) if seed % 2 else np.lexsort(corners.T), count // 8)
    shapes = np.array(areas(xy, rows), dtype=object)
    assert shapely.is_valid(shapes).all()
    for shape, own in zip(shapes, rows, strict=True):
        assert shapely.distance(shape, shapely.points(xy[own])).max() <= 0.05
    assert shapely.area(shapes).sum() == pytest.approx(shapely.union_all(shapes, grid_size=0.001).area, 1e-4)


@settings(deadline=None, max_examples=40)
@given(places(least=2), st.booleans())
def test_no_cut_is_shorter_than_the_bound(xy, evenly):
    result = cut(xy, minutes_per_turf=40, pace=Pace(), at_most=evenly, bound=True)
    assert result.quality.bound_m <= result.quality.metres + 1e-6
    assert 0 <= result.quality.gap <= 1


def test_the_bound_of_six_doors_on_a_line_is_exact():
    xy = np.column_stack([[0.0, 10, 20, 200, 210, 220], np.zeros(6)])
    assert lower_bound(Straight(xy, Lines(None)), 2) == pytest.approx(40.0)
    result = cut(xy, minutes_per_turf=9, min_doors=2, max_doors=4, pace=Pace(), bound=True)
    assert sorted(sorted(turf.doors.tolist()) for turf in result.turfs) == [[0, 1, 2], [3, 4, 5]]
    assert result.quality.gap == pytest.approx(0.0)
    assert result.turfs[0].minutes == pytest.approx(6 + 20 / 75)


@settings(deadline=None, max_examples=25)
@given(places(least=10), st.integers(0, 9))
def test_locked_turfs_stay_and_the_rest_is_cut(xy, kept):
    rows = list(range(kept))[::-1]
    result = cut(xy, minutes_per_turf=30, pace=Pace(), locked=[rows] if rows else [])
    assert every_door_once(result, len(xy))
    if rows:
        assert result.turfs[0].doors.tolist() == rows
    assert [turf.is_locked for turf in result.turfs].count(True) == bool(rows)


@settings(deadline=None, max_examples=25)
@given(places(), st.booleans())
def test_walks_along_streets_are_measured_along_streets(xy, in_pieces):
    network = grid(gap=5_000.0 if in_pieces else 0.0)
    table = walk_table(xy, tie(xy, None, network), network)
    result = cut(xy, minutes_per_turf=40, pace=Pace(), table=table, network=network, lines=True)
    assert every_door_once(result, len(xy))
    for turf in result.turfs:
        assert turf.metres == pytest.approx(table.between(turf.doors[:-1], turf.doors[1:]).sum())
        assert turf.line.geom_type == "LineString"
        assert turf.minutes <= 40 * (1 + 1e-9) or len(turf.doors) == 1
    assert result.quality.off_network == (table.corner[:, 0] < 0).sum()
    assert "walking along streets" in result.sentence


def test_a_rail_line_is_crossed_only_by_a_street():
    rail = shapely.LineString([(-500, 50), (800, 50)])
    lines = shapely.linestrings([[(0, 0), (300, 0)], [(0, 100), (300, 100)], [(0, 0), (0, 100)]])
    network = build_network(lines, np.full(3, NUMBER["residential"]), barriers=[rail])
    xy = np.array([(x, y) for x in range(10, 300, 20) for y in (-8.0, 108.0)])
    table = walk_table(xy, tie(xy, None, network, [rail]), network)
    result = cut(xy, minutes_per_turf=500, pace=Pace(), table=table, network=network, barriers=[rail])
    assert result.quality.crossings == 0
    assert result.quality.guessed_steps == 0
    both = [turf for turf in result.turfs if len({xy[row, 1] > 50 for row in turf.doors}) == 2]
    assert all(turf.metres > 500 for turf in both)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(4, 60), st.booleans(), st.booleans())
def test_no_building_leads_a_walk_over_a_fence_with_open_ends(seed, count, at_most, has_streets):
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 400, (count, 2))
    xy = (corners[:, None] + rng.uniform(-30, 30, (count, 4, 2))).reshape(-1, 2)
    building = np.repeat(np.arange(count), 4).tolist()
    ends = rng.uniform(0, 400, (6, 1, 2))
    fences = list(shapely.linestrings(np.concatenate([ends, ends + rng.uniform(-150, 150, (6, 1, 2))], 1)))
    ground = {}
    if has_streets:
        network = grid(gap=5_000.0)
        ground = {"table": walk_table(xy, tie(xy, None, network, fences), network), "network": network}
    result = cut(
        xy, minutes_per_turf=40, building=building, barriers=fences, pace=Pace(), at_most=at_most,
        polygons=False, **ground,
    )  # fmt: skip
    assert every_door_once(result, len(xy))
    assert result.quality.crossings == 0
    rows = [(str(d), str(t), str(i)) for t, f in enumerate(result.turfs) for i, d in enumerate(f.doors, 1)]
    found = prove(
        doors=[str(row) for row in range(len(xy))], building=building, group=None,
        walker=Walker(xy, ground.get("table")), xy_m=xy, barriers=fences, pace=Pace(), least=None, most=None,
        minutes=40, rows=rows, without=frozenset(),
    )  # fmt: skip
    assert not found.violations


def test_a_tower_of_400_units_is_shared_out_and_its_outlines_do_not_overlap():
    xy = np.vstack([np.zeros((400, 2)), np.random.default_rng(0).uniform(-200, 200, (60, 2))])
    building = ["tower"] * 400 + [f"h{i}" for i in range(60)]
    result = cut(xy, minutes_per_turf=120, min_doors=30, max_doors=60, building=building, pace=Pace())
    assert every_door_once(result, 460)
    assert max(len(turf.doors) for turf in result.turfs) <= 60
    assert result.quality.split_buildings == 1
    shapes = np.array([turf.polygon for turf in result.turfs], dtype=object)
    assert shapely.area(shapes).sum() == pytest.approx(shapely.union_all(shapes).area, rel=1e-6)


def test_a_tower_is_shared_out_into_turfs_near_the_minutes():
    result = cut(
        np.zeros((400, 2)), minutes_per_turf=90, at_most=False, building=["tower"] * 400, pace=Pace()
    )
    assert result.quality.within_15_share == 1
    assert len(result.turfs) == 10


def test_barriers_in_collections_count_as_lines_and_outlines():
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 400, (200, 2))
    inner = shapely.GeometryCollection(
        [shapely.box(100, 100, 300, 300), shapely.LineString([(0, 50), (60, 50)])]
    )
    result = cut(xy, minutes_per_turf=60, barriers=[shapely.GeometryCollection([inner])], polygons=False)
    steps = [np.stack([xy[turf.doors[:-1]], xy[turf.doors[1:]]], axis=1) for turf in result.turfs]
    lines = shapely.linestrings(np.concatenate(steps))
    assert not any(shapely.intersects(lines, shapely.box(100, 100, 300, 300).boundary))
    assert result.quality.crossings == 0


def test_by_minutes_alone_turfs_come_near_to_them():
    xy = np.random.default_rng(3).uniform(0, 2_500, (1_500, 2))
    result = cut(xy, minutes_per_turf=90, at_most=False, pace=Pace(), polygons=False)
    assert result.quality.within_15_share >= 0.95


@settings(deadline=None, max_examples=25)
@given(places())
def test_one_turf_walked_anew_is_short_and_whole(xy):
    turf = walk_turf(xy, pace=Pace())
    assert sorted(turf.doors.tolist()) == list(range(len(xy)))
    assert turf.minutes == pytest.approx(turf.metres / 75 + 2.0 * len(xy))
    assert turf.metres <= np.hypot(*np.diff(xy, axis=0).T).sum() + 0.01  # orders are compared in float32
    assert shapely.covers(turf.polygon, shapely.points(xy)).all()


def test_areas_of_no_doors_are_empty():
    assert areas(np.empty((0, 2)), []) == []
    assert areas(np.zeros((1, 2)), [np.array([0]), np.empty(0, np.int64)])[1].is_empty


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        ("locked has a row that is none", {"locked": [[5]]}),
        ("locked has a door twice", {"locked": [[0], [0]]}),
        ("min_doors .9. is more than max_doors", {"min_doors": 9, "max_doors": 3}),
        ("table has 3 entries", {"table": range(3)}),
    ],
)
def test_what_does_not_go_together_is_refused(message, changes):
    with pytest.raises(ValueError, match=message):
        cut(np.zeros((2, 2)), minutes_per_turf=30, **changes)


def test_a_pace_that_takes_no_time_is_refused():
    with pytest.raises(ValueError, match="some time"):
        Pace(knock_min=0.0, contact_rate=0.0)
