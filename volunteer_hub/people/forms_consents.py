"""The form of consents: what is ticked is a yes, what is left empty is a no."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from volunteer_hub.core.forms import SHORT, Form
from volunteer_hub.people.consent_words import WORDS


class ConsentsForm(Form):
    """What a person agrees to, and the number for texts."""

    email = BooleanField(WORDS["email"].label)
    phone = StringField(
        _l("Phone"),
        [SHORT],
        description=_l("For texts, and for the lead of your shift to find you."),
        render_kw={"type": "tel", "autocomplete": "tel"},
    )
    text = BooleanField(WORDS["text"].label)
    photo = BooleanField(WORDS["photo"].label)
    data = BooleanField(WORDS["data"].label)

    def chosen(self) -> dict[str, bool]:
        """Purpose -> yes or no."""
        fields: dict[str, Any] = self._fields
        return {purpose: bool(fields[purpose].data) for purpose in WORDS}
