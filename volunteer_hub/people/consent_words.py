"""What people are asked to agree to, in plain words. Each wording has a version: the day it came into use.

Every form that asks shows these words and no others. Change a sentence, and change its version with it, and
keep the old words in EARLIER: a yes to them goes on holding for what they said, they are what the person's
own log goes on showing, and the person is asked again, once, when they next look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from volunteer_hub.people.models import CONSENTS

ASKED = ("form", "profile")
"""Ways on which the person saw the words and answered: here a no is an answer too."""


@dataclass(frozen=True, slots=True)
class Words:
    """One question: a short label, what a yes allows, and the version of both (ISO date)."""

    purpose: str
    version: str
    label: Any
    sentence: Any


WORDS: dict[str, Words] = {
    each.purpose: each
    for each in (
        Words(
            "email",
            "2026-11-23",
            _l("Email me offers, reminders and news of my campaign"),
            _l("A link under each email stops them at once."),
        ),
        Words(
            "text",
            "2026-11-23",
            _l("Text me offers and reminders"),
            _l("Message rates may apply. Answer STOP at any time, and HELP for help."),
        ),
        Words(
            "photo",
            "2026-11-23",
            _l("Photos of me from events may be shown"),
            _l("By this campaign, on its own pages and in its messages. Without your yes, we leave you out."),
        ),
        Words(
            "data",
            "2026-11-23",
            _l("Plan with my data: suggest shifts where my help counts most"),
            _l(
                "We use your home, times, skills and the shifts you came to, inside this campaign only. "
                "Without it you can still choose shifts yourself."
            ),
        ),
    )
}
assert tuple(WORDS) == CONSENTS

WITHOUT_EMAIL = _l(
    "Without your yes no reminders come by email, only confirmations and changes of your shifts."
)
"""Beside the box of the forms by which one comes in. Who takes a yes back later gets no changes either."""


def beside_email() -> LazyString:
    """Beside the box that asks for emails: the rest of its words, and what happens without a yes."""
    return LazyString(lambda: f"{WORDS['email'].sentence} {WITHOUT_EMAIL}")


EARLIER: dict[tuple[str, str], Words] = {}
"""Words that were shown once, by (purpose, version)."""


def words_of(purpose: str, version: str) -> Words:
    """The words that an answer was given to; those of today where the version is not known any more."""
    return EARLIER.get((purpose, version), WORDS[purpose])


VIA: dict[str, Any] = {
    "form": _l("on a form"),
    "profile": _l("on your own page"),
    "stop": _l("by answering STOP"),
    "start": _l("by answering START"),
    "unsubscribe": _l("by the link under an email"),
    "staff": _l("told to an organizer"),
    "staff_in_person": _l("told to an organizer in person"),
    "staff_phone": _l("told to an organizer on the phone"),
    "staff_paper": _l("on a paper form, entered by an organizer"),
    "file": _l("on a list that was brought in"),
    "new_number": _l("the phone number changed"),
    "merge": _l("said in another entry that was yours, too"),
}
"""How an answer came, in words for the person themselves."""


def via_of_joining(via: str) -> str:
    """How the first answer came, from how the person came in (Person.joined_via)."""
    return {"staff": "staff", "walk_in": "staff_in_person", "command": "staff", "file": "file"}.get(
        via, "form"
    )
