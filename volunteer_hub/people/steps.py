"""What people add to their own start page beside what start.py knows: words of consent that have changed."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from volunteer_hub.people import standing
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
