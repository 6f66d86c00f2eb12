"""Forms about a list of volunteers: the file, its columns, and what the organizer asserts."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from volunteer_hub.core.forms import Form
from volunteer_hub.people.forms import options
from volunteer_hub.people.lists import columns


class ListForm(Form):
    """A list and the area its people are at home in."""

    file = FileField(_l("File"), [InputRequired(_l("Choose a file."))])
    area_id = SelectField(_l("Home area"), coerce=int)

    def __init__(self, *args: Any, areas: list[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.area_id.choices = options(areas)


class ColumnsForm(Form):
    """Which column is what; a select for each field is added by `about`."""

    has_header = BooleanField(_l("The first row names the columns"))

    @classmethod
    def about(cls, seen: dict[str, Any], mapping: dict[str, int]) -> ColumnsForm:
        """The form for this file, filled with the guess or the answers before."""
        choices = [SelectChoice("", _("— not in the list —"))]
        for at, (name, values) in enumerate(zip(seen["columns"], seen["values"], strict=True)):
            choices.append(SelectChoice(str(at), f"{name}: {', '.join(values)}"[:90] if values else name))
        fields = {
            f"map_{name}": SelectField(label, choices=choices, validators=[Optional()])
            for name, label in columns.FIELDS.items()
        }
        made = type("ColumnsForm", (cls,), fields)
        given = {f"map_{name}": str(at) for name, at in mapping.items()}
        return made(data={**given, "has_header": seen["has_header"]})

    def selects(self, *, found: bool) -> list[Any]:
        """The selects to look at first (those with a column, or needed), or the others."""
        every = [field for name, field in self._fields.items() if name.startswith("map_")]
        needed = {"map_email"} | ({"map_name"} if not self._has_parts() else set())
        return [field for field in every if bool(field.data or field.name in needed) == found]

    def _has_parts(self) -> bool:
        return bool({"given_name", "family_name"} & self.chosen().keys())

    def chosen(self) -> dict[str, int]:
        """field -> column number."""
        return {
            name.removeprefix("map_"): int(field.data)
            for name, field in self._fields.items()
            if name.startswith("map_") and field.data
        }

    def validate(self, extra_validators: Any = None) -> bool:
        """Say what is missing, or taken twice, where people look first: at the top."""
        is_valid = bool(super().validate(extra_validators))
        chosen = self.chosen()
        twice = [name for name, at in chosen.items() if list(chosen.values()).count(at) > 1]
        if lacks := columns.lacking(set(chosen)):
            self.form_errors.append(_("Still needed: %(what)s.", what="; ".join(map(str, lacks))))
        elif twice:
            labels = ", ".join(str(columns.FIELDS[name]) for name in twice)
            self.form_errors.append(_("One column cannot be several things: %(labels)s.", labels=labels))
        return is_valid and not self.form_errors


class AddListForm(Form):
    """What the organizer asserts before the people of a list are added."""

    asserts = BooleanField(
        _l(
            "These people gave their details to this campaign themselves, and whoever is marked as having "
            "agreed to messages said so themselves."
        ),
        [InputRequired(_l("Tick this to add them. If it is not so, the list must not be added."))],
    )
    all_agreed_to_email = BooleanField(_l("Everybody on this list agreed to emails from this campaign"))
    take_doubtful = BooleanField(_l("Add the doubtful ones too"))
