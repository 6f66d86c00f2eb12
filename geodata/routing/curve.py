"""Points along Hilbert's space-filling curve: near on the curve is near on the ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geodata.compiled import kernel

BITS = 20


def along_the_curve(xy_m: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """(n,) rows in the order of the curve over the points' square bounding box; equal cells keep their row
    order.
    """
    if not len(xy_m):
        return np.empty(0, np.int64)
    low = xy_m.min(axis=0)
    side = float((xy_m.max(axis=0) - low).max())
    unit = (xy_m - low) * ((2**BITS - 1) / side if side > 0 else 0.0)
    return np.argsort(_places_on_curve(unit.astype(np.int64)), kind="stable")


@kernel
def _places_on_curve(cells):  # type: ignore[no-untyped-def]
    """Position on the curve, one bit of x and y at a time (J. Skilling's rotation of quadrants)."""
    places = np.empty(len(cells), np.int64)
    for i in range(len(cells)):
        x, y, place = cells[i, 0], cells[i, 1], 0
        for bit in range(BITS - 1, -1, -1):
            right, upper = (x >> bit) & 1, (y >> bit) & 1
            place += ((3 * right) ^ upper) << (2 * bit)
            if upper == 0:
                if right == 1:
                    x, y = (1 << BITS) - 1 - x, (1 << BITS) - 1 - y
                x, y = y, x
        places[i] = place
    return places
