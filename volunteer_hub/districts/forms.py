"""Forms of districts: the file, and the answers about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from volunteer_hub.core.forms import SHORT, Form
from volunteer_hub.districts import columns
from volunteer_hub.districts.column_words import FIELDS, PLACE_FIELDS

KIND_WORDS = {
    "districts": _l("Districts"),
    "precincts": _l("Precincts"),
    "results": _l("Past results"),
    "doors": _l("Doors"),
    "voters": _l("Voters"),
    "streets": _l("Streets and barriers"),
}
FIELD_WORDS = {
    "number": _l("House number"),
    "half": _l("Number suffix or fraction"),
    "pre": _l("Direction before the street"),
    "street": _l("Street name"),
    "type": _l("Street type"),
    "post": _l("Direction after the street"),
    "unit_type": _l("Kind of unit"),
    "unit": _l("Unit"),
    "address": _l("Whole address"),
    "address2": _l("Second address line"),
    "city": _l("Town"),
    "town": _l("Town"),
    "zip": _l("ZIP code"),
    "latitude": _l("Latitude"),
    "longitude": _l("Longitude"),
    "precinct": _l("Precinct"),
    "district": _l("District"),
    "people": _l("People living there"),
    "use": _l("What stands there"),
    "voter_id": _l("Voter id"),
    "given_name": _l("Given name"),
    "middle_name": _l("Middle name"),
    "family_name": _l("Family name"),
    "name_suffix": _l("Name suffix"),
    "full_name": _l("Whole name"),
    "birth_date": _l("Birth date"),
    "birth_year": _l("Birth year"),
    "party": _l("Party"),
    "status": _l("Voter status"),
    "support": _l("Support score (0 to 1)"),
    "turnout": _l("Turnout score (0 to 1)"),
    "election": _l("Election"),
    "date": _l("Election date"),
    "office": _l("Office"),
    "seat": _l("Seat of the office"),
    "geoid": _l("GEOID or FIPS code"),
    "county": _l("County or district"),
    "precinct_code": _l("Precinct number"),
    "candidate": _l("Candidate"),
    "votes": _l("Votes"),
    "registered": _l("Registered voters"),
}
_LAYER_NAME = Regexp(r"^[\w .'-]{1,60}$", message=_l("Letters, digits, spaces and dashes, please."))


class UploadForm(Form):
    """What kind of file, and the file."""

    kind = RadioField(
        _l("What is in the file?"),
        choices=[SelectChoice(*pair) for pair in KIND_WORDS.items()],
        validators=[InputRequired()],
    )
    file = FileField(_l("File"), validators=[InputRequired(_l("Choose a file."))])


class AreasForm(Form):
    """About a file of districts or precincts."""

    id_columns = SelectMultipleField(
        _l("Code"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
        validators=[InputRequired(_l("Choose the column whose values tell the areas apart."))],
    )  # fmt: skip
    name_columns = SelectMultipleField(
        _l("Name"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    district_kind = StringField(_l("Layer of districts"), validators=[InputRequired(), SHORT, _LAYER_NAME])
    district_column = SelectField(_l("Column that names the district"), validators=[Optional()])
    district_name = StringField(_l("Name of the district around them"), validators=[Optional(), SHORT])
    layer = SelectField(_l("Layer of the file"), validators=[Optional()], validate_choice=False)
    crs = StringField(_l("Coordinate system"), validators=[Optional(), SHORT])
    skip_bad = BooleanField(_l("Leave out areas without a shape instead of refusing the file"))
    remove_missing = BooleanField(_l("Take away areas of this layer that the file does not have"))

    @classmethod
    def about(
        cls, seen: dict[str, Any], options: dict[str, Any], kinds: list[str], kind: str, name: str = ""
    ) -> AreasForm:
        """The form for this file, filled with what is known or guessed; `name` is the first district's."""
        first = (
            kinds[0] if kinds else _("county") if kind == "districts" and _are_counties(seen) else "district"
        )
        form = cls(
            data={
                "id_columns": options.get("id_columns") or seen.get("id_columns") or [],
                "name_columns": options.get("name_columns") or seen.get("name_columns") or [],
                "district_kind": options.get("district_kind") or first,
                "district_column": options.get("district_column") or "",
                "district_name": options.get("district_name") or ("" if kinds else name),
                "crs": options.get("crs") or "",
                "layer": options.get("layer") or "",
                "skip_bad": bool(options.get("skip_bad")),
                "remove_missing": bool(options.get("remove_missing")),
            }
        )
        named = _named(seen)
        form.id_columns.choices = form.name_columns.choices = named
        form.district_column.choices = [SelectChoice("", _("— by where they lie —")), *named]
        form.layer.choices = [SelectChoice(name, name) for name in seen.get("layers", [])]
        return form

    def answers(self) -> dict[str, Any]:
        """What to keep with the import."""
        names = (
            "id_columns",
            "name_columns",
            "district_kind",
            "district_column",
            "district_name",
            "crs",
            "layer",
        )
        said = {name: getattr(self, name).data or "" for name in names}
        return said | {"skip_bad": self.skip_bad.data, "remove_missing": self.remove_missing.data}


class StreetsForm(Form):
    """About a file of streets, or of barriers."""

    are_barriers = BooleanField(
        _l("These are barriers: railways, rivers, motorways that no walk crosses except by a street")
    )
    remove_all = BooleanField(_l("Take away all streets and barriers imported before"))

    def answers(self) -> dict[str, Any]:
        """What to keep with the import."""
        return {"are_barriers": self.are_barriers.data, "remove_all": self.remove_all.data}


class QuestionForm(Form):
    """The one thing to know before a file of areas can be looked at."""

    layer = SelectField(_l("Layer of the file"), validators=[Optional()], validate_choice=False)
    crs = StringField(_l("Coordinate system"), validators=[Optional(), SHORT])


def _are_counties(seen: dict[str, Any]) -> bool:
    for name in seen.get("id_columns", []):
        values = seen["values"][seen["columns"].index(name)]
        return bool(values) and all(re.fullmatch(r"\d{5}", value) for value in values)
    return False


def _named(seen: dict[str, Any]) -> list[SelectChoice]:
    pairs = zip(seen["columns"], seen.get("values", []), strict=False)
    return [SelectChoice(name, f"{name}: {', '.join(values)}" if values else name) for name, values in pairs]


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """The layers a table can go into; `must_be_said` where the program cannot know which."""

    choices: list[SelectChoice]
    must_be_said: bool
    chosen: str = ""


class TableForm(Form):
    """About a table of results, doors or voters; a column for each field is added by `about`."""

    has_header = BooleanField(_l("The first row names the columns"))
    district_kind = SelectField(_l("Layer of districts"), validators=[Optional()], validate_choice=False)
    held_on = DateField(_l("Day of the election"), validators=[Optional()])
    election = StringField(_l("Name of the election"), validators=[Optional(), SHORT])
    homes_only = BooleanField(_l("Leave out what is no home"))
    make_doors = BooleanField(_l("Also add doors at these coordinates"))
    swap_coordinates = BooleanField(_l("Latitude and longitude are swapped"))

    kind = ""
    layer_must_be_said = False
    wide: ClassVar[list[dict[str, Any]]] = []

    @classmethod
    def about(
        cls, kind: str, seen: dict[str, Any], mapping: dict[str, Any], layers: LayerChoice
    ) -> TableForm:
        """The form for this file, filled with the remembered or guessed mapping."""
        choices = [SelectChoice("", _("— not in the file —"))]
        for at, (name, values) in enumerate(zip(seen["columns"], seen["values"], strict=True)):
            choices.append(SelectChoice(str(at), f"{name}: {', '.join(values)}" if values else name))
        fields: dict[str, Any] = {
            f"map_{name}": SelectField(FIELD_WORDS[name], choices=choices, validators=[Optional()])
            for name in FIELDS[kind]
        }
        made = type("TableForm", (cls,), {**fields, "kind": kind, "wide": mapping.get("wide") or []})
        given = {f"map_{name}": str(at) for name, at in mapping["fields"].items()}
        data = {**given, "has_header": seen["has_header"], "make_doors": True, "district_kind": layers.chosen}
        form: TableForm = made(data=data)
        unsaid = _("— choose a layer —") if layers.must_be_said else _("— the one with precincts —")
        form.district_kind.choices = [SelectChoice("", unsaid), *layers.choices]
        form.layer_must_be_said = layers.must_be_said
        return form

    def mapping_fields(self) -> list[Any]:
        """The selects of columns, in order."""
        return [field for name, field in self._fields.items() if name.startswith("map_")]

    def groups(self) -> list[tuple[str, list[Any]]]:
        """The fields to look at first: those with a column, and those that are needed, under headings."""
        shown = [field for field in self.mapping_fields() if field.data or field.name[4:] in self._needed()]
        place = [field for field in shown if field.name[4:] in PLACE_FIELDS]
        rest = [field for field in shown if field not in place]
        heading = {"voters": _("The person"), "doors": _("The door"), "results": _("The result")}[self.kind]
        named = [(heading, rest), (_("The place"), place)]
        return [(title, fields) for title, fields in named if fields]

    def others(self) -> list[Any]:
        """The fields without a column that nothing depends on."""
        shown = [field for _title, fields in self.groups() for field in fields]
        return [field for field in self.mapping_fields() if field not in shown]

    def _needed(self) -> set[str]:
        chosen = {field.name[4:] for field in self.mapping_fields() if field.data}
        needed = {
            "doors": {"latitude", "longitude"},
            "voters": {"voter_id"},
            "results": {"votes", "candidate", "party"},
        }
        address = set() if {"street", "number"} <= chosen or self.kind == "results" else {"address"}
        return (set() if self.wide else needed[self.kind]) | address

    def chosen(self) -> dict[str, int]:
        """field -> column number."""
        return {f.name.removeprefix("map_"): int(f.data) for f in self.mapping_fields() if f.data}

    def validate(self, extra_validators: Any = None) -> bool:
        """Say what is missing where people look first: at the top."""
        is_valid = bool(super().validate(extra_validators))
        lacks = columns.missing(self.kind, set(self.chosen()), bool(self.wide))
        if lacks:
            self.form_errors.append(_("Still needed: %(what)s.", what="; ".join(lacks)))
        if self._lacks_layer():
            self.district_kind.errors = [_("Choose the layer: several have precincts.")]
        return is_valid and not lacks and not self._lacks_layer()

    def _lacks_layer(self) -> bool:
        """Voters go to doors, whose layer is known, unless they bring doors of their own."""
        brings_doors = self.make_doors.data and {"latitude", "longitude"} <= self.chosen().keys()
        is_asked = self.layer_must_be_said and (self.kind != "voters" or brings_doors)
        return bool(is_asked and not self.district_kind.data)

    def answers(self) -> dict[str, Any]:
        """What to keep with the import, beside the mapping."""
        day = self.held_on.data
        return {
            "has_header": self.has_header.data,
            "district_kind": self.district_kind.data or "",
            "held_on": day.isoformat() if day else "",
            "election": self.election.data or "",
            "homes_only": self.homes_only.data,
            "make_doors": self.make_doors.data,
            "swap_coordinates": self.swap_coordinates.data,
        }
