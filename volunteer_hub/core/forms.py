"""Forms: a request becomes checked values, with an error beside each field that needs mending."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import Length

from volunteer_hub.core.refusals import Refusal

SHORT = Length(max=200, message=_l("At most 200 characters, please."))
LONG = Length(max=10_000, message=_l("At most 10,000 characters, please."))


def stripped(value: Any) -> Any:
    """A WTForms filter: no blanks around a text and no NUL in it, which PostgreSQL cannot store."""
    return value.replace("\x00", "").strip() if isinstance(value, str) else value


class Form(FlaskForm):
    """A form with a CSRF token. Text fields are stripped."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            filters = unbound_field.kwargs.get("filters", ())
            if issubclass(unbound_field.field_class, _text_fields()):
                filters = (stripped, *filters)
            return unbound_field.bind(form=form, filters=list(filters), **options)

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal of a service beside the field it speaks of, or at the top of the form."""
        field = getattr(self, refusal.field or "", None)
        if field is not None and hasattr(field, "errors"):
            field.errors = [*field.errors, refusal.sentence]
        else:
            self.form_errors.append(refusal.sentence)


def _text_fields() -> tuple[type, ...]:
    from wtforms import StringField, TextAreaField

    return (StringField, TextAreaField)
