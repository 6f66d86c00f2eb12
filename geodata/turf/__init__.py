"""Which doors go together, and in which order to walk them.

Nouns: door (a row), building (doors that stay together), stop (a building, or part of one too large for a
turf), turf (the doors of one canvasser on one shift). Calls geodata.routing alone.
"""

from geodata.turf.cut import Barrier, CutResult, Quality, Turf, cut

__all__ = ["Barrier", "CutResult", "Quality", "Turf", "cut"]
