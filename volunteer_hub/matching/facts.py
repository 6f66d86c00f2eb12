"""What happens in matching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RunWanted:
    """An organizer asked for a plan."""

    run_id: int


@dataclass(frozen=True, slots=True)
class PartReady:
    """A region of a run's problem waits for a worker."""

    run_id: int
    number: int

    @property
    def start_options(self) -> dict[str, Any]:
        return {"unless_waiting": f"part-{self.run_id}-{self.number}"}


@dataclass(frozen=True, slots=True)
class PartsSolved:
    """All regions of a run are solved; they can be joined."""

    run_id: int


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run has its proposals."""

    run_id: int
