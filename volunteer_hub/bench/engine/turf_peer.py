"""Even clusters and the best walk in each, run by an interpreter that has k-means-constrained and elkai.

python turf_peer.py DOORS.npy TURFS LEAST MOST   writes its figures as JSON
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def best_walk_m(xy: Any) -> float:
    """Metres of the shortest open walk, by LKH on tenths of a metre and a node that is near to all."""
    import elkai

    n = len(xy)
    d = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
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


def main() -> None:
    from k_means_constrained import KMeansConstrained

    xy, (turfs, least, most) = np.load(sys.argv[1]), (int(each) for each in sys.argv[2:5])
    begun = time.perf_counter()
    cluster = KMeansConstrained(turfs, size_min=least, size_max=most, n_init=1, random_state=0).fit_predict(
        xy
    )
    metres = sum(best_walk_m(xy[cluster == each]) for each in range(turfs))
    figures = {"seconds": time.perf_counter() - begun, "peak_mb": _peak_mb(), "metres": metres}
    sys.stdout.write(json.dumps(figures))


def _peak_mb() -> float:
    """Of this process alone where the system tells it."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
