"""How long doors and the ways between them take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Pace:
    """minutes = metres / metres_per_min + doors x door_min + stairs_min x doors above the first of each
    building.

    knock_min: at every door; contact_min: of a talk, which contact_rate (a share) of the doors have.
    """

    metres_per_min: float = 75.0
    knock_min: float = 1.0
    contact_min: float = 4.0
    contact_rate: float = 0.25
    stairs_min: float = 0.25

    def __post_init__(self) -> None:
        if not (np.isfinite(self.metres_per_min) and self.metres_per_min > 0):
            raise ValueError(f"metres_per_min must be more than 0, got {self.metres_per_min}")
        for name in ("knock_min", "contact_min", "contact_rate", "stairs_min"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be 0 or more, got {value}")
        if self.door_min <= 0:
            raise ValueError(
                "a door must take some time: knock_min, or contact_min x contact_rate, more than 0"
            )

    @property
    def door_min(self) -> float:
        """Minutes at a door on average."""
        return self.knock_min + self.contact_min * self.contact_rate

    def talk_min(self, doors: int, buildings: int) -> float:
        """Minutes at so many doors of so many buildings, stairs included."""
        return doors * self.door_min + max(0, doors - buildings) * self.stairs_min
