"""What the page of benchmarks says in words: how each instance is made, and what a figure does not show.

Notes are markdown, by case; they stay on the page whenever it is made again. Write down there where a bar is
missed and why.
"""

from __future__ import annotations

INSTANCES = {
    "solver": """\
The country (`bench/instances/country.py`, all draws from one `numpy.random.default_rng(seed)`, in this
order): one town for 40 places, 40 towns at least, with centres uniform in 26-48 degrees north and 68-123
west and shares that are log-normal (0, 1.3), scaled to 1. Volunteers, then places: town by share, distance
from its centre exponential with mean 8 km, direction uniform (111 km to a degree). Show chance uniform in
0.3-0.9. Seats Poisson with mean 0.8 x volunteers / places. Worth of an hour, in net votes: log-normal (0,
0.7) by town x log-normal (0, 0.5) by place. Everybody takes one shift.

Pairs: each volunteer's 16 nearest places within 60 km by great circle, fewer where fewer are there. A pair
is worth show chance x worth of the hour - 0.01 for each km; pairs of negative worth stay in, nobody must
go. Both solvers get the same arrays, the flow with values rounded to a millionth of a net vote. Our time is
all of `match()` at a gap of 0.1 %; the flow's is its `solve()` alone, without the listing of pairs and the
making of its graph, which stand in a column of their own.""",
    "whole": """\
The country of the case before, but every place within 40 km of a volunteer is a possible pair. Our side
gets columns of people and places and never lists pairs; its gap is against a bound over all of them. It
solves regions that share no volunteer side by side on all processors, the flow runs on one: see the column
CPU. The flow, where it is asked, is exact; it gets the pairs listed.""",
    "change": """\
The whole problem of the case before, solved once; then 200 changes to the plan in the running process
(`geodata.matching.reach.LivePlan`): 100 times somebody new signs up who lives where another does, and each
time after that a placed volunteer withdraws or declines their place, in turn. The time is one that 95 of 100
changes keep, their bound and list of who moves included; median and slowest are in the JSON. "Worse than a
fresh plan" compares the plan after all 200 with one made anew for the changed problem.""",
    "limits": """\
The country with everything of `bench/instances/limits.py`: one to three shifts each (60, 25, 15 %), reaches
of 10, 20, 40 and 80 km, four skills of which 30 % of the places require one or two, five kinds of spoken
languages of which 28 % of the places ask for one, ten partly overlapping slots on two days and 32 kinds of
free time, seats for 80 % of the wanted shifts in one to three segments worth 1, 0.7 and 0.45 of the first,
1 % of the volunteers pinned somewhere near, 3 % with a place they must never get, 40 % with an earlier
place that is worth 0.05 more; 15 % may take a lead's seat, of which every second place keeps one; 4 % want to
go with somebody who lives near. The gap is against the bound of the problem without the wishes to go
together, so it holds what those cost. The check is `geodata.matching.reach.proof`.""",
    "vermont": """\
284 voting tabulation districts of Vermont, 67,189 vertices (Census Bureau 2010; generated ones where the
file is not at hand: the source stands below the table).""",
    "counties": """\
3,233 counties and their like, simplified to 400 m, 156,020 vertices (Census Bureau; generated ones where the
file is not at hand: the source stands below the table).""",
    "fine-counties": """\
The same 3,233 counties at 1:500,000, 1,039,365 vertices (Census Bureau 2016, from the package plotly-geo;
generated ones where it is not installed: the source stands below the table).""",
    "priority": """\
The contest of `bench/instances/votes.py`: counties of log-normal size in 51 states, four past elections
with state, county and election errors. Scored in turn by one seat a state (plurality), a chamber in which
every county is a seat, electoral votes by state, delegates by county, turnout, coverage, and a mix. The
time is the sum over all, from the arrays of the contest to scores, intervals, curves and sentences.""",
    "turf": """\
Doors of an invented town (`bench/instances/town.py`): houses on both sides of streets, denser by blocks.
Turfs of 40 to 60 doors, straight lines, open walks. The peer is k-means-constrained with as many turfs as
ours and the best walk of each by LKH (elkai), in an interpreter of its own that is made on first use; the
bars are our metres by its metres, ours searching for a hundredth, a tenth and all of its time. The time is
that of the search, compiling apart; every answer is checked by `geodata.turf.proof`.""",
    "newport": """\
The doors of Newport News, Virginia (public data folder: address-joined footprints of the city's GIS, 2016),
that lie nearest to their median place; straight lines, each footprint a door. Turfs, peer, bars and check as
in the case before. The case is left out where the folder is not at hand; it has no picture, because the
city's file carries no licence.""",
    "iceaddr": """\
All numbered addresses of Reykjavik (municipality 0) from the package iceaddr, or those nearest to their
median place; the set that anybody can repeat with real doors. Turfs of 90 minutes with no door limits,
straight lines. The share of turfs within 15 % of 90 minutes is counted again by `geodata.turf.proof`, from
every way and door. Addresses: Staðfangaskrá, Registers Iceland.""",
    "town-streets": """\
An invented city (`bench/instances/city.py`): a lattice of streets 70 to 110 m apart and avenues 120 to 220 m
apart, one block of twenty missing, arterials that are crossed at corners only, bent in waves and turned
by 2 to 22 degrees from south to north, with a railway through its middle that three avenues cross.
12,000 doors in 8,000 buildings, houses to apartment houses, more of them near three spots. Turfs of 57
to 93 doors (75, a quarter more or fewer) along its streets within 2.8 s of search. Reading the streets,
tying the doors and the table of distances come before and stand in columns of their own. The order is set
beside the best of each turf by LKH (elkai), on the same distances between buildings, in the peers'
interpreter, which the cases with a peer make.""",
    "yardstick": """\
Three cities (seeds 2008, 1 and 2) of some 12,000 doors in 8,000 buildings from programs beside this
repository that are none of ours; the case is left out where they are not at hand. The cities' files are read
as any other, cut into turfs of 57 to 93 doors within 2.8 s of search each, and judged by the yardstick's own
program on its own sidewalks: metres a door when each turf is walked in its best order, the same in the order
given, sizes. Metres a door may be 16.0 x (12,279 / doors)^0.65 at most. What stands in a row is the worst of
its cities; violations come from `geodata.turf.proof`. The time is that of search, of the slowest.""",
    "cambridge": """\
All 20,655 addresses of Cambridge, Massachusetts, or those nearest to their median place, and the city's
centrelines; each address is a door. Turfs of 32 to 48 doors, as near to 90 minutes as these allow. Doors and
streets: City of Cambridge GIS, PDDL 1.0.""",
    "lamoille": """\
All 8,814 dwellings of Lamoille County, Vermont, by the type of their site (no barns, shops or substations),
or those nearest to their median place, and its TIGER roads. Turfs of 16 to 24 doors, as near to 90 minutes as
these allow. Doors: State of Vermont, Enhanced 911 Board; roads: Census Bureau, 2023.""",
    "tsplib": """\
All instances of TSPLIB (Reinelt 1991) with points in the plane (EUC_2D), 500 to 5,000 of them, that are at
hand with their optima: from u574 to fl3795. Every way is rounded to a whole number, as TSPLIB does. Each gets
one second for 1,000 points, everything from coordinates to the order. The peer, OR-Tools routing, gets the
same time for cheapest arcs first and guided local search, and its table of distances made before.""",
    "tour": """\
Points drawn evenly in a square of 10 km, one second for 1,000 points, sixty at most, everything from
coordinates to the order. With many points the best tour comes near 0.7124 sqrt(N A) (Johnson and McGeoch
1996; with fewer it is longer, at 1,000 points by some 7 %, because of the border). The peer is asked where
its table of distances is small.""",
    "medians": """\
Points with a demand each, to be shared among p clusters of one capacity, whose centres are p of the points:
least sum of distances to the own centre. Instances of the literature with the best values known: OR-Library's
cpmp01-20 (distances truncated to integers), SJC, p3038, and ali535, lin318, u724 and rl1304, up to 3,038
points; of rl1304_050, rl1304_100 and u724_010 published plans overfill clusters, and the best feasible values
stand in their place. Each gets three seconds. The gap is (cost - best known) / best known; every answer is
checked for capacities, centres and cost. "tiny": invented heaps, best by how they are made.""",
}

ALONG_STREETS = """

The baseline is the plan by straight lines within the same limits, whose walks, in their order, are measured
along the same streets to the metre. A straight line looks shorter than it is walked, so that plan has
fewer turfs; because more turfs have fewer ways between their doors, the comparison stands a second time with
a straight plan that was asked for as many turfs as ours. Reading, tying and the table of distances are not
part of the time and stand in columns of their own."""

POINTS = """

Points: an area drawn evenly, then a point drawn evenly in its bounding box, so that some lie in no area.
All times contain the making of the index. The peer is the fastest way that we know with shapely alone,
`STRtree(points).query(areas, predicate="intersects")`, which finds pairs and stops there; a tree of the
areas asked with the points takes three to four times as long. Ours gives each point exactly one area (the
lowest code where several touch it). The check compares every answer with the peer's pairs."""

NOTES = {
    "solver": """\
The judged ratio favours the peer: all of our `match()` (reading the problem, every auction, the bound)
against the flow's `solve()` alone. The flow is exact and ours is not: what that costs is the column "below
the optimum".""",
    "whole": """\
The flow is not asked at the larger sizes, where tens of millions of pairs and more would have to be listed.
There the proof is the bound, recomputed from the stated prices by code that shares nothing with the solver
up to 200,000 x 6,000; `--check-all` does it at the two largest sizes too, which looks at some ten thousand
million pairs.""",
    "change": """\
A change costs what it touches, not everybody. In processor time, which other work on the machine disturbs
less, half of the changes at 1,000,000 x 30,000 took 3 ms, 95 of 100 took 34 ms and the slowest 107 and 137 ms
in two runs. The slow ones are in large cities, where a seat that falls free is offered to tens of thousands
of people within reach and leaves seats behind that are offered in turn.
The bound after many changes is looser than a fresh one, since what a dearer seat takes from people who were
not touched is not worked out each time; `LivePlan.refresh()` does it in seconds.""",
    "vermont": """\
Ours makes no geometry per point and no tree: points are sorted by latitude, each area's box is cut out by
halving, and the prepared area is asked on bare coordinates. Of the 2.4 s it took before, making a million
point geometries took 1.1 s, the tree of them 0.45 s and the test itself 0.45 s. Sharing the points over two
processors did not help: with a copy of the areas for each it took 1.8 s instead of 2.1 s.""",
    "medians": """\
Not measured: fnl4461_* and pr2392_*, whose demands and capacities are not in the data folder, and spain737_*,
whose published costs do not follow from the coordinates in their files.""",
    "limits": """\
The gap holds what the wishes to go together cost; the auctions themselves are proven to 0.1 %. No
peer is asked: with several shifts that must not overlap the problem is no longer a flow, so OR-Tools'
min-cost flow cannot state it. The tests compare the same limits with exact methods on small problems.""",
}

HEAD = """\
# Benchmarks

Made by `volunteer-hub bench report` from the figures of the last runs; do not write into this page, but into
`volunteer_hub/bench/engine/words.py`, where the notes stand.

How to read it: every side of a row (ours, the peer, the baseline) ran in a process of its own, one after
the other in one command on one machine; where a row ran several times, the sides took turns, and the median
is shown with least and most. No number is compared with one of another day. Peak memory is that of the
whole process: interpreter, libraries, the problem's arrays and the method. CPU is the seconds of all
processors together. Warm-up is the compiling of loops, or the reading of what was compiled before from
disk; it is paid once in a process and stands apart. Load is what the system told before the row. The gap is
(bound - value) / bound, where no plan can be worth more than the bound; the checked gap and the violations
come from code that shares nothing with the solver and sees only problem and plan. "x" in a size reads "by";
in a ratio, "times"."""
