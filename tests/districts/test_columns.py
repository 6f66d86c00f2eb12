"""The guess finds what a column is from its header or, without one, from what it holds and where it lies."""

from __future__ import annotations

import csv
import random

import pytest

from volunteer_hub.districts import columns, layouts, tables
from volunteer_hub.districts.columns import guess

GIVEN = ["Mary", "James", "Linda", "Robert", "Susan", "David", "Karen", "Paul", "Nancy", "Mark"]
FAMILY = ["Smith", "Jones", "Garcia", "Miller", "Lopez", "Clark", "Young", "Baker", "Reed", "Gray"]
STREETS = ["Oak Street", "Elm Avenue", "Lake Road", "Mill Lane", "Park Drive"]


def people(count: int = 120) -> list[dict[str, str]]:
    """Made-up voters."""
    rng = random.Random(7)
    return [
        {
            "id": f"{40_000_000 + 37 * n}",
            "family": rng.choice(FAMILY),
            "given": rng.choice(GIVEN),
            "number": str(rng.randint(1, 999)),
            "pre": rng.choice(["", "N", "S"]),
            "street": rng.choice(STREETS),
            "unit": rng.choice(["", "", f"Apt {n}"]),
            "city": rng.choice(["Barre", "Stowe", "Rutland City"]),
            "zip": rng.choice(["05641", "05672", "05701"]),
            "born": f"{rng.randint(1, 12):02d}/{rng.randint(1, 28):02d}/{rng.randint(1930, 2004)}",
            "registered": f"{rng.randint(1, 12):02d}/{rng.randint(1, 28):02d}/{rng.randint(2006, 2022)}",
            "party": rng.choice(["DEM", "REP", "NPA", "LIB"]),
            "lat": f"{44 + rng.random() / 5:.6f}",
            "lon": f"{-72.6 + rng.random() / 5:.6f}",
        }
        for n in range(count)
    ]


def rows_of(*names: str) -> list[list[str]]:
    return [[person[name] for name in names] for person in people()]


def found(kind: str, names: list[str], rows: list[list[str]], **options) -> dict[str, int]:
    return {field: column.index for field, column in guess(kind, names, rows, **options).fields.items()}


def test_split_address_parts_are_found_without_a_header():
    order = (
        "id",
        "family",
        "given",
        "number",
        "pre",
        "street",
        "unit",
        "city",
        "zip",
        "born",
        "registered",
        "party",
    )
    names = [f"column {n}" for n in range(len(order))]
    assert found("voters", names, rows_of(*order), has_header=False) == {
        "voter_id": 0, "family_name": 1, "given_name": 2, "number": 3, "pre": 4, "street": 5, "unit": 6,
          "city": 7,
        "zip": 8, "birth_date": 9, "party": 11,
    }  # fmt: skip


def test_an_order_never_seen_is_found_too():
    order = ("party", "zip", "born", "given", "family", "lon", "id", "lat")
    rows = [[f"{p['number']} {p['street']}", *[p[name] for name in order]] for p in people()]
    names = [f"column {n}" for n in range(len(rows[0]))]
    mapping = found("voters", names, rows, has_header=False)
    assert mapping["address"] == 0
    assert (mapping["given_name"], mapping["family_name"], mapping["voter_id"]) == (4, 5, 7)
    assert (mapping["latitude"], mapping["longitude"]) == (8, 6)


def test_whole_addresses_under_a_header_nobody_knows_are_found():
    rows = [[p["id"], f"{p['number']} {p['street']}", p["lat"], p["lon"]] for p in people()]
    mapping = found("doors", ["Q1", "Q2", "Q3", "Q4"], rows)
    assert mapping == {"address": 1, "latitude": 2, "longitude": 3}


@pytest.mark.parametrize(
    ("header", "field"),
    [("StreetNum", "number"), ("RES_HOUSE_NBR", "number"), ("Residential Zip Code", "zip"), ("zip5", "zip"),
     ("res_street_address", "address"), ("Apt #", "unit"), ("lng", "longitude"), ("Y", "latitude"),
     ("Street Direction", "pre"), ("HH Size", "people"), ("post_dir", "post")],
)  # fmt: skip
def test_many_words_mean_one_field(header, field):
    assert field in guess("doors", [header], [[""]]).fields


@pytest.mark.parametrize("header", ["MAIL_ZIP", "Mailing Address", "prev_street_name", "mail_city"])
def test_the_mailing_address_is_not_the_home(header):
    assert guess("doors", [header], [[""]]).fields == {}


@pytest.mark.parametrize("header", ["address_points", "Unit Count", "units", "Dwellings"])
def test_units_in_a_building_are_no_people(header):
    assert "people" not in guess("doors", [header], [["2"], ["1"], ["8"]]).fields


def test_swapped_coordinates_are_noticed_in_a_sentence():
    rows = rows_of("number", "street", "lon", "lat")
    seen = guess("doors", ["number", "street", "latitude", "longitude"], rows)
    assert "look swapped" in seen.warnings[0]


@pytest.mark.parametrize(
    ("lat", "lon", "said"),
    [("4899000.2", "693000.1", "not degrees"), ("44.2", "72.5", "minus sign"), ("44.2", "-72.5", None)],
)
def test_coordinates_are_looked_at(lat, lon, said):
    warnings = guess("doors", ["lat", "lon"], [[lat, lon]] * 5).warnings
    assert [said in warning for warning in warnings] == ([True] if said else [])


def test_results_come_long_or_wide():
    long = guess(
        "results", ["county", "office", "party", "candidate", "votes"], [["A", "B", "C", "D", "5"]] * 3
    )
    assert (long.missing, long.wide) == ([], [])
    wide = guess("results", ["GEOID", "PRES16D", "PRES16R", "TOTPOP"], [["50001", "5", "6", "70"]] * 3)
    assert [(c.party, c.office, c.year) for c in wide.wide] == [
        ("DEM", "President", "2016"),
        ("REP", "President", "2016"),
    ]
    assert wide.missing == []
    by_year = guess(
        "results", ["fips_code", "total_2008", "dem_2008", "gop_2008"], [["50001", "9", "5", "4"]] * 3
    )
    assert [(c.party, c.year) for c in by_year.wide] == [("DEM", "2008"), ("REP", "2008")]
    by_name = guess("results", ["county", "Ada Blue", "Max Red"], [["Bland", "5", "6"]] * 3)
    assert [c.candidate for c in by_name.wide] == ["Ada Blue", "Max Red"]


@pytest.mark.parametrize("header", ["district", "District code", "Ward No.", "district_name"])
@pytest.mark.parametrize("votes", [["party", "votes"], ["Ada Blue", "Max Red"]])
def test_a_district_is_the_place_of_results_that_name_no_other(header, votes):
    rows = [["01", "Ours" if "party" in votes else "7", "5"]] * 3
    seen = guess("results", [header, *votes], rows)
    assert (seen.fields["county"].index, seen.missing) == (0, [])
    assert "seat" not in seen.fields


def test_beside_another_place_a_district_is_the_seat_of_the_office():
    seen = guess(
        "results", ["county", "office", "district", "party", "votes"], [["A", "Mayor", "2", "B", "5"]]
    )
    assert (seen.fields["county"].index, seen.fields["seat"].index) == (0, 2)


def test_what_is_missing_is_said_in_words():
    assert guess("doors", ["street"], [["Oak"]]).missing[0].startswith("the address")
    assert guess("voters", ["address"], [["1 Oak St"]]).missing == ["the voter id"]
    assert guess("results", ["votes"], [["5"]]).missing[-1].startswith("the place")


def test_the_signature_is_of_the_layout_not_of_its_spelling():
    one = columns.signature(["StreetNum", "ZIP Code"], True)
    assert one == columns.signature(["street_num", "zip_code"], True)
    assert one != columns.signature(["street_num", "zip"], True)
    assert columns.signature(["column 1"], False) != columns.signature(["column 1", "column 2"], False)


@pytest.mark.parametrize(
    ("header", "is_one"), [(["id", "name", "zip"], True), (["7", "Oak", "05641"], False)]
)
def test_a_header_is_told_from_a_row(header, is_one):
    assert columns.has_header([header, *[[str(n), f"Elm {n}", "05701"] for n in range(9)]]) is is_one


def test_names_of_columns_are_never_empty_or_twice():
    assert columns.unique_names(["a", "", "a", "a"]) == ["a", "column 2", "a (2)", "a (3)"]


# What the columns of the nine states' files really are, by position, from their publishers' descriptions.
TRUTH = {
    "co": {"voter_id": 0, "family_name": 3, "given_name": 4, "number": 11, "half": 12, "pre": 13,
      "street": 14, "type": 15,
           "post": 16, "unit_type": 17, "unit": 18, "address": 20, "city": 21, "zip": 23, "birth_year": 29,
             "precinct": 31,
           "party": 34},
    "de": {"voter_id": 7, "family_name": 17, "given_name": 2, "number": 35, "street": 13, "unit": 24,
      "city": 37, "zip": 18,
           "birth_year": 8, "party": 36, "status": 31, "precinct": 15, "name_suffix": 6},
    "fl": {"voter_id": 1, "family_name": 2, "given_name": 4, "middle_name": 5, "address": 7, "address2": 8,
      "city": 9,
           "zip": 11, "birth_date": 21, "party": 23, "status": 28},
    "nc": {"voter_id": 29, "family_name": 23, "given_name": 63, "address": 9, "city": 4, "zip": 47,
      "party": 57,
           "status": 41, "precinct": 0, "name_suffix": 35},
    "nj": {"family_name": 3, "given_name": 4, "middle_name": 5, "name_suffix": 6, "number": 7, "pre": 8,
      "post": 9,
           "street": 10, "unit": 11, "city": 12, "zip": 14, "birth_date": 15, "party": 16},
    "ny": {"voter_id": 43, "family_name": 0, "given_name": 1, "middle_name": 2, "number": 4, "half": 5,
      "unit": 6, "pre": 7,
           "street": 8, "post": 9, "city": 10, "zip": 11, "birth_date": 17, "party": 19, "status": 39},
    "ok": {"voter_id": 5, "family_name": 1, "given_name": 2, "number": 8, "pre": 9, "street": 10,
      "type": 11, "city": 13,
           "zip": 14, "birth_date": 15, "party": 6, "precinct": 0, "status": 7},
    "pa": {"voter_id": 0, "family_name": 2, "given_name": 3, "middle_name": 4, "number": 12, "street": 14,
      "unit": 15,
           "address2": 16, "city": 17, "zip": 19, "birth_date": 7, "party": 11, "status": 9},
    "ut": {"voter_id": 0, "family_name": 1, "given_name": 2, "number": 16, "half": 17, "pre": 18,
      "street": 19, "post": 20,
           "type": 21, "unit_type": 22, "unit": 23, "city": 24, "zip": 25, "birth_date": 26, "party": 10,
             "precinct": 15},
}  # fmt: skip


@pytest.mark.real_data
@pytest.mark.parametrize("state", sorted(TRUTH))
@pytest.mark.parametrize("by", ["content alone", "known layouts"])
def test_nine_states_files_are_understood(real_data, monkeypatch, state, by):
    if by == "content alone":
        monkeypatch.setattr(layouts, "LAYOUTS", ())
    with tables.open_table(real_data / "voterfiles" / f"{state}.csv") as table:
        seen = guess("voters", table.columns, table.sample, has_header=table.has_header)
    mapping = {field: column.index for field, column in seen.fields.items()}
    assert {field: mapping.get(field) for field in TRUTH[state]} == TRUTH[state]
    assert seen.missing == []


@pytest.mark.real_data
@pytest.mark.parametrize("state", ["co", "de", "nc", "ut"])
def test_the_same_files_are_understood_without_their_header(real_data, tmp_path, state):
    source = (real_data / "voterfiles" / f"{state}.csv").read_text()
    delimiter = "\t" if state == "nc" else ","
    body = list(csv.reader(source.splitlines(), delimiter=delimiter))[1:]
    with (tmp_path / "bare.csv").open("w", newline="") as out:
        csv.writer(out).writerows(body)
    with tables.open_table(tmp_path / "bare.csv") as table:
        seen = guess("voters", table.columns, table.sample, has_header=table.has_header)
    assert not table.has_header
    mapping = {field: column.index for field, column in seen.fields.items()}
    for field in ("zip", "given_name"):
        assert mapping.get(field) == TRUTH[state][field], field
    assert mapping.get("address", mapping.get("street")) in (
        TRUTH[state].get("address"),
        TRUTH[state].get("street"),
    )
