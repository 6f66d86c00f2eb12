"""How large a turf may be and should be, and how many turfs that makes."""

from __future__ import annotations

import math
from dataclasses import dataclass

FILL_SHARE = 0.95  # of the minutes a turf may have at most, what an even share of all takes
EVEN = 0.6  # a turf a quarter off its minutes costs as much as walking 0.6 x 0.25^2 of them
EVEN_WITHIN_DOORS = 0.02  # the same where door limits rule
STEEP = 3.0  # a minute outside the wanted window costs as much as so many of walking
WINDOW = 0.11  # the wanted window around the target, so that hardly a turf ends 15 % off
ROOM = 1 / 3  # of the span between the door limits that the mean keeps from each: room for exchanges
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Limits:
    """minutes: wanted, or with is_most the greatest allowed; min_doors, max_doors: hard, None without."""

    minutes: float
    is_most: bool = True
    min_doors: int | None = None
    max_doors: int | None = None

    def __post_init__(self) -> None:
        low, high = self.min_doors, self.max_doors
        if low is not None and low < 1:
            raise ValueError(f"min_doors must be at least 1, got {low}")
        if high is not None and high < 1:
            raise ValueError(f"max_doors must be at least 1, got {high}")
        if low is not None and high is not None and low > high:
            raise ValueError(f"min_doors ({low}) is more than max_doors ({high})")

    @property
    def doors_rule(self) -> bool:
        """Whether both door limits are given, so that minutes are only the target within them."""
        return self.min_doors is not None and self.max_doors is not None

    @property
    def top_min(self) -> float:
        """Minutes that no turf exceeds, unless it is a single door."""
        return self.minutes if self.is_most else math.inf

    @property
    def most_doors(self) -> float:
        """Doors that no turf exceeds."""
        return math.inf if self.max_doors is None else float(self.max_doors)

    def count(self, minutes: float, doors: int) -> int:
        """How many turfs to make of doors that take so many minutes in all."""
        if self.is_most:
            wanted = math.ceil(minutes / (self.minutes * FILL_SHARE) - 1e-9)
        else:
            wanted = _nearest_share(minutes, self.minutes)
        if self.doors_rule:
            assert self.min_doors is not None
            assert self.max_doors is not None
            room = (self.max_doors - self.min_doors) * ROOM
            wanted = min(wanted, int(doors / (self.min_doors + room)))
            wanted = max(wanted, math.ceil(doors / (self.max_doors - room)))
        if self.max_doors is not None:
            wanted = max(wanted, math.ceil(doors / self.max_doors))
        if self.min_doors is not None:
            wanted = min(wanted, doors // self.min_doors)
        return max(1, wanted)

    def rules(self, minutes: float, turfs: int) -> tuple[float, ...]:
        """What the compiled `penalty` reads: target, strictness, wanted low and high minutes, least and most
        doors, the price of a minute outside, and the greatest minutes.
        """
        even = minutes / turfs if turfs else self.minutes
        target = min(self.minutes, even) if self.is_most or self.doors_rule else self.minutes
        target = max(target, 1e-3)
        low, high = target * (1 - WINDOW), target * (1 + WINDOW)
        if self.doors_rule:
            low, high = 0.0, math.inf
        return (
            target,
            EVEN_WITHIN_DOORS if self.doors_rule else EVEN,
            low,
            high,
            float(self.min_doors or 0),
            self.most_doors,
            STEEP,
            self.top_min * (1 - ROUNDING),
        )


def _nearest_share(minutes: float, target: float) -> int:
    """The number of even shares whose minutes are nearest to the target, as a ratio."""
    low = max(1, math.floor(minutes / target))
    return low if minutes / low / target <= target / (minutes / (low + 1)) else low + 1
