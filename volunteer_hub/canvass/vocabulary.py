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
    """A result as people see it: its label, an icon of the sprite, one line on when to choose it."""

    label: Any
    icon: str
    meaning: Any


RESULTS: dict[str, ResultWords] = {
    Outcome.NOT_HOME: ResultWords(_l("Nobody home"), "not-home", _l("Nobody opened the door.")),
    Outcome.CANVASSED: ResultWords(_l("We talked"), "message", _l("Somebody answered your questions.")),
    Outcome.LEFT_LITERATURE: ResultWords(
        _l("Left a flyer"), "list", _l("Nobody opened, and you left something to read.")
    ),
    Outcome.REFUSED: ResultWords(_l("Does not want to talk"), "cross", _l("Somebody opened and said no.")),
    Outcome.INACCESSIBLE: ResultWords(
        _l("Cannot get there"), "lock", _l("A gate, a dog or a locked building is in the way.")
    ),
    Outcome.LANGUAGE_BARRIER: ResultWords(
        _l("Another language"), "globe", _l("You did not share a language.")
    ),
    Outcome.MOVED: ResultWords(_l("Moved away"), "arrow-right", _l("The people on the list live elsewhere.")),
    Outcome.DECEASED: ResultWords(_l("Has died"), "info", _l("The person on the list has died.")),
    Outcome.DO_NOT_WALK: ResultWords(
        _l("Do not come again"), "warning", _l("They ask that nobody comes to this door again.")
    ),
}

SUPPORT = {
    1: _l("Strongly for us"),
    2: _l("Leaning to us"),
    3: _l("Undecided"),
    4: _l("Leaning against"),
    5: _l("Strongly against"),
}
"""1 is strong support, 5 is strong opposition; written out wherever it is asked or shown."""
SUPPORTERS, UNDECIDED, OPPONENTS = frozenset({1, 2}), frozenset({3}), frozenset({4, 5})
