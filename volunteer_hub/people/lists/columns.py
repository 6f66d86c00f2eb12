"""Which column of a list of volunteers is what: a guess from headers and values, for a person to confirm."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

FIELDS: dict[str, Any] = {
    "name": _l("Whole name"),
    "given_name": _l("Given name"),
    "family_name": _l("Family name"),
    "email": _l("Email"),
    "phone": _l("Phone"),
    "address": _l("Street address"),
    "city": _l("Town"),
    "state": _l("State"),
    "zip": _l("ZIP code"),
    "latitude": _l("Latitude"),
    "longitude": _l("Longitude"),
    "languages": _l("Languages they speak"),
    "language": _l("Language of messages"),
    "skills": _l("Would like to"),
    "tags": _l("Tags"),
    "travel": _l("How far they travel"),
    "email_agreed": _l("Agreed to emails"),
    "text_agreed": _l("Agreed to texts"),
    "note": _l("Note"),
}
_HEADERS = {
    "email": r"(?:e ?mail|correo)(?: ?(?:address|addr|1|electronico))?|primary email",
    "given_name": r"(?:first|given|fore) ?(?:name|nm)?|fname|nombre",
    "family_name": r"(?:last|family|sur) ?(?:name|nm)?|lname|surname|apellidos?",
    "name": r"(?:full|whole|volunteer|contact|display)? ?name|volunteer|nombre completo",
    "phone": r"(?:preferred |primary )?(?:(?:mobile|cell|home|cellular)? ?(?:tele)?phone|mobile|cell|"
    r"telefono)(?: ?(?:number|no|1))?",
    "zip": r"(?:home |mailing )?(?:zip|postal|post)(?: ?(?:code|5))?|codigo postal",
    "address": r"(?:home|street|mailing)? ?(?:address|addr)(?: ?(?:line)? ?1)?|street|home|direccion",
    "city": r"(?:home |mailing )?(?:city|town)|ciudad",
    "state": r"(?:home |mailing )?(?:state|province)|estado",
    "latitude": r"lat(?:itude)?|y",
    "longitude": r"(?:lon|lng|long)(?:gitude)?|x",
    "language": r"(?:preferred|message) language|language (?:of|for) messages|language preference",
    "languages": r"languages?|spoken languages?|languages? (?:spoken|they speak)|speaks|idiomas?",
    "skills": r"skills?|interests?|would like to|activities|how (?:can|would) you .*help|habilidades",
    "tags": r"tags?|labels?|etiquetas?",
    "travel": r"(?:max )?travel(?: ?(?:distance|radius))?(?: ?(?:km|miles?|mi))?|radius(?: (?:km|miles?))?",
    "email_agreed": r"(?:e ?mail|mail) ?(?:agreed|consent|ok|opt ?in|opted in|permission|subscribed)|"
    r"agreed to emails?|(?:ok|opt in) to email|email me",
    "text_agreed": r"(?:texts?|sms|mobile|phone) ?(?:agreed|consent|ok|opt ?in|opted in|permission)|"
    r"agreed to texts?|(?:ok|opt in) to (?:text|sms)|text me",
    "note": r"notes?|comments?|remarks?|notas?",
}
_PATTERNS = {field: re.compile(pattern) for field, pattern in _HEADERS.items()}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d\s().\-]{10,18}(?: ?(?:x|ext)\.? ?\d+)?")
_ZIP = re.compile(r"\d{5}(?:-\d{4})?")
_BY_VALUE: dict[str, Callable[[str], bool]] = {
    "email": lambda value: bool(_EMAIL.fullmatch(value)),
    "phone": lambda value: bool(_PHONE.fullmatch(value)) and sum(map(str.isdigit, value)) >= 10,
    "zip": lambda value: bool(_ZIP.fullmatch(value)),
    "name": lambda value: 1 < len(value.split()) < 5 and not any(c.isdigit() or c == "@" for c in value),
}


def normal(name: str) -> str:
    """A header in lower case words: "FirstName", "FIRST_NAME" and "first name." are one."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.translate(_PLAIN))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", name.lower()).split())


_PLAIN = str.maketrans("áéíóúüñÁÉÍÓÚÜÑ", "aeiouunAEIOUUN")


def names_of(header: Sequence[str]) -> list[str]:
    """Header cells as names that are never empty and never twice."""
    seen: dict[str, int] = {}
    found = []
    for at, cell in enumerate(header, start=1):
        name = " ".join(cell.split())[:80] or str(_l("Column %(n)s", n=at))
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Is the first row a header? An email, a phone number or a ZIP in it speaks against."""
    if not rows:
        return False
    values = [cell.strip() for cell in rows[0]]
    if any(_BY_VALUE[field](value) for field in ("email", "phone", "zip") for value in values):
        return False
    return any(pattern.fullmatch(normal(value)) for pattern in _PATTERNS.values() for value in values)


def guess(names: Sequence[str], rows: Sequence[Sequence[str]], *, has_header: bool) -> dict[str, int]:
    """field -> column. Headers are asked first, then what the values look like."""
    found: dict[str, int] = {}
    if has_header:
        plain = [normal(name) for name in names]
        for field in FIELDS:
            at = next((n for n, name in enumerate(plain) if _PATTERNS[field].fullmatch(name)), None)
            if at is not None and at not in found.values():
                found[field] = at
    for field, fits in _BY_VALUE.items():
        is_known = field in found or (field == "name" and {"given_name", "family_name"} & found.keys())
        at = None if is_known else _fitting(fits, rows, set(found.values()), len(names))
        if at is not None and not (has_header and field == "name"):
            found[field] = at
    return found


def _fitting(
    fits: Callable[[str], bool], rows: Sequence[Sequence[str]], taken: set[int], width: int
) -> int | None:
    for at in range(width):
        values = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
        if at not in taken and values and sum(map(fits, values)) > 0.7 * len(values):
            return at
    return None


def lacking(fields: set[str]) -> list[Any]:
    """What a mapping still lacks before a list can be read."""
    lacks = []
    if "email" not in fields:
        lacks.append(_l("the email, by which everybody here signs in"))
    if not fields & {"name", "given_name", "family_name"}:
        lacks.append(_l("the name: one column, or given and family name"))
    if len(fields & {"latitude", "longitude"}) == 1:
        lacks.append(_l("latitude and longitude together, or neither"))
    return lacks
