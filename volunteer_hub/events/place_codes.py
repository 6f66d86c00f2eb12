"""The code that hangs at the place of a shift: six letters and digits that nobody knows who is not there.

Each shift has its own, worked out from its id by a key of ours, so nothing is stored and nothing leaks from
the database. It opens an hour before the start and closes an hour after it.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

import segno

from volunteer_hub.core import secrets
from volunteer_hub.events import links

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without what looks alike: 0 O, 1 I L
LENGTH = 6
OPEN_FOR = timedelta(hours=1)
"""Before the start, and after it."""


def place_code(shift_id: int) -> str:
    """The code of a shift: one of 31^6, 887 million."""
    number = int.from_bytes(secrets.keyed_digest("place-code", str(shift_id))[:8], "big")
    letters = []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def place_code_holds(shift_id: int, given: str) -> bool:
    """Is this the shift's code? Small letters, blanks and dashes do not matter."""
    return hmac.compare_digest(normal(given), place_code(shift_id))


def normal(given: str) -> str:
    """As it stands on the poster."""
    return "".join(each for each in given[:40].upper() if each.isascii() and each.isalnum())


def is_open(starts_at: datetime, now: datetime) -> bool:
    """May people check themselves in now?"""
    return starts_at - OPEN_FOR <= now <= starts_at + OPEN_FOR


def here_path(shift_id: int) -> str:
    """The page where people at the place check themselves in."""
    return f"/here/{shift_id}"


def poster_code(shift_id: int) -> str:
    """The poster's QR code as a picture in a data address; it carries the code."""
    address = links.absolute(f"{here_path(shift_id)}?code={place_code(shift_id)}")
    return str(segno.make(address, error="m", micro=False).svg_data_uri(scale=8, border=3))
