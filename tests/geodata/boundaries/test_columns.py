"""Codes are text, leading zeros kept, and the columns people use are found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.boundaries import guess_id_column, guess_name_column, text_ids


@pytest.mark.parametrize(
    "name", ["GEOID", "GEOID20", "geoid10", "FIPS", "CODE", "PRECINCT", "VTDST10", "District"]
)
def test_known_id_columns_are_found(name):
    frame = pd.DataFrame({"AREA": [1.5, 2.5], "STATE": ["12", "12"], name: ["01", "02"]})
    assert guess_id_column(frame) == name


def test_an_id_column_with_repeats_or_holes_is_passed_over():
    frame = pd.DataFrame({"GEOID": ["1", "1"], "FIPS": ["1", None], "CODE": ["7", "8"]})
    assert guess_id_column(frame) == "CODE"


def test_without_a_known_name_the_first_that_could_be_one():
    frame = pd.DataFrame({"x": [0.5, 0.7], "county": ["A", "A"], "wkr": ["a1", "b2"]})
    assert guess_id_column(frame) == "wkr"


def test_nothing_to_guess():
    assert guess_id_column(pd.DataFrame({"x": [1.5, 2.5]})) is None
    assert guess_name_column(pd.DataFrame({"x": [1.5, 2.5]})) is None


def test_names():
    frame = pd.DataFrame({"GEOID": ["1", "2"], "NAME20": ["A", "B"], "NAMELSAD20": ["A County", "B County"]})
    assert guess_name_column(frame) == "NAMELSAD20"


def test_lost_zeros_are_suspected_and_put_back():
    found = text_ids(pd.Series([1001.0, 12127.0, np.nan], name="FIPS"))
    assert found.ids == ["1001", "12127", None]
    assert found.suggested_width == 5
    assert "pad to 5 digits if 1001 should be 01001" in found.warnings[0]
    assert text_ids(pd.Series([1001.0, 12127.0]), width=5).ids == ["01001", "12127"]


def test_text_of_different_lengths_is_nobodys_mistake():
    found = text_ids(pd.Series(["A1", "B"]))
    assert (found.ids, found.warnings, found.suggested_width) == (["A1", "B"], [], None)


@given(st.lists(st.text("0123456789", min_size=5, max_size=5), min_size=1))
def test_text_codes_come_back_as_they_were(codes):
    assert text_ids(pd.Series(codes)).ids == codes


@given(st.lists(st.integers(0, 99_999), min_size=1))
def test_numbers_padded_to_their_width_give_the_codes_back(numbers):
    assert text_ids(pd.Series(numbers, dtype="float64"), width=5).ids == [f"{n:05d}" for n in numbers]
