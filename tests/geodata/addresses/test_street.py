"""Spellings of a street meet; different streets never do."""

import pytest

from geodata.addresses import street_of, words_of


def read(text):
    return street_of(" ".join(words_of(text)))[:4]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("N. Main Street", "NORTH MAIN ST"),
        ("State Rte 100", "VT ROUTE 100"),
        ("US Hwy 7", "U.S. Route 7"),
        ("First Avenue", "1st Ave"),
        ("St. Paul's Rd", "SAINT PAULS ROAD"),
    ],
)
def test_spellings_of_a_street_meet(one, other):
    assert read(one) == read(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Main St", "Main Rd"), ("N Main St", "S Main St"), ("State Rte 10", "State Rte 100")]
)
def test_different_streets_stay_different(one, other):
    assert read(one) != read(other)
