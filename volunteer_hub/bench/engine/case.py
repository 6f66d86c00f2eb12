"""What a measurement is made of: cases, sizes, and the task that a side gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
"""What one side found, ready for JSON: at least `seconds` and `peak_mb`, mostly `warm_up_s`, and for a plan
`value`, `bound`, `gap`, `placed`, `violations`."""

LEVELS = ("tiny", "small", "medium", "large")
SIDES = ("ours", "peer", "baseline")
PICTURE = "picture.png"
"""What a side may leave in its folder: a picture of its answer, for the page."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a side is asked: n of the first thing and m of the second, invented from `seed`.

    folder: where the case's `prepare` left arrays (empty without one); check: prove the answer, unmeasured.
    """

    n: int
    m: int
    seed: int
    folder: Path
    check: bool


Side = Callable[[Task], Figures]


@dataclass(frozen=True, slots=True)
class Size:
    """One size of a case. about_s: what preparing, our side and its check take, roughly, on two slow cores;
    peer_about_s: the same for the peer, None where it is not asked; is_checked: prove it without being told.
    """

    level: str
    n: int
    m: int
    about_s: float
    peer_about_s: float | None = None
    is_checked: bool = True
    has_baseline: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """One problem at several sizes.

    things: what n and m count. about: the instance, exact enough to build it again. unit of `value`, "" where
    there is none. prepare, where given, runs first in a process of its own and leaves arrays for all sides.
    missing: says in a sentence what the case needs and this machine lacks, None where it can be measured.
    """

    name: str
    title: str
    things: tuple[str, str]
    about: str
    sizes: tuple[Size, ...]
    ours: Side
    ours_name: str
    prepare: Side | None = None
    peer: Side | None = None
    peer_name: str = ""
    baseline: Side | None = None
    baseline_name: str = ""
    missing: Callable[[], str | None] | None = None

    def size_name(self, n: int, m: int) -> str:
        """As people say it: 1,000,000 x 30,000."""
        return f"{n:,} x {m:,}"
