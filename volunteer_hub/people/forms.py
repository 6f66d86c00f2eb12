"""Forms of people: requests become checked values for the services."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation

from volunteer_hub.core.access import Role
from volunteer_hub.core.display import KM_PER_MILE
from volunteer_hub.core.forms import SHORT, Form
from volunteer_hub.people.consent_words import WORDS, beside_email
from volunteer_hub.people.papers import PAPERS
from volunteer_hub.people.services import CampaignSettings, Profile
from volunteer_hub.people.vocabulary import (
    AREA_KINDS,
    PAGE_LANGUAGES,
    ROLES,
    SKILLS,
    WEEKDAYS,
    language_choices,
)
from volunteer_hub.people.windows import BadWindow, Window

EMAIL = {"type": "email", "autocomplete": "email", "inputmode": "email", "spellcheck": "false"}
NEEDED = InputRequired(message=_l("This is needed."))
MOST_DAYS_AWAY = 31
COMMON_LANGUAGES = ("en", "es", "zh", "tl", "vi", "ar", "fr", "ko", "ht", "ase")


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """(value, label) pairs as choices of a field."""
    return [SelectChoice(value, label) for value, label in pairs]


class Ticks(SelectMultipleField):
    """Several choices as tick boxes."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class SignInForm(Form):
    """Who asks for a link."""

    email = StringField(
        _l("Your email"),
        [NEEDED, Length(max=254)],
        render_kw=EMAIL | {"autocomplete": "username webauthn"},  # passkeys are offered in the field
    )
    next = HiddenField()


class PasswordSignInForm(Form):
    """Staff with a password."""

    email = StringField(
        _l("Email"), [NEEDED, Length(max=254)], render_kw=EMAIL | {"autocomplete": "username"}
    )
    password = PasswordField(
        _l("Password"), [NEEDED, Length(max=200)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


class CodeForm(Form):
    """A code of the authenticator app, or a recovery code."""

    code = StringField(
        _l("Code"),
        [NEEDED, Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "none"},
    )


class PlainForm(Form):
    """A form that is only a button: its token is all there is to check."""


class JoinForm(Form):
    """Joining in under a minute."""

    name = StringField(_l("Your name"), [NEEDED, SHORT], render_kw={"autocomplete": "name"})
    email = StringField(_l("Email"), [NEEDED, Length(max=254)], render_kw=EMAIL)
    home_text = StringField(
        _l("ZIP code"),
        [NEEDED, SHORT],
        description=_l("So that we can show what is near you. An address works too."),
        render_kw={"autocomplete": "postal-code"},
    )
    phone = StringField(_l("Phone"), [SHORT], render_kw={"type": "tel", "autocomplete": "tel"})
    email_agreed = BooleanField(WORDS["email"].label, description=beside_email())
    text_agreed = BooleanField(WORDS["text"].label, description=WORDS["text"].sentence)
    next = HiddenField()

    def profile(self, language: str) -> Profile:
        return Profile(
            name=self.name.data or "",
            home_text=self.home_text.data or "",
            language=language,
            languages=(language,),
        )


class ProfileForm(Form):
    """What a person says about themselves."""

    name = StringField(_l("Name"), [NEEDED, SHORT], render_kw={"autocomplete": "name"})
    home_text = StringField(
        _l("Home: ZIP code or address"),
        [SHORT],
        description=_l("Shown to organizers of your area only."),
        render_kw={"autocomplete": "street-address"},
    )
    max_travel_miles = DecimalField(
        _l("How far do you travel? (miles)"), [NEEDED, NumberRange(min=1, max=310)], places=0
    )
    shifts_wanted = IntegerField(
        _l("How many shifts at once?"),
        [NEEDED, NumberRange(min=1, max=14)],
        description=_l("We plan a few days at a time and never offer you more than this."),
    )
    skills = Ticks(_l("What would you like to do?"))
    languages = Ticks(_l("Languages you speak"))
    language = RadioField(_l("Language of pages and messages"))

    def __init__(self, *args: Any, spoken: tuple[str, ...] = (), **more: Any) -> None:
        if (person := more.get("obj")) is not None:
            more["max_travel_miles"] = round(person.max_travel_km / KM_PER_MILE)
        self._km_before = person.max_travel_km if person is not None else None
        super().__init__(*args, **more)
        self.skills.choices = options(SKILLS.items())
        common = set(COMMON_LANGUAGES) | set(spoken)
        self.languages.choices = options(each for each in language_choices() if each[0] in common)
        self.language.choices = options(PAGE_LANGUAGES.items())

    def _travel_km(self) -> float:
        """What was kept stays as it is unless other miles are written."""
        miles = float(self.max_travel_miles.data or 0)
        if self._km_before is not None and miles == round(self._km_before / KM_PER_MILE):
            return self._km_before
        return min(500.0, miles * KM_PER_MILE)

    def profile(self) -> Profile:
        return Profile(
            name=self.name.data or "",
            home_text=self.home_text.data or "",
            max_travel_km=self._travel_km(),
            shifts_wanted=self.shifts_wanted.data or 0,
            skills=tuple(self.skills.data or ()),
            languages=tuple(self.languages.data or ()),
            language=self.language.data or "en",
        )


class PapersForm(Form):
    """The papers a person has, and the age they have reached."""

    papers = Ticks(_l("Papers I have"))
    age_at_least = IntegerField(
        _l("I am at least this old"),
        [Optional(), NumberRange(1, 99)],
        description=_l("In years. No birthday is kept."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.papers.choices = options((kind, each.label) for kind, each in PAPERS.items())


class StaffProfileForm(ProfileForm):
    """The same, as an organizer corrects it."""

    note = TextAreaField(
        _l("Note"),
        [Length(max=4000)],
        description=_l("What organizers should know. The person can read it in what they download."),
    )


class NewPersonForm(ProfileForm):
    """A volunteer added by staff."""

    email = StringField(_l("Email"), [NEEDED, Length(max=254)], render_kw=EMAIL | {"autocomplete": "off"})
    phone = StringField(_l("Phone"), [SHORT], render_kw={"type": "tel", "autocomplete": "off"})
    area_id = SelectField(_l("Area"), coerce=int)
    email_agreed = BooleanField(_l("They agreed to get emails"))
    text_agreed = BooleanField(_l("They agreed to get texts"))
    agreed_via = RadioField(
        _l("How did they say so?"),
        validate_choice=False,  # none at all is fine where nothing is ticked
        choices=options(
            [
                ("staff_in_person", _l("To me, in person")),
                ("staff_phone", _l("To me, on the phone")),
                ("staff_paper", _l("On a paper form that we keep")),
            ]
        ),
        description=_l("Kept with their yes; they see it on their own page."),
    )

    def validate_agreed_via(self, field: RadioField) -> None:
        """A yes for somebody else needs to say where it comes from."""
        known = {value for value, *_more in field.iter_choices()}
        if (self.email_agreed.data or self.text_agreed.data) and field.data not in known:
            raise StopValidation(_l("Say how they agreed, or leave both unticked."))


def half_hours() -> list[tuple[str, str]]:
    """The times one can choose, from six in the morning to eleven at night."""
    from babel.dates import format_time
    from flask_babel import get_locale

    times = [time(hour, minute) for hour in range(6, 23) for minute in (0, 30)] + [time(23, 0)]
    return [(f"{each:%H:%M}", format_time(each, "short", locale=get_locale() or "en")) for each in times]


class WindowForm(Form):
    """Times when a person can help: the same hours on some weekdays, or on one day; or a day they cannot."""

    weekdays = Ticks(_l("Every week on"), coerce=int)
    day_on = DateField(_l("Or on one day"), [Optional()])
    from_time = SelectField(_l("From"), default="09:00")
    until_time = SelectField(_l("Until"), default="13:00")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.weekdays.choices = options(enumerate(WEEKDAYS))
        self.from_time.choices = self.until_time.choices = options(half_hours())

    def windows(self) -> list[Window]:
        """The windows asked for; raises BadWindow for what cannot be."""
        from_time = time.fromisoformat(self.from_time.data)
        until_time = time.fromisoformat(self.until_time.data)
        days: list[tuple[int | None, date | None]] = [(each, None) for each in self.weekdays.data or ()]
        if self.day_on.data or not days:
            days.append((None, self.day_on.data))
        return [Window(weekday, day_on, from_time, until_time) for weekday, day_on in days]


class AwayForm(Form):
    """A day, or some days, on which a person cannot help: the whole day, or some hours of it."""

    away_on = DateField(_l("Not on"), [NEEDED])
    away_until = DateField(_l("until"), [Optional()], description=_l("Empty means this one day."))
    away_from_time = SelectField(_l("From"), default="")
    away_until_time = SelectField(_l("Until"), default="")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in (self.away_from_time, self.away_until_time):
            field.choices = options([("", _l("The whole day")), *half_hours()])

    def windows(self) -> list[Window]:
        """The days away; raises BadWindow for what cannot be."""
        first = self.away_on.data
        last = self.away_until.data or first
        assert first is not None
        assert last is not None
        if not first <= last <= first + timedelta(days=MOST_DAYS_AWAY - 1):
            raise BadWindow(
                _l("Give a last day up to %(count)s days later.", count=MOST_DAYS_AWAY), field="away_until"
            )
        start, end = self.away_from_time.data, self.away_until_time.data
        from_time = time.fromisoformat(start) if start else time.min
        until_time = time.fromisoformat(end) if end else time(23, 59)
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return [Window(None, day, from_time, until_time, is_away=True) for day in days]


class PasswordForm(Form):
    """A new password for staff."""

    current = PasswordField(
        _l("Current password"), [Length(max=200)], render_kw={"autocomplete": "current-password"}
    )
    password = PasswordField(
        _l("New password"),
        [NEEDED, Length(max=200)],
        description=_l("At least 12 characters. Four unrelated words are good."),
        render_kw={"autocomplete": "new-password"},
    )


class EmailForm(Form):
    """A new address for oneself."""

    email = StringField(_l("New email"), [NEEDED, Length(max=254)], render_kw=EMAIL)


class EraseForm(Form):
    """The last question before a person is erased."""

    is_sure = BooleanField(_l("Yes, erase everything about me; it cannot be undone"), [NEEDED])


class AreaForm(Form):
    """A new area below another."""

    name = StringField(_l("Name"), [NEEDED, SHORT])
    kind = SelectField(_l("Kind"))

    def __init__(self, *args: Any, below: str, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds = list(AREA_KINDS)
        self.kind.choices = options((each, AREA_KINDS[each]) for each in kinds[kinds.index(below) + 1 :])


class RenameForm(Form):
    """Another name for an area."""

    name = StringField(_l("Name"), [NEEDED, SHORT])


class GrantForm(Form):
    """A role for somebody in an area."""

    email = StringField(_l("Email of the person"), [NEEDED, Length(max=254)], render_kw=EMAIL)
    role = SelectField(_l("Role"))

    def __init__(self, *args: Any, up_to: Role, **more: Any) -> None:
        super().__init__(*args, **more)
        self.role.choices = options(role_choices(up_to))


class PersonGrantForm(Form):
    """A role for one person, in an area to choose."""

    role = SelectField(_l("Role"))
    area_id = SelectField(_l("Area"), coerce=int)

    def __init__(self, *args: Any, up_to: Role, areas: list[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.role.choices = options(role_choices(up_to))
        self.area_id.choices = options(areas)


class MoveForm(Form):
    """Another home area for a person."""

    area_id = SelectField(_l("Area"), coerce=int)

    def __init__(self, *args: Any, areas: list[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.area_id.choices = options(areas)


class SettingsForm(Form):
    """The campaign's settings."""

    name = StringField(_l("Name of the campaign"), [NEEDED, SHORT])
    time_zone = StringField(
        _l("Time zone"),
        [NEEDED, SHORT],
        description=_l("As America/New_York. Days and quiet hours follow it."),
    )
    language = RadioField(_l("Language"), choices=options(PAGE_LANGUAGES.items()))
    election_on = DateField(_l("Election day"), [Optional()])
    quiet_from = TimeField(_l("No messages from"), [NEEDED])
    quiet_until = TimeField(_l("until"), [NEEDED])
    reply_to = StringField(_l("Answers to emails go to"), [Length(max=254)], render_kw=EMAIL)
    postal_address = TextAreaField(
        _l("Postal address"), [Length(max=500)], description=_l("Stands under every email, as the law asks.")
    )
    second_factor = RadioField(
        _l("Who signs in with a second step?"),
        choices=options(
            [("admins", _l("Admins")), ("staff", _l("Admins and organizers")), ("nobody", _l("Nobody"))]
        ),
    )

    def settings(self) -> CampaignSettings:
        return CampaignSettings(
            name=self.name.data or "",
            time_zone=self.time_zone.data or "",
            language=self.language.data,
            election_on=self.election_on.data,
            quiet_from=self.quiet_from.data or time(20, 30),
            quiet_until=self.quiet_until.data or time(8, 30),
            reply_to=self.reply_to.data or None,
            postal_address=self.postal_address.data or None,
            second_factor=self.second_factor.data,
        )


def role_choices(up_to: Role) -> list[tuple[str, Any]]:
    """The roles one may hand out, the smallest first."""
    return [(role.value, ROLES[role]) for role in Role if 0 < role.rank <= up_to.rank]
