"""What walking distances promise on any network."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shapely import LineString

from geodata.streets import build_network, nearest, places, tie, walk_table
from geodata.streets.classes import NUMBER
from tests.geodata.streets.towns import grid, plain_dijkstra, scribbles, table_of, towns

EVERY = settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate])
REACH_M = 400.0


def all_pairs(table):
    n = len(table)
    a, b = np.divmod(np.arange(n * n), n)
    return table.between(a, b).reshape(n, n), table.guessed(a, b).reshape(n, n)


@EVERY
@given(st.one_of(towns(), scribbles()))
def test_the_way_back_is_as_long(town):
    metres, _ = all_pairs(table_of(*town))
    assert (metres == metres.T).all()
    assert (np.diag(metres) == 0).all()


@EVERY
@given(st.one_of(towns(), scribbles()))
def test_no_way_round_a_third_stop_is_shorter_within_reach(town):
    metres, _ = all_pairs(table_of(*town))
    known = np.where(metres <= 1_000.0, metres, np.inf)
    for b in range(len(metres)):
        round_ = known[:, b][:, None] + known[b][None, :]
        within = round_ <= 1_000.0
        assert (metres[within] <= round_[within]).all()


@EVERY
@given(st.one_of(towns(), scribbles()), st.sampled_from([REACH_M, 2_000.0]))
def test_up_to_the_reach_walks_are_the_shortest_of_the_whole_graph(town, reach_m):
    network, doors = town
    table = table_of(network, doors, reach_m)
    metres, guessed = all_pairs(table)
    on = table.corner[:, 0] >= 0
    for a in np.flatnonzero(on):
        true = plain_dijkstra(table, a)
        near = on & ((metres[a] <= reach_m) | (true <= reach_m))
        assert (metres[a, near & ~guessed[a]] == true[near & ~guessed[a]]).all()
        assert (true[guessed[a] & on] > reach_m).all()
        assert (metres[a, on & ~guessed[a]] >= true[on & ~guessed[a]]).all()


@EVERY
@given(towns())
def test_a_walk_is_never_shorter_than_the_straight_line_on_a_grid(town):
    network, doors = town
    table = table_of(network, doors)
    metres, guessed = all_pairs(table)
    at = places(network, table, np.arange(len(table)))
    straight = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    # Metres along a bend are those of its middle line, up to half a width off at either end; and where
    # streets of different widths meet, they go on into each other without a step aside.
    ends, width = network.edges.ends, network.width_m
    widths = [set(width[(ends == node).any(axis=1)].tolist()) for node in range(ends.max() + 1)]
    aside = sum((max(meeting) - min(meeting)) / 2 for meeting in widths)
    assert (metres[~guessed] >= straight[~guessed] - width.max() - aside - 0.1).all()


@EVERY
@given(st.one_of(towns(), scribbles()), st.integers(1, 6))
def test_the_nearest_are_the_nearest(town, k):
    table = table_of(*town, REACH_M)
    rows, metres = nearest(table, k)
    all_metres, guessed = all_pairs(table)
    assert rows.shape == (len(table), min(k, len(table) - 1))
    for a, (row, way) in enumerate(zip(rows, metres, strict=True)):
        assert a not in row
        assert len(set(row.tolist())) == len(row)
        assert (way == all_metres[a, row]).all()
        assert (np.diff(way) >= 0).all()
        left_out = ~guessed[a] & (all_metres[a] <= REACH_M)
        left_out[[a, *row]] = False
        assert not left_out.any() or (len(way) and all_metres[a, left_out].min() >= way[-1])


def test_on_a_four_way_grid_walks_are_those_of_blocks_and_crossings():
    lines, kinds = grid(3, 3)
    doors = np.array([[50.0, 118.0], [150.0, 118.0], [50.0, 82.0], [118.0, 150.0]])
    table = table_of(build_network(lines, kinds), doors)
    # Blocks of 100 m, streets of 12: from 50 to the corner at 94, 12 over the crossing, from 106 to 150.
    assert table.between(0, 1)[0] == 44 + 12 + 44
    assert table.between(0, 2)[0] == 12  # over the quiet street
    assert table.between(0, 3)[0] == 44 + 12 + 44  # over one street and up its east side


def test_a_busy_street_is_crossed_at_its_corners_only():
    lines, kinds = grid(3, 3, kind="secondary")
    doors = np.array([[50.0, 118.0], [50.0, 82.0]])
    table = table_of(build_network(lines, kinds), doors)
    assert table.between(0, 1)[0] == 44 + 12 + 44


def test_the_end_of_a_dead_end_is_walked_around():
    lines = [LineString([(0, 0), (200, 0)]), LineString([(0, -50), (0, 0)]), LineString([(0, 0), (0, 50)])]
    network = build_network(lines, [NUMBER["secondary"], NUMBER["residential"], NUMBER["residential"]])
    doors = np.array([[180.0, 10.0], [180.0, -10.0]])
    assert table_of(network, doors).between(0, 1)[0] == 20 + 12 + 20


def test_beyond_the_reach_a_way_counts_as_no_less_than_the_reach():
    lines = [LineString([(0, 0), (100, 0)]), LineString([(0, 60), (100, 60)])]
    lines.append(LineString([(0, 0), (-400, 0), (-400, 60), (0, 60)]))
    kinds = [NUMBER["residential"]] * 2 + [NUMBER["secondary"]]
    doors = np.array([[90.0, 5.0], [90.0, 55.0]])
    table = table_of(build_network(lines, kinds, join_m=0.0), doors, 300.0)
    assert table.guessed(0, 1)[0]
    assert table.between(0, 1)[0] == 300.0


def test_a_network_in_pieces_works_and_says_so():
    lines = [LineString([(0, 0), (300, 0)]), LineString([(0, 5_000), (100, 5_000)])]
    network = build_network(lines, [NUMBER["residential"]] * 2)
    assert network.pieces == 2
    assert network.piece.tolist() == [0, 1]
    doors = np.array([[50.0, 10.0], [250.0, 10.0], [50.0, 5_010.0]])
    table = table_of(network, doors)
    assert table.between(0, 1)[0] == 200.0
    assert table.between(0, 2)[0] == pytest.approx(1.4 * 5_000)


def test_near_pieces_are_joined_but_not_over_a_barrier():
    lines = [LineString([(0, 0), (300, 0)]), LineString([(0, 40), (300, 40)])]
    kinds = [NUMBER["residential"]] * 2
    open_ = build_network(lines, kinds)
    assert (open_.pieces, open_.joints) == (1, 1)
    rail = LineString([(-100, 20), (400, 20)])
    parted = build_network(lines, kinds, barriers=[rail])
    assert (parted.pieces, parted.joints) == (2, 0)


def test_all_doors_at_one_point_are_no_way_apart():
    lines, kinds = grid()
    table = table_of(build_network(lines, kinds), np.tile([[50.0, 110.0]], (400, 1)))
    rows, metres = nearest(table, 5)
    assert (metres == 0).all()
    assert (rows[0] == [1, 2, 3, 4, 5]).all()


def test_doors_far_off_are_kept_and_measured_straight():
    lines, kinds = grid()
    doors = np.array([[50.0, 110.0], [9_000.0, 9_000.0], [9_000.0, 9_100.0]])
    network = build_network(lines, kinds)
    ties = tie(doors, None, network)
    assert ties.off_network.tolist() == [False, True, True]
    table = walk_table(doors, ties, network)
    assert table.between(1, 2)[0] == pytest.approx(140.0)
    assert nearest(table, 2)[0][1].tolist() == [2, 0]


def test_a_round_is_walked_the_shorter_way():
    ring = [(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)]
    network = build_network([LineString(ring), LineString([(0, 0), (-100, 0)])], [NUMBER["residential"]] * 2)
    doors = np.array([[20.0, 10.0], [10.0, 20.0]])
    assert table_of(network, doors).between(0, 1)[0] < 60.0


def test_no_door_and_one_door_give_tables():
    lines, kinds = grid()
    network = build_network(lines, kinds)
    for count in (0, 1):
        table = table_of(network, np.full((count, 2), 50.0))
        assert len(table) == count
        assert nearest(table, 3)[0].shape == (count, 0)


@EVERY
@given(st.one_of(towns(), scribbles()), st.sampled_from([50.0, REACH_M]))
def test_exact_walks_are_the_shortest_however_long(town, reach_m):
    table = table_of(*town, reach_m)
    n = len(table)
    a, b = np.divmod(np.arange(n * n), n)
    metres, straight = (each.reshape(n, n) for each in table.exact(a, b))
    on = table.corner[:, 0] >= 0
    for row in np.flatnonzero(on):
        true = plain_dijkstra(table, row)
        assert (straight[row] == ~(on & np.isfinite(true))).all()
        assert (metres[row, ~straight[row]] == true[~straight[row]]).all()
    lines = table.detour * np.hypot(*(table.xy_m[a] - table.xy_m[b]).T).reshape(n, n)
    assert metres[straight] == pytest.approx(lines[straight])


def test_one_stop_against_many_warns_of_nothing():
    lines, kinds = grid()
    table = table_of(build_network(lines, kinds), np.array([[50.0, 110.0], [150.0, 110.0], [150.0, 90.0]]))
    assert table.between(0, np.arange(3)).tolist() == [0.0, 100.0, 112.0]
    assert not table.guessed(np.arange(3), 0).any()
    assert not table.exact(0, np.arange(3))[1].any()
