"""Which of a few colours each turf is drawn in, so that neighbours differ. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import shapely
from shapely.geometry.base import BaseGeometry

COLOURS = 8
NEAR_DEGREES = 0.0002  # about 20 m: outlines that nearly touch are neighbours on a screen


def coloured(shapes: Mapping[int, BaseGeometry | None], known: Mapping[int, int]) -> dict[int, int]:
    """A colour (0 to 7) for each shape that has none in `known`, unlike those of its neighbours.

    Where all eight stand around, the one fewest neighbours have. Known colours stay as they are.
    """
    keys = [key for key, shape in shapes.items() if shape is not None]
    near = _neighbours([shapes[key] for key in keys])
    found = {key: colour for key, colour in known.items() if key in shapes}
    order = sorted(range(len(keys)), key=lambda at: (-len(near[at]), at))
    for at in order:
        if keys[at] not in found:
            around = [found[keys[other]] for other in near[at] if keys[other] in found]
            found[keys[at]] = min(range(COLOURS), key=lambda colour: (around.count(colour), colour))
    return {key: found.get(key, 0) for key in shapes}


def _neighbours(shapes: list[BaseGeometry | None]) -> list[list[int]]:
    near: list[list[int]] = [[] for _shape in shapes]
    if shapes:
        left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=NEAR_DEGREES)
        for one, other in zip(left.tolist(), right.tolist(), strict=True):
            if one != other:
                near[one].append(other)
    return near
