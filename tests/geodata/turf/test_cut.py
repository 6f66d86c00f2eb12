"""Turfs: every door once, no turf too long, buildings whole, groups and barriers kept."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.turf import cut
from geodata.turf.stops import door_order, natural
from tests.conftest import REAL_DATA

PACE = {"minutes_per_turf": 60.0, "minutes_per_door": 2.0, "walking_speed_m_per_min": 75.0}


@st.composite
def streets(draw, most=150):
    """Doors of a made-up town: rows of houses, some towers, doors at one spot or on one line; groups and
    buildings.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(0, most))
    kind = draw(st.sampled_from(["streets", "one spot", "one line", "spread", "two towns"]))
    xy = np.column_stack([rng.integers(0, 40, n) * 15.0, rng.integers(0, 5, n) * 80.0])
    if kind == "one spot":
        xy[:] = (3.5, -2.0)
    elif kind == "one line":
        xy[:, 1] = xy[:, 0] * 2
    elif kind == "spread":
        xy = rng.uniform(0, 5000, (n, 2))
    elif kind == "two towns":
        xy[rng.random(n) < 0.5] += 30_000.0
    _, spot = np.unique(xy, axis=0, return_inverse=True)
    building = spot.reshape(-1).tolist() if draw(st.booleans()) else None
    groups = rng.integers(0, 3, n).tolist() if draw(st.booleans()) else None
    return xy + draw(st.sampled_from([0.0, 4e6])), building, groups


@settings(deadline=None, max_examples=80)
@given(streets(), st.floats(5, 120), st.floats(0.5, 12))
def test_every_door_is_in_exactly_one_turf_and_no_turf_is_too_long(town, per_turf, per_door):
    xy, building, groups = town
    result = cut(xy, minutes_per_turf=per_turf, minutes_per_door=per_door, building=building, groups=groups)
    rows = [row for turf in result.turfs for row in turf.doors.tolist()]
    assert sorted(rows) == list(range(len(xy)))
    for number, turf in enumerate(result.turfs):
        assert turf.minutes <= per_turf * (1 + 1e-9) or len(turf.doors) == 1
        assert (result.turf_of[turf.doors] == number).all()
        assert result.position_of[turf.doors].tolist() == list(range(len(turf.doors)))
        steps = np.hypot(*np.diff(xy[turf.doors], axis=0).T).sum()
        assert turf.metres == pytest.approx(steps)
        assert turf.minutes == pytest.approx(turf.metres / 75 + len(turf.doors) * per_door)
        assert turf.start_xy_m == tuple(xy[turf.doors[0]])
        assert turf.polygon.geom_type in ("Polygon", "MultiPolygon")
        assert turf.polygon.is_valid
        assert shapely.covers(turf.polygon, shapely.points(xy[turf.doors])).all()
        if groups:
            assert {groups[row] for row in turf.doors} == {turf.group}
    assert result.quality.doors == len(xy)
    assert result.quality.turfs == len(result.turfs)
    assert result.quality.metres == pytest.approx(sum(t.metres for t in result.turfs))


@settings(deadline=None, max_examples=40)
@given(streets())
def test_a_building_stays_whole_unless_larger_than_a_turf(town):
    xy, building, groups = town
    result = cut(xy, building=building, groups=groups, **PACE)
    keys = list(zip(building or range(len(xy)), groups or [0] * len(xy), strict=True))
    for key in set(keys):
        rows = [row for row, k in enumerate(keys) if k == key]
        if len(rows) * 2.0 <= 60.0:  # the doors of a building share one spot here
            assert len({int(result.turf_of[row]) for row in rows}) == 1
            assert np.ptp(result.position_of[rows]) == len(rows) - 1


@settings(deadline=None, max_examples=25)
@given(streets())
def test_the_same_doors_are_cut_the_same_way_every_time(town):
    xy, building, groups = town
    first, second = (cut(xy, building=building, groups=groups, seed=5, **PACE) for _ in range(2))
    assert (first.turf_of == second.turf_of).all()
    assert (first.position_of == second.position_of).all()


def test_a_tower_larger_than_a_turf_is_shared_out_evenly_by_unit():
    units = [f"{floor}{side}" for floor in range(1, 26) for side in "ABCD"]
    shuffled = np.random.default_rng(0).permutation(100)
    result = cut(np.zeros((100, 2)), building=["tower"] * 100, unit=[units[i] for i in shuffled], **PACE)
    assert [len(t.doors) for t in result.turfs] == [25, 25, 25, 25]
    walked = [[units[shuffled[row]] for row in t.doors] for t in result.turfs]
    assert sorted(walked, key=lambda w: natural(w[0])) == [units[i : i + 25] for i in range(0, 100, 25)]


def test_units_are_walked_as_people_count():
    units = ["10", "9", "2B", "2A", "2", None, "101"]
    rank = door_order(len(units), None, None, units)
    assert [units[row] for row in np.argsort(rank)] == [None, "2", "2A", "2B", "9", "10", "101"]


def test_no_doors_make_no_turfs_and_one_door_makes_one():
    empty = cut([], **PACE)
    assert (empty.turfs, empty.quality.turfs, empty.sentence) == ((), 0, "There are no doors to cut.")
    single = cut([[5.0, 5.0]], **PACE)
    assert single.turfs[0].doors.tolist() == [0]
    assert (single.turfs[0].metres, single.turfs[0].minutes) == (0.0, 2.0)


def test_a_rail_line_is_never_crossed():
    rng = np.random.default_rng(4)
    xy = rng.uniform(0, 1000, (400, 2))
    rail = shapely.LineString([(-50, 480), (400, 520), (1050, 500)])
    gapped = [shapely.LineString([(-50, 500), (450, 500)]), shapely.LineString([(550, 500), (1050, 500)])]
    assert cut(xy, polygons=False, **PACE).quality.crossings == 0
    for barriers in ([rail], gapped, [shapely.box(300, 300, 700, 700)]):
        result = cut(xy, barriers=barriers, polygons=False, **PACE)
        steps = [
            shapely.LineString(xy[list(pair)]) for t in result.turfs for pair in itertools.pairwise(t.doors)
        ]
        assert not any(
            step.intersects(line) for step in steps for line in barriers if line.geom_type == "LineString"
        )
        assert result.quality.crossings == 0
        assert sorted(r for t in result.turfs for r in t.doors.tolist()) == list(range(400))


def test_the_result_says_that_distances_are_straight_lines():
    result = cut(np.random.default_rng(0).uniform(0, 500, (50, 2)), **PACE)
    assert result.method == "straight line"
    assert "straight lines" in result.sentence


def test_turfs_of_a_town_are_even_and_short_to_walk():
    streets_x, houses_y = np.meshgrid(np.arange(30) * 80.0, np.arange(60) * 15.0)
    xy = np.column_stack([streets_x.ravel(), houses_y.ravel()])
    result = cut(xy, minutes_per_turf=90, minutes_per_door=1.5, polygons=False)
    assert result.quality.within_share >= 0.95
    assert result.quality.metres_per_door <= 1.15 * 15.0


@pytest.mark.parametrize(
    ("message", "doors", "changes"),
    [
        ("door 1 has a coordinate that is not a number", [[0, 0], [np.nan, 0]], {}),
        ("door 0 has a coordinate that is not a number", [[np.inf, 0]], {}),
        ("two columns", [[0, 0, 0]], {}),
        ("minutes_per_turf must be more than 0", [[0, 0]], {"minutes_per_turf": 0}),
        ("minutes_per_door must be more than 0", [[0, 0]], {"minutes_per_door": -1}),
        ("walking_speed_m_per_min must be more than 0", [[0, 0]], {"walking_speed_m_per_min": np.nan}),
        ("groups has 2 entries for 1 doors", [[0, 0]], {"groups": [1, 2]}),
        ("building has 0 entries", [[0, 0]], {"building": []}),
        ("unit has 2 entries", [[0, 0]], {"unit": ["a", "b"]}),
        ("barriers must be shapely", [[0, 0]], {"barriers": ["the river"]}),
        ("must be a line or an area", [[0, 0]], {"barriers": [shapely.Point(0, 0)]}),
    ],
)
def test_bad_input_is_refused_with_a_sentence(message, doors, changes):
    with pytest.raises(ValueError, match=message):
        cut(doors, **{**PACE, **changes})


@pytest.mark.real_data
@pytest.mark.skipif(
    not (REAL_DATA / "newport_news").exists(), reason=f"no doors of Newport News in {REAL_DATA}/newport_news"
)
def test_the_doors_of_a_real_city_are_cut_in_seconds():
    import geopandas

    doors = geopandas.read_parquet(REAL_DATA / "newport_news" / "doors.parquet").to_crs(32618)
    xy = np.column_stack([doors.geometry.x, doors.geometry.y])
    result = cut(
        xy,
        minutes_per_turf=90,
        minutes_per_door=1.5,
        groups=doors.precinct.tolist(),
        street=doors.street.tolist(),
        number=doors.house_number.tolist(),
        polygons=False,
    )
    print(f"{result.sentence} {result.seconds:.1f} s, {result.quality.metres / 1000:.0f} km")
    assert sorted(r for t in result.turfs for r in t.doors.tolist()) == list(range(len(xy)))
    assert result.quality.over_limit == 0
    assert result.quality.within_share > 0.95
    assert result.quality.metres_per_door < 30
