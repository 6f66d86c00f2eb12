"""Forms of turf."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import FloatField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from volunteer_hub.core.forms import Form
from volunteer_hub.turf.services import LEAST_MINUTES, MOST_MINUTES

USUAL_MINUTES = 90


class CutForm(Form):
    """How long one turf should take."""

    minutes = FloatField(
        _l("Minutes for one turf"),
        [
            InputRequired(_l("Say how many minutes one turf should take.")),
            NumberRange(LEAST_MINUTES, MOST_MINUTES, _l("Choose between 15 and 480 minutes.")),
        ],
        default=USUAL_MINUTES,
        description=_l("Walking and talking together. A shift of three hours has room for about 150."),
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
