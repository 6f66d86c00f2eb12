"""Walking on real streets: a network with sidewalks, doors tied to it, distances of near pairs.

Nouns: street (a line of a file), edge (a street between two meetings), sidewalk (one side of an edge),
corner, link (a step between corners), tie (the place of a door on a sidewalk), piece (a part of the network
joined to no other). Calls geodata.routing's neighbours and geodata.addresses.
"""

from geodata.streets._search import between
from geodata.streets.classes import CLOSED, KINDS, Costs
from geodata.streets.columns import Columns
from geodata.streets.errors import BadStreets
from geodata.streets.network import Network, build_network
from geodata.streets.paths import lines, places, walk_line
from geodata.streets.reading import StreetLines, read_streets
from geodata.streets.table import WalkTable, nearest, walk_table
from geodata.streets.ties import Ties, tie

__all__ = [
    "CLOSED", "KINDS", "BadStreets", "Columns", "Costs", "Network", "StreetLines", "Ties", "WalkTable",
    "between", "build_network", "lines", "nearest", "places", "read_streets", "tie", "walk_line",
    "walk_table",
]  # fmt: skip
