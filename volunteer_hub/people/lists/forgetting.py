"""Striking an erased person out of files of volunteers: the upload, what was shown of it, what was refused.

A row that tells of the person loses all its letters and digits; what separates the cells stays, so the others
can still be added, and this one never.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.core.erasing import MARK, Leaving
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.textfile import sniff
from volunteer_hub.people.lists.work import REJECTED, folder_of
from volunteer_hub.people.models import VolunteerList

_WORDS = re.compile(r"\w+")


def erase(who: Leaving, *, now: datetime) -> None:  # noqa: ARG001 (as all parts are called)
    """In all lists of the campaign, whatever state they are in."""
    uploads: Path = current_app.extensions["vh_config"].uploads_dir
    lists = select(VolunteerList).where(VolunteerList.campaign_id == who.campaign_id)
    for row in db.session.scalars(lists.order_by(VolunteerList.id).with_for_update()):
        row.options, row.report = _struck_out(row.options, who), _struck_out(row.report, who)
        row.file_name = who.struck_out(row.file_name)
        for path in (uploads / row.stored_name, folder_of(uploads, row.id) / REJECTED):
            if path.is_file():
                _strike_out_of(path, who)


def _struck_out(value: Any, who: Leaving) -> Any:
    """JSON without the person: a list of cells as one row, a text as a whole."""
    if isinstance(value, str):
        return MARK if who.is_named_in(value) or _is_part(value, who) else value
    if isinstance(value, dict):
        return {key: _struck_out(each, who) for key, each in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(each, str) for each in value) and who.is_named_in(" ".join(value)):
            return [MARK if each else each for each in value]
        return [_struck_out(each, who) for each in value]
    return value


def _is_part(text: str, who: Leaving) -> bool:
    """Is this cell one of their names, or their home?"""
    mine = {who.name, *who.name.split(), *([who.home] if who.home else [])}
    return text.strip().lower() in {each.lower() for each in mine if len(each) > 2}


def _strike_out_of(path: Path, who: Leaving) -> None:
    """Rewrite a file without the person, under its name; one that is no table of text is removed."""
    try:
        encoding = sniff(path).encoding.removesuffix("+cr")
        text = path.read_bytes().decode(encoding, errors="strict")
    except (Refusal, UnicodeDecodeError, LookupError):
        raw = path.read_bytes().decode("latin-1")
        if who.is_named_in(raw):
            path.unlink()
        return
    lines = text.splitlines(keepends=True)
    kept = [_WORDS.sub("", line) if who.is_named_in(line) else line for line in lines]
    if kept != lines:
        beside = path.with_name(path.name + ".part")
        beside.write_bytes("".join(kept).encode(encoding))
        beside.replace(path)
