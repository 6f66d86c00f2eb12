"""Even clusters and best walks, run by an interpreter that has k-means-constrained and elkai.

python turf_peer.py clusters DOORS.npy TURFS LEAST MOST   even clusters and the best walk in each, as JSON
python turf_peer.py walks TABLES.npz                      metres of the best walks by these tables together
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def best_walk_m(d: Any) -> float:
    """Metres of the shortest open walk by the table d (n, n), by LKH on tenths of a metre and a node that is
    near to all.
    """
    import elkai

    n = len(d)
    if n < 4:
        return (
            float(min(d[0, 1] + d[1, 2], d[1, 0] + d[0, 2], d[0, 2] + d[2, 1])) if n == 3 else float(d.max())
        )
    table = np.zeros((n + 1, n + 1), int)
    table[1:, 1:] = np.rint(d * 10)
    order = elkai.DistanceMatrix(table.tolist()).solve_tsp(runs=1)[:-1]
    at = order.index(0)
    walk = [row - 1 for row in order[at + 1 :] + order[:at]]
    return float(d[walk[:-1], walk[1:]].sum())


def straight_m(xy: Any) -> Any:
    """(n, n) metres between places (n, 2)."""
    return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))


def clusters(file: str, turfs: int, least: int, most: int) -> dict[str, float]:
    """Seconds, memory and metres of even clusters, each walked in its best order."""
    from k_means_constrained import KMeansConstrained

    xy = np.load(file)
    begun = time.perf_counter()
    cluster = KMeansConstrained(turfs, size_min=least, size_max=most, n_init=1, random_state=0).fit_predict(
        xy
    )
    metres = sum(best_walk_m(straight_m(xy[cluster == each])) for each in range(turfs))
    return {"seconds": time.perf_counter() - begun, "peak_mb": _peak_mb(), "metres": metres}


def walks(file: str) -> float:
    """Metres of the best walks by the tables of the file, one each."""
    with np.load(file) as tables:
        return sum(best_walk_m(tables[name]) for name in tables)


def main() -> None:
    """Do what the command line says."""
    what, file, *numbers = sys.argv[1:]
    found = clusters(file, *map(int, numbers)) if what == "clusters" else walks(file)
    sys.stdout.write(json.dumps(found))


def _peak_mb() -> float:
    """Of this process alone where the system tells it."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
