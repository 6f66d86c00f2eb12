"""Work on a long table split into ranges of rows, side by side where there are processors for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

AT_ONCE = 50_000
Answer = TypeVar("Answer")


def in_ranges(pool: Executor, count: int, work: Callable[[int, int], Answer]) -> list[Answer]:
    """work(low, high) for ranges that make up 0 to count, their answers in order.

    The ranges do not depend on the number of processors, so that sums of numbers do not either.
    """
    lows = range(0, count, AT_ONCE)
    return list(pool.map(lambda low: work(low, min(low + AT_ONCE, count)), lows))
