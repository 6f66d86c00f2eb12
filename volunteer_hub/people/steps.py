"""What people add to their own start page beside what start.py knows: words of consent that have changed, and
for admins people whom the night could not erase."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.people import retention, standing
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.start import NextStep


def changed_words(viewer: SignedIn, now: datetime) -> list[NextStep]:  # noqa: ARG001 (as all steps are called)
    """Asked once more, politely: what was agreed holds for the old words until then."""
    if not any(each.has_new_words for each in standing.of_person(viewer.id)):
        return []
    return [
        NextStep(
            _("The words of what you agreed to have changed"),
            _("Please read them and answer again. Until then, your earlier answer holds."),
            url_for("people.consents"),
            "file",
            order=16,
        )
    ]


def not_erased(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """Who should have been erased and could not: somebody has to look why."""
    if not access.everywhere(viewer, Role.ADMIN):
        return []
    failed = retention.failed_lately(viewer.campaign_id, "inactive", now=now)
    if not failed:
        return []
    return [
        NextStep(
            ngettext("%(num)d person could not be erased", "%(num)d people could not be erased", failed),
            _("They are past the time that your rules allow. It is tried again every night."),
            url_for("people.retention_rules"),
            "shield",
            order=18,
        )
    ]
