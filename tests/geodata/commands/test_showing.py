"""`python -m geodata showing` prints what over-booking keeps, and writes it as JSON."""

from __future__ import annotations

import json

from tests.geodata.commands.running import run


def test_the_tables_are_printed_and_written(tmp_path, capsys):
    out = tmp_path / "showing.json"
    assert run("showing", "--worlds", "2", "--history", "10", "--shifts", "4", "--json", out) == 0
    printed = capsys.readouterr().out
    assert "said to come" in printed
    assert "chances learned:" in printed
    figures = json.loads(out.read_text())
    assert [row["chosen"] for row in figures["learned"]] == [0.05, 0.1, 0.2, 0.3]
    assert 0 < figures["brier"] < 0.3
