"""The one way loops become machine code here: compiled on first call, kept on disk, exact arithmetic.

Kept beside the source where that folder can be written, else where NUMBA_CACHE_DIR or the user's cache says;
where nothing can be written at all, compiled afresh in every process.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a function of numbers and numpy arrays (no fast-math: the same input gives the same bits)."""
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba found no folder to keep the result in
        return njit(nogil=True)(function)
