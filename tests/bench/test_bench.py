"""The measurements measure what they say, on a small scale."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from volunteer_hub.commands.program import Program


@pytest.mark.fault
def test_a_small_round_of_offers_arrives_whole(tmp_path, monkeypatch):
    from volunteer_hub.bench.cli import bench

    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    tmp_path.chmod(0o711)
    file = tmp_path / "figures.json"
    told = CliRunner().invoke(bench, ["messages", "--count", "40", "--json", str(file)], obj=Program())
    assert told.exit_code == 0, told.output
    found = json.loads(file.read_text())
    assert (found["offers"], found["received"], found["distinct"]) == (40, 40, 40)
    assert found["states"] == {"sent": 40}
    assert found["cpu_s"]["worker"] > 0
    assert not (tmp_path / "bench" / "messages").exists()


def test_streets_are_measured_or_the_reason_is_said(monkeypatch, tmp_path):
    from volunteer_hub.bench import streets
    from volunteer_hub.bench.cli import bench

    monkeypatch.setattr(streets, "DATA", tmp_path)
    told = CliRunner().invoke(bench, ["streets"], obj=Program())
    assert told.exit_code == 0
    assert "cambridge/street_centerlines.gpkg is not in the data folder" in told.output


@pytest.mark.fault
def test_a_small_nation_is_searched_and_signs_up_whole(tmp_path, monkeypatch):
    from volunteer_hub.bench.cli import bench
    from volunteer_hub.bench.pages import driving, measuring

    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(measuring, "WARM_S", 0.2)
    monkeypatch.setattr(driving, "SHIFTS_WANTED", 20)
    tmp_path.chmod(0o711)
    file = tmp_path / "figures.json"
    size = ["--volunteers", "400", "--events", "40", "--shifts", "120", "--seconds", "1"]
    told = CliRunner().invoke(bench, ["pages", *size, "--json", str(file)], obj=Program())
    assert told.exit_code == 0, told.output
    found = json.loads(file.read_text())
    assert (found["volunteers"], found["shifts"], found["overbooked"], found["bad"]) == (400, 120, 0, 0)
    assert found["signups_stored"] == found["signups_answered"] > 0
    assert found["slowest"]
    assert {page["page"]: page["answers"] > 0 for page in found["pages"]} == dict.fromkeys(
        ("near me", "volunteer search", "shift page", "sign up"), True
    )


def test_the_same_seed_invents_the_same_nation():
    import numpy as np

    from volunteer_hub.bench.nation.people import volunteers

    one, again, other = (volunteers(np.random.default_rng(seed), 300) for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.email.equals(other.email)
    assert one.email.is_unique
    assert one.email.str.endswith("@example.org").all()
    assert one.phone.dropna().str.fullmatch(r"\+1\d{3}1\d{6}").all()  # no exchange begins with 1


@pytest.mark.fault
def test_a_few_reminders_arrive_once_each_across_two_deaths(tmp_path, monkeypatch):
    from volunteer_hub.bench.cli import bench
    from volunteer_hub.bench.reminders import measuring

    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(measuring, "SETTLE_S", 1.0)
    tmp_path.chmod(0o711)
    file = tmp_path / "figures.json"
    told = CliRunner().invoke(bench, ["reminders", "--count", "300", "--json", str(file)], obj=Program())
    assert told.exit_code == 0, told.output
    found = json.loads(file.read_text())
    assert (found["reminders"], found["lost"], found["doubled"]) == (300, 0, 0)
    assert found["states"]["sent"] == 300
