"""The one way loops become machine code here: compiled on first call, kept on disk, exact arithmetic.

Kept where NUMBA_CACHE_DIR says, else beside the source, else in the user's cache folder; where nothing can be
written at all, compiled afresh in every process.
"""

from collections.abc import Callable
from typing import Any

from numba import njit


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function of numbers and numpy arrays (no fast-math: the same input gives the same bits)."""
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba found no folder to keep the result in
        return njit(nogil=True)(function)
