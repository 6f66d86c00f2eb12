"""Leads, groups, experience, over-booking, earlier plans and the exact method, on files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.geodata.commands.running import run

PEOPLE = """id,latitude,longitude,show_chance,skills,together,experience
ann,28.50,-81.40,0.9,lead,,
bob,28.50,-81.40,0.8,,cyd,
cyd,28.50,-81.40,0.7,,,
dee,28.50,-81.40,0.6,lead,,1.5
eve,28.50,-81.40,0.5,,,
"""
PLACES = """id,latitude,longitude,capacity,value,lead_needed
north,28.55,-81.40,2,4,1
south,28.45,-81.40,2,3,1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "volunteers.csv").write_text(PEOPLE)
    (tmp_path / "places.csv").write_text(PLACES)
    return tmp_path


def match(folder: Path, *more: str | Path) -> int:
    return run(
        "match", folder / "volunteers.csv", folder / "places.csv", "--out", folder / "plan.csv",
        "--json", folder / "summary.json", "--shifts", folder / "shifts.csv", *more,
    )  # fmt: skip


def check(folder: Path, *more: str | Path) -> int:
    return run(
        "check", "match", folder / "volunteers.csv", folder / "places.csv", folder / "plan.csv",
        "--json", folder / "check.json", *more,
    )  # fmt: skip


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def summary(folder: Path, name: str = "summary") -> dict:
    return json.loads((folder / f"{name}.json").read_text())


def test_every_place_gets_its_lead_and_the_plan_is_proved(folder):
    (folder / "volunteers.csv").write_text(PEOPLE.replace(",cyd,", ",,"))
    assert match(folder) == 0
    where = {row["volunteer"]: row["place"] for row in rows(folder / "plan.csv")}
    assert {where["ann"], where["dee"]} == {"north", "south"}
    assert [row["leads_sent"] for row in rows(folder / "shifts.csv")] == ["1", "1"]
    assert any("Leads there" in row["why"] for row in rows(folder / "plan.csv"))
    assert check(folder) == 0
    assert summary(folder, "check")["objective"] == pytest.approx(summary(folder)["objective"])


def test_somebody_who_is_no_lead_in_a_leads_seat_is_found_out(folder, capsys):
    match(folder)
    plan = (folder / "plan.csv").read_text()
    led = next(row for row in rows(folder / "plan.csv") if row["seat"] == "lead")
    plan = plan.replace(f'"{led["volunteer"]}","{led["place"]}"', f'"eve","{led["place"]}"')
    (folder / "plan.csv").write_text(plan)
    assert check(folder) == 1
    assert "a lead's seat, but no lead" in capsys.readouterr().out


def test_who_wants_to_go_together_does(folder):
    assert match(folder) == 0
    assert (summary(folder)["groups"], summary(folder)["groups_together"]) == (1, 0)  # one seat each is left
    (folder / "places.csv").write_text(PLACES.replace(",2,4,1", ",3,4,1"))
    assert match(folder) == 0
    plan = {row["volunteer"]: row for row in rows(folder / "plan.csv")}
    assert plan["bob"]["place"] == plan["cyd"]["place"] != ""
    assert summary(folder)["groups_together"] == 1
    assert "together with cyd" in plan["bob"]["why"]
    assert check(folder) == 0


def test_experience_counts_like_the_show_chance(folder):
    match(folder)
    plan = {row["volunteer"]: row for row in rows(folder / "plan.csv")}
    worth = {"north": 4.0, "south": 3.0}
    assert float(plan["dee"]["value"]) == pytest.approx(worth[plan["dee"]["place"]] * 0.6 * 1.5)


def test_over_booking_sends_more_and_states_the_chance(folder):
    people = ["id,latitude,longitude,show_chance"] + [f"v{k},28.5,-81.4,0.5" for k in range(12)]
    (folder / "volunteers.csv").write_text("\n".join(people) + "\n")
    (folder / "places.csv").write_text("id,latitude,longitude,capacity,value\nnorth,28.55,-81.4,2,4\n")
    assert match(folder, "--overbook", "0.1") == 0
    shift = rows(folder / "shifts.csv")[0]
    # of 7 people at 0.5 fewer than 2 come with 8/128; of 6 with 7/64, more than a tenth
    assert (shift["needed"], shift["sent"]) == ("2", "7")
    assert float(shift["chance_enough"]) == pytest.approx(1 - 8 / 128, abs=1e-6)
    assert summary(folder)["expected_to_come"] == pytest.approx(3.5)
    assert check(folder, "--overbook", "0.1") == 0
    assert check(folder) == 1  # without the option the place holds two
    match(folder)
    assert rows(folder / "shifts.csv")[0]["sent"] == "2"


def test_an_earlier_plan_is_kept_and_its_worth_is_proved(folder):
    match(folder)
    (folder / "old.csv").write_text("volunteer,place\neve,north\nnobody,north\n")
    options = ("--previous", folder / "old.csv", "--change-cost", "5")
    assert match(folder, *options) == 0
    where = {row["volunteer"]: row["place"] for row in rows(folder / "plan.csv")}
    assert where["eve"] == "north"
    assert check(folder, *options) == 0
    assert summary(folder, "check")["objective"] == pytest.approx(summary(folder)["objective"])
    assert summary(folder, "check")["gap"] <= 0.5


def test_the_exact_method_gives_the_best_plan(folder):
    (folder / "volunteers.csv").write_text(PEOPLE.replace(",cyd,", ",,"))
    match(folder)
    near = summary(folder)
    assert match(folder, "--method", "exact") == 0
    best = summary(folder)
    assert near["objective"] <= best["objective"] + 1e-9 <= near["bound"] + 2e-9
    assert best["gap"] == pytest.approx(0, abs=1e-9)
    assert check(folder) == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("volunteers.csv", ",cyd,", ",zoe,", "no volunteer with the id 'zoe'"),
        ("volunteers.csv", ",cyd,", ",bob,", "cannot go together with themselves"),
        ("volunteers.csv", ",1.5", ",-1", "experience"),
        ("places.csv", "2,4,1", "2,4,-1", "lead_needed"),
    ],
)
def test_bad_wishes_are_refused_by_name(folder, capsys, file, old, new, words):
    (folder / file).write_text((folder / file).read_text().replace(old, new))
    assert match(folder) == 2
    said = capsys.readouterr().err
    assert words in said
    assert file in said


def test_the_exact_method_says_what_it_cannot(folder, capsys):
    assert match(folder, "--method", "exact") == 2
    assert "use the auction" in capsys.readouterr().err


def test_nobody_but_leads_is_fixed_on_their_seats(folder, capsys):
    (folder / "volunteers.csv").write_text(
        PEOPLE.replace("experience", "pin").replace("1.5", "").replace(",0.5,,,", ",0.5,,,north")
    )
    (folder / "places.csv").write_text(PLACES.replace(",2,4,1", ",2,4,2"))
    assert match(folder) == 2
    assert "row 5, column pin: north has room for 0 besides its leads" in capsys.readouterr().err


def test_the_exact_method_does_not_fix_leads_where_seats_are_kept_for_them(folder, capsys):
    people = PEOPLE.replace("experience", "pin").replace(",cyd,", ",,").replace("1.5", "").replace(
        "ann,28.50,-81.40,0.9,lead,,", "ann,28.50,-81.40,0.9,lead,,south"
    )  # fmt: skip
    (folder / "volunteers.csv").write_text(people)
    assert match(folder, "--method", "exact") == 2
    assert "does not fix leads" in capsys.readouterr().err
    assert match(folder) == 0
    assert check(folder) == 0


def test_no_end_of_seats_is_over_booked_by_nobody(folder):
    (folder / "places.csv").write_text(PLACES.replace(",2,4,1", ",2000000000,4,1"))
    (folder / "volunteers.csv").write_text(PEOPLE.replace(",cyd,", ",,"))
    for options in ((), ("--overbook", "0.01"), ("--method", "exact")):
        assert match(folder, *options) == 0
        assert check(folder, *options[:2] if "--overbook" in options else ()) == 0
    assert rows(folder / "shifts.csv")[0]["chance_enough"] == "0"


def test_a_cost_of_the_way_beyond_what_a_fixed_pair_brings_is_still_proved(folder):
    (folder / "volunteers.csv").write_text(
        "id,latitude,longitude,show_chance,pin\nann,28.50,-81.40,0.1,north\n"
    )
    assert match(folder, "--km-cost", "5") == 0
    assert summary(folder)["objective"] < 0
    assert check(folder, "--km-cost", "5") == 0
