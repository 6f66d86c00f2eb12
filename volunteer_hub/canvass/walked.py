"""When a paper list was walked and by whom, as chosen once for the whole sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.canvass import at_desk, services
from volunteer_hub.core import clock
from volunteer_hub.core.display import moment_text
from volunteer_hub.events import queries as events
from volunteer_hub.turf import queries as turf

LOOK_BACK = timedelta(days=21)
OTHER = "other"


@dataclass(frozen=True, slots=True)
class When:
    """shift: the id of a shift as text, or “other” with the time in at_text."""

    shift: str = ""
    at_text: str = ""
    walker_id: int | None = None
    at: datetime | None = None
    error: str = ""


def when_chosen(turf_id: int) -> When:
    """The time and walker of the form that was sent, checked."""
    shift, at_text = request.form.get("shift", ""), request.form.get("at", "")[:30]
    walker_id = request.form.get("walker", type=int)
    if walker_id not in {person_id for person_id, _name in walkers_of(turf_id)}:
        walker_id = None
    starts = {key: starts_at for key, _label, starts_at in shifts_walked()}
    if shift in starts:
        return When(shift, at_text, walker_id, starts[shift])
    at, error = _another_time(shift, at_text)
    return When(shift, at_text, walker_id, at, error)


def shifts_walked() -> list[tuple[str, str, datetime]]:
    """(id, label, start) of the last weeks' shifts that the lead may run and that began, newest first."""
    now = clock.now()
    at_desk.campaign()
    found = events.shifts_to_run(
        current_user.campaign_id, at_desk.lead_paths(), person_id=current_user.id,
        from_at=now - LOOK_BACK, until_at=now,
    )  # fmt: skip
    return [
        (
            str(card.id),
            f"{moment_text(card.starts_at)} · {card.event_name} · {card.location_name}",
            card.starts_at,
        )
        for card in reversed(found)
    ]


def walkers_of(turf_id: int) -> list[tuple[int, str]]:
    """Who held this turf, the newest first."""
    return list({each.person_id: each.person_name for each in turf.leases_of_turf(turf_id)}.items())


def _another_time(shift: str, at_text: str) -> tuple[datetime | None, str]:
    """The time that was typed, or what is wrong with it."""
    try:
        at = datetime.fromisoformat(at_text)
    except ValueError:
        at = None
    if shift != OTHER or at is None:
        return None, _("Choose the shift, or another time with day and hour.")
    at = at.replace(tzinfo=at.tzinfo or ZoneInfo(at_desk.campaign().time_zone))
    if at > clock.now() + services.FUTURE:
        return None, _("The time lies in the future. Choose when it was walked.")
    if at < clock.now() - services.OLDEST_BY_STAFF:
        return None, _("The time is more than 60 days ago.")
    return at, ""
