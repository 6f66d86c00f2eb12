"""The engine on files: what it writes, what it refuses, and that a plan is proved from the files alone."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.geodata.commands.running import run

VOLUNTEERS = """id,latitude,longitude,shifts,max_travel_km,show_chance,skills,languages,available,pin,never
ann,28.50,-81.40,1,30,0.9,drive,en;es,sat;sun,,
bob,28.51,-81.41,2,30,0.8,,en,,,
cyd,28.52,-81.42,1,30,0.7,,es,sat,,north
dee,28.90,-81.40,1,5,0.6,,,,,
eve,28.50,-81.43,1,30,0.5,,,,south,
"""
PLACES = """id,latitude,longitude,capacity,value,capacity_2,value_2,slot,requires,languages
north,28.55,-81.40,1,4,1,3,sat,,
south,28.45,-81.40,2,2,0,,sun,,es;en
east,28.50,-81.30,1,5,0,,sat,drive,
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "volunteers.csv").write_text(VOLUNTEERS)
    (tmp_path / "places.csv").write_text(PLACES)
    return tmp_path


def match(folder: Path, *more: str) -> int:
    return run(
        "match", folder / "volunteers.csv", folder / "places.csv", "--out", folder / "plan.csv",
        "--json", folder / "summary.json", *more,
    )  # fmt: skip


def check(folder: Path) -> int:
    return run("check", "match", folder / "volunteers.csv", folder / "places.csv", folder / "plan.csv")


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "plan.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_plan_is_written_with_reasons_and_proved_from_the_files(folder):
    assert match(folder) == 0
    plan = {(row["volunteer"], row["place"]) for row in rows(folder)}
    assert ("ann", "east") in plan  # the only one who drives
    assert ("eve", "south") in plan  # fixed by hand, although it asks for a language
    assert ("dee", "") in plan
    assert ("cyd", "north") not in plan
    assert all(row["why"] for row in rows(folder))
    assert "within the 5 km" in next(row["why"] for row in rows(folder) if row["volunteer"] == "dee")
    assert check(folder) == 0
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["objective"] == pytest.approx(sum(float(r["value"]) for r in rows(folder) if r["value"]))
    assert summary["bound"] >= summary["objective"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"ann","east"', '"bob","east"', "skill, language or free time is missing"),
        ('"dee",""', '"dee","north"', "further than 5 km"),
        ('"ann","east"', '"zoe","east"', "there is no volunteer 'zoe'"),
        ('"ann","east"', '"ann","moon"', "there is no place 'moon'"),
        ('"eve","south"', '"eve",""', "fixed by hand, but not in the plan"),
    ],
)
def test_a_plan_that_was_changed_is_found_out(folder, capsys, old, new, words):
    match(folder)
    plan = (folder / "plan.csv").read_text()
    assert old in plan
    (folder / "plan.csv").write_text(plan.replace(old, new))
    assert check(folder) == 1
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("volunteers", VOLUNTEERS, "", "volunteers.csv: the file is empty"),
        ("volunteers", VOLUNTEERS[VOLUNTEERS.index("ann") :], "", "there are no rows"),
        ("volunteers", "28.51,-81.41", "nan,-81.41", "row 2, column latitude"),
        ("volunteers", "28.51,-81.41", ",-81.41", "row 2, column latitude: a number is missing"),
        ("volunteers", "28.51,-81.41", "-81.41,28.51", "Are latitude and longitude swapped?"),
        ("volunteers", "28.51,-81.41", "-97.41,28.51", "Are latitude and longitude swapped?"),
        ("volunteers", "bob,", "ann,", "row 2, column id: the id 'ann' occurs a second time"),
        ("volunteers", "dee,28.90", ",28.90", "row 4, column id: the id is empty"),
        ("volunteers", ",south,", ",moon,", "places.csv has no place with the id 'moon'"),
        ("volunteers", ",sat;sun,", ",sat;mon,", "row 1, column available: no place has the slot 'mon'"),
        ("volunteers", ",south,", ",south,south", "marked never: take one of the two back"),
        ("volunteers", "eve,28.50,-81.43,1", "eve,28.50,-81.43,0", "wants 0 shifts, but is fixed at 1"),
        ("volunteers", "0.9,drive", "1.9,drive", "row 1, column show_chance: 1.9 is not between 0 and 1"),
        ("volunteers", "id,latitude", "id,lat", "column latitude: there is no such column"),
        ("places", "-81.40,1,4", "-81.40,-1,4", "row 1, column capacity: -1 is not between"),
        ("places", "-81.40,1,4", "-81.40,1.5,4", "row 1, column capacity: 1.5 is not a whole number"),
        ("places", "-81.40,1,4", "-81.40,one,4", "row 1, column capacity: 'one' is not a number"),
        ("places", "1,4,1,3", "1,4,1,6", "row 1, column value_2: the value rises"),
        ("places", "south,28.45", "south,28.45,9", "cells, the heading has"),
        ("places", "south,", "north,", "the id 'north' occurs a second time"),
        ("volunteers", ",south,", ",south,south", "row 5, column pin: eve and south are fixed together"),
        ("volunteers", "0.9,drive", "\uff11,drive", "row 1, column show_chance: '\uff11' is not a number"),
        ("places", "capacity_2,value_2", "capacity_3,value_3", "column capacity_2: there is no such column"),
        ("places", "-81.40,1,4", "-81.40,1,1e308", "row 1, column value: "),
    ],
)
def test_bad_input_is_refused_with_file_row_and_column(folder, capsys, file, old, new, words):
    path = folder / f"{file}.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert match(folder) == 2
    assert words in capsys.readouterr().err
    assert not (folder / "plan.csv").exists()


def test_who_goes_nowhere_is_told_what_is_in_the_way(folder):
    match(folder)
    why = {row["volunteer"]: row["why"] for row in rows(folder)}
    assert why["cyd"] == "None within reach (3 places) suits by skill, language, time or choice."
    assert why["eve"].endswith("north would be worth 1 more, were they not fixed here.")


def test_where_seats_are_short_the_next_best_place_is_named_all_the_same(folder):
    (folder / "volunteers.csv").write_text(
        "id,latitude,longitude\n" + "".join(f"v{n},28.5,-81.4\n" for n in range(5))
    )
    (folder / "places.csv").write_text(
        "id,latitude,longitude,capacity,value\nnear,28.501,-81.4,1,3\nfar,28.6,-81.4,1,2\n"
    )
    match(folder)
    by_place = {row["place"]: row for row in rows(folder)}
    assert by_place["near"]["next_best"] == "far"
    assert "Next best is far, worth 1 less." in by_place["near"]["why"]
    assert by_place["far"]["next_best"] == "near"
    assert "near would be worth 1 more, but its seats are worth as much or more" in by_place["far"]["why"]


def test_impossible_pins_are_refused_by_check_too(folder, capsys):
    match(folder)
    text = (folder / "volunteers.csv").read_text().replace("eve,28.50,-81.43,1", "eve,28.50,-81.43,0")
    (folder / "volunteers.csv").write_text(text)
    assert check(folder) == 2
    assert "volunteers.csv, row 5, column pin: eve wants 0 shifts" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "status", "words"),
    [
        ('"place"', '"spot"', 2, "plan.csv, column place: there is no such column"),
        ('"sat",1,4.5', '"sat",1.5,4.5', 2, "column segment: 1.5 is not a whole number"),
        ('"sat",1,4.5', '"sat",7,4.5', 1, "place east has no segment 7"),
        ('6.742917,1.6,"', '6.742917,1.2,"', 1, "place south: segment 1 has two prices"),
        ('6.742917,1.6,"', '6.742917,-1,"', 1, "Row 3: a price must be 0 or more"),
    ],
)
def test_a_plan_that_is_none_is_refused(folder, capsys, old, new, status, words):
    match(folder)
    plan = (folder / "plan.csv").read_text()
    assert old in plan
    (folder / "plan.csv").write_text(plan.replace(old, new))
    assert check(folder) == status
    said = capsys.readouterr()
    assert words in said.out + said.err


def test_a_plan_of_before_is_kept_where_a_change_is_worth_little(folder):
    match(folder)
    before = {(row["volunteer"], row["place"]) for row in rows(folder)}
    (folder / "before.csv").write_text((folder / "plan.csv").read_text())
    text = (folder / "places.csv").read_text().replace("south,28.45,-81.40,2,2", "south,28.45,-81.40,2,2.01")
    (folder / "places.csv").write_text(text)
    assert match(folder, "--previous", str(folder / "before.csv"), "--change-cost", "0.5") == 0
    assert {(row["volunteer"], row["place"]) for row in rows(folder)} == before


SQUARES = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]],
                },
            }
            for code, x in (("02", 1), ("01", 0))
        ],
    }
)


def test_points_are_located_once_and_edges_always_the_same_way(tmp_path):
    (tmp_path / "squares.geojson").write_text(SQUARES)
    (tmp_path / "points.csv").write_text(
        "id,latitude,longitude\na,0.5,0.5\nedge,0.5,1.0\nout,0.5,2.001\nfar,9,9\n"
    )
    arguments = ("locate", tmp_path / "points.csv", tmp_path / "squares.geojson", "--id", "code")
    assert run(*arguments, "--snap", "500", "--out", tmp_path / "out.csv", "--json", tmp_path / "s.json") == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        found = {row["id"]: row["district"] for row in csv.DictReader(file)}
    assert found == {"a": "01", "edge": "01", "out": "02", "far": ""}
    summary = json.loads((tmp_path / "s.json").read_text())
    assert (summary["inside"], summary["snapped"], summary["nowhere"], summary["shared"]) == (2, 1, 1, 1)


def test_districts_without_the_column_are_refused(tmp_path, capsys):
    (tmp_path / "squares.geojson").write_text(SQUARES)
    (tmp_path / "points.csv").write_text("latitude,longitude\n0.5,0.5\n")
    arguments = ("locate", tmp_path / "points.csv", tmp_path / "squares.geojson", "--id", "GEOID")
    assert run(*arguments, "--out", tmp_path / "out.csv") == 2
    assert (
        "squares.geojson, column GEOID: there is no such column; the file has code" in capsys.readouterr().err
    )
