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
