"""The case `turf`: doors of an invented town by straight lines, beside even clusters and their best walks."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from geodata.turf import CutResult, Pace, cut
from geodata.turf.proof import Walker, prove
from volunteer_hub.bench.engine.case import Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.instances.town import doors_of

ROOM = 0.2  # turfs may have a fifth more doors or fewer than m
PEERS = Path("var/bench/peers")
PACKAGES = ("k-means-constrained==0.9.1", "elkai==2.0.1")
SHARES = {"hundredth_m": 0.01, "tenth_m": 0.1, "equal_m": 1.0}
"""Names of our metres within these shares of the peer's time."""


def limits(task: Task) -> tuple[int, int]:
    """Least and most doors of a turf."""
    return int(task.m * (1 - ROOM)), int(task.m * (1 + ROOM))


def ours(task: Task) -> Figures:
    """cut() with door limits, as long as usual: `metres`, `turfs`, the bound and its gap."""
    xy = doors_of(task.n, task.seed)
    warm_up_s = seconds_of(lambda: cut(xy[:100], minutes_per_turf=60, polygons=False))
    with Gauge() as gauge:
        found = _cut(task, xy)
    figures = gauge.figures() | {"warm_up_s": warm_up_s, "seconds": found.search_seconds}
    figures |= {"metres": found.quality.metres, "turfs": found.quality.turfs}
    if not task.check:
        return figures
    least, most = limits(task)
    rows = [
        (str(row), str(turf), str(at + 1))
        for turf, each in enumerate(found.turfs)
        for at, row in enumerate(each.doors)
    ]
    proof = prove(
        doors=[str(row) for row in range(task.n)], building=None, group=None, walker=Walker(xy), xy_m=xy,
        barriers=[], pace=Pace(), least=least, most=most, minutes=2.2 * task.m, rows=rows,
        without=frozenset(),
    )  # fmt: skip
    return figures | {"violations": len(proof.violations), "checked_m": sum(proof.metres.values())}


def _cut(task: Task, xy: Any, seconds: float | None = None) -> CutResult:
    least, most = limits(task)
    return cut(
        xy, minutes_per_turf=2.2 * task.m, min_doors=least, max_doors=most, pace=Pace(), polygons=False,
        seed=task.seed, seconds=seconds,
    )  # fmt: skip


def peer(task: Task) -> Figures:
    """k-means-constrained with as many turfs as ours, then the best walk in each by LKH; and what we reach
    within shares of its time.
    """
    least, most = limits(task)
    xy = doors_of(task.n, task.seed)
    turfs = _cut(task, xy).quality.turfs
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "doors.npy", xy)
        said = subprocess.run(  # noqa: S603 - our own program and numbers
            [_python(), Path(__file__).with_name("turf_peer.py"), Path(folder) / "doors.npy",
             str(turfs), str(least), str(most)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    figures: Figures = json.loads(said.stdout)
    for name, share in SHARES.items():
        found = _cut(task, xy, max(0.02, figures["seconds"] * share))
        figures[f"ours_{name}"] = found.quality.metres / figures["metres"]
    return figures


def _python() -> str:
    """The interpreter that has the peer's packages, made on first use: they may want others than ours."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)  # noqa: S603
    have = subprocess.run([python, "-c", "import elkai, k_means_constrained"], capture_output=True)  # noqa: S603
    if have.returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)  # noqa: S603
    return str(python)
