"""What is wrong with boundaries is found, measured, and said."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geodata.boundaries import BadBoundaries, check_boundaries, clean_union, simplified
from geodata.crs import areas_m2

DATA = Path(os.environ.get("VOLUNTEER_HUB_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))


def grid(columns=4, rows=3, size=0.1):
    boxes = [
        shapely.box(c * size, r * size, (c + 1) * size, (r + 1) * size)
        for r in range(rows)
        for c in range(columns)
    ]
    return frame_of(boxes)


def frame_of(shapes, ids=None):
    ids = [f"{i:02d}" for i in range(len(shapes))] if ids is None else ids
    return gpd.GeoDataFrame({"GEOID": ids}, geometry=list(shapes), crs=4326)


def check(frame, **options):
    return check_boundaries(frame, id_column="GEOID", **options)


def test_a_clean_grid_is_clean():
    report = check(grid())
    assert report.is_clean
    assert (len(report.frame), report.rows, report.problems, report.warnings) == (12, 12, [], [])


def test_a_bow_tie_is_mended_and_its_change_of_area_stated():
    bow_tie = shapely.Polygon([(1, 1), (1.1, 1.1), (1.1, 1), (1, 1.1)])
    report = check(frame_of([*grid().geometry, bow_tie]))
    (mended,) = report.mended
    assert (mended.id, mended.row) == ("12", 12)
    assert "Self-intersection" in mended.reason
    assert mended.area_change_m2 == pytest.approx(areas_m2([report.frame.geometry.iloc[12]])[0], rel=0.01)
    assert report.frame.geometry.is_valid.all()
    assert any("1 boundary mended" in w for w in report.warnings)


def test_shapes_without_area_are_named():
    line_like = shapely.Polygon([(1, 1), (2, 2), (1, 1)])
    shapes = [shapely.box(0, 0, 1, 1), None, shapely.Polygon(), shapely.Point(3, 3), line_like]
    report = check(frame_of(shapes))
    assert [(b.id, b.what) for b in report.bad_shapes] == [
        ("01", "missing"), ("02", "empty"), ("03", "a Point"), ("04", "without extent"),
    ]  # fmt: skip
    assert report.frame["GEOID"].tolist() == ["00"]
    assert "“03” (row 4) has no area: its shape is a Point." in report.problems


def test_a_collection_keeps_its_areas_alone():
    mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (5, 5)])])
    report = check(frame_of([mixed]))
    assert report.frame.geometry.iloc[0].equals(shapely.box(0, 0, 1, 1))


def test_duplicate_and_missing_ids_are_named():
    report = check(frame_of(grid(2, 2).geometry, ids=["07", "07", None, "08"]))
    assert report.duplicate_ids == {"07": [0, 1]}
    assert report.missing_ids == [2]
    assert report.problems == [
        "row 3 without a code in “GEOID”.",
        "Code “07” in “GEOID” is used 2 times (rows 1, 2).",
    ]


def test_numeric_fips_are_suspected_of_lost_zeros():
    report = check(frame_of(grid(2, 1).geometry, ids=[1001, 12127]))
    assert report.suggested_id_width == 5
    padded = check(frame_of(grid(2, 1).geometry, ids=[1001, 12127]), id_width=5)
    assert padded.frame["GEOID"].tolist() == ["01001", "12127"]
    assert padded.is_clean


def test_an_unknown_column_lists_those_there_are():
    with pytest.raises(BadBoundaries, match="GEOID, geometry"):
        check_boundaries(grid(), id_column="FIPS")


def test_overlaps_are_found_with_their_true_area():
    shapes = list(grid(3, 1).geometry)
    shapes[1] = shapely.box(0.09, 0, 0.2, 0.1)
    (overlap,) = check(frame_of(shapes)).overlaps
    assert (overlap.first, overlap.second) == ("00", "01")
    assert overlap.area_m2 == pytest.approx(areas_m2([shapely.box(0.09, 0, 0.1, 0.1)])[0])


def test_one_inside_another_and_twins_overlap():
    whole, part = shapely.box(0, 0, 1, 1), shapely.box(0.2, 0.2, 0.4, 0.4)
    pairs = {(o.first, o.second) for o in check(frame_of([whole, part, whole])).overlaps}
    assert pairs == {("00", "01"), ("00", "02"), ("01", "02")}


def test_an_enclosed_gap_is_found_with_its_neighbours():
    shapes = [s for i, s in enumerate(grid(3, 3).geometry) if i != 4]
    (gap,) = check(frame_of(shapes)).gaps
    assert gap.geometry.equals(shapely.box(0.1, 0.1, 0.2, 0.2))
    assert len(gap.beside) == 8


def test_an_island_in_a_gap_is_no_part_of_it():
    ring = [s for i, s in enumerate(grid(3, 3).geometry) if i != 4]
    island = shapely.box(0.14, 0.14, 0.16, 0.16)
    (gap,) = check(frame_of([*ring, island])).gaps
    assert gap.area_m2 == pytest.approx(areas_m2([shapely.box(0.1, 0.1, 0.2, 0.2)])[0] * 0.96, rel=1e-3)


def test_slivers_are_counted_apart():
    shapes = list(grid(3, 1).geometry)
    shapes[1] = shapely.box(0.1 - 1e-5, 0, 0.2, 0.1)  # about a metre wide
    report = check(frame_of(shapes))
    assert report.overlaps == []
    assert report.overlap_slivers.count == 1
    assert report.overlap_slivers.area_m2 == pytest.approx(1.11 * 11_057, rel=0.05)
    assert len(check(frame_of(shapes), sliver_width_m=0.5).overlaps) == 1


def test_a_vertex_on_a_neighbours_edge_is_no_overlap():
    left = shapely.box(0, 0, 1, 1)
    right = shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1, 0.5)])
    assert check(frame_of([left, right])).is_clean


BOX = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 4), st.integers(1, 4))


@settings(max_examples=30, deadline=None)
@given(st.lists(BOX, min_size=2, max_size=12))
def test_every_overlap_of_random_boxes_is_found(boxes):
    shapes = np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes])
    pairs = itertools.combinations(range(len(shapes)), 2)
    truth = {
        (f"{i:02d}", f"{j:02d}") for i, j in pairs if shapely.intersection(shapes[i], shapes[j]).area > 0
    }
    assert {(o.first, o.second) for o in check(frame_of(shapes)).overlaps} == truth


NEEDLE = [
    (-1.0548573642699742e-187, -0.0), (-0.8923870383152472, 0.6360645975775658),
    (-9.551843792102346e-194, -3.411494531875221e-160), (-0.5474852569048901, 0.9975030791668735),
    (-0.9672861167127049, -0.9831687341126485), (0.9850011359056716, -0.05600720759411515),
    (-2.2250738585e-313, 0.02), (0.7823583267204519, 1.4836474476177114e-46),
    (0.6609647594160535, 2.768558243128122e-233),
]  # fmt: skip


@settings(max_examples=30, deadline=None)
@example(NEEDLE)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=3, max_size=9))
def test_whatever_the_ring_what_comes_out_is_valid_and_polygonal(ring):
    report = check(frame_of([shapely.Polygon(ring), shapely.box(5, 5, 6, 6)]))
    assert report.frame.geometry.is_valid.all()
    assert set(report.frame.geom_type) <= {"Polygon", "MultiPolygon"}
    assert len(report.frame) + len(report.bad_shapes) == 2


def test_a_clean_union_is_one_area_without_inner_edges():
    assert clean_union(grid(size=0.125).geometry.array).equals(shapely.box(0, 0, 0.5, 0.375))
    assert clean_union([shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])]).is_valid
    assert clean_union([]).is_empty


def wiggly_pair():
    y = np.linspace(0, 0.1, 400)
    edge = np.column_stack([0.1 + 0.0005 * np.sin(y * 900), y])
    left = shapely.Polygon([(0, 0), *edge, (0, 0.1)])
    right = shapely.Polygon([(0.2, 0), *edge, (0.2, 0.1)])
    return frame_of([left, right])


def test_simplified_outlines_are_lighter_and_still_share_their_edge():
    light = simplified(wiggly_pair(), 300.0)
    assert light.geometry.count_coordinates().sum() < 100
    assert shapely.coverage_is_valid(np.asarray(light.geometry.array))
    assert check(light).is_clean
    assert light.crs.to_epsg() == 4326


def test_no_boundary_vanishes_in_simplifying():
    light = simplified(grid(), 1e6)
    assert not light.geometry.is_empty.any()
    with pytest.raises(ValueError, match="tolerance"):
        simplified(grid(), -1)


@pytest.mark.real_data
def test_the_countrys_counties_have_no_problems():
    file = DATA / "us" / "counties_simplified.parquet"
    if not file.exists():
        pytest.skip(f"real data not found at {DATA}")
    frame = gpd.read_parquet(file)
    report = check(frame)
    assert report.problems == []
    assert len(report.frame) == 3233
