"""Forms of turf."""

from __future__ import annotations

import json
from typing import Any

import shapely
from flask_babel import lazy_gettext as _l
from shapely.geometry.base import BaseGeometry
from wtforms import BooleanField, FloatField, HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from volunteer_hub.core.forms import Form
from volunteer_hub.turf.plan import CutParams
from volunteer_hub.turf.refusals import BadArea
from volunteer_hub.turf.services import LEAST_MINUTES, MOST_MINUTES

USUAL_MINUTES = 90
MOST_CORNERS = 2000
_USUAL = CutParams()


class CutForm(Form):
    """How long one turf should take, how many doors it may have, and how people walk and talk."""

    minutes = FloatField(
        _l("Minutes for one turf"),
        [
            InputRequired(_l("Say how many minutes one turf should take.")),
            NumberRange(LEAST_MINUTES, MOST_MINUTES, _l("Choose between 15 and 480 minutes.")),
        ],
        default=USUAL_MINUTES,
        description=_l("Walking and talking together. A shift of three hours has room for about 150."),
    )
    min_doors = IntegerField(
        _l("Least doors"), [Optional(), NumberRange(1, 2000, _l("Choose between 1 and 2,000 doors."))]
    )
    max_doors = IntegerField(
        _l("Most doors"), [Optional(), NumberRange(1, 2000, _l("Choose between 1 and 2,000 doors."))]
    )
    metres_per_minute = FloatField(
        _l("Metres a minute on foot"),
        [Optional(), NumberRange(20, 200, _l("Choose between 20 and 200 metres a minute."))],
        default=_USUAL.metres_per_minute,
    )
    contact_percent = FloatField(
        _l("Doors where somebody talks, in percent"),
        [Optional(), NumberRange(0, 100, _l("Choose between 0 and 100 percent."))],
        default=100 * _USUAL.contact_rate,
        description=_l("A knock takes a minute, a talk four more."),
    )

    def params(self) -> dict[str, Any]:
        """What differs from the usual, to be kept with the cut."""
        said: dict[str, Any] = {
            "min_doors": self.min_doors.data,
            "max_doors": self.max_doors.data,
            "metres_per_minute": self.metres_per_minute.data,
            "contact_rate": None if self.contact_percent.data is None else self.contact_percent.data / 100,
        }
        return {
            name: value
            for name, value in said.items()
            if value is not None and value != getattr(_USUAL, name)
        }

    @classmethod
    def like(cls, minutes: float, kept: dict[str, Any]) -> CutForm:
        """The form with what a cut was made with."""
        params = CutParams.of(kept)
        return cls(
            data={
                "minutes": round(minutes),
                "min_doors": params.min_doors,
                "max_doors": params.max_doors,
                "metres_per_minute": params.metres_per_minute,
                "contact_percent": round(100 * params.contact_rate, 1),
            }
        )


class CutManyForm(CutForm):
    """The same for the precincts where an hour is worth most."""

    count = IntegerField(
        _l("How many precincts"),
        [
            InputRequired(_l("Say how many precincts to cut.")),
            NumberRange(1, 500, _l("Choose between 1 and 500 precincts.")),
        ],
        default=5,
        description=_l("The most urgent that have no open turf."),
    )


class CutNewForm(CutForm):
    """Which precincts of a district, or which drawn area."""

    precincts = SelectMultipleField(
        _l("Precincts"), coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
        validate_choice=False,
    )  # fmt: skip
    area = HiddenField()
    together = BooleanField(_l("Turfs may cross the lines between these precincts"), default=True)

    def drawn(self) -> BaseGeometry | None:
        """The drawn area as a polygon in degrees, None if nothing was drawn. Raises BadArea."""
        return polygon_of(self.area.data) if self.area.data else None


class CutAllForm(CutForm):
    """All precincts of a district or of an area."""

    scope = SelectField(_l("Cut all precincts of"), validators=[InputRequired()])


def polygon_of(text: str) -> BaseGeometry:
    """A polygon from a JSON list of [longitude, latitude]. Raises BadArea."""
    try:
        corners = json.loads(text)
        if not (isinstance(corners, list) and 3 <= len(corners) <= MOST_CORNERS):
            raise BadArea()
        polygon = shapely.Polygon([(float(x), float(y)) for x, y in corners])
    except (ValueError, TypeError) as error:
        raise BadArea() from error
    west, south, east, north = polygon.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadArea()
    valid = polygon if polygon.is_valid else shapely.make_valid(polygon, method="structure")
    if valid.area <= 0:
        raise BadArea()
    return valid


def point_of(text: str) -> BaseGeometry:
    """A point from a JSON pair [longitude, latitude]. Raises BadArea."""
    try:
        x, y = json.loads(text)
        point = shapely.Point(float(x), float(y))
    except (ValueError, TypeError) as error:
        raise BadArea() from error
    if not (abs(point.x) <= 180 and abs(point.y) <= 90):
        raise BadArea()
    return point
