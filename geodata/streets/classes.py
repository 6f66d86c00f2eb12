"""Classes of roads: who may walk there, how wide they are, and whether people cross them anywhere.

A street's *kind* is one word of OpenStreetMap's (residential, secondary, footway ...); TIGER's MTFCC codes
and cities' own columns are told in the same words, so that there is one table of widths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

CLOSED = -1  # no walking here, whatever else is true


@dataclass(frozen=True, slots=True)
class Kind:
    """width_m: from sidewalk to sidewalk, and so what crossing costs; 0 has no sides. quiet: people cross
    anywhere and do both sides in one pass.
    """

    name: str
    width_m: float
    quiet: bool = True


# In order of weight: where two lines lie on each other, the later one says how hard crossing is.
KINDS = (
    Kind("footway", 0.0),
    Kind("steps", 0.0),
    Kind("path", 0.0),
    Kind("track", 0.0),
    Kind("service", 6.0),
    Kind("residential", 12.0),
    Kind("tertiary", 12.0),
    Kind("secondary", 12.0, quiet=False),
    Kind("primary", 18.0, quiet=False),
    Kind("trunk", 24.0, quiet=False),
)
NUMBER = {kind.name: number for number, kind in enumerate(KINDS)}

_OSM = {
    "residential": "living_street unclassified residential road",
    "footway": "footway pedestrian corridor platform crossing",
    "path": "path cycleway bridleway trail",
    "tertiary": "tertiary tertiary_link",
    "secondary": "secondary secondary_link",
    "primary": "primary primary_link",
    "steps": "steps", "track": "track", "service": "service", "trunk": "trunk trunk_link",
}  # fmt: skip
OSM_KIND = {word: kind for kind, words in _OSM.items() for word in words.split()}
MOTOR_ONLY = frozenset(("motorway", "motorway_link", "trunk", "trunk_link", "motorroad"))
MTFCC_KIND = {
    "S1200": "secondary", "S1400": "residential", "S1500": "track", "S1640": "service",
    "S1710": "footway", "S1720": "steps", "S1730": "service", "S1780": "service", "S1820": "path",
    "S1830": "path",
}  # fmt: skip
MTFCC_CLOSED = {
    "S1100": "motorway",
    "S1630": "motorway",
    "S1740": "private",
    "S1750": "internal",
    "S1810": "winter",
}

_NO = frozenset(("no", "private", "agricultural", "forestry", "military", "delivery", "customers"))
_YES = frozenset(("yes", "designated", "permissive", "official", "destination"))


@dataclass(frozen=True, slots=True)
class Costs:
    """What crossing a street costs in metres, by kind; give other `widths` to change some."""

    widths: Mapping[str, float] = field(default_factory=dict)
    busy: frozenset[str] = frozenset(kind.name for kind in KINDS if not kind.quiet)

    def width_m(self) -> npt.NDArray[np.float64]:
        """(kinds,) metres from sidewalk to sidewalk."""
        return np.array([self.widths.get(kind.name, kind.width_m) for kind in KINDS], dtype=np.float64)

    def quiet(self) -> npt.NDArray[np.bool_]:
        """(kinds,) whether it is crossed anywhere, not only at its corners."""
        return np.array([kind.name not in self.busy for kind in KINDS], dtype=bool)


def osm_kind(highway: str, foot: str = "", access: str = "", service: str = "") -> tuple[int, str]:
    """Number of the kind of an OpenStreetMap way, and why not where people may not walk it (CLOSED).

    foot=yes opens what access or the class would close (a trunk road with a sidewalk); one-way is for cars.
    """
    kind = OSM_KIND.get(highway)
    if foot in _NO:
        return CLOSED, "no access"
    if highway in MOTOR_ONLY and foot not in _YES:
        return CLOSED, "motorway"
    if access in _NO and foot not in _YES:
        return CLOSED, "no access"
    if kind is None and highway in MOTOR_ONLY:
        return NUMBER["trunk"], ""
    if kind is None:
        return CLOSED, "not a street"
    if service in ("parking_aisle", "drive-through", "emergency_access"):
        return CLOSED, "not a street"
    return NUMBER[kind], ""


def mtfcc_kind(code: str) -> tuple[int, str]:
    """Number of the kind of a TIGER road, and why not where people may not walk it (CLOSED)."""
    if code in MTFCC_CLOSED:
        why = MTFCC_CLOSED[code]
        return CLOSED, "motorway" if why == "motorway" else "no access"
    kind = MTFCC_KIND.get(code)
    return (NUMBER[kind], "") if kind else (CLOSED, "not a street")
