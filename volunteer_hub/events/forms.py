"""Forms of events: requests become searches and plans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Length, NumberRange, Optional

from volunteer_hub.core.forms import LONG, SHORT, Form
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events.hours import times_of
from volunteer_hub.events.plans import EventPlan, LocationPlan, ShiftPlan, series, span
from volunteer_hub.events.vocabulary import KINDS
from volunteer_hub.people.consent_words import WORDS, beside_email
from volunteer_hub.people.forms import COMMON_LANGUAGES, EMAIL, NEEDED, Ticks, options
from volunteer_hub.people.papers import PAPERS
from volunteer_hub.people.places import home_of
from volunteer_hub.people.services import Profile
from volunteer_hub.people.vocabulary import SKILLS, WEEKDAYS, language_choices


class PlainForm(Form):
    """A form that is only a button: its token is all there is to check."""


class GuestForm(Form):
    """Signing up without an account: a name and an address for mail."""

    name = StringField(_l("Your name"), [NEEDED, SHORT], render_kw={"autocomplete": "name"})
    email = StringField(_l("Email"), [NEEDED, Length(max=254)], render_kw=EMAIL)
    home_text = StringField(
        _l("ZIP code"),
        [SHORT],
        description=_l("So that we can show you what is near."),
        render_kw={"autocomplete": "postal-code", "inputmode": "numeric"},
    )
    email_agreed = BooleanField(WORDS["email"].label, description=beside_email())

    def profile(self, language: str) -> Profile:
        return Profile(
            name=self.name.data or "",
            home_text=self.home_text.data or "",
            language=language,
            languages=(language,),
        )


class EventForm(Form):
    """What an event is."""

    name = StringField(
        _l("Name"), [NEEDED, SHORT], description=_l("As people will see it: “Canvass in Oakwood”.")
    )
    kind = SelectField(_l("Kind"), choices=options(KINDS.items()))
    description = TextAreaField(
        _l("What people will do"),
        [LONG],
        description=_l("Plain words: what happens, whom they meet, what to bring."),
        render_kw={"rows": 5},
    )
    area_id = SelectField(_l("Area"), coerce=int, description=_l("Whose organizers answer for it."))
    is_public = RadioField(
        _l("Who sees it"),
        choices=options([("yes", _l("Everybody")), ("no", _l("Signed-in volunteers only"))]),
        default="yes",
    )
    min_age = IntegerField(
        _l("Minimum age"),
        [Optional(), NumberRange(1, 99)],
        description=_l("In years. People say so when they sign up; no birthday is kept."),
    )
    papers = Ticks(
        _l("Papers needed"), description=_l("People say that they have them before they get a place.")
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.papers.choices = options((kind, each.label) for kind, each in PAPERS.items())

    def plan(self, host_id: int) -> EventPlan:
        return EventPlan(
            area_id=self.area_id.data,
            name=self.name.data or "",
            kind=self.kind.data,
            description=self.description.data or "",
            is_public=self.is_public.data == "yes",
            host_id=host_id,
            min_age=self.min_age.data,
            papers=tuple(self.papers.data or ()),
        )


class LocationForm(Form):
    """Where people meet."""

    name = StringField(_l("Name"), [NEEDED, SHORT], description=_l("“Oakwood library, side entrance”"))
    address = StringField(
        _l("Address"),
        [NEEDED, SHORT],
        description=_l("With the ZIP code at the end: “12 Main St, Miami, FL 33128”."),
    )
    latitude = DecimalField(_l("Latitude"), [Optional(), NumberRange(-90, 90)], places=None)
    longitude = DecimalField(_l("Longitude"), [Optional(), NumberRange(-180, 180)], places=None)
    area_id = SelectField(_l("Area"), coerce=int)
    notes = TextAreaField(
        _l("Good to know"),
        [LONG],
        description=_l("Parking, door code, whom to ask for."),
        render_kw={"rows": 3},
    )
    is_accessible = RadioField(
        _l("Step-free, with a toilet for wheelchair users"),
        choices=options([("yes", _l("Yes")), ("no", _l("No")), ("", _l("Not known"))]),
        default="",
    )

    def plan(self) -> LocationPlan:
        """The plan; without coordinates the address is placed by its ZIP code. Raises UnknownPlace."""
        latitude, longitude = self.latitude.data, self.longitude.data
        if (latitude is None) != (longitude is None):
            raise Refusal(_("Give both latitude and longitude, or leave both empty."), field="latitude")
        if latitude is None or longitude is None:
            home = home_of(self.address.data or "")
            latitude, longitude = home.latitude, home.longitude
        return LocationPlan(
            area_id=self.area_id.data,
            name=self.name.data or "",
            address=self.address.data or "",
            latitude=float(latitude),
            longitude=float(longitude),
            notes=self.notes.data or "",
            is_accessible={"yes": True, "no": False}.get(self.is_accessible.data),
        )


EXAMPLE_NEED = 20


class _ShiftFields(Form):
    """What one shift and a series of them share."""

    staging_location_id = SelectField(_l("Staging location"), coerce=int)
    capacity = IntegerField(
        _l("People needed"),
        [NEEDED, NumberRange(1, 10_000)],
        default=10,
        description=_l("How many should really come. Unless you over-book, it is also the number of places."),
    )
    short_risk = SelectField(
        _l("Over-book"),
        default="",
        description=_l(
            "About half of those who sign up do not come. Over-booking takes more sign-ups than you need, as "
            "many as it takes for the risk that you choose, and follows who confirms and who cancels."
        ),
    )
    room = IntegerField(
        _l("At most so many sign-ups"),
        [Optional(), NumberRange(1, 10_000)],
        description=_l(
            "Only when you over-book: what the place can hold if everybody comes. Empty: four times "
            "the people needed."
        ),
    )
    lead_id = SelectField(_l("Lead"), coerce=int, description=_l("Runs the shift and marks who came."))
    skills = Ticks(_l("Skills needed"))
    languages = Ticks(_l("Languages needed"), description=_l("One of these is enough. None means any."))
    notes = TextAreaField(_l("Note to those who come"), [LONG], render_kw={"rows": 3})

    def __init__(
        self,
        *args: Any,
        locations: list[tuple[int, str]],
        leads: list[tuple[int, str]],
        spoken: tuple[str, ...] = (),
        overbook: Sequence[tuple[float, int]] = (),
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.staging_location_id.choices = options(locations)
        self.lead_id.choices = options([(0, _("Nobody yet")), *leads])
        self.skills.choices = options(SKILLS.items())
        self.short_risk.choices = options(_overbook_choices(overbook))
        common = {*COMMON_LANGUAGES, *spoken}
        self.languages.choices = options(each for each in language_choices() if each[0] in common)

    def _plan(self, starts_at: datetime, ends_at: datetime) -> ShiftPlan:
        return ShiftPlan(
            staging_location_id=self.staging_location_id.data,
            starts_at=starts_at,
            ends_at=ends_at,
            capacity=self.capacity.data or 0,
            skills=tuple(self.skills.data or ()),
            languages=tuple(self.languages.data or ()),
            lead_id=self.lead_id.data or None,
            notes=self.notes.data or "",
            short_risk=float(self.short_risk.data) if self.short_risk.data else None,
            room=self.room.data if self.short_risk.data else None,
        )


def _overbook_choices(overbook: Iterable[tuple[float, int]]) -> list[tuple[str, str]]:
    """Off, and each risk with how many sign-ups it takes for EXAMPLE_NEED people now."""
    return [("", _("No: as many places as people needed"))] + [
        (
            f"{risk:g}",
            _(
                "Up to %(times)d %% risk that too few come (for %(needed)d people: %(places)d sign-ups)",
                times=round(100 * risk),
                needed=EXAMPLE_NEED,
                places=places,
            ),
        )
        for risk, places in overbook
    ]


class ShiftForm(_ShiftFields):
    """One shift."""

    day = DateField(_l("Day"), [NEEDED])
    starts = TimeField(_l("From"), [NEEDED])
    ends = TimeField(_l("Until"), [NEEDED], description=_l("Earlier than the start means the next day."))

    def plan(self, time_zone: str) -> ShiftPlan:
        """The plan, its wall-clock times read in the campaign's zone. Raises Refusal."""
        return self._plan(*span(self.day.data, self.starts.data, self.ends.data, time_zone))


class SeriesForm(_ShiftFields):
    """Many shifts: every time on every chosen weekday, from one day to another."""

    from_on = DateField(_l("First day"), [NEEDED])
    until_on = DateField(_l("Last day"), [Optional()], description=_l("Empty means the first day only."))
    weekdays = Ticks(_l("On these weekdays"), coerce=int, description=_l("None means every day."))
    times = TextAreaField(
        _l("Times"),
        [NEEDED, Length(max=2000)],
        description=_l("One shift a line: “10:00-13:00”, “10-1pm” or “2 pm - 5 pm”."),
        render_kw={"rows": 3},
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.weekdays.choices = options(enumerate(WEEKDAYS))

    def plans(self, time_zone: str) -> list[ShiftPlan]:
        """The plans in order of time. Raises Refusal with the line that cannot be read."""
        days = days_between(
            self.from_on.data, self.until_on.data or self.from_on.data, set(self.weekdays.data or ())
        )
        return [self._plan(*each) for each in series(days, times_of(self.times.data or ""), time_zone)]


def days_between(first: date | None, last: date | None, weekdays: set[int]) -> list[date]:
    """The days from first to last that fall on one of the weekdays (0 is Monday; none means all)."""
    if first is None or last is None or last < first:
        raise Refusal(_("The last day comes before the first."), field="until_on")
    if (last - first).days > 366:
        raise Refusal(_("A series spans at most a year."), field="until_on")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = [day for day in days if not weekdays or day.weekday() in weekdays]
    if not found:
        raise Refusal(_("None of the chosen weekdays falls between these days."), field="weekdays")
    return found


def local_day(moment: datetime, time_zone: str) -> date:
    """The day of an instant where the campaign is, for filling in a form."""
    return moment.astimezone(ZoneInfo(time_zone)).date()
