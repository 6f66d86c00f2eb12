"""A phone's unsent entries that come another way: a saved file, or the text of QR codes. Pure."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.entries import MOST_ENTRIES, Batch, read_batch
from volunteer_hub.core.refusals import Refusal

KIND, VERSION = "volunteer-hub-walk-log", 1
PREFIX = "VH1."
MOST_LOGS, MOST_TOKEN = 50, 200
MOST_UNPACKED = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """What one log brings: the walk list's token and its batches in order."""

    token: str
    batches: tuple[Batch, ...]


def parts_of(text: str) -> list[Part]:
    """Read a saved file, or the text of one QR code a line. Raises Refusal with a sentence."""
    text = text.strip()
    if not text:
        raise Refusal(_("Choose the file that the canvasser saved, or scan their code."))
    if not text.startswith(PREFIX):
        return _parts(_document(text))
    return [part for line in text.split() for part in _parts(_document(_unpacked(line)))]


def _document(text: str) -> list[Any]:
    try:
        raw = json.loads(text)
        if raw["kind"] != KIND:
            raise ValueError
        version, logs = raw["version"], raw["logs"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refusal(
            _("This is no file of a walk list. It is saved on the phone, below the walk list.")
        ) from None
    if version != VERSION:
        raise Refusal(_("This file was saved by a newer version of the program. Update this one first."))
    if not isinstance(logs, list) or len(logs) > MOST_LOGS:
        raise Refusal(_("A file holds at most %(most)s logs.", most=MOST_LOGS))
    return logs


def _unpacked(line: str) -> str:
    """The text of a code: the prefix, then raw DEFLATE in URL-safe base64."""
    try:
        packed = base64.urlsafe_b64decode(line.removeprefix(PREFIX) + "==")
        inflate = zlib.decompressobj(-15)
        return inflate.decompress(packed, MOST_UNPACKED).decode()
    except (ValueError, zlib.error):
        raise Refusal(_("A code could not be read whole. Scan it again.")) from None


def _parts(logs: list[Any]) -> list[Part]:
    found = []
    for raw in logs:
        token = raw.get("token") if isinstance(raw, dict) else None
        entries = raw.get("entries") if isinstance(raw, dict) else None
        if not isinstance(token, str) or len(token) > MOST_TOKEN or not isinstance(entries, list):
            raise Refusal(_("A log in this file has no token or no entries."))
        found.append(Part(token, tuple(_batches(raw, entries))))
    return found


def _batches(raw: dict[str, Any], entries: list[Any]) -> list[Batch]:
    """The log in batches as a phone would post them."""
    rest: Batch | None = None
    batches = []
    for start in range(0, len(entries), MOST_ENTRIES):
        before = raw.get("before") if rest is None else rest.hash_after(rest.last).hex()
        first = raw.get("first") if rest is None else rest.last + 1
        body = {
            "log": raw.get("log"),
            "first": first,
            "before": before,
        }  # how long ago the clock ran: unknown
        rest = read_batch(json.dumps(body | {"entries": entries[start : start + MOST_ENTRIES]}).encode())
        batches.append(rest)
    return batches
