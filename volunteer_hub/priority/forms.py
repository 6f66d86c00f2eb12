"""The form of a contest: what to win, by which rules, on which assumptions."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FloatField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from geodata.priority import RULES, HourParams, Interval
from volunteer_hub.core.forms import LONG, SHORT, Form
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.priority import vocabulary

ENDS = ("low", "mid", "high")
DEFAULTS = HourParams()
SEAT_MODES = {
    "one": _l("All districts decide one seat together"),
    "each": _l("Each district is a seat of its own"),
    "region": _l("Districts of one region share a seat"),
    "state": _l("Districts whose codes begin with the same two signs share a seat (states, in GEOIDs)"),
    "list": _l("By a list of codes and seats"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A contest as the form asks for it."""

    name: str
    ours: str
    office: str
    election_on: Any
    weights: dict[str, float]
    params: dict[str, Any]
    seat_mode: str
    seat_list: str


class ContestForm(Form):
    """What to win and how hours are valued. `choose` fills in what the results of the layer contain."""

    name = StringField(_l("Name of the contest"), [InputRequired(_l("Give it a name.")), SHORT])
    ours = SelectField(_l("We are"), validate_choice=False)
    ours_text = StringField(
        _l("Our party or candidate"),
        [SHORT],
        description=_l("As the results will call us. Nothing can be chosen yet, for no results are here."),
    )
    office = SelectField(_l("Office"), validate_choice=False)
    election_on = DateField(_l("Election day"), [Optional()])
    seat_mode = RadioField(
        _l("Which districts share a seat"),
        choices=[SelectChoice(name, label) for name, label in SEAT_MODES.items()],
        default="one",
    )
    seat_list = TextAreaField(
        _l("Codes and seats"),
        [LONG],
        description=_l("One district a line: its code, a comma, its seat. Those left out share one seat."),
    )

    def choose(self, sides: list[tuple[str, int]], offices: list[str]) -> None:
        """Let people choose among what is there."""
        self.ours.choices = [SelectChoice(side, side) for side, _votes in sides]
        if self.ours.data and self.ours.data not in dict(sides):
            self.ours.choices.append(SelectChoice(self.ours.data, self.ours.data))
        self.office.choices = [SelectChoice("", str(_l("the largest of each election")))] + [
            SelectChoice(office, office) for office in offices
        ]

    def fill(self, contest: Any, seats: dict[int, str]) -> None:
        """Show a contest as it stands."""
        self.name.data, self.election_on.data = contest.name, contest.election_on
        self.ours.data = self.ours_text.data = contest.ours
        self.office.data = contest.params.get("office") or ""
        total = sum(contest.weights.values()) or 1
        for name in RULES:
            self[f"weight_{name}"].data = round(100 * contest.weights.get(name, 0) / total)
        for name, value in contest.params.items():
            if name in HourParams.__dataclass_fields__:
                self._fill(name, value)
        self.seat_mode.data = contest.params.get("seat_mode") or ("list" if seats else "one")

    def _fill(self, name: str, value: Any) -> None:
        if isinstance(value, (list, tuple)):
            for end, each in zip(ENDS, value, strict=True):
                self[f"{name}_{end}"].data = each
        else:
            self[name].data = value

    def wanted(self) -> Wanted:
        """The checked values; assumptions where they differ from ours. Raises Refusal."""
        weights = {name: float(self[f"weight_{name}"].data or 0) / 100 for name in RULES}
        return Wanted(
            name=self.name.data or "",
            ours=(self.ours.data if self.ours.choices else self.ours_text.data) or "",
            office=self.office.data or "",
            election_on=self.election_on.data,
            weights={name: weight for name, weight in weights.items() if weight > 0},
            params=self._params(),
            seat_mode=self.seat_mode.data or "one",
            seat_list=self.seat_list.data or "",
        )

    def _params(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for each in fields(HourParams):
            default = getattr(DEFAULTS, each.name)
            value = self._param(each.name, default)
            if value != (list(_ends(default)) if isinstance(default, Interval) else default):
                found[each.name] = value
        return found

    def _param(self, name: str, default: Any) -> Any:
        if not isinstance(default, Interval):
            value = self[name].data
            return default if value is None else value
        given = [self[f"{name}_{end}"].data for end in ENDS]
        values = [
            known if value is None else value for value, known in zip(given, _ends(default), strict=True)
        ]
        if not values[0] <= values[1] <= values[2]:
            words = str(vocabulary.PARAM_WORDS[name])
            raise Refusal(
                f"“{words}”: the lowest, the likely and the highest value must rise; got "
                f"{values[0]:g}, {values[1]:g}, {values[2]:g}.",
                field=f"{name}_mid",
            )
        return values


def _ends(value: Interval) -> tuple[float, float, float]:
    return tuple(round(end, 6) for end in (value.low, value.mid, value.high))  # type: ignore[return-value]


def _add_fields() -> None:
    """One number field for each weight and each assumption, so that none can be forgotten."""
    percent = NumberRange(0, 100, message=_l("A number from 0 to 100, please."))
    for name in RULES:
        label, note = vocabulary.RULE_WORDS[name]
        setattr(
            ContestForm,
            f"weight_{name}",
            IntegerField(
                label, [Optional(), percent], default=100 if name == "plurality" else 0, description=note
            ),
        )
    for each in fields(HourParams):
        default, label = getattr(DEFAULTS, each.name), vocabulary.PARAM_WORDS[each.name]
        if isinstance(default, bool):
            setattr(ContestForm, each.name, BooleanField(label, default=default))
        elif isinstance(default, Interval):
            for end, value in zip(ENDS, _ends(default), strict=True):
                setattr(
                    ContestForm,
                    f"{each.name}_{end}",
                    FloatField(_END_WORDS[end], [Optional()], default=value),
                )
        else:
            setattr(ContestForm, each.name, FloatField(label, [Optional()], default=default))


_END_WORDS = {"low": _l("Lowest"), "mid": _l("Likely"), "high": _l("Highest")}
_add_fields()


def read_seats(text: str) -> dict[str, str]:
    """District code to seat, from lines of code and seat. Raises Refusal naming the line that is not one."""
    found: dict[str, str] = {}
    for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[0].casefold() in ("code", "geoid", "district")):
            continue
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise Refusal(
                f"Line {number} of the seats is not “code,seat”: {','.join(row)[:80]}", field="seat_list"
            )
        found[cells[0]] = cells[1]
    return found


def seats_by(mode: str, text: str, places: list[tuple[int, str, str | None]]) -> dict[int, str]:
    """District id to seat by one of SEAT_MODES. Raises Refusal for a list with a code that is not there."""
    if mode == "each":
        return {district: code for district, code, _region in places}
    if mode == "region":
        return {district: region for district, _code, region in places if region}
    if mode == "state":
        return {district: code[:2] for district, code, _region in places}
    if mode != "list":
        return {}
    named = read_seats(text)
    ids = {code: district for district, code, _region in places}
    missing = sorted(set(named) - set(ids))
    if missing:
        raise Refusal(
            f"No district has the code {', '.join(missing[:5])}. Codes are text: keep their leading zeros.",
            field="seat_list",
        )
    return {ids[code]: seat for code, seat in named.items()}
