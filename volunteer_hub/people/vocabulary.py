"""The words of people: skills, languages, roles, kinds of areas, parts of the day, with labels to show."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from volunteer_hub.core.access import Role

SKILLS: dict[str, Any] = {
    "canvass": _l("Knock on doors"),
    "phone": _l("Phone people"),
    "data_entry": _l("Data entry"),
    "host": _l("Host an event"),
    "drive": _l("Drive"),
    "translate": _l("Translate"),
    "train": _l("Train others"),
}

# ISO 639-1 codes (639-3 where there is none) of the languages most spoken at home in the United States.
LANGUAGES = (
    "en", "es", "zh", "tl", "vi", "ar", "fr", "ko", "ru", "pt", "ht", "hi", "de", "pl", "it", "ur", "fa",
    "ja", "gu", "bn", "te", "ta", "pa", "uk", "he", "th", "am", "so", "sw", "yo", "hmn", "nv", "km", "lo",
    "ase",
)  # fmt: skip
PAGE_LANGUAGES = {"en": "English", "es": "Español"}

ROLES: dict[Role, Any] = {
    Role.VOLUNTEER: _l("Volunteer"),
    Role.FIELD_LEAD: _l("Field lead"),
    Role.ORGANIZER: _l("Organizer"),
    Role.ADMIN: _l("Admin"),
}

AREA_KINDS: dict[str, Any] = {
    "campaign": _l("Campaign"),
    "state": _l("State"),
    "region": _l("Region"),
    "team": _l("Team"),
}

WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)

_SIGN_LANGUAGE = _l("American Sign Language")


def language_name(code: str) -> str:
    """“Spanish” or “español”, as the reader says it; the code itself when there is no name for it."""
    if code == "ase":
        return str(_SIGN_LANGUAGE)
    locale = get_locale()
    name = locale.languages.get(code, code) if locale else code
    return name[:1].upper() + name[1:]


def language_choices() -> list[tuple[str, str]]:
    """(code, name) of every language one can offer."""
    return [(code, language_name(code)) for code in LANGUAGES]
