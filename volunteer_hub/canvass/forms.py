"""Forms of canvass."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, FieldList, FormField, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from volunteer_hub.canvass.queries import Question, ScriptCard
from volunteer_hub.core.forms import SHORT, Form, stripped

MOST_CHOICES = 12


class QuestionForm(PlainForm):
    """One question; an empty wording leaves it out."""

    wording = StringField(_l("Question"), [Length(max=300)], filters=[stripped])
    kind = SelectField(
        _l("Kind of answer"),
        choices=[
            SelectChoice("support", _l("Support, 1 to 5")),
            SelectChoice("choice", _l("One of several answers")),
            SelectChoice("text", _l("A few words")),
        ],
        default="choice",
    )
    choices = TextAreaField(_l("Answers to choose from, one a line"), [Length(max=1000)], filters=[stripped])
    key = StringField(filters=[stripped], validators=[Length(max=60)])

    def question(self) -> Question | None:
        """What was filled in; None for an empty slot."""
        if not self.wording.data:
            return None
        labels = [line.strip()[:100] for line in (self.choices.data or "").splitlines() if line.strip()]
        choices = tuple(("", label) for label in labels[:MOST_CHOICES]) if self.kind.data == "choice" else ()
        return Question(self.key.data or "", str(self.kind.data), self.wording.data, choices)


class ScriptForm(Form):
    """The script: what to say first, what to ask, how to part."""

    name = StringField(_l("Name"), [InputRequired(_l("Give the script a name.")), SHORT])
    opening = TextAreaField(
        _l("Say first"), [InputRequired(_l("Write what to say first.")), Length(max=2000)]
    )
    questions = FieldList(FormField(QuestionForm), min_entries=5, max_entries=8)
    closing = TextAreaField(_l("Say at the end"), [Length(max=1000)])

    def fill(self, script: ScriptCard) -> None:
        """Show a script for editing."""
        self.name.data, self.opening.data, self.closing.data = script.name, script.opening, script.closing
        for entry, question in zip(self.questions, script.questions, strict=False):
            entry.form.wording.data, entry.form.kind.data = question.wording, question.kind
            entry.form.key.data = question.key
            entry.form.choices.data = "\n".join(label for _key, label in question.choices)

    def asked(self) -> list[Question]:
        """The questions that were filled in, in order."""
        return [each for entry in self.questions if (each := entry.form.question())]

    def validate(self, extra_validators=None) -> bool:  # type: ignore[no-untyped-def]
        """A choice needs at least two answers."""
        is_valid = bool(super().validate(extra_validators))
        for entry in self.questions:
            question = entry.form.question()
            if question and question.kind == "choice" and len(question.choices) < 2:
                entry.form.choices.errors = [_l("Write at least two answers, one a line.")]
                is_valid = False
        return is_valid


class ReportFileForm(Form):
    """A CSV of reports."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a CSV file."))])
    day_on = DateField(
        _l("Day of the reports"),
        [Optional()],
        description=_l("Needed only when no column of the file says when."),
    )
