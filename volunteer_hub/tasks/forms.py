"""Forms of tasks."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import NumberRange, Optional

from volunteer_hub.core.forms import LONG, SHORT, Form
from volunteer_hub.people.forms import COMMON_LANGUAGES, NEEDED, Ticks, options
from volunteer_hub.people.vocabulary import SKILLS, language_choices
from volunteer_hub.tasks.services import TaskPlan
from volunteer_hub.tasks.vocabulary import KINDS


class TaskForm(Form):
    """What there is to do."""

    title = StringField(_l("What is to be done"), [NEEDED, SHORT])
    kind = SelectField(_l("Kind"), choices=options(KINDS.items()))
    description = TextAreaField(
        _l("How"), [LONG], description=_l("What it takes, where, whom to ask."), render_kw={"rows": 5}
    )
    area_id = SelectField(_l("Area"), coerce=int)
    places = IntegerField(_l("People needed"), [NEEDED, NumberRange(1, 10_000)], default=1)
    due_on = DateField(_l("Last day"), [Optional()], description=_l("Empty means no end."))
    skills = Ticks(_l("Skills needed"), description=_l("Besides what its kind asks for."))
    languages = Ticks(_l("Languages needed"), description=_l("One of these is enough. None means any."))

    def __init__(self, *args: Any, spoken: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.skills.choices = options(SKILLS.items())
        common = {*COMMON_LANGUAGES, *spoken}
        self.languages.choices = options(each for each in language_choices() if each[0] in common)

    def plan(self, time_zone: str) -> TaskPlan:
        """The plan; the last day ends at midnight where the campaign is."""
        due_at = None
        if self.due_on.data is not None:
            due_at = datetime.combine(
                self.due_on.data + timedelta(days=1), time(), tzinfo=ZoneInfo(time_zone)
            )
        return TaskPlan(
            area_id=self.area_id.data,
            kind=self.kind.data,
            title=self.title.data or "",
            description=self.description.data or "",
            places=self.places.data or 0,
            skills=tuple(self.skills.data or ()),
            languages=tuple(self.languages.data or ()),
            due_at=due_at,
        )


class DoneForm(Form):
    """Reporting one's part."""

    note = TextAreaField(_l("Anything we should know?"), [LONG], render_kw={"rows": 3})
