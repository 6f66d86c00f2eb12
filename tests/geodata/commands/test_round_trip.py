"""Any plan that `match` makes is proved by `check` with the same options, and no plan is above its bound."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.geodata.commands.running import run

CORNERS = ((28.0, -82.0), (0.0, 180.0), (84.0, 10.0))


def some_volunteers(
    rng: np.random.Generator, count: int, corner: tuple[float, float]
) -> list[dict[str, Any]]:
    rows = []
    for v in range(count):
        rows.append(
            {
                "id": f"v{v}", **somewhere(rng, corner), "shifts": rng.integers(0, 4),
                "max_travel_km": rng.choice([5, 30, 400]), "show_chance": rng.choice([0.25, 0.5, 1.0]),
                "experience": rng.choice([0.5, 1.0]), "skills": rng.choice(["", "lead", "drive;lead"]),
                "languages": rng.choice(["", "es"]), "available": rng.choice(["", "sat"]),
                "pin": "p1" if v == 0 else "", "never": rng.choice(["", "p0"]), "together": "",
            }
        )  # fmt: skip
    rows[1]["together"] = rng.choice(["", "v2"])
    return rows


def some_places(rng: np.random.Generator, count: int, corner: tuple[float, float]) -> list[dict[str, Any]]:
    rows = []
    for p in range(count):
        worth = np.sort(rng.choice([0.5, 1.0, 2.0, 4.0], 2))[::-1]
        rows.append(
            {
                "id": f"p{p}", **somewhere(rng, corner), "capacity": rng.choice([0, 1, 2, 2**31 - 1]),
                "value": worth[0], "capacity_2": rng.integers(0, 3), "value_2": worth[1],
                "slot": rng.choice(["sat", "sun", ""]), "requires": rng.choice(["", "drive"]),
                "lead_needed": rng.integers(0, 2),
            }
        )  # fmt: skip
    rows[0]["slot"] = "sat"
    return rows


def somewhere(rng: np.random.Generator, corner: tuple[float, float]) -> dict[str, float]:
    longitude = (corner[1] + rng.uniform(-0.4, 0.4) + 180) % 360 - 180
    return {"latitude": corner[0] + rng.uniform(-0.4, 0.4), "longitude": longitude}


def write(file: Path, rows: list[dict[str, Any]]) -> None:
    with file.open("w", newline="") as lines:
        table = csv.DictWriter(lines, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_every_plan_is_proved(folder, seed):
    rng = np.random.default_rng(seed)
    corner = CORNERS[rng.integers(3)]
    write(folder / "v.csv", some_volunteers(rng, int(rng.integers(3, 20)), corner))
    write(folder / "p.csv", some_places(rng, int(rng.integers(2, 8)), corner))
    write(folder / "old.csv", [{"volunteer": "v1", "place": "p0"}, {"volunteer": "v2", "place": "p1"}])
    chosen = (
        [], ["--km-cost", "0.02"], ["--overbook", "0.1"], ["--previous", folder / "old.csv"],
    )[rng.integers(4)]  # fmt: skip
    found = {method: plan(folder, method, chosen) for method in ("auction", "exact")}
    if found["auction"] and found["exact"]:
        assert found["auction"]["objective"] <= found["exact"]["objective"] + 1e-6
        assert found["exact"]["objective"] <= found["auction"]["bound"] + 1e-6


def plan(folder: Path, method: str, options: list[Any]) -> dict[str, Any] | None:
    """The summary of a plan, proved; None where it is refused."""
    files = (folder / "v.csv", folder / "p.csv")
    status = run(
        "match",
        *files,
        "--out",
        folder / "plan.csv",
        "--json",
        folder / "s.json",
        "--method",
        method,
        *options,
    )
    if status:
        assert status == 2
        return None
    assert run("check", "match", *files, folder / "plan.csv", "--json", folder / "c.json", *options) == 0
    made, proved = (json.loads((folder / name).read_text()) for name in ("s.json", "c.json"))
    assert proved["objective"] == pytest.approx(made["objective"], abs=1e-6)
    if method == "auction":
        assert proved["bound"] == pytest.approx(made["bound"], rel=1e-6, abs=1e-6)
    return made
