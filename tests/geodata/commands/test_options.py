"""What every command refuses before it works: files named twice, numbers that are none, seeds too large."""

from __future__ import annotations

import pytest

from tests.geodata.commands.running import run

DOORS = "id,latitude,longitude\na,39.96,-83.0\nb,39.961,-83.0\nc,39.962,-83.0\n"


@pytest.fixture
def doors(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "doors.csv"
    file.write_text(DOORS)
    return file


COMMANDS = {
    "turf": ["turf", "doors.csv", "--minutes", "60"],
    "route": ["route", "doors.csv"],
    "locate": ["locate", "doors.csv", "districts.geojson", "--id", "code"],
    "match": ["match", "doors.csv", "places.csv"],
    "priority": ["priority", "doors.csv", "--rule", "plurality", "--ours", "us"],
    "backtest": ["backtest", "doors.csv", "--rule", "seats", "--ours", "us", "--hours", "9"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("results", [
    ["--out", "doors.csv"],
    ["--out", "../{folder}/doors.csv"],
    ["--out", "link.csv"],
    ["--out", "both.csv", "--json", "both.csv"],
    ["--out", "fine.csv", "--json", "doors.csv"],
])  # fmt: skip
def test_no_command_writes_over_a_file_that_is_named_twice(doors, capsys, command, results):
    (doors.parent / "link.csv").symlink_to(doors)
    results = [each.format(folder=doors.parent.name) for each in results]
    assert run(*COMMANDS[command], *results) == 2
    assert "would be written over" in capsys.readouterr().err
    assert doors.read_text() == DOORS
    assert sorted(path.name for path in doors.parent.iterdir()) == ["doors.csv", "link.csv"]


@pytest.mark.parametrize(("arguments", "named"), [
    (["turf", "doors.csv", "--minutes", "9", "--gpkg", "t.csv", "--out", "t.csv"], "--gpkg"),
    (["turf", "doors.csv", "--minutes", "9", "--barriers", "b.geojson", "--out", "b.geojson"], "--barriers"),
    (["match", "doors.csv", "p.csv", "--out", "m.csv", "--shifts", "p.csv"], "--shifts"),
    (["backtest", "doors.csv", "--rule", "seats", "--ours", "us", "--hours", "9", "--out", "r.html",
      "--table", "doors.csv"], "--table"),
    (["check", "turf", "doors.csv", "t.csv", "--minutes", "9", "--json", "t.csv"], "--json"),
    (["check", "route", "doors.csv", "r.csv", "--json", "r.csv"], "--json"),
    (["check", "match", "doors.csv", "p.csv", "m.csv", "--json", "p.csv"], "--json"),
])  # fmt: skip
def test_both_names_of_a_file_are_told(doors, capsys, arguments, named):
    assert run(*arguments) == 2
    assert named in capsys.readouterr().err
    assert doors.read_text() == DOORS


@pytest.mark.parametrize("arguments", [
    ["turf", "doors.csv", "--minutes", "60"], ["route", "doors.csv"],
])  # fmt: skip
@pytest.mark.parametrize("wrong", [
    ["--seed", "-1"], ["--seed", str(2**63)], ["--seconds", "nan"], ["--seconds", "inf"],
])  # fmt: skip
def test_numbers_that_nothing_can_be_done_with_are_refused(doors, capsys, arguments, wrong):
    assert run(*arguments, *wrong, "--out", "out.csv") == 2
    assert wrong[0] in capsys.readouterr().err
    assert not (doors.parent / "out.csv").exists()


@pytest.mark.parametrize("option", ["--knock-minutes", "--contact-minutes", "--stairs-minutes"])
def test_minutes_at_a_door_are_at_most_a_day(doors, capsys, option):
    assert run("turf", "doors.csv", "--minutes", "60", option, "1e308", "--out", "out.csv") == 2
    assert option in capsys.readouterr().err


def test_the_largest_seed_works(doors):
    for command in ("turf", "route"):
        assert run(*COMMANDS[command], "--seed", str(2**32 - 1), "--out", "out.csv") == 0
