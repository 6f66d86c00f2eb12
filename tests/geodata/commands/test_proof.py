"""What the proof of a cut tells: broken promises from limits that no cut could keep, and nothing missed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.turf import Pace, cut, proof, stops
from geodata.turf import barriers as lines
from geodata.turf.cut import WIDEST_BUILDING_M
from geodata.turf.proof import Proof, Walker, prove


def proved(
    xy, walks, *, building=None, group=None, barriers=(), least=None, most=None, minutes=90.0
) -> Proof:
    """The proof of these walks (rows of doors at xy), measured by straight lines."""
    rows = [(str(d), str(turf), str(i)) for turf, walk in enumerate(walks) for i, d in enumerate(walk, 1)]
    return prove(
        doors=[str(row) for row in range(len(xy))], building=building, group=group, walker=Walker(xy),
        xy_m=xy, barriers=barriers, pace=Pace(), least=least, most=most, minutes=minutes, rows=rows,
        without=frozenset(),
    )  # fmt: skip


def line(count, metres=250.0):
    """So many doors on a line."""
    return np.column_stack([np.linspace(0, metres, count), np.zeros(count)])


def test_figures_that_proof_and_cut_spell_each_are_the_same():
    assert proof.WIDEST_M == WIDEST_BUILDING_M
    assert proof.OVER_SHARE == stops.WHOLE_SHARE
    assert proof.AROUND_M == lines.MARGIN_M


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.booleans())
def test_minutes_and_metres_are_those_of_the_cut(seed, count, has_buildings):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 400, (count, 2))
    building = rng.integers(0, 6, count).tolist() if has_buildings else None
    if has_buildings:
        xy = np.array([[300.0 * each, 0.0] for each in building]) + xy / 4
    pace = Pace(60.0, 1.5, 3.0, 0.4, 0.5)
    result = cut(xy, minutes_per_turf=60, building=building, pace=pace, at_most=False, polygons=False)
    rows = [(str(d), str(t), str(i)) for t, f in enumerate(result.turfs) for i, d in enumerate(f.doors, 1)]
    found = prove(
        doors=[str(row) for row in range(count)], building=building, group=None, walker=Walker(xy), xy_m=xy,
        barriers=[], pace=pace, least=None, most=None, minutes=60, rows=rows, without=frozenset(),
    )  # fmt: skip
    assert not found.violations
    assert list(found.minutes.values()) == pytest.approx([turf.minutes for turf in result.turfs])
    assert sum(found.metres.values()) == pytest.approx(result.quality.metres)


def test_too_few_doors_in_an_area_are_a_note_and_too_many_never():
    found = proved(line(9), [range(4), range(4, 9)], least=5, most=8)
    assert (len(found.notes), found.violations) == (1, [])  # one turf of 9 is too large, two of 5 too many
    assert "door 0 has 9 doors" in found.notes[0]
    assert "of 5 to 8 doors. 1 of its turfs have fewer" in found.notes[0]
    assert proved(line(9), [range(9)], least=5, most=8).violations == ["Turf 0 has 9 doors, more than 8."]
    found = proved(line(10), [range(4), range(4, 10)], least=5, most=8)
    assert (found.notes, found.violations) == ([], ["Turf 0 has 4 doors, fewer than 5."])


def test_a_district_of_few_doors_excuses_no_turf_of_another():
    group = ["small"] * 3 + ["large"] * 12
    found = proved(line(15), [range(3), range(3, 7), range(7, 15)], group=group, least=5, most=10)
    assert found.violations == ["Turf 1 has 4 doors, fewer than 5."]
    assert len(found.notes) == 1


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.integers(1, 8), st.integers(0, 6))
def test_a_limit_said_to_be_broken_could_have_been_kept(sizes, least, more):
    most = max(least + more, *sizes)
    building = [b for b, size in enumerate(sizes) for _ in range(size)]
    walks = [[row for row, b in enumerate(building) if b == each] for each in range(len(sizes))]
    found = proved(np.zeros((len(building), 2)), walks, building=building, least=least, most=most)
    small = sum(size < least for size in sizes)
    assert len(found.violations) in (0, small)
    assert len(found.notes) == (1 if small and not found.violations else 0)
    if found.violations:
        ways = itertools.product(range(len(sizes)), repeat=len(sizes))
        assert any(_keeps(way, sizes, least, most) for way in ways)
    if set(sizes) == {1}:
        possible = any(k * least <= len(sizes) <= k * most for k in range(1, len(sizes) + 1))
        assert bool(found.violations) == (possible and bool(small))


def _keeps(way, sizes, least, most):
    turfs = [sum(s for s, at in zip(sizes, way, strict=True) if at == turf) for turf in set(way)]
    return all(least <= doors <= most for doors in turfs)


def test_buildings_that_do_not_share_out_are_a_reason_and_single_doors_are_none():
    building = [row // 40 for row in range(120)]
    walks = [range(80), range(80, 120)]
    assert proved(np.zeros((120, 2)), walks, building=building, least=50, most=80).notes
    assert proved(np.zeros((120, 2)), walks, least=50, most=80).violations


def test_a_building_of_two_districts_hides_nothing_in_one_of_them():
    """Of 120 doors in all, ten are in the first district, where two turfs share them for no reason."""
    group = ["A"] * 10 + ["C"] * 110
    walks = [range(5), range(5, 10), range(10, 65), range(65, 120)]
    found = proved(np.zeros((120, 2)), walks, building=["B"] * 120, group=group)
    assert found.violations == ["Building B of 10 doors is shared by several turfs."]


def test_a_wide_building_is_not_excused_by_its_width():
    found = proved(line(20), [range(10), range(10, 20)], building=["B"] * 20)
    assert found.violations == ["Building B of 20 doors is shared by several turfs."]
    assert not proved(line(20), [range(10), range(10, 20)], building=["B"] * 20, minutes=30).violations
    limits = {"least": 5, "most": 25, "minutes": 30}  # with both, minutes part no building
    assert proved(line(20), [range(10), range(10, 20)], building=["B"] * 20, **limits).violations


def test_a_barrier_excuses_only_the_turfs_that_it_parts():
    fence = shapely.LineString([(100, -5), (100, 5)])
    over = [fence, shapely.LineString([(0, 50), (200, 50)])]
    building = ["B"] * 10
    xy = line(10, 200.0)
    assert not proved(xy, [range(5), range(5, 10)], building=building, barriers=over).violations
    found = proved(xy, [range(5), range(5, 8), range(8, 10)], building=building, barriers=over)
    assert found.violations == ["Building B of 10 doors is shared by several turfs."]
    beside = [shapely.LineString([(0, 1), (200, 1)])]
    assert proved(xy, [range(5), range(5, 10)], building=building, barriers=beside).violations


@pytest.mark.parametrize("barriers", [[], [shapely.LineString([(-9, 9_000), (9, 9_000)])]])
def test_a_building_of_thousands_of_places_is_proved_at_once(barriers):
    """All pairs of its places, four and a half million lines, are not looked at."""
    xy = np.random.default_rng(0).uniform(0, 200, (3_000, 2))
    walks = [range(1_500), range(1_500, 3_000)]
    found = proved(xy, walks, building=["B"] * 3_000, barriers=barriers, minutes=9_999)
    assert found.violations == ["Building B of 3000 doors is shared by several turfs."]
