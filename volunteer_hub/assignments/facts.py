"""What happens to assignments. Ids only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AssignmentsOffered:
    """Offers stand that have no message yet. A batch of any size needs one job."""

    campaign_id: int

    @property
    def start_options(self) -> dict[str, Any]:
        return {"unless_waiting": f"offers-{self.campaign_id}"}


@dataclass(frozen=True, slots=True)
class AssignmentAnswered:
    """A volunteer said yes or no."""

    assignment_id: int


@dataclass(frozen=True, slots=True)
class PlaceToPassOn:
    """An offer was declined or lapsed; its place is still held and goes to the next best."""

    assignment_id: int
