"""The peer of the matching: OR-Tools' min-cost flow, as one would write it by hand."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from volunteer_hub.bench.engine.case import Figures
from volunteer_hub.bench.engine.gauge import Gauge

UNITS = 1_000_000  # whole cost units in one net vote: coarser numbers make the flow faster, not slower


def flow(columns: dict[str, Any]) -> Figures:
    """Solve the columns of instances.country.pairs exactly, to the rounding of values.

    Nodes: volunteers, places, one sink. Arcs: every pair at minus its value, place to sink with its seats,
    volunteer to sink at 0 (staying at home). `seconds` is solve() alone, without `build_s`, the handing over
    of the arcs.
    """
    n, m = len(columns["shifts_wanted"]), len(columns["capacity"])
    value = columns["arc_value"]
    sink = n + m
    begun = time.perf_counter()
    graph = SimpleMinCostFlow()
    ones, zeros = np.ones(n, np.int64), np.zeros(n, np.int64)
    taken = graph.add_arcs_with_capacity_and_unit_cost(
        columns["arc_volunteer"],
        n + columns["arc_place"],
        np.ones(len(value), np.int64),
        -np.rint(value * UNITS).astype(np.int64),
    )
    graph.add_arcs_with_capacity_and_unit_cost(
        n + np.arange(m), np.full(m, sink), columns["capacity"], np.zeros(m, np.int64)
    )
    graph.add_arcs_with_capacity_and_unit_cost(np.arange(n), np.full(n, sink), ones, zeros)
    graph.set_nodes_supplies(np.arange(n), ones)
    graph.set_node_supply(sink, -n)
    build_s = time.perf_counter() - begun
    with Gauge() as gauge:
        status = graph.solve()
    if status != graph.OPTIMAL:
        raise RuntimeError(f"the flow solver ended with status {status}, not with the optimum")
    chosen = np.asarray(graph.flows(taken)) > 0
    return gauge.figures() | {
        "build_s": build_s,
        "value": float(value[chosen].sum()),
        "placed": int(chosen.sum()),
        "pairs": len(value),
    }
