"""What a row of a list says about a person, in the words of people who keep lists. Pure: asks no database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from babel import Locale
from flask_babel import gettext as _

from volunteer_hub.core.display import KM_PER_MILE
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people.contact import normal_email, normal_phone
from volunteer_hub.people.filters import tag_name
from volunteer_hub.people.places import UnknownPlace, home_of
from volunteer_hub.people.services.bulk import NewPerson
from volunteer_hub.people.services.tags import MOST_TAGS
from volunteer_hub.people.vocabulary import LANGUAGES, PAGE_LANGUAGES

MOST_NAME, MOST_NOTE, MOST_HOME = 200, 4000, 200
USUAL_TRAVEL_KM = 25.0
_YES = {"y", "yes", "true", "t", "1", "x", "✓", "✔", "si", "sí", "on", "agreed", "ok", "opted in", "opt in",
        "opt-in", "subscribed", "granted"}  # fmt: skip
_NO = {"", "n", "no", "false", "f", "0", "off", "none", "-", "–", "opted out", "opt out", "opt-out",
       "unsubscribed"}  # fmt: skip
_SKILL_WORDS = {
    "canvass": ("canvass", "door", "knock", "walk", "puerta"),
    "phone": ("phone", "call", "dial", "text bank", "llama", "teléfono", "telefono"),
    "data_entry": ("data", "entry", "spreadsheet", "datos"),
    "host": ("host", "house part", "anfitri"),
    "drive": ("driv", "ride", "manej", "conduc"),
    "translate": ("translat", "interpret", "tradu"),
    "train": ("train", "teach", "coach", "capacit"),
}
_SPLIT = re.compile(r"[;,/|+&\n]+|\band\b|\by\b")
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(km|kilomet\w*|k|mi|miles?|millas?)?\.?", re.I)


class BadRow(ValueError):
    """This row cannot be a person; the sentence says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as a person. `doubts`: why somebody should look before this person is added.

    `is_vague`: a column of consent held something else than yes or no, taken as no.
    """

    person: NewPerson
    doubts: tuple[str, ...] = ()
    is_vague: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How a list is read: which column is what, its language, and what the organizer asserts."""

    columns: Mapping[str, int]
    header: Sequence[str] = ()
    language: str = "en"
    all_agreed_to_email: bool = False


@dataclass
class _Row:
    """The cells of one row by field, and what is gathered on the way."""

    how: Reading
    cells: Sequence[str]
    doubts: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        at = self.how.columns.get(name)
        text = self.cells[at].strip() if at is not None and at < len(self.cells) else ""
        return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text  # as our own exports protect cells

    def keep(self, label: str, text: str) -> None:
        """What has no place of its own stands in the note, so that nothing is lost."""
        self.kept.append(f"{label}: {text}")


def read_row(cells: Sequence[str], how: Reading) -> ReadRow:
    """The person a row speaks of. Raises BadRow."""
    row = _Row(how, cells)
    email, name = _email(row["email"]), _name(row)
    languages, language = _languages(row)
    email_agreed, text_agreed = _agreed(row["email_agreed"]), _agreed(row["text_agreed"])
    person = NewPerson(
        email=email,
        name=name,
        phone=_phone(row),
        languages=languages,
        language=language,
        skills=_skills(row),
        tags=_tags(row["tags"]),
        max_travel_km=_travel(row),
        email_agreed=how.all_agreed_to_email if email_agreed is None else email_agreed,
        text_agreed=bool(text_agreed),
    )
    person = _with_home(row, person)
    is_vague = any(
        _agreed(text) is None and text.lower() not in _NO
        for text in (row["email_agreed"], row["text_agreed"])
    )
    return ReadRow(replace(person, note=_note(row)), tuple(row.doubts), is_vague)


def phone_alone(cells: Sequence[str], how: Reading) -> str | None:
    """The phone number of a row without an email, by which somebody may be known."""
    row = _Row(how, cells)
    try:
        return None if row["email"] else normal_phone(row["phone"])
    except Refusal:
        return None


def _email(text: str) -> str:
    if not text:
        raise BadRow(_("There is no email. Everybody here needs one: it is how they sign in."))
    try:
        return normal_email(text.removeprefix("mailto:").strip("<> "))
    except Refusal:
        raise BadRow(
            _("“%(text)s” is no email address; write it as name@example.org.", text=text[:60])
        ) from None


def _name(row: _Row) -> str:
    name = row["name"]
    if name.count(",") == 1 and not row["given_name"]:
        name = " ".join(reversed(name.split(",")))  # "Pérez, Ana"
    parts = [row["given_name"], row["family_name"]]
    name = " ".join((" ".join(filter(None, parts)) or name).split())
    if not name:
        raise BadRow(_("The name is missing."))
    if len(name) > MOST_NAME:
        raise BadRow(_("The name is longer than %(most)s characters.", most=MOST_NAME))
    return name


def _phone(row: _Row) -> str:
    try:
        return normal_phone(row["phone"]) or ""
    except Refusal:
        row.doubts.append(_("“%(text)s” is no phone number that we can read.", text=row["phone"][:40]))
        row.keep(_("Phone in the list"), row["phone"][:100])
        return ""


def _with_home(row: _Row, person: NewPerson) -> NewPerson:
    text = _home_text(row)
    if row["latitude"] or row["longitude"]:
        return replace(person, home_text=text, **_point(row))
    if not text:
        return person
    try:
        _known_place(text)
    except UnknownPlace:
        row.doubts.append(
            _("We cannot place “%(text)s”; a ZIP code of five digits would do.", text=text[:60])
        )
        row.keep(_("Home in the list"), text)
        return person
    return replace(person, home_text=text)


def _home_text(row: _Row) -> str:
    code = row["zip"]
    if code.isdigit() and len(code) in (3, 4):
        code = code.zfill(5)  # a spreadsheet took the leading zero away
    place = " ".join(filter(None, (row["state"], code)))
    parts = [row["address"], row["city"], place]
    if code and row["address"].rstrip().endswith(code):
        parts = [row["address"]]
    text = " ".join(", ".join(filter(None, parts)).split())
    if len(text) > MOST_HOME:
        raise BadRow(_("The address is longer than %(most)s characters.", most=MOST_HOME))
    return text


@lru_cache(maxsize=20_000)
def _known_place(text: str) -> bool:
    """True for a place that we know; raises UnknownPlace."""
    return bool(home_of(text))


def _point(row: _Row) -> dict[str, Any]:
    try:
        latitude, longitude = (float(row[name].replace(",", ".")) for name in ("latitude", "longitude"))
    except ValueError:
        raise BadRow(_("Latitude and longitude must be numbers of degrees, as 29.21 and -81.02.")) from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadRow(_("The point is not on the earth: latitude −90 to 90, longitude −180 to 180."))
    return {"latitude": latitude, "longitude": longitude}


def _travel(row: _Row) -> float:
    text = row["travel"]
    if not text:
        return USUAL_TRAVEL_KM
    found = _NUMBER.fullmatch(text)
    distance = float(found[1].replace(",", ".")) if found else 0.0
    unit = (found[2] or "").lower() if found else ""
    at = row.how.columns["travel"]
    head = row.how.header[at].lower() if at < len(row.how.header) else ""
    is_km = unit.startswith("k") or (not unit and re.search(r"km\b|kilomet", head.replace("_", " ")))
    km = distance if is_km else distance * KM_PER_MILE
    if not 1 <= km <= 500:
        raise BadRow(_("“%(text)s” is no distance: write 1 to 310, in miles, or as “16 km”.", text=text[:40]))
    return round(km, 1)


def _languages(row: _Row) -> tuple[tuple[str, ...], str]:
    spoken, strange = _sorted_out(
        row["languages"], LANGUAGES, lambda word: _language_words().get(word.lower())
    )
    if strange:
        row.keep(_("Languages in the list"), ", ".join(strange)[:200])
    wanted = _language_words().get(row["language"].lower())
    if wanted not in PAGE_LANGUAGES:
        others = [code for code in spoken if code in PAGE_LANGUAGES]
        wanted = others[0] if others and row.how.language not in spoken else row.how.language
    return spoken or (wanted,), wanted


def _sorted_out(
    text: str, codes: Iterable[str], meaning: Callable[[str], str | None]
) -> tuple[tuple[str, ...], list[str]]:
    """The codes that the words of a cell mean, and the words that mean none."""
    words = text.split() if set(text.split()) <= set(codes) else _SPLIT.split(text)
    found: dict[str, None] = {}
    strange: list[str] = []
    for word in filter(None, (each.strip() for each in words)):
        if code := meaning(word):
            found[code] = None
        else:
            strange.append(word)
    return tuple(found), strange


@lru_cache(maxsize=1)
def _language_words() -> dict[str, str]:
    """“spanish”, “español” and “es” all mean es."""
    found = {code: code for code in LANGUAGES} | {"asl": "ase", "american sign language": "ase"}
    for reader in PAGE_LANGUAGES:
        found |= {Locale.parse(reader).languages.get(code, code).lower(): code for code in LANGUAGES}
    return found | {"mandarin": "zh", "cantonese": "zh", "tagalog": "tl", "creole": "ht", "farsi": "fa"}


def _skills(row: _Row) -> tuple[str, ...]:
    found, strange = _sorted_out(row["skills"], _SKILL_WORDS, _skill_of)
    if strange:
        row.keep(_("Would like to"), ", ".join(strange)[:400])
    return found


def _tags(text: str) -> tuple[str, ...]:
    """Tags are parted by commas or semicolons."""
    names = (tag_name(each) for each in re.split(r"[,;|]", text))
    return tuple(dict.fromkeys(filter(None, names)))[:MOST_TAGS]


def _skill_of(word: str) -> str | None:
    plain = word.lower()
    return next(
        (skill for skill, parts in _SKILL_WORDS.items() if skill == plain or any(p in plain for p in parts)),
        None,
    )


def _agreed(text: str) -> bool | None:
    """True and False for a plain yes and no; None where nothing is said, or nothing that is either."""
    plain = text.strip().lower().rstrip(".!")
    return True if plain in _YES else False if plain and plain in _NO else None


def _note(row: _Row) -> str:
    note = "\n".join(filter(None, [row["note"], *row.kept]))
    if len(note) > MOST_NOTE:
        raise BadRow(_("The note is longer than %(most)s characters.", most=MOST_NOTE))
    return note
