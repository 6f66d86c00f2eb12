"""What canvass adds to a person's start page and to their shifts: the walk lists in their hands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_safety import HelpCall, Outing
from volunteer_hub.canvass.queries import stands
from volunteer_hub.canvass.vocabulary import CONTACTS
from volunteer_hub.core.db import db
from volunteer_hub.events.own_page import Done
from volunteer_hub.events.wording import moment_text
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.start import NextStep
from volunteer_hub.turf import queries as turf


def own_walk_lists(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """The turf this person holds now, each with the way to its doors."""
    leases = turf.current_leases_of(viewer.campaign_id, viewer.id, now)
    if not leases:
        return []
    zone = db.session.get_one(Campaign, viewer.campaign_id).time_zone
    return [
        NextStep(
            _("Your walk list: turf %(name)s", name=each.turf_name),
            ngettext(
                "%(num)d door left, open until %(until)s.",
                "%(num)d doors left, open until %(until)s.",
                each.doors - each.doors_done,
                until=moment_text(each.expires_at, zone, viewer.time_zone),
            ),
            url_for("canvass.my_walk", lease_id=each.id),
            "walk",
            order=0,
        )
        for each in leases
    ]


def doors_done(person_id: int) -> list[Done]:
    """The doors this person knocked on and the talks they had, by the reports that stand. One statement."""
    is_talk = DoorReport.result.in_(CONTACTS)
    knocks, talks = func.count().filter(~DoorReport.same_knock), func.count().filter(is_talk)
    query = select(knocks, talks).where(DoorReport.canvasser_id == person_id, stands())
    doors, had = db.session.execute(query).one()
    return [Done(_("Doors"), doors), Done(_("Talks"), had)] if doors else []


def own_data(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """When a person was out and when they called for help, for the copy of their data."""
    out = select(Outing).where(Outing.person_id == person_id).order_by(Outing.id)
    calls = select(HelpCall).where(HelpCall.person_id == person_id).order_by(HelpCall.id)
    return {
        "outings": [
            {
                "shift": row.shift_id,
                "out_at": row.out_at.isoformat(),
                "due_at": row.due_at.isoformat(),
                "back_at": row.back_at and row.back_at.isoformat(),
            }
            for row in db.session.scalars(out)
        ],
        "calls_for_help": [
            {
                "called_at": row.called_at.isoformat(),
                "latitude": row.latitude,
                "longitude": row.longitude,
                "answered_at": row.answered_at and row.answered_at.isoformat(),
            }
            for row in db.session.scalars(calls)
        ],
    }
