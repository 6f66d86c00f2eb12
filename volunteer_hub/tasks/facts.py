"""What happens to tasks. Facts carry ids only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskTaken:
    """Somebody took a task."""

    task_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class TaskGivenBack:
    """Somebody gave a task back; a place is free again."""

    task_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class TaskDone:
    """Somebody did their part of a task."""

    task_id: int
    person_id: int
