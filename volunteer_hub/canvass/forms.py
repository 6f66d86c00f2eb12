"""Forms of canvass."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField
from wtforms.validators import Optional

from volunteer_hub.core.forms import Form


class ReportFileForm(Form):
    """A CSV of reports."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a CSV file."))])
    day_on = DateField(
        _l("Day of the reports"),
        [Optional()],
        description=_l("Needed only when no column of the file says when."),
    )
