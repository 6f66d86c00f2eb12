"""Forms with which organizers repeat, copy and change shifts."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from volunteer_hub.core.forms import LONG, SHORT, Form
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events.forms import SeriesForm, days_between
from volunteer_hub.events.hours import times_of
from volunteer_hub.events.plans import ShiftPlan, series
from volunteer_hub.events.services.changing import KEEP, Change
from volunteer_hub.people.forms import NEEDED, Ticks, options
from volunteer_hub.people.vocabulary import WEEKDAYS


class RepeatForm(SeriesForm):
    """A series whose days are looked at before they are saved; days that are ticked are left out."""

    leave_out = Ticks(_l("Leave out"), coerce=str)

    def days(self) -> list[date]:
        """Every day of the series, also those left out. Raises Refusal."""
        first, last = self.from_on.data, self.until_on.data or self.from_on.data
        return days_between(first, last, set(self.weekdays.data or ()))

    def offer_days(self) -> list[date]:
        """The days of the series, each of which can be left out. Raises Refusal."""
        days = self.days()
        known = [day.isoformat() for day in days]
        self.leave_out.choices = options(zip(known, known, strict=True))
        self.leave_out.data = [day for day in self.leave_out.data or () if day in known]
        return days

    def plans(self, time_zone: str) -> list[ShiftPlan]:
        """The plans in order of time, without the days left out. Raises Refusal."""
        left_out = set(self.leave_out.data or ())
        days = [day for day in self.days() if day.isoformat() not in left_out]
        if not days:
            raise Refusal(_("Every day is left out. Keep at least one."), field="from_on")
        return [self._plan(*each) for each in series(days, times_of(self.times.data or ""), time_zone)]


class ChangeForm(Form):
    """What is to change of many shifts; what is empty stays as it is."""

    days = IntegerField(
        _l("Move by days"),
        [Optional(), NumberRange(-366, 366)],
        description=_l("7 is a week later, -1 a day earlier."),
    )
    minutes = IntegerField(
        _l("Move by minutes"),
        [Optional(), NumberRange(-720, 720)],
        description=_l("30 is half an hour later."),
    )
    staging_location_id = SelectField(_l("Staging location"), coerce=int)
    capacity = IntegerField(_l("People needed"), [Optional(), NumberRange(1, 10_000)])
    lead_id = SelectField(_l("Lead"), coerce=int)
    sets_notes = BooleanField(_l("Write a new note to those who come"))
    notes = TextAreaField(_l("Note to those who come"), [LONG], render_kw={"rows": 3})

    def __init__(
        self,
        *args: Any,
        locations: list[tuple[int, str]],
        leads: list[tuple[int, str]],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.staging_location_id.choices = options([(0, _("As it is")), *locations])
        self.lead_id.choices = options([(KEEP, _("As it is")), (0, _("Nobody yet")), *leads])

    def change(self) -> Change:
        """The change. Raises Refusal when nothing is to change."""
        change = Change(
            days=self.days.data or 0,
            minutes=self.minutes.data or 0,
            staging_location_id=self.staging_location_id.data or None,
            capacity=self.capacity.data,
            lead_id=self.lead_id.data,
            notes=self.notes.data or "" if self.sets_notes.data else None,
        )
        if change == Change():
            raise Refusal(
                _("Say what is to change: a time, a place, a number, a lead or a note."), field="days"
            )
        return change


class CopyForm(Form):
    """Where to and when a copy of an event's shifts goes."""

    first_on = DateField(
        _l("First day of the copy"),
        [NEEDED],
        description=_l("The first of the chosen shifts goes there, the others as many days later as now."),
    )
    into = RadioField(
        _l("Copy into"),
        choices=options([("new", _l("A new event, as a draft")), ("same", _l("This event"))]),
        default="new",
    )
    name = StringField(_l("Name of the new event"), [SHORT])
    area_id = SelectField(_l("Area of the new event"), coerce=int)
    staging_location_id = SelectField(_l("Staging location"), coerce=int)

    def __init__(self, *args: Any, locations: list[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.staging_location_id.choices = options([(0, _("Each where it is")), *locations])


class CopyShiftForm(Form):
    """The other days on which a shift is to take place, too."""

    from_on = DateField(_l("First day"), [NEEDED])
    until_on = DateField(_l("Last day"), [Optional()], description=_l("Empty means the first day only."))
    weekdays = Ticks(_l("On these weekdays"), coerce=int, description=_l("None means every day."))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.weekdays.choices = options(enumerate(WEEKDAYS))

    def days(self) -> list[date]:
        """The days. Raises Refusal."""
        first = self.from_on.data
        return days_between(first, self.until_on.data or first, set(self.weekdays.data or ()))


class CancelForm(Form):
    """Why a shift does not take place, and who goes where instead."""

    why = TextAreaField(
        _l("Why"), [LONG], description=_l("Those who signed up read it in their mail."), render_kw={"rows": 2}
    )
    to_shift_id = SelectField(_l("Those who are going"), coerce=int, default=0)

    def __init__(self, *args: Any, others: list[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.to_shift_id.choices = options([(0, _("Their places are cancelled")), *others])
