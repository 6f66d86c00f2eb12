"""What happens in turf. Ids only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CutAsked:
    """A precinct is to be cut."""

    cut_id: int

    @property
    def start_options(self) -> dict[str, Any]:
        return {"unless_waiting": f"cut-{self.cut_id}"}


@dataclass(frozen=True, slots=True)
class TurfCut:
    """A precinct has new turfs."""

    cut_id: int


@dataclass(frozen=True, slots=True)
class TurfLeased:
    """A turf is in somebody's hands."""

    lease_id: int


@dataclass(frozen=True, slots=True)
class LeaseEnded:
    """A turf came back, or its lease ran out."""

    lease_id: int
