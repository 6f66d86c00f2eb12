"""What the results of a knock mean: in words, and for what still has to be done at the door.

A **knock** (attempt) is any report with a result. A **contact** is a talk: the result `canvassed` and no
other; who refused, or spoke another language, did not talk with us, and a contact rate that counts them
would promise talks that never happen. A door is **finished** when no further visit is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from volunteer_hub.canvass.models import Outcome

CONTACTS = frozenset({Outcome.CANVASSED})

FINISHED = frozenset(
    {Outcome.CANVASSED, Outcome.REFUSED, Outcome.MOVED, Outcome.DECEASED, Outcome.DO_NOT_WALK}
)
"""After one of these nobody needs to come again. Not so after not_home and inaccessible (try again),
left_literature (nobody was talked to) and language_barrier (somebody who speaks the language should go)."""

SENSITIVE = frozenset({Outcome.MOVED, Outcome.DECEASED, Outcome.DO_NOT_WALK})
"""These change more than one visit, and are often wrong: an organizer confirms or dismisses them. Until then
nobody is sent to the door; dismissed, the door wants a visit again."""


@dataclass(frozen=True, slots=True)
class ResultWords:
    """A result as people see it: its label, an icon of the sprite, one line on when to choose it.

    van: its name in VAN, which calls results of a canvass so in lists, uploads and its API. effect: what
    follows for the door.
    """

    label: Any
    icon: str
    meaning: Any
    van: str
    effect: Any


_AGAIN = _l("The door is visited again.")
_FINISHED = _l("Nobody is sent again.")
_DOUBTED = _l("Nobody is sent until a second person confirms or dismisses it.")

RESULTS: dict[str, ResultWords] = {
    Outcome.NOT_HOME: ResultWords(
        _l("Nobody home"), "not-home", _l("Nobody opened the door."), "Not Home", _AGAIN
    ),
    Outcome.CANVASSED: ResultWords(
        _l("We talked"), "message", _l("Somebody answered your questions."), "Canvassed", _FINISHED
    ),
    Outcome.LEFT_LITERATURE: ResultWords(
        _l("Left a flyer"),
        "list",
        _l("Nobody opened, and you left something to read."),
        "Left Literature",
        _AGAIN,
    ),
    Outcome.REFUSED: ResultWords(
        _l("Does not want to talk"), "cross", _l("Somebody opened and said no."), "Refused", _FINISHED
    ),
    Outcome.INACCESSIBLE: ResultWords(
        _l("Cannot get there"),
        "lock",
        _l("A gate, a dog or a locked building is in the way."),
        "Inaccessible",
        _AGAIN,
    ),
    Outcome.LANGUAGE_BARRIER: ResultWords(
        _l("Another language"), "globe", _l("You did not share a language."), "Language Barrier", _AGAIN
    ),
    Outcome.MOVED: ResultWords(
        _l("Moved away"), "arrow-right", _l("The people on the list live elsewhere."), "Moved", _DOUBTED
    ),
    Outcome.DECEASED: ResultWords(
        _l("Has died"), "info", _l("The person on the list has died."), "Deceased", _DOUBTED
    ),
    Outcome.DO_NOT_WALK: ResultWords(
        _l("Do not come again"),
        "warning",
        _l("They ask that nobody comes to this door again."),
        "Do Not Walk",
        _DOUBTED,
    ),
}
"""All nine results of a knock. What a campaign offers of them is services.results_of(campaign_id)."""

SUPPORT = {
    1: _l("Strongly for us"),
    2: _l("Leaning to us"),
    3: _l("Undecided"),
    4: _l("Leaning against"),
    5: _l("Strongly against"),
}
"""1 is strong support, 5 is strong opposition; written out wherever it is asked or shown."""
SUPPORTERS, UNDECIDED, OPPONENTS = frozenset({1, 2}), frozenset({3}), frozenset({4, 5})


REASONS = {
    "other_door": _l("This door is not on the walk list. Your field lead has it now."),
    "after_end": _l("The turf was no longer yours at that time. Your field lead has it now."),
    "given_back": _l("This door had gone back by then. Your field lead has it now."),
    "our_fault": _l("Something went wrong on our side. Your field lead has it now."),
    "too_late": _l("It came more than a week after the walk. Your field lead has it now."),
}


def reason_words(code: str) -> str:
    """Why an entry was set aside, for the phone that sent it and the lead who looks at it."""
    known = REASONS.get(code)
    if known is not None:
        return str(known)
    return str(_l("It could not be read. Your field lead has it now. (%(why)s)")) % {
        "why": code.removeprefix("unreadable: ")
    }
