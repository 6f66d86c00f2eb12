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
class PlacesToPassOn:
    """Offers were declined or lapsed; their held places go to the next best, all in one plan."""

    campaign_id: int

    @property
    def start_options(self) -> dict[str, Any]:
        return {"delay_s": 3.0, "unless_waiting": f"pass-on-{self.campaign_id}"}
