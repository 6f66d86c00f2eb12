"""A voter finds the one door that fits; where two fit, or none, a person is told why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.districts.addresses import parse
from volunteer_hub.districts.door_match import DoorIndex, Match, MatchReport, edit_distance, match_voters

DOORS = [
    "12 N Main St 05641",
    "14 N Main St 05641",
    "14 S Main St 05641",
    "20 Oak Ave 05641",
    "20 Oak St 05641",
    "30 Elm St Apt A 05641",
    "30 Elm St Apt B 05641",
    "40 Maplewood Dr 05641",
    "50 Mill Rd 05401",
    "60A Pine Ln 05641",
    "70 Lakeview Dr 05641",
    "80 Cedar Ct 05641",
    "90 1st Ave 05641",
]


@pytest.fixture(scope="module")
def doors() -> DoorIndex:
    return DoorIndex((number, parse(line)) for number, line in enumerate(DOORS))


def found(doors: DoorIndex, line: str, zip_code: str = "05641") -> tuple[str, str | None]:
    match = doors.match(parse(line, zip_code=zip_code))
    return match.state, None if match.door is None else DOORS[match.door]


@pytest.mark.parametrize(
    ("line", "door"),
    [
        ("12 North Main Street", DOORS[0]),
        ("30 ELM ST #b", DOORS[6]),
        ("90 First Avenue", DOORS[12]),
        ("60 A Pine Lane", DOORS[9]),
    ],
)
def test_the_same_address_written_otherwise_is_matched(doors, line, door):
    assert found(doors, line) == ("matched", door)


@pytest.mark.parametrize(
    ("line", "door", "reason"),
    [
        ("12 Main St", DOORS[0], "direction is missing"),
        ("40 Maplewod Dr", DOORS[7], "spelled MAPLEWOOD DR"),
        ("40 Maplewood", DOORS[7], "type is missing"),
        ("70 Lake View Dr", DOORS[10], "written LAKEVIEW DR"),
        ("80 Cedar Rd", DOORS[11], "type differs: RD in the file, CT at the door"),
        ("80 Cedar Ct Apt 9", DOORS[11], "no units on file"),
        ("60 Pine Ln Apt A", DOORS[9], "part of the number"),
    ],
)
def test_one_door_after_an_allowance_is_doubtful_and_says_why(doors, line, door, reason):
    assert found(doors, line) == ("doubtful", door)
    assert reason in doors.match(parse(line, zip_code="05641")).reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("14 Main St", "2 doors fit equally well"),
        ("20 Oak", "2 doors fit equally well"),
        ("13 N Main St", "no door 13 on it"),
        ("14 E Main St", "not this unit"),
        ("30 Elm St Apt C", "not this unit"),
        ("12 Zebra Ln", "no street called ZEBRA LN"),
        ("PO Box 7", "PO box"),
        ("Main St", "no house number"),
    ],
)
def test_what_fits_no_door_or_two_is_left_out_with_the_reason(doors, line, reason):
    match = doors.match(parse(line, zip_code="05641"))
    assert match.door is None
    assert reason in match.reason


def test_another_zip_is_another_place(doors):
    assert found(doors, "50 Mill Rd", "05641") == ("unmatched", None)


def test_without_zip_the_town_is_asked():
    index = DoorIndex([(1, parse("5 Oak St", city="Barre")), (2, parse("5 Oak St", city="Stowe"))])
    assert index.match(parse("5 Oak St", city="BARRE")) == Match("matched", 1)
    assert index.match(parse("5 Oak St", city="Barre", zip_code="05641")).door == 1


def test_numbered_streets_are_not_a_spelling_mistake_apart():
    index = DoorIndex([(1, parse("5 21st Ave", zip_code="05641"))])
    assert index.match(parse("5 22nd Ave", zip_code="05641")).door is None


def test_counts_and_lists_come_with_the_matches(doors):
    report = MatchReport()
    lines = {"a": "12 N Main St", "b": "12 Main St", "c": "1 Nowhere Rd"}
    list(match_voters(((k, parse(v, zip_code="05641")) for k, v in lines.items()), doors, report))
    assert dict(report.counts) == {"matched": 1, "doubtful": 1, "unmatched": 1}
    assert [voter for voter, _ in report.doubtful + report.unmatched] == ["b", "c"]


@given(
    st.integers(1, 120),
    st.sampled_from(["N Main St", "Oak", "Elm St Apt A", "Maplewod Dr", "Pine Ln", "Cedar"]),
)
def test_a_voter_never_gets_a_door_of_another_number(number, street):
    index = DoorIndex((at, parse(line)) for at, line in enumerate(DOORS))
    match = index.match(parse(f"{number} {street}", zip_code="05641"))
    assert match.door is None or parse(DOORS[match.door]).number == str(number)


@given(st.text("ABC", max_size=6), st.text("ABC", max_size=6))
def test_the_spelling_distance_is_a_distance(one, other):
    assert edit_distance(one, other, 6) == edit_distance(other, one, 6)
    assert (edit_distance(one, other, 6) == 0) == (one == other)
    assert edit_distance(one, other, 6) >= abs(len(one) - len(other))
