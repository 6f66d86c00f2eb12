"""Twilio's error codes: what each means for the message, and the sentence that an organizer reads.

Source: Twilio's error and warning dictionary. What is not listed here is told by its number.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

UNSUBSCRIBED = frozenset({21610})
UNREACHABLE = frozenset({21211, 21217, 21614, 30005, 30006})
BUSY = frozenset({14107, 20429, 21611, 30022})
# Ours to mend (name and password, sender, account): the texts wait meanwhile.
OURS = frozenset({20003, 20005, 20403, 20404, 21212, 21603, 21606, 21659, 21660, 21701, 21703, 21705, 63038})

SENTENCES: dict[int, Any] = {
    14107: _l("Too many texts at once; they go out more slowly."),
    20003: _l("Twilio does not accept our account id and token. Ask whoever looks after the server."),
    20429: _l("Too many texts at once; they go out more slowly."),
    21211: _l("This is not a phone number."),
    21217: _l("This is not a phone number."),
    21408: _l("Our Twilio account may not send to that country."),
    21606: _l("The number we send from cannot send texts. Ask whoever looks after the server."),
    21608: _l("A trial account of Twilio may only send to verified numbers."),
    21610: _l("The recipient told the provider STOP."),
    21611: _l("Too many texts wait at Twilio; they go out more slowly."),
    21612: _l("No text can be sent to this number from ours."),
    21614: _l("This number cannot receive texts; it may be a landline."),
    21617: _l("The text is too long."),
    30001: _l("Twilio's queue was full."),
    30002: _l("Our Twilio account is suspended. Ask whoever looks after the server."),
    30003: _l("The phone was switched off or out of reach."),
    30004: _l("The recipient's carrier blocks texts to this phone."),
    30005: _l("The carrier does not know this number."),
    30006: _l("This is a landline, or a carrier that takes no texts."),
    30007: _l("The carrier held the text back as unwanted. Write more plainly, without short links."),
    30008: _l("The carrier did not deliver it and gave no reason."),
    30022: _l("Too many texts at once for our registration; they go out more slowly."),
    30023: _l("The carriers' daily limit of our registration is used up."),
    30032: _l("Our toll-free number is not verified yet. Ask whoever looks after the server."),
    30034: _l(
        "Our number is not registered with the carriers (A2P 10DLC). Ask whoever looks after the server."
    ),
    30036: _l("It could not be delivered while it was worth it."),
}


def sentence(code: int | None) -> str:
    """Why a text failed, in plain words; empty without a code."""
    if code is None:
        return ""
    return str(SENTENCES[code]) if code in SENTENCES else _("Twilio's error %(code)s.", code=str(code))
