"""Erasing a person: what to look for, and how words about them are struck out of free text.

Each feature strikes out what it keeps, in functions that the ERASE_PARTS table of volunteer_hub/app.py names;
all of them run in the transaction in which the person goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, update
from sqlalchemy.orm import InstrumentedAttribute

from volunteer_hub.core.db import db

MARK = "–"
"""What stands in the place of a name."""

_SHORTEST_PHRASE = 8
_SHORTEST_PART = 3


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person who is being erased, as they were until now.

    person_id, campaign_id: whose rows; email, phone (E.164), name, home: what others may have written down.
    """

    person_id: int
    campaign_id: int
    email: str
    phone: str | None
    name: str
    home: str | None

    @property
    def anywhere(self) -> str:
        """A pattern of what can only mean this person: email, phone, whole name, address. For every text.

        A single given name is left out (“May” is also a month), and so is a bare ZIP code.
        """
        return _either(_phrases(self))

    @property
    def needles(self) -> list[str]:
        """Plain pieces of which every match of `anywhere` holds one: a quick look before the pattern."""
        words = [self.email, (self.phone or "")[-4:], (self.home or "").split(" ")[-1]]
        words.append(max(self.name.split(), key=len, default=""))
        return [word for word in words if len(word) >= _SHORTEST_PART]

    @property
    def in_own_rows(self) -> str:
        """A pattern of that and of the parts of the name: for rows that are about this person or by them."""
        parts = [part for part in re.split(r"[\s,]+", self.name) if len(part) >= _SHORTEST_PART]
        return _either(
            [*_phrases(self), *(_word(re.escape(each)) for each in sorted(parts, key=len, reverse=True))]
        )

    def struck_out(self, text: str) -> str:
        """A text without this person."""
        return re.sub(self.anywhere, MARK, text, flags=re.IGNORECASE)

    def is_named_in(self, text: str) -> bool:
        """Does a text tell of this person? Also where their names stand in cells of their own."""
        if re.search(self.anywhere, text, re.IGNORECASE):
            return True
        parts = [part for part in self.name.split() if len(part) >= _SHORTEST_PART]
        return len(parts) > 1 and all(
            re.search(_word(re.escape(part)), text, re.IGNORECASE) for part in parts
        )


def scrub(
    *columns: InstrumentedAttribute[Any],
    pattern: str,
    where: tuple[ColumnElement[bool], ...] = (),
    needles: Sequence[str] = (),
) -> int:
    """Strike a pattern out of columns of one table (text or JSON), where rows have it. Returns how many.

    needles: of a large table only rows that hold one of these are looked at closely.
    """
    struck = 0
    for column in columns:
        text: Any = cast(column, Text)
        statement = (
            update(column.class_)
            .where(*where, *_quick(text, needles), text.op("~*")(pattern))
            .values({column.key: cast(func.regexp_replace(text, pattern, MARK, "gi"), column.type)})
            .execution_options(synchronize_session=False)
        )
        struck += int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
    return struck


def _quick(text: Any, needles: Sequence[str]) -> list[ColumnElement[bool]]:
    return [or_(*(text.icontains(each, autoescape=True) for each in needles))] if needles else []


def _phrases(who: Leaving) -> Iterator[str]:
    yield _word(re.escape(who.email))
    if who.phone:
        yield _number(who.phone)
    if len(who.name.split()) > 1 and len(who.name) >= _SHORTEST_PHRASE:
        yield _word(_spaced(who.name))
    if who.home and len(who.home) >= _SHORTEST_PHRASE and re.search(r"[^\W\d]", who.home):
        yield _word(_spaced(who.home))


def _spaced(text: str) -> str:
    """Any blanks between the words; a quote may be escaped, as it is within JSON."""
    return r"\s+".join(re.escape(word).replace('"', r'\\?"') for word in text.split())


def _number(phone: str) -> str:
    """The digits of a number however they are grouped, with or without the country's."""
    national = phone.removeprefix("+1") if phone.startswith("+1") else phone.removeprefix("+")
    return r"(?<!\d)(?:\+?1[^\w]{0,2})?\(?" + r"[^\w]{0,2}".join(national) + r"(?!\d)"


def _word(pattern: str) -> str:
    return rf"(?<!\w){pattern}(?!\w)"


def _either(phrases: Any) -> str:
    return "|".join(f"(?:{phrase})" for phrase in phrases)
