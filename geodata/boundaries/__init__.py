"""Boundaries of districts and precincts: read from any file, looked over, and asked where a point lies.

>>> frame = read_boundaries("counties.zip")                         # EPSG:4326, or BadBoundaries
>>> report = check_boundaries(frame, id_column=guess_id_column(frame))
>>> located = locate(lon, lat, report.frame.geometry.array, ids=report.frame["GEOID"], snap_m=100)
>>> located.index, located.inside, located.snapped, located.nowhere
"""

from geodata.boundaries.checking import BadShape, BoundaryReport, check_boundaries
from geodata.boundaries.columns import TextIds, guess_id_column, guess_name_column, text_ids
from geodata.boundaries.errors import (
    BadBoundaries,
    EmptyBoundaries,
    MissingCrs,
    MissingPart,
    NotPolygons,
    SeveralLayers,
    UnsafeArchive,
)
from geodata.boundaries.locating import Located, locate
from geodata.boundaries.outlines import simplified
from geodata.boundaries.reading import boundary_layers, read_boundaries
from geodata.boundaries.rings import MendedRing
from geodata.boundaries.seams import Gap, Overlap, Slivers, clean_union

__all__ = [
    "BadBoundaries",
    "BadShape",
    "BoundaryReport",
    "EmptyBoundaries",
    "Gap",
    "Located",
    "MendedRing",
    "MissingCrs",
    "MissingPart",
    "NotPolygons",
    "Overlap",
    "SeveralLayers",
    "Slivers",
    "TextIds",
    "UnsafeArchive",
    "boundary_layers",
    "check_boundaries",
    "clean_union",
    "guess_id_column",
    "guess_name_column",
    "locate",
    "read_boundaries",
    "simplified",
    "text_ids",
]
