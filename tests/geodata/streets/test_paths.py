"""The line of a walk is as long as the walk, and goes where people may."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import Phase, given, settings
from shapely import LineString

from geodata.streets import build_network, lines, places, walk_line
from geodata.streets.classes import NUMBER
from tests.geodata.streets.towns import grid, table_of, towns


@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(towns())
def test_every_step_of_a_walk_has_a_line_between_its_stops(town):
    network, doors = town
    table = table_of(network, doors)
    order = np.arange(len(table))
    legs = lines(network, table, order)
    at = places(network, table, order)
    guessed = table.guessed(order[:-1], order[1:])
    assert len(legs) == len(table) - 1
    for i in np.flatnonzero(~guessed):
        ends = shapely.get_coordinates(legs[i])[[0, -1]]
        assert np.allclose(ends, at[[i, i + 1]], atol=0.1)


def test_on_a_grid_the_line_is_as_long_as_the_walk():
    network = build_network(*grid(4, 4))
    doors = np.random.default_rng(0).uniform(0, 300, (30, 2))
    table = table_of(network, doors)
    order = np.arange(30)
    drawn = shapely.length(lines(network, table, order))
    assert drawn == pytest.approx(table.between(order[:-1], order[1:]), abs=0.1)
    assert walk_line(network, table, order).length == pytest.approx(drawn.sum(), abs=0.5)


def test_a_walk_over_a_river_takes_the_bridge():
    streets = [
        LineString([(0, 0), (300, 0)]),
        LineString([(0, 100), (300, 100)]),
        LineString([(0, 0), (0, 100)]),
    ]
    network = build_network(streets, [NUMBER["residential"]] * 3)
    doors = np.array([[200.0, 10.0], [200.0, 90.0]])
    river = LineString([(-50, 50), (350, 50)])
    leg = lines(network, table_of(network, doors, barriers=[river]), [0, 1])[0]
    assert leg.intersection(river).x == pytest.approx(0.0, abs=6.1)


def test_one_stop_has_a_line_of_no_length():
    network = build_network(*grid())
    table = table_of(network, np.array([[50.0, 10.0]]))
    assert lines(network, table, [0]) == []
    assert walk_line(network, table, [0]).length == 0


def test_a_street_shorter_than_two_trims_has_its_way():
    xs = [0.0, 100.0, 100.03, 200.0]
    streets = [LineString([(a, 0), (b, 0)]) for a, b in pairwise(xs)]
    streets += [LineString([(x, -80), (x, 0), (x, 80)]) for x in xs[1:3]]
    network = build_network(streets, [NUMBER["residential"]] * len(streets), snap_m=0.0)
    assert network.length_m.min() == pytest.approx(0.03)
    assert network.corners.metres.min() > 0
    doors = np.array([[20.0, 8.0], [180.0, -8.0], [90.0, 60.0], [110.0, -60.0], [100.015, 0.0]])
    table = table_of(network, doors)
    order = np.array([0, 1, 2, 3, 0, 4, 1])
    drawn = shapely.length(lines(network, table, order))
    assert drawn == pytest.approx(table.between(order[:-1], order[1:]), abs=20.0)
