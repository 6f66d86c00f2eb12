"""What a route on files says of how short it could be."""

from __future__ import annotations

import json

import numpy as np
import pytest

from geodata.commands import main


def routed(tmp_path, stops: int, *options: str) -> dict[str, object]:
    """The summary of a route through so many stops of chance."""
    places = np.random.default_rng(4).uniform([39.96, -83.0], [39.98, -82.98], (stops, 2))
    rows = [f"s{i},{lat:.6f},{lon:.6f}" for i, (lat, lon) in enumerate(places)]
    file = tmp_path / "stops.csv"
    file.write_text("\n".join(["id,latitude,longitude", *rows]))
    out, told = tmp_path / "route.csv", tmp_path / "told.json"
    with pytest.raises(SystemExit) as end:
        main(["route", str(file), "--out", str(out), "--json", str(told), *options])
    assert not end.value.code
    found: dict[str, object] = json.loads(told.read_text())
    return found


@pytest.mark.parametrize("options", [(), ("--closed",), ("--start", "39.95,-83.0")])
def test_a_route_is_told_with_what_none_falls_below(tmp_path, options):
    told = routed(tmp_path, 60, *options)
    assert 0.9 * told["length_m"] < told["bound_m"] <= told["length_m"]
    assert told["gap"] == pytest.approx(told["length_m"] / told["bound_m"] - 1, abs=1e-5)


def test_where_there_is_no_bound_that_is_said(tmp_path):
    assert routed(tmp_path, 3)["bound"] == "none for so few stops"
