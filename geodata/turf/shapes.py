"""Arrays of shapes: worked on by all processors, exactly where that is possible."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import shapely

from geodata.routing.neighbours import Longs

Shapes = npt.NDArray[np.object_]
T = TypeVar("T")

GRID_M = 0.001  # of shapes that cannot be joined exactly
FINE_M = 1e-6
_AREAS = (3, 6)  # shapely's numbers of polygons and multipolygons
FEW = 64  # not worth a thread


def exactly(operation: Callable[..., Any], *shapes: Any) -> Any:
    """An operation of shapely on these shapes; where no exact result is found, one to the millimetre."""
    try:
        return operation(*shapes)
    except shapely.errors.GEOSException:  # borders that all but touch
        return operation(*(shapely.make_valid(each) for each in shapes), grid_size=GRID_M)


def finely(operation: Callable[..., Any], *shapes: Any) -> Any:
    """An operation of shapely to a thousandth of a millimetre: of shapes whose borders run along each other,
    where the exact one takes one for the other's outside now and then, without saying so.
    """
    return operation(*shapes, grid_size=FINE_M)


def at_once(work: Callable[[Longs], T], count: int) -> list[T]:
    """The results of work on successive stretches of the rows 0 to count, side by side: shapely lets go of
    Python's lock.
    """
    rows = np.arange(count)
    threads = os.cpu_count() or 1
    if count <= FEW or threads == 1:
        return [work(rows)]
    stretches = np.array_split(rows, min(8 * threads, count // (FEW // 2)))
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, stretches))


def grouped(values: Shapes, group: Longs, count: int, join: Callable[[Shapes], Any]) -> Shapes:
    """(count,) what join makes of the values of each group; an empty polygon of none."""
    order = np.argsort(group, kind="stable")
    groups = np.split(values[order], np.searchsorted(group[order], np.arange(1, count)))
    made = np.empty(count, dtype=object)

    def fill(some: Longs) -> None:
        for each in some:
            made[each] = join(groups[each]) if len(groups[each]) else shapely.Polygon()

    at_once(fill, count)
    return made


def same_of(*columns: npt.NDArray[Any]) -> Longs:
    """(n,) the number of each row among the distinct ones, which are in order, the first column first."""
    order = np.lexsort(columns[::-1])
    is_new = np.zeros(len(order), bool)
    for column in columns:
        is_new[1:] |= column[order[1:]] != column[order[:-1]]
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(is_new)
    return number


def first_of(*columns: npt.NDArray[Any]) -> Longs:
    """A row of each of the distinct ones, in the order of same_of."""
    number = same_of(*columns)
    first = np.empty(number.max(initial=-1) + 1, np.int64)
    first[number[::-1]] = np.arange(len(number))[::-1]
    return first


def areal(shape: Any) -> Any:
    """The parts of a shape that have an area."""
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def all_areal(shapes: Shapes) -> Shapes:
    """The same, those that are more or other than areas without what has none."""
    made = shapes.copy()
    for row in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), _AREAS)):
        made[row] = areal(shapes[row])
    return made
