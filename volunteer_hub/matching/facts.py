"""What happens in matching."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunWanted:
    """An organizer asked for a plan."""

    run_id: int


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run has its proposals."""

    run_id: int
