"""What the parts of one's own data are called on the page that shows them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

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
    "who_comes": _l("How likely I am to come"),
}
FIELDS: dict[str, Any] = {
    "name": _l("Name"), "email": _l("Email"), "phone": _l("Phone"), "home_text": _lp("of a person", "Home"),
    "note": _l("Note"), "tags": _l("Tags"), "language": _l("Language"), "languages": _l("Languages"),
    "skills": _l("Skills"), "at": _l("When"), "event": _l("Event"), "starts_at": _l("Begins"),
    "state": _l("State"), "attendance": _l("Attendance"), "result": _l("Result"), "purpose": _l("For what"),
    "yes": _l("Yes"), "how": _l("How"), "words": _l("Words of"), "browser": _l("Browser"),
    "since": _l("Since"), "seen_at": _l("Last seen"), "text": _l("Text"), "subject": _l("Subject"),
    "sent_at": _l("Sent"), "created_at": _l("Since"), "role": _l("Role"), "area": _l("Area"),
    "weekday": _l("Weekday"), "day": _l("Day"), "from": _l("From"), "until": _l("Until"),
    "area_id": _l("Number of the area"), "time_zone": _l("Time zone"), "latitude": _l("Latitude"),
    "longitude": _l("Longitude"), "location_source": _l("Where the place comes from"),
    "location_accuracy_m": _l("How exact the place is, in metres"),
    "max_travel_km": _l("Travels at most, in km"), "shifts_wanted": _l("Shifts wanted"),
    "show_chance": _l("Chance to come"), "email_agreed_at": _l("Agreed to emails"),
    "text_agreed_at": _l("Agreed to texts"), "is_active": _l("Active"),
    "awaits_confirmation": _l("Not confirmed yet"), "totp_confirmed_at": _l("Codes of an app since"),
    "totp_last_step": _l("Last code of the app"), "joined_via": _l("Came by"),
    "age_at_least": _l("Age at least"), "came": _l("Shifts come to"), "missed": _l("Shifts missed"),
    "merged_into_id": _l("Merged into number"), "search": _l("Words I am found by"),
    "sounds": _l("Sounds I am found by"), "id": _l("Number"), "campaign_id": _l("Number of the campaign"),
    "person_id": _l("Number of the person"), "shift_id": _l("Number of the shift"),
    "way_in": _l("Signed in by"),
    "granted_at": _l("Given"), "action": _l("What happened"), "details": _l("Details"), "kind": _l("Kind"),
    "source": _l("Source"), "channel": _l("By"), "expires_at": _l("Ends"), "ends_at": _l("Ends"),
    "signed_up_at": _l("Signed up"), "confirmed_at": _l("Confirmed"), "cancelled_at": _l("Cancelled"),
}  # fmt: skip


def part_name(key: str) -> str:
    """A part's name; one that nobody named yet, by its key."""
    return str(PARTS.get(key, key.replace("_", " ")))


def field_name(key: str) -> str:
    """A field's name, or its key as words."""
    return str(FIELDS.get(key, key.replace("_", " ")))
