"""Where streets meet, and where they only seem to."""

import numpy as np
import pytest
from shapely import LineString

from geodata.streets import BadStreets, Costs, build_network
from geodata.streets.classes import NUMBER
from geodata.streets.noding import node_lines

HOME = NUMBER["residential"]


def noded(*shapes, kind=HOME, **options):
    return node_lines(
        [LineString(shape) for shape in shapes], [kind] * len(shapes), [-1] * len(shapes), **options
    )


def test_streets_meet_where_they_share_a_coordinate():
    edges = noded([(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 100)])
    assert len(edges.kind) == 3
    assert np.bincount(edges.ends.reshape(-1)).max() == 3


def test_a_bridge_is_not_joined_to_what_it_crosses():
    edges = noded([(0, 0), (200, 0)], [(100, -100), (100, 100)])
    assert len(edges.kind) == 2
    assert np.bincount(edges.ends.reshape(-1)).max() == 1


def test_a_line_in_many_parts_is_one_edge():
    edges = noded([(0, 0), (50, 0)], [(50, 0), (100, 0)], [(100, 0), (100, 50)])
    assert len(edges.kind) == 1
    assert edges.first.tolist() == [0, 4]


def test_an_end_that_nearly_touches_is_drawn_to_the_line_and_counted():
    edges = noded([(0, 0), (200, 0)], [(100.0, 0.2), (100, 100)], [(200.1, 0.1), (300, 0)])
    assert edges.snapped == 2
    assert len(edges.kind) == 3


def test_an_end_farther_off_stays_loose():
    edges = noded([(0, 0), (200, 0)], [(100.0, 0.5), (100, 100)])
    assert (edges.snapped, len(edges.kind)) == (0, 2)


def test_lines_on_each_other_are_one_with_all_names_and_the_heaviest_kind():
    lines = [LineString([(0, 0), (100, 0)]), LineString([(100, 0), (0, 0)])]
    edges = node_lines(lines, [HOME, NUMBER["secondary"]], [0, 1])
    assert edges.kind.tolist() == [NUMBER["secondary"]]
    assert edges.names[edges.name[0]] == {0, 1}
    assert edges.doubled == 1


def test_a_ring_without_another_street_is_one_edge():
    edges = noded([(0, 0), (100, 0), (100, 100), (0, 0)])
    assert len(edges.kind) == 1
    assert edges.ends[0, 0] == edges.ends[0, 1]


def test_lines_of_no_length_are_nothing():
    edges = noded([(0, 0), (0, 0)], [(5, 5), (5, 5), (60, 5)])
    assert len(edges.kind) == 1


def test_a_town_without_streets_to_walk_is_refused():
    with pytest.raises(BadStreets, match="No street that people may walk"):
        build_network([LineString([(0, 0), (9, 9)])], [-1])


def test_a_wider_street_costs_more_to_cross():
    lines = [LineString([(0, 0), (200, 0)]), LineString([(0, -50), (0, 0)]), LineString([(0, 0), (0, 50)])]
    wide = build_network(lines, [HOME] * 3, costs=Costs(widths={"residential": 20.0}))
    assert (wide.width_m == 20.0).all()
