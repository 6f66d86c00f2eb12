"""Ages and papers that shifts ask for, as names beside the skills: who has not said them is not sent there.

A paper has to hold on the day of the shift, so that each kind and day asked for is a name of its own. Nothing
else that people said is looked at, and where no shift asks, nothing at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Self
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from geodata.matching.reach.problem import SAID
from volunteer_hub.core import clock
from volunteer_hub.events.queries import OpenShift
from volunteer_hub.people import queries as people
from volunteer_hub.people.papers import PAPERS
from volunteer_hub.people.queries import VolunteerRow

Papers = Sequence[tuple[str, date | None]]


class Asked:
    """What shifts ask people to say. required: by shift the names of that, in their order; ages: years."""

    def __init__(self, shifts: Sequence[OpenShift], time_zone: str) -> None:
        zone = ZoneInfo(time_zone)
        self.required = [tuple(_names(shift, zone)) for shift in shifts]
        self.ages = sorted({shift.min_age for shift in shifts if shift.min_age})
        self.days = sorted(
            {(kind, clock.campaign_day(shift.starts_at, zone)) for shift in shifts for kind in shift.papers}
        )

    def names(self, age: int | None, papers: Papers) -> frozenset[str]:
        """Of what is asked for, the names of all that somebody of this age with these papers has said."""
        until = dict(papers)
        ages = (_age(each) for each in self.ages if (age or 0) >= each)
        held = (_paper(kind, day) for kind, day in self.days if kind in until and _holds(until[kind], day))
        return frozenset([*ages, *held])


class Saying:
    """What volunteers have said of what is asked for. None or one statement, at any size."""

    def __init__(self, asked: Asked, papers: dict[int, Papers]) -> None:
        self._asked, self._papers = asked, papers
        self._known: dict[tuple[int | None, Papers], frozenset[str]] = {}

    @classmethod
    def read(cls, campaign_id: int, asked: Asked, person_ids: Sequence[int] | None = None) -> Self:
        """What these people have said, or all of a campaign."""
        kinds = {kind for kind, _day in asked.days}
        since = min((day for _kind, day in asked.days), default=date.min)
        return cls(asked, dict(people.papers_held(campaign_id, kinds, since=since, person_ids=person_ids)))

    def of(self, row: VolunteerRow) -> frozenset[str]:
        """The names of it; those who said the same are looked at once."""
        key = row.age_at_least, self._papers.get(row.id, ())
        if key not in self._known:
            self._known[key] = self._asked.names(*key)
        return self._known[key]


def skills_of(rows: Iterable[VolunteerRow], saying: Saying) -> Iterable[Sequence[str]]:
    """By volunteer their skills, and of what is asked for all that they have said."""
    return ((*row.skills, *saying.of(row)) for row in rows)


def unsaid(required: Iterable[str], have: Collection[str]) -> tuple[str, ...]:
    """The names of what is asked for and was not said. Falsy where nothing is missing but skills."""
    return tuple(sorted(name for name in required if name.startswith(SAID) and name not in have))


def in_words(names: Iterable[str]) -> str:
    """“at least 18 years old, Driver's license”; skills among the names are passed over."""
    said = (name.removeprefix(SAID).split(":") for name in names if name.startswith(SAID))
    return ", ".join(dict.fromkeys(_word(what, value) for what, value in said))


def _word(what: str, value: str) -> str:
    if what == "age":
        return _("at least %(age)s years old", age=value)
    return str(PAPERS[what].label) if what in PAPERS else what


def _names(shift: OpenShift, zone: ZoneInfo) -> Iterable[str]:
    if shift.min_age:
        yield _age(shift.min_age)
    if shift.papers:
        day = clock.campaign_day(shift.starts_at, zone)
        yield from (_paper(kind, day) for kind in shift.papers)


def _holds(until: date | None, day: date) -> bool:
    return until is None or until >= day


def _age(years: int) -> str:
    return f"{SAID}age:{years}"


def _paper(kind: str, day: date) -> str:
    return f"{SAID}{kind}:{day.isoformat()}"
