"""Scoring what is marked as out of date, with transactions of its own: for the job and the command."""

from __future__ import annotations

from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.priority import services


def run(campaign_id: int) -> int:
    """Take the marks, then score each contest in a transaction of its own. Returns how many.

    A scoring that fails puts its mark back; one whose worker is killed is found by the sweep.
    """
    with transaction():
        marks = services.take_marks(campaign_id, now=clock.now())
    for number, mark in enumerate(marks):
        try:
            with transaction():
                services.score_marked(mark, now=clock.now())
        except BaseException:
            with transaction():
                for each in marks[number:]:
                    services.give_back(each, now=clock.now())
            raise
    return len(marks)
