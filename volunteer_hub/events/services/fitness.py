"""What an event asks of people before they get a place: an age, and papers."""

from __future__ import annotations

from volunteer_hub.events.models import Shift
from volunteer_hub.events.refusals import NotFit
from volunteer_hub.people import queries as people


def require_fit(shift: Shift, person_id: int) -> None:
    """Refuse somebody who has not said that they have the age and the papers. Raises NotFit.

    A paper must hold on the shift's day. No statement where the event asks for nothing.
    """
    event = shift.event
    missing = people.missing(person_id, min_age=event.min_age, papers=event.papers, on=shift.starts_at.date())
    if missing:
        raise NotFit(shift, missing)
