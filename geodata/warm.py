"""`python -m geodata.warm`: compile every kernel once, so that no first plan or cut waits for it.

What is compiled stays on disk beside the sources (see compiled.py).
"""

from __future__ import annotations

import numpy as np
import shapely

from geodata import streets
from geodata.matching import Places, Volunteers, build_arcs, certify, explain, match
from geodata.matching.reach import LivePlan, solve_reach
from geodata.matching.reach.explain import alternatives, choice_of, reasons
from geodata.matching.reach.overbook import show_near, turnout
from geodata.matching.reach.problem import tiny_problem
from geodata.priority import Chamber, District, score
from geodata.routing import lower_bound_m, tour
from geodata.streets.classes import NUMBER
from geodata.turf import cut
from geodata.turf.effort import compile_all


def main() -> None:
    """Solve a tiny problem of each kind."""
    rng = np.random.default_rng(0)
    for shifts_wanted in (1, 2):
        arcs = build_arcs(
            Volunteers(
                latitude=rng.uniform(28, 28.2, 60),
                longitude=rng.uniform(-82, -81.8, 60),
                shifts_wanted=shifts_wanted,
            ),
            Places(
                latitude=rng.uniform(28, 28.2, 6),
                longitude=rng.uniform(-82, -81.8, 6),
                segments=[[(3, 2.0), (3, 1.0)]] * 6,
                starts_at=np.arange(6, dtype=np.int64) * 7200,
                ends_at=np.arange(6, dtype=np.int64) * 7200 + 10_800,
            ),
        )
        plan = match(arcs.problem)
        certify(arcs.problem, plan)
        explain(arcs.problem, plan, arcs.without)
    everywhere = solve_reach(tiny_problem())
    alternatives(tiny_problem(), everywhere)
    choice_of(tiny_problem(), np.arange(2))
    reasons(tiny_problem(), everywhere)
    show_near(tiny_problem())
    turnout(np.ones(2, np.int64), np.zeros(1, np.int64), np.ones(1))
    living = LivePlan(tiny_problem(), everywhere)
    living.sign_up(tiny_problem().people.rows(np.zeros(1, np.int64)))
    living.withdraw(0)
    points = rng.uniform(0, 1500, (200, 2))
    lower_bound_m(points, tour(points).order, closed=True)
    score([District("1", seat="1")], rule=Chamber(draws=10))
    compile_all(has_streets=True)
    cut(
        rng.uniform(0, 1500, (200, 2)),
        minutes_per_turf=60,
        minutes_per_door=2,
        building=[str(door // 3) for door in range(200)],
    )
    _walk_streets()


def _walk_streets() -> None:
    """Tie doors to a block, measure and draw a walk."""
    ring = shapely.LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
    lines = [ring, shapely.LineString([(0, 0), (-100, 0)]), shapely.LineString([(0, 0), (0, -100)])]
    network = streets.build_network(lines, [NUMBER["residential"]] * 3)
    doors = np.array([[50.0, 10.0], [-50.0, 10.0], [10.0, -50.0]])
    table = streets.walk_table(doors, streets.tie(doors, None, network), network)
    streets.nearest(table, 2)
    streets.lines(network, table, np.arange(3))


if __name__ == "__main__":
    main()
