"""The words of events, with labels to show."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

KINDS: dict[str, Any] = {
    "canvass": _l("Knock on doors"),
    "phone_bank": _l("Phone bank"),
    "training": _l("Training"),
    "rally": _l("Rally"),
    "house_party": _l("House party"),
    "voter_registration": _l("Voter registration"),
    "other": _l("Other"),
}

EVENT_STATES: dict[str, Any] = {
    "draft": _l("Draft"),
    "published": _l("Published"),
    "cancelled": _l("Cancelled"),
}

SOURCES: dict[str, Any] = {
    "self": _l("Signed up"),
    "offer": _l("Accepted an offer"),
    "staff": _l("Added by staff"),
    "waiting_list": _l("From the waiting list"),
    "walk_in": _l("Came without signing up"),
    "friend": _l("Brought by a friend"),
    "passed_on": _l("Place passed on"),
}

CALL_WORDS: dict[str, Any] = {
    "will_come": _l("Will come"),
    "cancelled": _l("Cannot come"),
    "no_answer": _l("No answer"),
    "left_message": _l("Left a message"),
    "wrong_number": _l("Wrong number"),
}

DISTANCES_MILES = (5, 10, 15, 30, 60)
