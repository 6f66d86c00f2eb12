"""The case `yardstick`: made-up cities of a program that is none of ours, judged by its own judge."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.crs import local_metric_crs
from geodata.streets import read_streets
from geodata.turf import CutResult
from volunteer_hub.bench.engine import peers
from volunteer_hub.bench.engine.case import PICTURE, Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.engine.streeting import (
    SECONDS,
    Ground,
    Plan,
    compile_streets,
    cut_along,
    ground_of,
    picture,
    proved_along,
)
from volunteer_hub.bench.engine.turfing import MINUTES_A_DOOR
from volunteer_hub.bench.instances.quarter import Quarter

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "yardstick"
PROGRAMS = ("city.py", "export.py", "judge.py")
SEEDS = (2008, 1, 2)
PLAN = Plan(room=0.25, minutes_a_door=MINUTES_A_DOOR, seconds=SECONDS)
ALLOWED_M, DOORS, POWER = 16.0, 12_279, 0.65
WORST: dict[str, Callable[..., float]] = {
    "of_allowed_m": max, "turfs_over": max, "doors_share": min, "order_over_best": max, "seconds": max,
    "violations": sum, "over_barriers": sum, "doors": sum, "turfs": sum,
}  # fmt: skip
"""What stands for all cities together."""


def folder() -> Path:
    """Where the programs are looked for."""
    return Path(os.environ.get("VOLUNTEER_HUB_YARDSTICK", BESIDE))


def missing() -> str | None:
    """Which of the programs is not there, in a sentence."""
    gone = [name for name in PROGRAMS if not (folder() / name).is_file()]
    return f"the yardstick's {gone[0]} is not at hand (VOLUNTEER_HUB_YARDSTICK says where)." if gone else None


def allowed_m(doors: int) -> float:
    """Metres a door that the best order of a cut may take: cities with fewer doors are sparser."""
    return float(ALLOWED_M * (DOORS / doors) ** POWER)


def prepare(task: Task) -> Figures:
    """The cities, made by the yardstick's own programs."""
    for seed in SEEDS[: task.n]:
        city, doors, streets, barriers = _files(task.folder, seed)
        _run("city.py", city, seed)
        _run("export.py", city, doors, streets, barriers)
    return {}


def ours(task: Task) -> Figures:
    """Each city cut along its streets and judged; of the figures, the worst city's, and `cities` for each."""
    warm_up_s = seconds_of(compile_streets)
    read = [_read(task.folder, seed) for seed in SEEDS[: task.n]]
    grounds, wish = [ground_of(quarter) for quarter, _ in read], PLAN.wish(task.m)
    with Gauge() as gauge:
        cuts = [
            cut_along(quarter, ground, wish, seed=task.seed, seconds=PLAN.seconds)
            for (quarter, _), ground in zip(read, grounds, strict=True)
        ]
    figures = gauge.figures() | {"warm_up_s": warm_up_s}
    picture(cuts[0], read[0][0], grounds[0], wish, PLAN.view_m, task.folder / PICTURE)
    cities = [
        _judged(task, seed, found, ids) | _kept(found, quarter, ground, wish)
        for seed, found, (quarter, ids), ground in zip(SEEDS, cuts, read, grounds, strict=False)
    ]
    for city in cities:
        city["violations"] += city.pop("strays")
    worst = {name: of(city[name] for city in cities) for name, of in WORST.items()}
    return figures | {"cities": cities} | worst


def _judged(task: Task, seed: int, found: CutResult, ids: list[str]) -> Figures:
    """What the judge says of a cut; strays: whether doors are missing or buildings are shared."""
    turfs = task.folder / f"turf{seed}.csv"
    _write(turfs, found, ids)
    said = json.loads(_run("judge.py", _files(task.folder, seed)[0], turfs, task.m))
    best_m, allowed = said["m_per_door"], allowed_m(len(ids))
    return {
        "city": seed,
        "doors": len(ids),
        "turfs": said["turfs"],
        "turfs_over": said["turfs"] / (len(ids) / task.m),
        "metres_per_door": best_m,
        "allowed_m": allowed,
        "of_allowed_m": best_m / allowed,
        "doors_share": said["within25"] / 100,
        "order_over_best": said["m_per_door_in_given_order"] / best_m,
        "over_rail": said["over_rail"],
        "strays": (not said["each_door_once"]) + (said["doors_of_split_buildings"] > 0),
    }


def _kept(found: CutResult, quarter: Quarter, ground: Ground, wish: dict[str, Any]) -> Figures:
    kept = proved_along(found, quarter, ground, wish)
    return {name: kept[name] for name in ("violations", "over_barriers")} | {"seconds": found.search_seconds}


def _files(folder: Path, seed: int) -> tuple[Path, Path, Path, Path]:
    names = (f"city{seed}.pkl", f"doors{seed}.csv", f"streets{seed}.geojson", f"barriers{seed}.geojson")
    city, doors, streets, barriers = (folder / name for name in names)
    return city, doors, streets, barriers


def _read(folder: Path, seed: int) -> tuple[Quarter, list[str]]:
    """The city as files say it, and the ids of its doors."""
    _, doors, streets, barriers = _files(folder, seed)
    table = pd.read_csv(doors, dtype=str)
    places = gpd.points_from_xy(table["longitude"].astype(float), table["latitude"].astype(float), crs=4326)
    crs = local_metric_crs(gpd.GeoSeries(places))
    at = places.to_crs(crs)
    with Gauge() as gauge:
        lines = read_streets(streets)
    quarter = Quarter(
        np.stack([at.x, at.y], axis=1),
        table["street"].tolist(),
        lines.to_crs(crs),
        lines.kind,
        lines.name,
        building=table["building"].tolist(),
        number=table["number"].tolist(),
        unit=table["unit"].tolist(),
        barriers=list(gpd.read_file(barriers).to_crs(crs).geometry),
        read_s=gauge.seconds,
    )
    return quarter, table["id"].tolist()


def _write(file: Path, found: CutResult, ids: list[str]) -> None:
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("door", "turf", "order"))
        for number, turf in enumerate(found.turfs, start=1):
            rows.writerows((ids[row], number, at) for at, row in enumerate(turf.doors, start=1))


def _run(program: str, *words: Any) -> str:
    """What a program of the yardstick wrote."""
    return subprocess.run(  # noqa: S603 - the programs of a folder that the person named
        [peers.interpreter(), str(folder() / program), *map(str, words)],
        check=True, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    ).stdout  # fmt: skip
