"""Public instances of the travelling salesman with their optima, read from the data folder.

Only those of points in the plane (EUC_2D), whose ways are rounded to whole numbers (Reinelt 1991), and that
fix no way.
"""

from __future__ import annotations

import csv
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geodata.commands.tsplib import read_tsplib
from geodata.matching.problem import Floats
from volunteer_hub.bench.instances.areas import public

MOST_POINTS = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """xy (n, 2); best: the length of the best round tour, every way rounded."""

    name: str
    xy: Floats
    best: float


def literature(least: int, count: int) -> list[Points]:
    """The `count` smallest instances of `least` to MOST_POINTS points whose optimum is known.

    Raises FileNotFoundError where the public data folder is not at hand.
    """
    archive, values = public("bench/tsplib.zip"), public("bench/best_known.csv")
    if archive is None or values is None:
        raise FileNotFoundError(
            "The instances are not here: let VOLUNTEER_HUB_REAL_DATA name the folder of public data, or "
            "measure points of chance with --case tour."
        )
    with values.open(newline="") as lines:
        known = {
            row["instance"]: float(row["value"]) for row in csv.DictReader(lines) if row["set"] == "tsplib"
        }
    found = [each for each in _plane(archive, known) if least <= len(each.xy) <= MOST_POINTS]
    return sorted(found, key=lambda each: (len(each.xy), each.name))[:count]


def _plane(archive: Path, known: dict[str, float]) -> list[Points]:
    found = []
    with zipfile.ZipFile(archive) as files, tempfile.TemporaryDirectory() as folder:
        for name in files.namelist():
            stem = Path(name).stem
            text = files.read(name) if name.endswith(".tsp") and stem in known else b""
            is_plane = b"EDGE_WEIGHT_TYPE : EUC_2D" in text or b"EDGE_WEIGHT_TYPE: EUC_2D" in text
            if is_plane and b"FIXED_EDGES_SECTION" not in text:
                file = Path(folder) / f"{stem}.tsp"
                file.write_bytes(text)
                found.append(Points(stem, read_tsplib(file)[1], known[stem]))
    return found


def rounded_length(xy: Floats, order: Any) -> float:
    """The round tour's length with every way to the nearest whole number."""
    path = xy[np.append(order, order[:1])]
    return float(np.floor(np.hypot(*np.diff(path, axis=0).T) + 0.5).sum())
