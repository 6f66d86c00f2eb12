"""How words, moments, days and phone numbers are written for the reader: their language, the campaign's zone.

The zone is Flask-Babel's (`get_timezone`). Naive instants are refused: they would be off by hours in silence.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_skeleton, format_time, format_timedelta, get_timezone_name
from babel.numbers import format_decimal
from flask import Flask, g, request, url_for
from flask_babel import force_locale, get_locale, get_timezone, ngettext
from flask_babel import gettext as _

from volunteer_hub.core import clock

Moment = datetime | date
THEMES = ("light", "dark")
KM_PER_MILE = 1.609344

# Languages of pages and messages, and how their readers write numbers and hours: as in the United States.
LOCALES = {"en": "en", "es": "es_US"}


def set_up(app: Flask) -> None:
    """Give the templates these filters and globals."""
    app.jinja_env.filters.update(
        iso=iso,
        day_text=day_text,
        time_text=time_text,
        moment_text=moment_text,
        end_text=end_text,
        ago_text=ago_text,
        weekday_text=lambda value: _skeleton("E", value),
        month_text=lambda value: _skeleton("MMM", value),
        day_number=lambda value: str(_local(value).day),
        phone_text=phone_text,
        miles_text=miles_text,
    )
    app.jinja_env.globals.update(
        url_with=url_with,
        current_language=current_language,
        current_locale=current_locale,
        chosen_theme=chosen_theme,
    )


_AMERICAN = re.compile(r"\+1([2-9]\d{2})(\d{3})(\d{4})", re.ASCII)


def locale_of(language: str) -> str:
    """The locale in which a language's readers are written to."""
    return LOCALES.get(language, "en")


def in_language(language: str) -> AbstractContextManager[None]:
    """Words, numbers and hours in this language, inside."""
    return force_locale(locale_of(language))


def browsers_language() -> str:
    """The language chosen with the switch in this browser, or the one it asks for. Needs no database."""
    if not request:
        return "en"
    chosen = request.cookies.get("language", "")
    return chosen if chosen in LOCALES else (request.accept_languages.best_match(LOCALES) or "en")


def iso(value: Moment) -> str:
    """For the datetime attribute of <time>: an instant in UTC or a plain day."""
    return value.isoformat()


def day_text(value: Moment) -> str:
    """“Sat, Nov 22”; the year is added when it is not this one."""
    local = _local(value)
    this_year = _local(clock.now()).year
    return _skeleton("MMMEd" if local.year == this_year else "yMMMEd", value)


def time_text(value: datetime) -> str:
    """“9:00 AM”; “9:00 AM ET” on a page that names its zone (`g.names_zone`)."""
    local = _instant(value)
    hour = _hour_as(local.hour, local.minute, _locale())
    return f"{hour} {zone_text(str(get_timezone() or 'UTC'))}" if g.get("names_zone") else hour


def clock_text(value: time) -> str:
    """“9:00 AM”: a time of day that is of no day."""
    return _hour_as(value.hour, value.minute, _locale())


def zone_text(time_zone: str) -> str:
    """“ET”."""
    return get_timezone_name(ZoneInfo(time_zone), width="short", locale=_locale())


def is_another_hour(moment: datetime, time_zone: str, other: str | None) -> bool:
    """Do clocks in the other zone, if it is known, show another hour at that moment?"""
    if other is None or other == time_zone:
        return False
    here, there = ZoneInfo(time_zone), ZoneInfo(other)
    return moment.astimezone(here).utcoffset() != moment.astimezone(there).utcoffset()


def moment_text(value: datetime) -> str:
    """“Sat, Nov 22, 9:00 AM”."""
    return f"{day_text(value)}, {time_text(value)}"


def end_text(value: datetime, start: datetime) -> str:
    """The end of a span: its time alone when it falls on the day of the start."""
    same_day = _instant(value).date() == _instant(start).date()
    return time_text(value) if same_day else moment_text(value)


def ago_text(value: datetime) -> str:
    """“3 minutes ago”, “in 2 hours”."""
    return format_timedelta(value - clock.now(), add_direction=True, locale=_locale())


def phone_text(number: str) -> str:
    """A stored number (E.164) as people write it; what cannot be read is shown as it is."""
    if usual := _AMERICAN.fullmatch(number):  # the library takes a hundred times as long for it
        return "({}) {}-{}".format(*usual.groups())
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        parsed, style.NATIONAL if parsed.country_code == 1 else style.INTERNATIONAL
    )


def miles_text(km: float) -> str:
    """A distance as people here say it: “0.4 miles”, “12 miles”. Kept and reckoned are kilometres."""
    shown = _shown_miles(km)
    number = format_decimal(shown, locale=_locale())
    return ngettext("%(miles)s mile", "%(miles)s miles", 1 if shown == 1 else 2, miles=number)


def short_miles_text(km: float) -> str:
    """The same where room is dear: “12 mi”."""
    return _("%(miles)s mi", miles=format_decimal(_shown_miles(km), locale=_locale()))


def _shown_miles(km: float) -> float:
    miles = km / KM_PER_MILE
    return max(round(miles, 0 if miles >= 9.95 else 1), 0.1)


def url_with(**changes: Any) -> str:
    """The present address with some query arguments changed; None takes one away."""
    arguments: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict(flat=False)}
    arguments.update(changes)
    return url_for(request.endpoint or "static", **{k: v for k, v in arguments.items() if v is not None})


def current_language() -> str:
    """For <html lang>."""
    return str(_locale()).partition("_")[0]


def current_locale() -> str:
    """For scripts that write numbers."""
    return str(_locale()).replace("_", "-")


def chosen_theme() -> str:
    """The theme somebody chose with the switch, or "" to follow their system."""
    theme = request.cookies.get("theme", "") if request else ""
    return theme if theme in THEMES else ""


def _locale() -> Any:
    """The page's, found once: a list of shifts asks some hundred times."""
    return getattr(g.get("_flask_babel"), "babel_locale", None) or get_locale() or "en" if g else "en"


def _zone() -> ZoneInfo:
    here = getattr(g.get("_flask_babel"), "babel_tzinfo", None) if g else None
    return ZoneInfo(str(here or get_timezone() or "UTC"))


def _local(value: Moment) -> Moment:
    return _instant(value) if isinstance(value, datetime) else value


def _instant(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"an instant needs its zone, got {value.isoformat()}")
    return value.astimezone(_zone())


def _skeleton(skeleton: str, value: Moment) -> str:
    """Of the day alone: no skeleton used here names an hour."""
    local = _local(value)
    day = local.date() if isinstance(local, datetime) else local
    return _day_as(skeleton, day, _locale())


@lru_cache(maxsize=5000)
def _day_as(skeleton: str, day: date, locale: Any) -> str:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("UTC"))
    return str(format_skeleton(skeleton, noon, tzinfo=ZoneInfo("UTC"), locale=locale))


@lru_cache(maxsize=5000)
def _hour_as(hour: int, minute: int, locale: Any) -> str:
    return str(format_time(time(hour, minute), "short", locale=locale))
