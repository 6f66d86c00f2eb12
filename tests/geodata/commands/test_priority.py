"""Priorities from a file of results."""

from __future__ import annotations

import csv
import json

import pytest

from geodata.commands import main

HEADING = "election,district,state,party,votes,weight\n"
VOTES = {
    # district: state, votes for blue and red in 2004, electoral votes of the state
    "001": ("NN", 40_000, 41_000, 10),
    "002": ("NN", 52_000, 50_000, 10),
    "003": ("SS", 20_000, 80_000, 11),
    "004": ("WW", 70_000, 30_000, 12),
}


@pytest.fixture
def results(tmp_path):
    rows = [
        f"2004 general,{code},{state},{party},{votes},{weight}"
        for code, (state, blue, red, weight) in VOTES.items()
        for party, votes in (("blue", blue), ("red", red), ("green", 500))
    ]
    path = tmp_path / "results.csv"
    path.write_text(HEADING + "\n".join(rows) + "\n")
    return path


def run(results, *arguments: str) -> int:
    out = results.with_name("out.csv")
    try:
        main(
            [
                "priority",
                str(results),
                "--out",
                str(out),
                "--json",
                str(results.with_name("s.json")),
                *arguments,
            ]
        )
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def best(results) -> dict[str, float]:
    with results.with_name("out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(float(row["low"]) <= float(row["value_per_hour"]) <= float(row["high"]) for row in rows)
    assert [float(row["value_per_hour"]) for row in rows if row["district"] == "001"] == sorted(
        (float(row["value_per_hour"]) for row in rows if row["district"] == "001"), reverse=True
    )
    return {row["district"]: float(row["value_per_hour"]) for row in rows if row["segment"] == "1"}


@pytest.mark.parametrize("rule", ["plurality", "turnout", "coverage", "seats", "electoral", "delegates"])
def test_every_rule_scores_every_district(results, rule):
    assert run(results, "--rule", rule, "--ours", "blue", "--draws", "500") == 0
    assert set(best(results)) == set(VOTES)
    summary = json.loads(results.with_name("s.json").read_text())
    assert (summary["districts"], summary["elections"]) == (4, 1)


def test_by_electoral_votes_the_state_that_decides_is_worth_most(results):
    run(results, "--rule", "electoral", "--ours", "blue", "--needed", "17")
    worth = best(results)
    assert min(worth["001"], worth["002"]) > 10 * max(worth["003"], worth["004"])


def test_columns_may_have_other_names_and_codes_keep_their_zeros(results):
    results.write_text(results.read_text().replace("district", "FIPS", 1))
    assert run(results, "--rule", "turnout", "--ours", "blue", "--columns", "district=FIPS") == 0
    assert "001" in best(results)


def test_an_empty_file_is_refused(results, capsys):
    for text, words in (("", "the file is empty"), (HEADING, "there are no rows under the heading")):
        results.write_text(text)
        assert run(results, "--rule", "plurality", "--ours", "blue") == 2
        assert words in capsys.readouterr().err


def test_a_blank_registration_does_no_harm_and_a_negative_one_is_refused(results, capsys):
    rows = results.read_text().splitlines()
    results.write_text("\n".join([rows[0] + ",registered", *(f"{row}," for row in rows[1:])]) + "\n")
    assert run(results, "--rule", "turnout", "--ours", "blue") == 0
    results.write_text(results.read_text().replace("40000,10,", "40000,10,-5", 1))
    assert run(results, "--rule", "turnout", "--ours", "blue") == 2
    assert "row 1, column registered: -5 is negative" in capsys.readouterr().err


def real_states(results, seats: str = "") -> None:
    """No weights: Texas, Maine and Nebraska, the latter two by district where `seats` is given."""
    rows = ["election,district,state,party,votes" + seats]
    for code, state, seat in (("t", "TX", "TX"), ("m", "23", "ME-2"), ("n", "Nebraska", "NE-2")):
        for party, votes in (("blue", 40_000), ("red", 41_000)):
            rows.append(f"2020,{code},{state},{party},{votes}" + (f",{seat}" if seats else ""))
    results.write_text("\n".join(rows) + "\n")


def test_electoral_votes_are_known_without_a_column(results, capsys):
    real_states(results)
    assert run(results, "--rule", "electoral", "--ours", "blue", "--draws", "500") == 0
    said = capsys.readouterr().err
    assert "ME-1 and ME-2 cannot be told" in said
    assert "not in the file" in said
    worth = best(results)
    assert worth["t"] > 100 * worth["m"]  # 38 votes of 42 decide alone


def test_districts_of_split_states_are_taken_from_a_column(results, capsys):
    real_states(results, ",seat")
    assert run(results, "--rule", "electoral", "--ours", "blue", "--draws", "500", "--needed", "41") == 0
    assert "NE-1 and NE-3 cannot be told" in capsys.readouterr().err
    assert best(results)["n"] > 0


def test_delegates_come_from_a_file_or_in_proportion(results, capsys):
    file = results.with_name("delegates.csv")
    file.write_text("district,delegates\n001,3\n002,4\n003,2\n004,5\n")
    asked = ("--rule", "delegates", "--ours", "blue")
    assert run(results, *asked, "--delegates", str(file)) == 0
    assert run(results, *asked, "--apportion", "14") == 0
    file.write_text("district,delegates\n001,3.5\n")
    assert run(results, *asked, "--delegates", str(file)) == 2
    assert "row 1, column delegates: 3.5 is not a whole number" in capsys.readouterr().err
    file.write_text("district,delegates\n001,3\n")
    assert run(results, *asked, "--delegates", str(file)) == 2
    assert "there is no row for the district '002'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "more", "words"),
    [
        ("party", "colour", [], "there is no column party or candidate"),
        ("2004 general,001,NN,blue", "general,001,NN,blue", [], "row 1, column election: there is no year"),
        (",blue,40000", ",blue,-40000", [], "row 1, column votes: -40000 is negative"),
        (",blue,40000", ",blue,many", [], "row 1, column votes: 'many' is not a number"),
        ("2004 general,001,NN,red", "2004 general,001,NN,blue", [], "row 2, column votes: 'blue' in '001'"),
        (
            "2004 general,001,NN,red",
            "2004 general,001,SS,red",
            ["--rule", "electoral"],
            "has more than one seat",
        ),
        (",weight", ",other", ["--rule", "electoral"], "column state: “NN” is no state"),
        (",weight", ",other", ["--rule", "delegates"], "column weight: --rule delegates needs it"),
        (",40000,10", ",40000,", [], "row 1, column weight: a number is missing"),
        (",40000,10", ",nan,10", [], "row 1, column votes: nan is not a number"),
        (",40000,10", ",inf,10", [], "row 1, column votes: inf is not a number"),
        (",40000,10", ",,10", [], "row 1, column votes: a number is missing"),
        (",40000,10", ",40000,11", ["--rule", "electoral"], "row 2, column weight: 10, but 'NN' has 11"),
        (",40000,10", ",40000,2.5", ["--rule", "seats"], "row 2, column weight: 10, but '001' has 2.5"),
        ("general,001", "general,", [], "row 1, column district: the code of the district is empty"),
        ("", "", ["--rule", "electoral", "--year", "1999", "--columns", "weight2=weight"], "2004 to 2028"),
        ("", "", ["--rule", "delegates", "--delegates", "none.csv"], "none.csv: there is no such file"),
        ("", "", ["--ours", "grey"], "--ours 'grey' occurs nowhere; there are blue, green, red"),
        ("", "", ["--columns", "district"], "must look like district=FIPS"),
        ("", "", ["--columns", "district=FIPS"], "column FIPS: there is no such column"),
    ],
)
def test_bad_results_are_refused(results, capsys, old, new, more, words):
    assert old in results.read_text()
    results.write_text(results.read_text().replace(old, new, 1))
    assert run(results, "--rule", "plurality", "--ours", "blue", *more) == 2
    assert words in capsys.readouterr().err
