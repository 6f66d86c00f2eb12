"""Public instances of the capacitated p-median with the best values known, read from the data folder.

Point lists of the literature: `n p`, then x, y, capacity and demand by row (every capacity is the same). The
instances named cpmp count whole units only: their distances are truncated.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geodata.matching.problem import Floats
from volunteer_hub.bench.instances.areas import public

NOT_IN_THE_FILES = "spain"  # whose published costs are not by the coordinates in their files


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """points: (n, 2) coordinates or (n, n) distances; demand (n,); best: the least cost known."""

    name: str
    points: Floats
    demand: Floats
    capacity: float
    p: int
    best: float

    @property
    def points_a_cluster(self) -> float:
        return len(self.demand) / self.p


def literature(least_a_cluster: float) -> list[Instance]:
    """All instances whose best value is known and whose distances are, with as many points a cluster or more.

    Raises FileNotFoundError where the public data folder is not at hand.
    """
    archive, values = public("bench/cpmp_literature.zip"), public("bench/best_known.csv")
    if archive is None or values is None:
        raise FileNotFoundError(
            "The instances are not here: let VOLUNTEER_HUB_REAL_DATA name the folder of public data, or "
            "measure the invented ones with --size tiny."
        )
    known = _best_known(values)
    found = [each for each in _read_all(archive, known) if each.points_a_cluster >= least_a_cluster]
    return sorted(found, key=lambda each: (-each.points_a_cluster, each.name))


def _best_known(file: Path) -> dict[str, float]:
    with file.open(newline="") as lines:
        rows = csv.DictReader(lines)
        return {row["instance"]: float(row["value"]) for row in rows if row["set"] == "cpmp"}


def _read_all(archive: Path, known: dict[str, float]) -> Iterator[Instance]:
    with zipfile.ZipFile(archive) as files:
        for file in files.namelist():
            name = Path(file).stem
            if file.startswith("group") and name in known and not name.startswith(NOT_IN_THE_FILES):
                yield _read(name, files.read(file).decode(), known[name])


def _read(name: str, text: str, best: float) -> Instance:
    head, _, body = text.partition("\n")
    n, p = (int(number) for number in head.split()[:2])
    table = np.loadtxt(io.StringIO(body), max_rows=n, ndmin=2)
    xy = table[:, :2]
    points = np.floor(_far(xy)) if name.startswith("cpmp") else xy
    return Instance(name, points, table[:, 3], float(table[0, 2]), p, best)


def _far(xy: Floats) -> Floats:
    return np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])


def invented(count: int, seed: int) -> list[Instance]:
    """Instances whose best is known: heaps far apart, each a cross that fills a cluster."""
    return [_heaps(number, np.random.default_rng([seed, number])) for number in range(count)]


def _heaps(number: int, rng: np.random.Generator) -> Instance:
    p, arm = 4 + number, 1 + np.arange(5)
    cross = np.concatenate([[[0, 0]], *(np.outer(arm, way) for way in ((1, 0), (-1, 0), (0, 1), (0, -1)))])
    centre = 1_000.0 * np.column_stack([np.arange(p) % 3, np.arange(p) // 3])
    xy = (centre[:, None] + cross[None]).reshape(-1, 2)
    order = rng.permutation(len(xy))
    best = float(p * 4 * arm.sum())
    return Instance(f"heaps-{p}", xy[order], np.ones(len(xy)), float(len(cross)), p, best)
