"""Points along Hilbert's space-filling curve: near on the curve is near on the ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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
    return np.argsort(_place_on_curve(*unit.astype(np.int64).T), kind="stable")


def _place_on_curve(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Position on the curve, one bit of x and y at a time (J. Skilling's rotation of quadrants)."""
    x, y = x.copy(), y.copy()
    place = np.zeros(len(x), np.int64)
    for bit in range(BITS - 1, -1, -1):
        right, upper = (x >> bit) & 1, (y >> bit) & 1
        place += ((3 * right) ^ upper) << (2 * bit)
        mirrored = (upper == 0) & (right == 1)
        x = np.where(mirrored, (1 << BITS) - 1 - x, x)
        y = np.where(mirrored, (1 << BITS) - 1 - y, y)
        x, y = np.where(upper == 0, y, x), np.where(upper == 0, x, y)
    return place
