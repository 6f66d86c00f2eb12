"""What becomes of each row of a list: new, known, twice, doubtful or rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from volunteer_hub.core.db import db
from volunteer_hub.core.textfile import Rejected
from volunteer_hub.people.lists.rows import BadRow, Reading, ReadRow, phone_alone, read_row
from volunteer_hub.people.models import Person
from volunteer_hub.people.services.bulk import NewPerson

AT_ONCE = 1000
Line = tuple[int, list[str]] | Rejected


class Kind(StrEnum):
    """What a row is."""

    NEW = "new"
    KNOWN = "known"
    TWICE = "twice"
    DOUBTFUL = "doubtful"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a row is and why. `person` is given where it can be added: for new and doubtful rows."""

    line: int
    kind: Kind
    cells: Sequence[str]
    reason: str = ""
    person: NewPerson | None = None
    is_vague: bool = False


@dataclass
class _Seen:
    """The emails and phone numbers of the list so far: (line, name). `newest`: who came later is of it."""

    newest: int
    emails: dict[str, tuple[int, str]] = field(default_factory=dict)
    phones: dict[str, tuple[int, str]] = field(default_factory=dict)


def verdicts(campaign_id: int, lines: Iterable[Line], how: Reading) -> Iterator[Verdict]:
    """Judge the lines of a list in order, each against the campaign and the lines before it."""
    newest = db.session.scalar(select(func.max(Person.id)).where(Person.campaign_id == campaign_id))
    seen = _Seen(newest or 0)
    chunk: list[Line] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == AT_ONCE:
            yield from _of_chunk(campaign_id, chunk, how, seen)
            chunk = []
    yield from _of_chunk(campaign_id, chunk, how, seen)


def _of_chunk(campaign_id: int, chunk: list[Line], how: Reading, seen: _Seen) -> Iterator[Verdict]:
    read = [(line, _read(line, how)) for line in chunk]
    found = [each.person for _line, each in read if isinstance(each, ReadRow)]
    alone = {
        line[0]: phone_alone(line[1], how)
        for line, each in read
        if isinstance(each, BadRow) and not isinstance(line, Rejected)
    }
    theirs = Person.campaign_id == campaign_id, Person.id <= seen.newest
    emails = _emails(theirs, [person.email for person in found])
    phones = _phones(theirs, [*(p.phone for p in found), *(p or "" for p in alone.values())])
    for line, each in read:
        if isinstance(line, Rejected):
            yield Verdict(line.line, Kind.REJECTED, [line.text], line.reason)
        elif isinstance(each, ReadRow):
            yield _judged(line, each, emails, phones, seen)
        elif alone[line[0]] in phones:
            yield Verdict(line[0], Kind.KNOWN, line[1])
        else:
            yield Verdict(line[0], Kind.REJECTED, line[1], str(each))


def _read(line: Line, how: Reading) -> ReadRow | BadRow:
    try:
        return BadRow() if isinstance(line, Rejected) else read_row(line[1], how)
    except BadRow as why:
        return why


def _judged(
    line: tuple[int, list[str]], row: ReadRow, emails: set[str], phones: dict[str, set[str]], seen: _Seen
) -> Verdict:
    number, cells = line
    person, name = row.person, _plain(row.person.name)
    verdict = Verdict(number, Kind.NEW, cells, person=person, is_vague=row.is_vague)
    before = seen.emails.setdefault(person.email, (number, name))
    if person.email in emails:
        return replace(verdict, kind=Kind.KNOWN, person=None)
    if before[0] != number:
        return _again(verdict, before, name)
    if person.phone and name in phones.get(person.phone, ()):
        return replace(verdict, kind=Kind.KNOWN, person=None)
    doubts = [*row.doubts, *_phone_doubts(number, person.phone, name, phones, seen)]
    return replace(verdict, kind=Kind.DOUBTFUL, reason=" ".join(doubts)) if doubts else verdict


def _again(verdict: Verdict, before: tuple[int, str], name: str) -> Verdict:
    if before[1] == name:
        return replace(verdict, kind=Kind.TWICE, person=None)
    reason = _(
        "Line %(line)s has the same email under another name. Each person needs an email of their own.",
        line=before[0],
    )
    return replace(verdict, kind=Kind.REJECTED, reason=reason, person=None)


def _phone_doubts(
    number: int, phone: str, name: str, phones: dict[str, set[str]], seen: _Seen
) -> Iterator[str]:
    if not phone:
        return
    if phone in phones:
        yield _("The phone number belongs to somebody here under another name.")
    line, other = seen.phones.setdefault(phone, (number, name))
    if line != number and other == name:
        yield _("Line %(line)s has the same name and phone number under another email.", line=line)
    elif line != number:
        yield _("Line %(line)s has the same phone number under another name.", line=line)


def _plain(name: str) -> str:
    return " ".join(name.lower().split())


def _emails(theirs: tuple[ColumnElement[bool], ...], emails: list[str]) -> set[str]:
    """Which of these the campaign has."""
    query = select(func.lower(Person.email)).where(*theirs, Person.email.in_(set(emails)))
    return set(db.session.scalars(query)) if emails else set()


def _phones(theirs: tuple[ColumnElement[bool], ...], phones: list[str]) -> dict[str, set[str]]:
    """Which of these the campaign has, with the names of those who have them."""
    wanted = {phone for phone in phones if phone}
    found: dict[str, set[str]] = {}
    query = select(Person.phone, Person.name).where(*theirs, Person.phone.in_(wanted))
    for phone, name in db.session.execute(query) if wanted else ():
        found.setdefault(str(phone), set()).add(_plain(name))
    return found
