"""How people found a shift: a word in a link (`?from=flyer-may`), kept with the sign-up it leads to.

Links that are shared from a page and lists on other sites carry one of KNOWN; organizers put words of their
own into theirs. The word waits for a day in the session that every form needs anyway: so it lasts from a list
to an event to a form, and no page has to hand it on. It tells of a link and of nobody.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request, session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from volunteer_hub.core import clock
from volunteer_hub.events.vocabulary import SOURCES

LONGEST = 32
KEPT_FOR = timedelta(days=1)
KNOWN: dict[str, Any] = {
    "share": _l("A link that somebody shared"),
    "link": _l("A link that was copied"),
    "mail": _l("A link sent by email"),
    "embed": _l("The list on another site"),
}
_KEY = "found_by_link"
_MOST_DIGITS = 6


def word_of(given: str | None) -> str | None:
    """What a link says as a plain word: letters, digits and blanks, small, at most LONGEST; else None.

    An email address or a telephone number is nobody's word for a place, and is not kept.
    """
    given = (given or "")[:200]
    if "@" in given or sum(map(str.isdigit, given)) > _MOST_DIGITS:
        return None
    return re.sub(r"[\W_]+", " ", given.lower()).strip()[:LONGEST].strip() or None


def in_address(word: str | None) -> str:
    """“?from=flyer-may”, or nothing."""
    return f"?{urlencode({'from': word.replace(' ', '-')})}" if word else ""


def note(campaign_id: int) -> None:
    """Remember the word of this address, if it has one: the last link counts."""
    if word := word_of(request.args.get("from")):
        session[_KEY] = [word, int(clock.now().timestamp()), campaign_id]


def noted(campaign_id: int) -> str | None:
    """The word of the link that led to this campaign, for a day."""
    word, since, there = session.get(_KEY) or ("", 0, 0)
    is_fresh = clock.now().timestamp() - since < KEPT_FOR.total_seconds()
    return word_of(word) if is_fresh and there == campaign_id else None


def way_text(word: str | None, source: str) -> str:
    """A way to a shift in the reader's words, by the word of a link or else by the sign-up's source."""
    if word is not None:
        return str(KNOWN[word]) if word in KNOWN else _("“%(word)s” in a link", word=word)
    return _("On our own pages") if source == "self" else str(SOURCES.get(source, source))
