"""The case `medians`: the capacitated p-median beside the best values known."""

from __future__ import annotations

import numpy as np

from geodata.turf.medians import Medians, capacitated_medians
from volunteer_hub.bench.engine.case import Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.instances.cpmp import Instance, invented, literature

SECONDS = 3.0  # for each instance
INVENTED = 3  # so many instances are the invented ones


def ours(task: Task) -> Figures:
    """capacitated_medians() on each instance, so many seconds each: `mean_gap` to the best known."""
    instances = _instances(task)
    warm_up_s = seconds_of(lambda: capacitated_medians(np.eye(4, 2), np.ones(4), 2.0, 2, seconds=0.0))
    rows, wrong = [], 0
    with Gauge() as gauge:
        for each in instances:
            found = capacitated_medians(
                each.points, each.demand, each.capacity, each.p, seconds=SECONDS, seed=task.seed
            )
            wrong += violations(each, found)
            rows.append(_row(each, found))
    figures = gauge.figures() | {"warm_up_s": warm_up_s, "instances": rows}
    figures |= {"mean_gap": float(np.mean([row["gap"] for row in rows])), "found": len(rows)}
    return figures | {"violations": wrong}


def _instances(task: Task) -> list[Instance]:
    if task.n == INVENTED:
        return invented(INVENTED, task.seed)
    return literature(task.m)


def violations(instance: Instance, found: Medians) -> int:
    """Clusters that hold too much or not their own centre, points in none, and a cost that is not so."""
    p = instance.p
    load = np.bincount(found.cluster, instance.demand, minlength=p)
    centre = found.median[found.cluster]
    if instance.points.shape[1] == 2:
        cost = float(np.hypot(*(instance.points - instance.points[centre]).T).sum())
    else:
        cost = float(instance.points[np.arange(len(centre)), centre].sum())
    wrong = int((load > instance.capacity).sum() + (found.cluster[found.median] != np.arange(p)).sum())
    return (
        wrong
        + int(((found.cluster < 0) | (found.cluster >= p)).sum())
        + int(abs(cost - found.cost) > 1e-6 * max(cost, 1.0))
    )


def _row(instance: Instance, found: Medians) -> dict[str, object]:
    return {
        "name": instance.name, "points": len(instance.demand), "clusters": instance.p, "cost": found.cost,
        "best": instance.best, "gap": found.cost / instance.best - 1, "seconds": found.seconds,
        "tries": found.tries,
    }  # fmt: skip
