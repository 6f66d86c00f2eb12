"""The form of consents: a box that is changed is an answer, one that is left as it was is none."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField

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
    shown = HiddenField()
    """The purposes that were ticked when the page was shown; without it, those that are in force."""

    def chosen(self) -> dict[str, bool]:
        """Purpose -> yes or no."""
        fields: dict[str, Any] = self._fields
        return {purpose: bool(fields[purpose].data) for purpose in WORDS}

    def answered(self, asked_anew: Collection[str]) -> dict[str, bool]:
        """Purpose -> yes or no, of those that were answered: boxes that are not as they were shown, and ticks
        that were left under words that have changed (`asked_anew`)."""
        before = set((self.shown.data or "").split())
        return {
            purpose: is_ticked
            for purpose, is_ticked in self.chosen().items()
            if is_ticked != (purpose in before) or purpose in asked_anew
        }
