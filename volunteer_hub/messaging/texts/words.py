"""What people text back, in English and Spanish.

CANCEL, END and QUIT are words with which carriers and Twilio end all texts: so nobody is ever asked to reply
CANCEL. A shift is confirmed with C and given up with X, which no list of such words has.
"""

from __future__ import annotations

import re
from typing import Literal

Meant = Literal["stop", "start", "help", "confirm", "cancel", "other"]
MEANINGS: tuple[Meant, ...] = ("stop", "start", "help", "confirm", "cancel", "other")

_TWILIO_STOP = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
STOP_WORDS = frozenset(
    _TWILIO_STOP | {"stop all", "opt out", "opt-out", "alto", "parar", "baja", "no más", "no mas"}
)
START_WORDS = frozenset({"start", "unstop", "alta", "empezar"})
HELP_WORDS = frozenset({"help", "info", "ayuda", "información", "informacion"})
YES_WORDS = frozenset({"yes", "si", "sí"})  # also takes back a STOP, at Twilio and here
CONFIRM_WORDS = YES_WORDS | {
    "c", "y", "s", "yep", "yeah", "ok", "okay", "confirm", "confirmed", "i'll be there", "confirmo",
    "confirmar", "claro", "👍",
}  # fmt: skip
CANCEL_WORDS = frozenset({"x", "n", "no", "nope", "can't", "cannot", "can't come", "cancelar", "no puedo"})
SPANISH_WORDS = frozenset(
    {
        "alto", "parar", "baja", "no más", "no mas", "alta", "empezar", "ayuda", "información", "informacion",
        "si", "sí", "confirmo", "confirmar", "claro", "cancelar", "no puedo",
    }
)  # fmt: skip
_EDGES = re.compile(r"^[\s.!?¡¿,;:'\"“”()*]+|[\s.!?¡¿,;:'\"“”()*]+$")


def simple(body: str) -> str:
    """The words without case, edges and double blanks: " Stop. " is "stop"."""
    return " ".join(_EDGES.sub("", body.replace("’", "'")).casefold().split())


def meaning(body: str, *, was_asked: bool, is_stopped: bool) -> Meant:
    """What a text means. `was_asked`: we wait for a yes or no; `is_stopped`: this number said STOP before.

    A STOP is a STOP whatever was asked. YES takes back a STOP, and otherwise answers what was asked.
    """
    words = simple(body)
    if words in STOP_WORDS:
        return "stop"
    if words in START_WORDS or (is_stopped and words in YES_WORDS):
        return "start"
    if words in HELP_WORDS:
        return "help"
    if was_asked and words in CONFIRM_WORDS:
        return "confirm"
    if was_asked and words in CANCEL_WORDS:
        return "cancel"
    return "other"


def is_spanish(body: str) -> bool:
    """Is it one of the Spanish words?"""
    return simple(body) in SPANISH_WORDS
