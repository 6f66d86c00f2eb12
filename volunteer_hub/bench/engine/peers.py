"""The interpreter of the peers that want other packages than ours."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from geodata.routing.neighbours import Floats

PEERS = Path("var/bench/peers")
PACKAGES = ("k-means-constrained==0.9.1", "elkai==2.0.1")
PROGRAM = Path(__file__).with_name("turf_peer.py")


def interpreter() -> str:
    """Made on first use, with the peers' packages."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)  # noqa: S603
    if not _has(python, "elkai, k_means_constrained"):
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)  # noqa: S603
    return str(python)


def _has(python: Path, packages: str) -> bool:
    return subprocess.run([python, "-c", f"import {packages}"], capture_output=True).returncode == 0  # noqa: S603


def clusters(xy: Floats, turfs: int, least: int, most: int) -> dict[str, Any]:
    """Figures of k-means-constrained and the best walk in each of its clusters."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "doors.npy", xy)
        words = ["clusters", str(Path(folder) / "doors.npy"), str(turfs), str(least), str(most)]
        figures: dict[str, Any] = json.loads(_said([interpreter(), str(PROGRAM), *words]))
    return figures


def best_walks_m(tables: list[Floats]) -> float | None:
    """Metres of the best open walks, one by each table of metres between all stops of a turf; None where the
    peers' interpreter was not made yet or lacks elkai.
    """
    python = PEERS / "bin" / "python"
    if not python.exists() or not _has(python, "elkai"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tables.npz"
        np.savez(file, *tables)
        return float(_said([str(python), str(PROGRAM), "walks", str(file)]))


def _said(command: list[str]) -> str:
    """What our own program, run on our own numbers, wrote."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603
