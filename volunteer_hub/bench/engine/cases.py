"""All cases, by name."""

from __future__ import annotations

from functools import partial

from volunteer_hub.bench.engine import (
    centres,
    changing,
    limited,
    locating,
    scoring,
    solver,
    touring,
    turfing,
    whole,
    words,
)
from volunteer_hub.bench.engine.case import Case, Size
from volunteer_hub.bench.instances.areas import counties, fine_counties, vermont

PAIRS = ("volunteers", "places")
FLOW = "OR-Tools min-cost flow"
IN_TURN = "nearest free place, first come"
_POINT_SIZES = (
    ("tiny", 1_000),
    ("small", 10_000),
    ("medium", 100_000),
    ("medium", 300_000),
    ("large", 1_000_000),
)

SOLVER = Case(
    name="solver",
    title="The solver alone, on listed pairs",
    things=PAIRS,
    about=words.INSTANCES["solver"],
    sizes=(
        Size("tiny", 1_000, 30, 8, 4),
        Size("small", 10_000, 300, 8, 5),
        Size("small", 30_000, 900, 10, 6),
        Size("medium", 100_000, 3_000, 15, 10),
        Size("medium", 300_000, 9_000, 40, 30),
        Size("large", 1_000_000, 30_000, 120, 240),
    ),
    ours=solver.ours,
    ours_name="auction, gap 0.1 %",
    prepare=solver.prepare,
    peer=solver.peer,
    peer_name=FLOW,
    baseline=solver.baseline,
    baseline_name=IN_TURN,
)

WHOLE = Case(
    name="whole",
    title="The whole problem: every place within reach",
    things=PAIRS,
    about=words.INSTANCES["whole"],
    sizes=(
        Size("tiny", 2_000, 60, 10, 5),
        Size("small", 20_000, 600, 15, 40),
        Size("small", 50_000, 1_500, 25, 120),
        Size("medium", 100_000, 3_000, 40),
        Size("medium", 200_000, 6_000, 80),
        Size("large", 500_000, 45_000, 120, is_checked=False),
        Size("large", 2_000_000, 180_000, 400, is_checked=False, has_baseline=False),
    ),
    ours=whole.ours,
    ours_name="auction that looks around, gap 0.1 %",
    peer=whole.peer,
    peer_name=FLOW,
    baseline=whole.baseline,
    baseline_name=IN_TURN,
)

CHANGE = Case(
    name="change",
    title="One change to a plan that lives on",
    things=PAIRS,
    about=words.INSTANCES["change"],
    sizes=(
        Size("tiny", 2_000, 60, 10),
        Size("small", 20_000, 600, 15),
        Size("medium", 200_000, 6_000, 60),
        Size("large", 1_000_000, 30_000, 240),
    ),
    ours=changing.ours,
    ours_name="a change in the running process",
)

LIMITS = Case(
    name="limits",
    title="Every limit at once",
    things=PAIRS,
    about=words.INSTANCES["limits"],
    sizes=(
        Size("tiny", 1_000, 50, 8),
        Size("small", 10_000, 500, 10),
        Size("medium", 30_000, 1_500, 20),
        Size("large", 100_000, 5_000, 60),
    ),
    ours=limited.ours,
    ours_name="auction that looks around, gap 0.1 %",
)


def _locating(name: str, title: str, areas: locating.Areas, count: int) -> Case:
    return Case(
        name=name,
        title=title,
        things=("points", "areas"),
        about=words.INSTANCES[name] + words.POINTS,
        sizes=tuple(Size(level, n, count, 6, 5) for level, n in _POINT_SIZES),
        ours=partial(locating.ours, areas),
        ours_name="geodata.boundaries.locate",
        peer=partial(locating.peer, areas),
        peer_name="bare shapely",
        baseline=partial(locating.baseline, areas),
        baseline_name="geopandas.sjoin",
    )


VERMONT = _locating("vermont", "Points in Vermont's voting districts", vermont, 284)
COUNTIES = _locating("counties", "Points in the counties of the United States", counties, 3_233)
FINE = _locating("fine-counties", "Points in the same counties, at full detail", fine_counties, 3_233)

PRIORITY = Case(
    name="priority",
    title="Where an hour is worth most: every rule",
    things=("counties", "draws"),
    about=words.INSTANCES["priority"],
    sizes=(
        Size("tiny", 100, 1_000, 6),
        Size("small", 300, 10_000, 10),
        Size("small", 1_000, 10_000, 20),
        Size("medium", 3_100, 10_000, 60),
        Size("large", 10_000, 10_000, 240),
    ),
    ours=scoring.ours,
    ours_name="geodata.priority.score, all rules",
)

MEDIANS = Case(
    name="medians",
    title="Clusters around their medians: the capacitated p-median",
    things=("instances", "points a cluster at least"),
    about=words.INSTANCES["medians"],
    sizes=(
        Size("tiny", centres.INVENTED, 21, 12),
        Size("small", 8, 20, 40),
        Size("medium", 51, 0, 200),
    ),
    ours=centres.ours,
    ours_name="geodata.turf.medians, 3 s each",
)

TURF = Case(
    name="turf",
    title="Turf: which doors go together",
    things=("doors", "doors a turf"),
    about=words.INSTANCES["turf"],
    sizes=(
        Size("tiny", 600, 50, 8, 20),
        Size("small", 5_000, 50, 15, 60),
        Size("medium", 51_350, 50, 40),
        Size("large", 1_000_000, 50, 180, is_checked=False),
    ),
    ours=turfing.ours,
    ours_name="geodata.turf.cut",
    peer=turfing.peer,
    peer_name="even clusters, best walks",
)

TSPLIB = Case(
    name="tsplib",
    title="Round tours of public instances",
    things=("instances", "points at least"),
    about=words.INSTANCES["tsplib"],
    sizes=(Size("small", 3, 500, 10, 20), Size("medium", 23, 500, 60, 150)),
    ours=touring.known,
    ours_name="geodata.routing.tour",
    peer=touring.known_peer,
    peer_name="OR-Tools routing",
)

TOUR = Case(
    name="tour",
    title="Round tours of points of chance",
    things=("points", "seconds"),
    about=words.INSTANCES["tour"],
    sizes=(
        Size("tiny", 300, 1, 4, 4),
        Size("small", 1_000, 1, 5, 6),
        Size("small", 10_000, 10, 15),
        Size("medium", 100_000, 60, 70),
        Size("large", 1_000_000, 60, 80),
    ),
    ours=touring.chance,
    ours_name="geodata.routing.tour",
    peer=touring.chance_peer,
    peer_name="OR-Tools routing",
)

GROUPS: dict[str, tuple[Case, ...]] = {
    "matching": (SOLVER, WHOLE, CHANGE, LIMITS),
    "locate": (VERMONT, COUNTIES, FINE),
    "priority": (PRIORITY,),
    "medians": (MEDIANS,),
    "turf": (TURF,),
    "route": (TSPLIB, TOUR),
}
"""Cases by the command `volunteer-hub bench …` that measures them."""

CASES = {case.name: case for cases in GROUPS.values() for case in cases}
COMMANDS = {case.name: command for command, cases in GROUPS.items() for case in cases}
