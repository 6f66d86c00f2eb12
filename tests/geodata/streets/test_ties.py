"""Doors find their street by name and nearness together."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from shapely import LineString, box

from geodata.streets import build_network, tie
from geodata.streets.classes import CLOSED, NUMBER
from geodata.streets.names import ALIKE, OTHER, SAME, agreement
from tests.geodata.streets.towns import towns

HOME = NUMBER["residential"]
CORNER = [LineString([(0, 0), (200, 0)]), LineString([(0, 0), (0, 200)])]


def corner(names=("Main St", "Oak Ave")):
    return build_network(CORNER, [HOME] * 2, names)


def street_of(network, ties, door):
    return {network.names[i] for i in network.edges.names[network.edges.name[ties.edge[door]]]}


def test_a_door_at_a_corner_goes_to_the_street_of_its_address():
    network = corner()
    doors = np.array([[15.0, 12.0], [15.0, 12.0]])
    ties = tie(doors, ["OAK AVENUE", "Main Street"], network)
    assert street_of(network, ties, 0) == {"Oak Ave"}
    assert street_of(network, ties, 1) == {"Main St"}
    assert not ties.doubtful.any()
    assert ties.off_m.tolist() == [15.0, 12.0]


def test_the_side_is_left_or_right_of_the_line():
    ties = tie(np.array([[100.0, 9.0], [100.0, -9.0]]), None, corner())
    assert ties.side.tolist() == [0, 1]
    assert ties.along_m[0] == ties.along_m[1]


def test_a_door_of_an_unknown_street_goes_to_the_nearest_in_doubt():
    ties = tie(np.array([[100.0, 9.0]]), ["Zebra Ct"], corner())
    assert ties.doubtful.tolist() == [True]
    assert not ties.off_network.any()


def test_no_way_to_a_street_crosses_a_barrier():
    network = corner()
    doors = np.array([[100.0, 30.0]])
    river = [LineString([(20, 20), (300, 20)])]
    ties = tie(doors, ["Main St"], network, river)
    assert street_of(network, ties, 0) == {"Oak Ave"}
    island = [box(90, 20, 110, 40)]
    assert tie(doors, ["Main St"], network, island).off_network.tolist() == [True]


def test_a_motorway_of_the_file_parts_too():
    lines = [*CORNER, LineString([(20, 20), (300, 20)])]
    network = build_network(lines, [HOME, HOME, CLOSED], ("Main St", "Oak Ave", None))
    ties = tie(np.array([[100.0, 30.0]]), ["Main St"], network)
    assert street_of(network, ties, 0) == {"Oak Ave"}


def test_a_door_without_coordinates_is_off_the_network():
    ties = tie(np.array([[np.nan, 0.0], [100.0, 9.0]]), None, corner())
    assert ties.off_network.tolist() == [True, False]


@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(towns())
def test_every_door_is_on_a_street_or_reported_off(town):
    network, doors = town
    ties = tie(doors, None, network, most_m=60.0)
    on = ~ties.off_network
    assert (ties.off_m[on] <= 60.0).all()
    assert np.isnan(ties.off_m[~on]).all()
    assert ((ties.along_m[on] >= 0) & (ties.along_m[on] <= network.length_m[ties.edge[on]] + 1e-6)).all()


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("N Main Street", "NORTH MAIN ST", SAME),
        ("VT ROUTE 100", "State Rte 100", SAME),
        ("Main St", "Main Rd", ALIKE),
        ("CLAY HL", "Clay Hill Rd", ALIKE),
        ("OLD ROUTE 15", "Old State Rte 15", ALIKE),
        ("ROAD 101", "Co Rd 101", ALIKE),
        ("Washington St", "Washingtn St", ALIKE),
        ("Elm St", "Elk St", OTHER),
        ("State Rte 10", "State Rte 100", OTHER),
        ("1st Ave", "11th Ave", OTHER),
        ("3rd St", "33rd St", OTHER),
    ],
)
def test_names_agree_as_people_would_say(one, other, how):
    assert agreement(one, other) == agreement(other, one) == how
