"""What districts add to an organizer's start page: the files that a campaign begins with."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.districts.brought import brought
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.start import NextStep


def bring_files(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """A campaign without a map cannot begin; with one, results and doors are what it plans from."""
    del now
    if not access.paths(viewer, Role.ORGANIZER):
        return []
    there = brought(viewer.campaign_id)
    if not there.districts:
        return [_districts()]
    return [step for step, is_there in ((_results(), there.results), (_doors(), there.doors)) if not is_there]


def _districts() -> NextStep:
    text = _(
        "Begin with the districts: a map of counties, wards or precincts. Then past results, doors, and "
        "voters."
    )
    return NextStep(
        _("Bring the districts"), text, url_for("districts.upload", kind="districts"), "upload", order=7
    )


def _results() -> NextStep:
    text = _("From the votes of earlier elections we reckon where an hour is worth most.")
    return NextStep(
        _("Bring past results"), text, url_for("districts.upload", kind="results"), "upload", order=20
    )


def _doors() -> NextStep:
    text = _("Turf is cut from the doors of precincts.")
    return NextStep(_("Bring the doors"), text, url_for("districts.upload", kind="doors"), "upload", order=21)
