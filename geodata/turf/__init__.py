"""Which doors go together, and in which order to walk them.

Nouns: door (a row), building (doors that stay together), stop (a building, or part of one too large for a
turf), turf (the doors of one canvasser on one shift), ground (what a way costs). Calls geodata.routing and
reads the tables of geodata.streets.
"""

from geodata.turf.cut import Barrier, CutResult, cut, walk_turf
from geodata.turf.pace import Pace
from geodata.turf.quality import Quality, Turf

__all__ = ["Barrier", "CutResult", "Pace", "Quality", "Turf", "cut", "walk_turf"]
