"""The form that asks for a plan."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from volunteer_hub.core.forms import Form
from volunteer_hub.core.refusals import Refusal

NEEDED = InputRequired(message=_l("This is needed."))
USUAL_SPAN = timedelta(days=14)


class RunForm(Form):
    """For which area and which days a plan is made."""

    area = SelectField(_l("Area"), coerce=int, description=_l("Its people, for the shifts of its events."))
    from_on = DateField(_l("First day"), [NEEDED])
    until_on = DateField(_l("Last day"), [NEEDED])

    def span(self, now: datetime, time_zone: str) -> tuple[datetime, datetime]:
        """From the first day, but not before now, to the end of the last one, in the campaign's zone."""
        first, last = self.from_on.data, self.until_on.data
        if last < first:
            raise Refusal(_l("The last day must not be before the first."), field="until_on")
        start, end = _midnight(first, time_zone), _midnight(last + timedelta(days=1), time_zone)
        if end <= now:
            raise Refusal(_l("These days are over. Choose days ahead."), field="until_on")
        return max(start, now), end


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
