"""What a signed-in person can do next. Other features add their own by the NEXT_STEPS table of app.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from volunteer_hub.core.db import db
from volunteer_hub.people import queries
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.models import Person


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do: a short title, a sentence why, where it is done. The lower `order`, the earlier."""

    title: str
    text: str
    url: str
    icon: str = "chevron-right"
    order: int = 50


StepsOf = Callable[[SignedIn, datetime], list[NextStep]]


def next_steps(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """What this person should do next, the most pressing first."""
    features: list[StepsOf] = current_app.extensions.get("next_steps", [])
    steps = list(_own(viewer))
    for steps_of in features:
        steps += steps_of(viewer, now)
    return sorted(steps, key=lambda step: step.order)


def _own(viewer: SignedIn) -> Iterator[NextStep]:
    person = db.session.get_one(Person, viewer.id)
    if viewer.awaits_second_factor:
        yield NextStep(
            _("Set up your second step"),
            _("Your role asks for a code of an authenticator app. Until then some pages stay closed."),
            url_for("people.second_factor"),
            "shield",
            order=5,
        )
    if person.latitude is None:
        yield NextStep(
            _("Tell us where you live"),
            _("With your ZIP code we can offer what is near you."),
            url_for("people.profile"),
            "home",
            order=10,
        )
    if person.email_agreed_at is None and person.text_agreed_at is None:
        yield NextStep(
            _("Say how we may reach you"),
            _("Without email or texts we cannot send you offers and reminders."),
            url_for("people.consents"),
            "mail",
            order=15,
        )
    if not queries.availability(person.id):
        yield NextStep(
            _("Say when you can help"),
            _("You are offered shifts at any time now. Choose the days that suit you."),
            url_for("people.availability"),
            "clock",
            order=60,
        )


def page_url(endpoint: str, **values: Any) -> str | None:
    """The address of a page of another feature, or None where this program has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
