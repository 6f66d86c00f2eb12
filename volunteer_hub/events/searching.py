"""What the address of a search asks for, read with patience: nonsense is left out, never an error."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask_babel import gettext as _

from volunteer_hub.core.display import KM_PER_MILE
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events.near import Point, point_of
from volunteer_hub.events.queries.listing import PARTS_OF_DAY, SORTS, Near, ShiftSearch
from volunteer_hub.events.vocabulary import DISTANCES_MILES, KINDS
from volunteer_hub.people.places import home_of
from volunteer_hub.people.vocabulary import LANGUAGES

USUAL_MILES = 30
ANYWHERE = "any"
ARGUMENTS = ("near", "at", "within", "days", "on", "part", "kind", "language", "free", "step_free", "sort")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as asked for. `sentence`: what could not be read; `is_usual_reach`: no distance was chosen."""

    search: ShiftSearch
    sentence: str
    is_usual_reach: bool

    def anywhere(self) -> Asked:
        """The same at any distance, with a sentence that says so."""
        if self.search.near is None:
            return self
        near = replace(self.search.near, within_km=None)
        sentence = _("Nothing within %(miles)s miles fits. These are the nearest.", miles=USUAL_MILES)
        return Asked(replace(self.search, near=near), sentence, False)


def search_of(arguments: Mapping[str, str], *, home: Point | None, today: date) -> Asked:
    """The search that these arguments ask for: ARGUMENTS, all of them text and none of them needed.

    `home`: the viewer's own point, used when neither a place nor a position is given.
    """
    near, sentence = _near(arguments, home)
    from_on, until_on = _days(arguments, today)
    search = ShiftSearch(
        near=near,
        from_on=from_on,
        until_on=until_on,
        part_of_day=_known(arguments, "part", PARTS_OF_DAY),
        kind=_known(arguments, "kind", KINDS),
        language=_known(arguments, "language", LANGUAGES),
        only_free=arguments.get("free") == "1",
        step_free=arguments.get("step_free") == "1",
        sort=_sort(arguments.get("sort", ""), near),
    )
    return Asked(search, sentence, near is not None and not _distance(arguments)[1])


def _near(arguments: Mapping[str, str], home: Point | None) -> tuple[Near | None, str]:
    """Around which point: the place that was typed, else the browser's position, else home."""
    within = _distance(arguments)[0]
    place = arguments.get("near", "").strip()
    if place:
        try:
            found = home_of(place[:200])
        except Refusal as refusal:
            return None, str(refusal.sentence)
        return Near(found.latitude, found.longitude, within, found.place), ""
    if point := point_of(arguments.get("at", "")):
        return Near(*point, within, _("where you are")), ""
    if home is not None:
        return Near(*home, within, _("your home")), ""
    return None, ""


def _distance(arguments: Mapping[str, str]) -> tuple[float | None, bool]:
    """How far away in km (None: any distance), and whether somebody chose that."""
    text = arguments.get("within", "")
    if text == ANYWHERE:
        return None, True
    if text.isascii() and text.isdigit() and len(text) < 5 and int(text) in DISTANCES_MILES:
        return int(text) * KM_PER_MILE, True
    return USUAL_MILES * KM_PER_MILE, False


def _sort(text: str, near: Near | None) -> str:
    """Nearest first where there is a place to be near to, else soonest first."""
    usual = "nearest" if near else "soonest"
    return usual if text not in SORTS or (text == "nearest" and near is None) else text


def _known(arguments: Mapping[str, str], name: str, words: Collection[str]) -> str:
    text = arguments.get(name, "")
    return text if text in words else ""


def _days(arguments: Mapping[str, str], today: date) -> tuple[date | None, date | None]:
    """The one day given, else the days chosen by a word (today, tomorrow, weekend, week)."""
    day = _day(arguments.get("on", "")) or _day(arguments.get("days", ""))
    if day:
        return day, day
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 if today.weekday() < 6 else -1)
    tomorrow = today + timedelta(days=1)
    spans = {
        "today": (today, today),
        "tomorrow": (tomorrow, tomorrow),
        "weekend": (max(saturday, today), saturday + timedelta(days=1)),
        "week": (today, today + timedelta(days=6)),
    }
    return spans.get(arguments.get("days", ""), (None, None))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
