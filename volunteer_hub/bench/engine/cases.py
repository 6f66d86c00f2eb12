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
    streeting,
    touring,
    turfing,
    whole,
    words,
    yardstick,
)
from volunteer_hub.bench.engine.case import Case, Size
from volunteer_hub.bench.instances import places
from volunteer_hub.bench.instances.areas import counties, fine_counties, vermont
from volunteer_hub.bench.instances.town import doors_of

PAIRS = ("volunteers", "places")
FLOW = "OR-Tools min-cost flow"
IN_TURN = "nearest free place, first come"
CUT = "geodata.turf.cut"
EVEN = "even clusters, best walks"
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
    ours=partial(turfing.ours, doors_of, view_m=900.0),
    ours_name=CUT,
    peer=partial(turfing.peer, doors_of),
    peer_name=EVEN,
)

NEWPORT = Case(
    name="newport",
    title="Turf: the doors of Newport News",
    things=("doors", "doors a turf"),
    about=words.INSTANCES["newport"],
    sizes=(
        Size("tiny", 600, 50, 8, 20),
        Size("small", 5_000, 50, 15, 60),
        Size("medium", 51_350, 50, 40),
    ),
    ours=partial(turfing.ours, places.newport),
    ours_name=CUT,
    peer=partial(turfing.peer, places.newport),
    peer_name=EVEN,
    missing=partial(places.missing, places.NEWPORT),
)

ICEADDR = Case(
    name="iceaddr",
    title="Turf: the doors of Reykjavik by minutes alone",
    things=("doors", "minutes a turf"),
    about=words.INSTANCES["iceaddr"],
    sizes=(Size("tiny", 600, 90, 8), Size("small", 5_000, 90, 15), Size("medium", 22_888, 90, 25)),
    ours=partial(turfing.by_minutes, places.reykjavik, view_m=1_500.0),
    ours_name=CUT,
    missing=places.missing_iceaddr,
)

TOWN_STREETS = Case(
    name="town-streets",
    title="Turf along streets: an invented city",
    things=("doors", "doors a turf"),
    about=words.INSTANCES["town-streets"],
    sizes=(Size("tiny", 600, 75, 10), Size("small", 12_000, 75, 30)),
    ours=partial(
        streeting.ours, streeting.invented,
        streeting.Plan(
            room=0.25, minutes_a_door=turfing.MINUTES_A_DOOR, seconds=streeting.SECONDS, has_best_walks=True
        ),
    ),
    ours_name=CUT,
)  # fmt: skip

YARDSTICK = Case(
    name="yardstick",
    title="Turf along streets: the yardstick's cities",
    things=("cities", "doors a turf"),
    about=words.INSTANCES["yardstick"],
    sizes=(Size("tiny", 1, 75, 40), Size("small", 3, 75, 100)),
    ours=yardstick.ours,
    ours_name=CUT,
    prepare=yardstick.prepare,
    missing=yardstick.missing,
)


def _real_streets(
    name: str, title: str, make: streeting.Make, files: tuple[str, ...], m: int, all_doors: int, view_m: float
) -> Case:
    plan = streeting.Plan(room=0.2, minutes=90.0, view_m=view_m)
    return Case(
        name=name,
        title=title,
        things=("doors", "doors a turf"),
        about=words.INSTANCES[name] + words.ALONG_STREETS,
        sizes=(Size("tiny", 600, m, 15), Size("small", 5_000, m, 25), Size("medium", all_doors, m, 60)),
        ours=partial(streeting.ours, make, plan),
        ours_name=CUT,
        baseline=partial(streeting.straight, make, plan),
        baseline_name="the plan by straight lines",
        missing=partial(places.missing, files),
    )


CAMBRIDGE = _real_streets(
    "cambridge", "Turf along streets: Cambridge, Massachusetts", places.cambridge, places.CAMBRIDGE,
    40, 20_655, 1_200.0,
)  # fmt: skip
LAMOILLE = _real_streets(
    "lamoille", "Turf along streets: Lamoille County, Vermont", places.lamoille, places.LAMOILLE,
    20, 8_814, 8_000.0,
)  # fmt: skip

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
    "turf": (TURF, NEWPORT, ICEADDR, TOWN_STREETS, YARDSTICK, CAMBRIDGE, LAMOILLE),
    "route": (TSPLIB, TOUR),
}
"""Cases by the command `volunteer-hub bench …` that measures them."""

CASES = {case.name: case for cases in GROUPS.values() for case in cases}
COMMANDS = {case.name: command for command, cases in GROUPS.items() for case in cases}
