"""Addresses of events that work without signing in: each carries a signature that only its reader knows.

Opening one changes nothing (mail scanners open links); the page behind it has the buttons.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import segno
from flask import current_app

from volunteer_hub.core import secrets

MINE = "/my/shifts"
"""A signed-in person's own shifts."""


def absolute(path: str) -> str:
    """The whole address of a path of ours, for emails and calendars."""
    return str(current_app.extensions["vh_config"].base_url).rstrip("/") + path


def shift_path(slug: str, shift_id: int) -> str:
    """The page of a shift, which carries no secret: what stands in a calendar may be shared."""
    return f"/c/{slug}/shifts/{shift_id}"


def sign_up_path(sign_up_id: int) -> str:
    """A person's page of one sign-up: look, confirm, cancel, calendar file."""
    return f"/s/{sign_up_id}/{secrets.signature('sign-up', sign_up_id)}"


def sign_up_path_holds(sign_up_id: int, signature: str) -> bool:
    """Was this address made by `sign_up_path`?"""
    return secrets.signature_holds(signature, "sign-up", sign_up_id)


def check_in_path(sign_up_id: int) -> str:
    """What a person's code at the table says: the field lead who scans it checks them in."""
    return f"/organize/check-in/{sign_up_id}/{secrets.signature('check-in', sign_up_id)}"


def check_in_path_holds(sign_up_id: int, signature: str) -> bool:
    """Was this address made by `check_in_path`?"""
    return secrets.signature_holds(signature, "check-in", sign_up_id)


def check_in_code(sign_up_id: int) -> str:
    """The code as a picture in a data address, to show at the table."""
    code = segno.make(absolute(check_in_path(sign_up_id)), error="m", micro=False)
    return str(code.svg_data_uri(scale=5, border=3))


def join_path(shift_id: int, person_id: int, until: datetime) -> str:
    """One tap to take a place, for a known person who was asked or who proves their address by it."""
    expires = int(until.timestamp())
    return f"/j/{shift_id}/{person_id}/{expires}/{secrets.signature('join', shift_id, person_id, expires)}"


def join_path_holds(shift_id: int, person_id: int, expires: int, signature: str) -> bool:
    """Was this address made by `join_path`? Whether it is too old is the caller's to ask."""
    return secrets.signature_holds(signature, "join", shift_id, person_id, expires)


def join_many_path(shift_ids: Iterable[int], person_id: int, until: datetime) -> str:
    """The same for several shifts at once."""
    shifts = "-".join(str(each) for each in sorted(shift_ids))
    expires = int(until.timestamp())
    return f"/j/{shifts}/all/{person_id}/{expires}/{_many_signature(shifts, person_id, expires)}"


def join_many_path_holds(shifts: str, person_id: int, expires: int, signature: str) -> bool:
    """Was this address made by `join_many_path`?"""
    return secrets.signature_holds(signature, "join-many", shifts, person_id, expires)


def pass_path(sign_up_id: int, person_id: int, until: datetime) -> str:
    """Takes over the place of a sign-up whose person cannot come: the first who does gets it.

    person_id: whom it was mailed to, who takes it with one tap; 0 is for anybody, who says who they are.
    """
    expires = int(until.timestamp())
    signature = secrets.signature("pass", sign_up_id, person_id, expires)
    return f"/p/{sign_up_id}/{person_id}/{expires}/{signature}"


def pass_path_holds(sign_up_id: int, person_id: int, expires: int, signature: str) -> bool:
    """Was this address made by `pass_path`? Whether it is too old is the caller's to ask."""
    return secrets.signature_holds(signature, "pass", sign_up_id, person_id, expires)


def _many_signature(shifts: str, person_id: int, expires: int) -> str:
    return secrets.signature("join-many", shifts, person_id, expires)


def map_url(latitude: float, longitude: float) -> str:
    """A map of the place, for people to follow; no page of ours loads it."""
    at = f"{latitude:.5f}/{longitude:.5f}"
    return f"https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}#map=17/{at}"
