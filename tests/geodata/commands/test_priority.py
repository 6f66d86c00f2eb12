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
        (",weight", ",other", ["--rule", "electoral"], "column weight: --rule electoral needs it"),
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
