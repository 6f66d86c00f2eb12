"""Results without totals, blanks and doubles; places found by code and name, or left to a person."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from volunteer_hub.districts import columns, tables
from volunteer_hub.districts.places import Place, PlaceIndex, code_of, name_of
from volunteer_hub.districts.results import (
    Row,
    candidate_of,
    day_of,
    election_name,
    general_election_day,
    number_of,
    party_of,
    tidy,
)

DAY = date(2024, 11, 5)


def row(line: int, candidate: str, votes: object, **fields) -> Row:
    return Row(
        line=line, votes=str(votes), candidate=candidate, **({"office": "President", "county": "A"} | fields)
    )


def test_totals_blanks_and_hidden_counts_are_left_out_and_counted():
    lines = [
        ("Ada", 60),
        ("Max", 50),
        ("Total Votes Cast", 112),
        ("Blanks", 2),
        ("Write Ins", "*"),
        ("Spoiled", 1),
    ]
    found = tidy([row(n, name, votes) for n, (name, votes) in enumerate(lines)], held_on=DAY)
    assert [(count.candidate, count.votes) for count in found.counts] == [("Ada", 60), ("Max", 50)]
    assert found.left_out == {
        "a total": 1,
        "blank, spoiled, over- and undervotes": 2,
        "no votes given (blank or hidden)": 1,
    }


def test_parts_of_a_count_are_added_and_a_line_given_twice_is_not():
    lines = [
        row(1, "Ada", 5, whole="election day,5"),
        row(2, "Ada", 7, whole="mail,7"),
        row(3, "Ada", 7, whole="mail,7"),
    ]
    found = tidy(lines, held_on=DAY)
    assert [count.votes for count in found.counts] == [12]


def test_a_contest_given_again_by_other_seats_is_not_counted_twice():
    whole = [row(n, name, votes) for n, (name, votes) in enumerate([("Ada", 60), ("Max", 50)])]
    split = [
        row(10 + n, name, votes, office="President Senatorial", seat=seat)
        for n, (name, votes, seat) in enumerate(
            [("Ada", 40, "1"), ("Ada", 20, "2"), ("Max", 30, "1"), ("Max", 20, "2")]
        )
    ]
    found = tidy([*split, *whole], held_on=DAY)
    assert sum(count.votes for count in found.counts) == 110
    assert any("repeats the votes of “President”" in reason for reason in found.left_out)


def test_two_contests_with_the_same_parties_both_stay():
    lines = [
        row(1, "Ada", 6),
        row(2, "Max", 5),
        row(3, "Bea", 7, office="Governor"),
        row(4, "Tom", 4, office="Governor"),
    ]
    assert len(tidy(lines, held_on=DAY).counts) == 4


def test_a_total_below_its_candidates_is_told():
    found = tidy([row(1, "Ada", 60), row(2, "Max", 50), row(3, "Total", 100)], held_on=DAY)
    assert "line 3: President says 100, its candidates have 110" in found.warnings[0]


def test_registered_voters_join_their_place():
    found = tidy([row(1, "Registered Voters", 500), row(2, "Ada", 60)], held_on=DAY)
    assert [count.registered for count in found.counts] == [500]


def test_lines_without_a_day_or_a_number_are_rejected_with_the_reason():
    found = tidy([row(1, "Ada", "many"), row(2, "Ada", 5)])
    assert [line for line, _ in found.rejected] == [1, 2]


@pytest.mark.parametrize(
    ("text", "day"),
    [("20081104", date(2008, 11, 4)), ("20120828_primary", date(2012, 8, 28)), ("11/4/2008", date(2008, 11,
      4)),
     ("2016", date(2016, 11, 8)), ("2008-13-45", None), ("", None)],
)  # fmt: skip
def test_days_are_read_from_what_files_write(text, day):
    assert day_of(text) == day


def test_the_general_election_is_the_tuesday_after_the_first_monday():
    known = {2000: 7, 2004: 2, 2008: 4, 2012: 6, 2016: 8, 2020: 3, 2024: 5}
    assert {year: general_election_day(year).day for year in known} == known
    assert election_name("", DAY) == "2024 general"
    assert election_name("20120828_primary", date(2012, 8, 28)) == "2012 primary"


def test_names_and_numbers_have_one_form():
    assert [party_of(p) for p in ("Democratic", "D", "REPUBLICAN", "Liberty Union", "")] == [
        "DEM", "DEM", "REP", "LIBERTY UNION", "",
    ]  # fmt: skip
    assert {candidate_of(name) for name in ("Write-ins", "WRITE IN", "Scattering", "All Others")} == {
        "Write-ins"
    }
    assert [number_of(text) for text in ("1,170", "12.0", "-3", "12.5", "x", "9" * 12)] == [
        1170,
        12,
        None,
        None,
        None,
        None,
    ]


PLACES = PlaceIndex(
    [Place(1, "0101", "DENBIGH"), Place(2, "0102", "EPES"), Place(3, "0210", "NELSON"), Place(4, "0213",
      "SANFORD"),
     Place(5, "51700", "St. Johns, Ward 1", ("St. Johns", "Ward 1")), Place(6, "51701", "St. Johns, Ward 2",
       ("St. Johns", "Ward 2"))]
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "place"),
    [("101 - DENBIGH", 1), ("Denbigh", 1), ("101", 1), ("0101", 1), ("Precinct 101", 1),
      ("DENBIGH PRECINCT", 1),
     ("102 - STONEY RUN", 2), ("113 - SANFORD", 4), ("Atlantis", None), ("", None)],
)  # fmt: skip
def test_a_precinct_is_found_by_number_and_name(said, place):
    assert PLACES.find(precinct=said).place == place


def test_a_renamed_precinct_is_noted():
    assert "its name here is EPES" in PLACES.find(precinct="102 - STONEY RUN").note
    assert "its number has changed" in PLACES.find(precinct="113 - SANFORD").note
    assert PLACES.find(precinct="101 - DENBIGH").note == ""


COUNTY_FIRST = PlaceIndex(
    [Place(1, "7000101", "DENBIGH"), Place(2, "7000103", "JENKINS"), Place(3, "7000209", "HILTON")]
)


@pytest.mark.parametrize(
    ("said", "place", "note"),
    [("101 - DENBIGH", 1, ""), ("0103 Jenkins", 2, ""), ("209", 3, ""), ("7000209", 3, ""),
     ("220 -JENKINS", 2, "matched by name alone; its number has changed"),
     ("103 - DENBIGH", None, "the number is that of JENKINS, the name that of DENBIGH"),
     ("9 - NOWHERE", None, "no place of this name or number")],
)  # fmt: skip
def test_behind_a_beginning_that_all_codes_share_comes_the_number(said, place, note):
    found = COUNTY_FIRST.find(precinct=said)
    assert (found.place, found.note) == (place, note)


@pytest.mark.parametrize(
    ("codes", "said", "place"),
    [(("51700-101", "51700-102"), "102", 2), (("101", "102"), "2", None), (("7000101", "7000113"), "113", 2),
     (("7000101", "7000113"), "13", None), (("7000101", "9000101"), "101", None)],
)  # fmt: skip
def test_what_may_be_the_number_itself_is_no_beginning(codes, said, place):
    index = PlaceIndex([Place(n, code, "") for n, code in enumerate(codes, start=1)])
    assert index.find(precinct=said).place == place


def test_where_number_and_name_disagree_a_person_decides():
    found = PLACES.find(precinct="102 - DENBIGH")
    assert found.place is None
    assert found.note == "the number is that of EPES, the name that of DENBIGH"


def test_town_and_precinct_together_tell_what_each_alone_does_not():
    assert PLACES.find(town="Saint Johns").place is None
    assert PLACES.find(town="Saint Johns", precinct="Ward 2").place == 6
    assert PLACES.find(town="Saint Johns", precinct="101 - DENBIGH").place is None


def test_absentee_votes_have_no_place():
    assert PLACES.find(precinct="##AB - CENTRAL ABSENTEE PRECINCT").is_nowhere
    assert PLACES.find(precinct="PROVISIONAL").is_nowhere


def test_a_geoid_is_found_without_its_leading_zero():
    index = PlaceIndex([Place(1, "01001", "Autauga County")])
    assert index.find(geoid="1001").place == 1
    assert (code_of("0012-A"), name_of("St. Alban's Precinct 03")) == ("12A", "SAINT ALBANS 3")


def _tidy_of(path, **options):
    with tables.open_table(path) as table:
        seen = columns.guess("results", table.columns, table.sample, has_header=table.has_header)
        fields = {name: column.index for name, column in seen.fields.items()}
        rows = [
            Row(
                line=line, whole="|".join(values), **{name: values[at].strip() for name, at in fields.items()}
            )
            for chunk in table.chunks()
            for line, values in zip(chunk.lines, chunk.rows, strict=True)
        ]
    return tidy(rows, **options)


@pytest.mark.real_data
def test_texas_2008_adds_up_to_the_official_totals(real_data):
    """The raw file gives the primary by county, by senate district and by congressional district."""
    found = _tidy_of(real_data / "us" / "tx_20080304_primary__county.csv.gz", held_on=date(2008, 3, 4))
    votes = Counter()
    for count in found.counts:
        votes[count.candidate] += count.votes if count.row.office.startswith("President") else 0
    assert (votes["Hillary Clinton"], votes["Barack Obama"]) == (1_462_734, 1_362_476)


@pytest.mark.real_data
def test_vermont_totals_and_blanks_are_left_out(real_data):
    found = _tidy_of(real_data / "vt" / "results_precinct_2012_2020.csv.gz")
    assert found.left_out["a total"] == 16_013
    assert not {c.candidate for c in found.counts} & {"Total Votes Cast", "Blanks", "Spoiled"}
    president = sum(c.votes for c in found.counts if c.office == "President" and c.election == "2016 general")
    assert 300_000 < president < 325_000
