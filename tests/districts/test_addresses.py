"""Spellings of one door meet, different doors never do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.districts.addresses import Address, from_parts, parse, unit_of, zip5

ALIKE = [
    ("12 North Main Street", "12 N. MAIN ST"),
    ("5 First Avenue", "5 1ST AVE"),
    ("21 Twenty-First Street", "21 21ST ST"),
    ("100 Saint John's Street #5", "100 ST JOHNS ST APT 5"),
    ("12½ Oak Ln", "12 1/2 OAK LANE"),
    ("1436 VT Route 100 N", "1436 State Hwy 100 North"),
    ("11 U.S. Route 7", "11 US-7"),
    ("4 County Road 12", "4 CR 12"),
    ("RR 2 Box 15", "Rural Route 2, Box 15"),
    ("0382 Pollard Brooks Apt. 087", "382 POLLARD BRKS UNIT 87"),
    ("9 Elm St Unit 3-B", "9 ELM STREET, #3B"),
    ("9 Elm St 2nd Floor", "9 Elm St, Floor 2"),
    ("33 Dr. Martin Luther King Jr. Blvd", "33 M.L. King Boulevard"),
    ("7 Mount Vernon Rd", "7 MT VERNON ROAD"),
    ("577A Ayrshire Way", "577 A AYRSHIRE WAY"),
    ("12 Main St, Barre, VT 05641-1234", "12 MAIN STREET BARRE VERMONT 05641"),
    ("12 Main St St Albans VT 05478", "12 MAIN ST, SAINT ALBANS, VT 05478"),
    ("40 Peña Blvd", "40 PENA BLVD"),
]
APART = [
    ("12 Main St", "21 Main St"),
    ("12-34 Main St", "1234 Main St"),
    ("12 Main St", "12A Main St"),
    ("12 N Main St", "12 S Main St"),
    ("12 Oak St", "12 Oak Ave"),
    ("100 N St", "100 S St"),
    ("9 Elm St Apt 3", "9 Elm St Apt 30"),
    ("9 Elm St Bldg 2 Apt 3", "9 Elm St Apt 23"),
    ("4 US Route 7", "4 VT Route 7"),
    ("12 1/2 Oak Ln", "12 Oak Ln"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_two_spellings_of_a_door_meet(one, other):
    assert parse(one).key == parse(other).key


@pytest.mark.parametrize(("one", "other"), APART)
def test_different_doors_stay_apart(one, other):
    assert parse(one).key != parse(other).key


def test_a_town_after_the_street_is_not_part_of_the_street():
    address = parse("12 Park Ave Springfield VT 05156")
    assert (address.street, address.city, address.zip) == ("PARK AVE", "SPRINGFIELD", "05156")


def test_split_columns_and_one_line_give_the_same_door():
    parts = from_parts(
        number="0012",
        half="1/2",
        pre="North",
        street="Main",
        type_="Str",
        unit_type="Apt",
        unit="3b",
        zip_code="5641",
    )
    assert parts.key == parse("12 1/2 N Main St #3B", zip_code="05641").key


def test_a_street_column_that_holds_the_type_needs_no_type_column():
    split = from_parts(number="5", street="Heidi", type_="Plaza", pre="S")
    assert from_parts(number="5", street="Heidi Plaza", pre="S").key == split.key


def test_a_unit_kind_and_number_in_swapped_columns_are_put_right():
    assert from_parts(number="5", street="Elm", unit_type="4", unit="APT").unit == "4"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("APT 3B", "3B"),
        ("#3B", "3B"),
        ("Unit 3-B", "3B"),
        ("3 b", "3B"),
        ("", ""),
        ("Bldg 2", "BLDG2"),
        ("FRONT", "FRNT"),
        ("N/A", ""),
        ("APT 007", "7"),
        ("0", "0"),
    ],
)
def test_units_are_written_one_way(text, unit):
    assert unit_of(text) == unit


def test_a_zip_that_lost_its_zero_gets_it_back():
    assert [zip5(text) for text in ("5641", "05641-1234", "056411234", "5641.0", "0", "ABCDE", "")] == [
        "05641",
        "05641",
        "05641",
        "05641",
        "",
        "",
        "",
    ]


def test_a_po_box_is_no_door():
    assert parse("P.O. Box 12").is_box
    assert parse("PO BOX 12, Barre VT 05641").number == "12"


_WORDS = """
OAK MAPLE SAINT ST JOHNS FIRST 2ND TWENTY THIRD LAKE VIEW MT FORT PARK N SOUTH EAST BROADWAY O'BRIEN
THE GREEN AVENUE B HWY 7 ROUTE VT US MILL CREEK DR COURT UNIT # APT 3B REAR 1/2 É -
"""
_words = st.sampled_from(_WORDS.split())
lines = st.builds(
    lambda number, words: f"{number} {' '.join(words)}",
    st.sampled_from(["12", "0012", "12A", "12-34", "12 1/2", "12½", "", "N6W230"]),
    st.lists(_words, min_size=1, max_size=6),
)


@given(lines)
def test_normalising_what_is_normal_changes_nothing(line):
    once = parse(line)
    assert parse(once.line, zip_code=once.zip).line == once.line


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=10))
def test_any_text_gives_an_address_and_no_error(line, unit, zip_code):
    address = parse(line, unit=unit, zip_code=zip_code)
    assert isinstance(address.key, str)
    assert isinstance(from_parts(number=zip_code, street=line, unit=unit, zip_code=zip_code).key, str)


numbers = st.integers(1, 99_999)
streets = st.sampled_from(
    ["N Main St", "First Ave", "St Johns St", "US Route 7", "Avenue B", "Broadway", "Oak Ln # 4"]
)


@given(numbers, numbers, streets)
def test_different_house_numbers_never_meet(one, other, street):
    assert (parse(f"{one} {street}").key == parse(f"{other} {street}").key) == (one == other)


@given(
    st.builds(
        Address,
        number=numbers.map(str),
        pre=st.sampled_from(["", "N", "SW"]),
        name=st.sampled_from(["MAIN", "1ST", "SAINT JOHNS", "LAKE VIEW", "US 7"]),
        type=st.sampled_from(["ST", "AVE", "RD"]),
        unit=st.sampled_from(["", "3B", "12"]),
        zip=st.sampled_from(["05641", "23602"]),
    ),
    st.booleans(),
    st.sampled_from(["# {}", "APT {}", "Unit {}", ", Apt. {}"]),
    st.sampled_from(["{}", " {} ", "{},"]),
)
def test_case_spacing_and_unit_words_do_not_matter(address, lower, unit_form, frame):
    if address.name == "US 7":
        address = replace(address, type="")
    line = f"{address.number}  {address.street} {unit_form.format(address.unit) if address.unit else ''}"
    written = frame.format(line.lower() if lower else line)
    assert parse(written, zip_code=address.zip).key == address.key
