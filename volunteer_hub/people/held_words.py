"""What the parts of one's own data are called on the page that shows them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

PARTS: dict[str, Any] = {
    "person": _l("About me"),
    "availability": _l("Times"),
    "consents": _l("What I agree to"),
    "shifts": _l("My shifts"),
    "assignments": _l("What I was offered"),
    "knocks": _l("Doors I knocked on"),
    "canvassing": _l("When I was out, and calls for help"),
    "roles": _l("Roles"),
    "messages": _l("Messages to me"),
    "texts_from_you": _l("Texts I sent"),
    "sessions": _l("Where I am signed in"),
    "log": _l("What the log says of me"),
    "records": _l("All rows as they are kept"),
    "named_in": _l("Where else I am named"),
}
FIELDS: dict[str, Any] = {
    "name": _l("Name"), "email": _l("Email"), "phone": _l("Phone"), "home_text": _l("Home"),
    "note": _l("Note"), "tags": _l("Tags"), "language": _l("Language"), "languages": _l("Languages"),
    "skills": _l("Skills"), "at": _l("When"), "event": _l("Event"), "starts_at": _l("Begins"),
    "state": _l("State"), "attendance": _l("Attendance"), "result": _l("Result"), "purpose": _l("For what"),
    "yes": _l("Yes"), "how": _l("How"), "words": _l("Words of"), "browser": _l("Browser"),
    "since": _l("Since"), "seen_at": _l("Last seen"), "text": _l("Text"), "subject": _l("Subject"),
    "sent_at": _l("Sent"), "created_at": _l("Since"), "role": _l("Role"), "area": _l("Area"),
    "weekday": _l("Weekday"), "day": _l("Day"), "from": _l("From"), "until": _l("Until"),
}  # fmt: skip


def part_name(key: str) -> str:
    """A part's name; one that nobody named yet, by its key."""
    return str(PARTS.get(key, key.replace("_", " ")))


def field_name(key: str) -> str:
    """A field's name, or its key as words."""
    return str(FIELDS.get(key, key.replace("_", " ")))
