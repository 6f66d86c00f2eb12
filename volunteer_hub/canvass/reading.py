"""From what a phone sent to a checked report. Pure: no database, no request.

Text from outside may hold anything: NUL and lone surrogates, which PostgreSQL cannot store, are left out;
what is too long is refused, never cut off silently.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.models import Outcome

MOST_REPORTS = 200
MOST_NOTE = 2000
MOST_ANSWERS, MOST_KEY, MOST_VALUE, MOST_CHOICES = 30, 60, 1000, 20
MOST_ECHO = 100


class Unreadable(ValueError):
    """This report cannot be stored; its sentence says why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A report as it was sent, checked by itself; whether its door may be reported is another question."""

    id: uuid.UUID
    turf_id: int | None
    door_id: int
    at: datetime
    result: Outcome | None
    answers: dict[str, Any] = field(default_factory=dict)
    support: int | None = None
    note: str = ""
    undoes_id: uuid.UUID | None = None
    voter_id: int | None = None
    same_knock: bool = False


def read_report(raw: Any) -> Reading:
    """Check one report of a batch. Raises Unreadable with a sentence."""
    if not isinstance(raw, dict):
        raise Unreadable(_("A report must be an object with id, turf, door, at and result."))
    undoes = None if raw.get("undoes") in (None, "") else _uuid(raw["undoes"], "undoes")
    answers = _answers(raw.get("answers"))
    return Reading(
        id=_uuid(raw.get("id"), "id"),
        turf_id=None if raw.get("turf") in (None, "") else _number(raw["turf"], "turf"),
        door_id=_number(raw.get("door"), "door"),
        at=_instant(raw.get("at")),
        result=_result(raw.get("result"), is_undo=undoes is not None),
        answers=answers,
        support=_support(answers.get("support")),
        note=_note(raw.get("note")),
        undoes_id=undoes,
        voter_id=None if raw.get("voter") in (None, "") else _number(raw["voter"], "voter"),
        same_knock=raw.get("same_knock") is True,
    )


def entry_id(raw: Any) -> uuid.UUID | None:
    """The id of an entry that cannot be read any further, if it has one."""
    try:
        return uuid.UUID(raw["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def moment_of(raw: Any) -> datetime | None:
    """The time that an entry says, if it says one."""
    try:
        return _instant(raw["at"])
    except (Unreadable, KeyError, TypeError):
        return None


def echo(raw: Any) -> str:
    """The id to name in a receipt, also for a report that could not be read."""
    given = raw.get("id") if isinstance(raw, dict) else None
    return clean(str(given))[:MOST_ECHO] if given is not None else ""


def clean(text: str) -> str:
    """Text that PostgreSQL can store."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _uuid(value: Any, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Unreadable(_("“%(name)s” must be a UUID made on the phone.", name=name)) from None


def _number(value: Any, name: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise Unreadable(_("“%(name)s” must be the number from the walk list.", name=name))
    return value


def _instant(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise Unreadable(_("“at” must be a time with its zone, as 2026-10-03T14:05:00-04:00.")) from None


def _result(value: Any, *, is_undo: bool) -> Outcome | None:
    if value in (None, "") and is_undo:
        return None
    try:
        return Outcome(value)
    except ValueError:
        names = ", ".join(Outcome)
        raise Unreadable(_("“result” must be one of %(names)s.", names=names)) from None


def _support(value: Any) -> int | None:
    if value in (None, ""):
        return None
    if isinstance(value, str) and value in ("1", "2", "3", "4", "5"):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 5:
        raise Unreadable(_("Support must be a number from 1 (strongly for us) to 5 (strongly against)."))
    return value


def _note(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(_("“note” must be text."))
    text = clean(value).strip()
    if len(text) > MOST_NOTE:
        raise Unreadable(_("The note is longer than %(most)s characters.", most=MOST_NOTE))
    return text


def _answers(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(_("“answers” must name each question with its answer."))
    if len(value) > MOST_ANSWERS:
        raise Unreadable(_("A report may hold at most %(most)s answers.", most=MOST_ANSWERS))
    return {_key(key): _answer(each) for key, each in value.items()}


def _key(key: str) -> str:
    if len(key) > MOST_KEY:
        raise Unreadable(_("The name of a question is longer than %(most)s characters.", most=MOST_KEY))
    return clean(key)


def _answer(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > MOST_VALUE:
            raise Unreadable(_("An answer is longer than %(most)s characters.", most=MOST_VALUE))
        return clean(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list) and len(value) <= MOST_CHOICES and all(isinstance(x, str) for x in value):
        return [_answer(each) for each in value]
    raise Unreadable(_("An answer must be text, a number, yes or no, or a list of choices."))
