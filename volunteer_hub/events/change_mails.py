"""The one email about all that organizers changed of somebody's shifts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.core.display import in_language
from volunteer_hub.events import calendar, links, mails
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.queries.cards import ShiftCard
from volunteer_hub.events.queries.elsewhere import open_near
from volunteer_hub.events.wording import moment_text, span_text
from volunteer_hub.messaging.services import Draft
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.queries import recipient_by_email

Pair = tuple[SignUp, ShiftCard]


class Elsewhere:
    """Why a shift was cancelled and what is open near it, looked up once a shift for a batch of messages."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._open: dict[int, list[ShiftCard]] = {}
        self._why: dict[int, str] = {}

    def near(self, card: ShiftCard) -> list[ShiftCard]:
        """The nearest open shifts."""
        if card.id not in self._open:
            self._open[card.id] = open_near(card, now=self.now)
        return self._open[card.id]

    def why(self, card: ShiftCard) -> str:
        """The organizer's words."""
        if card.id not in self._why:
            query = select(Shift.cancelled_why).where(Shift.id == card.id)
            self._why[card.id] = db.session.scalar(query) or ""
        return self._why[card.id]


def changed(rows: Sequence[Pair], person: Person, campaign: Campaign, elsewhere: Elsewhere) -> Draft:
    """One message: each shift as it is now and as it was, why it was cancelled, what is open near it.

    Its calendar file updates or removes each entry in place.
    """
    rows = sorted(rows, key=lambda each: (each[1].starts_at, each[0].id))
    gone = [card for row, card in rows if row.state == "cancelled"]
    with in_language(person.language):
        values = {
            "name": person.name,
            "lines": [_line(*each, person, campaign, elsewhere) for each in rows],
            "all_gone": len(gone) == len(rows),
            "several": len(rows) > 1,
            "others": _others(gone, rows, person, campaign, elsewhere),
        }
        subject = _subject(rows, gone, person, campaign)
        text = _text(values)
    entries = [_entry(*each, person, campaign) for each in rows if each[0].state != "waiting"]
    return Draft(
        key=_key(rows),
        kind="shift_cancellation" if values["all_gone"] else "shift_change",
        to=recipient_by_email(person, campaign),
        subject=subject,
        text=text,
        ics=calendar.calendar_file(entries, method="CANCEL" if values["all_gone"] else "PUBLISH")
        if entries
        else None,
        expires_at=max(card.ends_at for _row, card in rows),
    )


def _key(rows: Sequence[Pair]) -> str:
    """One message for each state that its shifts come to."""
    states = "-".join(f"{row_id}.{sequence}" for row_id, sequence in sorted(
        (row.id, card.sequence) for row, card in rows
    ))  # fmt: skip
    whole = hashlib.sha256(states.encode()).hexdigest()[:20] if len(rows) > 1 else states
    return f"shift-{min(row.id for row, _card in rows)}-change-{whole}"


def _subject(rows: Sequence[Pair], gone: Sequence[ShiftCard], person: Person, campaign: Campaign) -> str:
    if len(rows) > 1:
        return _("Changes to %(num)s of your shifts", num=len(rows))
    card = rows[0][1]
    when = moment_text(card.starts_at, *_zones(card, person, campaign))
    if gone:
        return _("Cancelled: %(event)s, %(when)s", event=card.event_name, when=when)
    return _("New time or place: %(event)s, %(when)s", event=card.event_name, when=when)


def _line(
    row: SignUp, card: ShiftCard, person: Person, campaign: Campaign, elsewhere: Elsewhere
) -> dict[str, Any]:
    """A shift as it is now, what of it was otherwise, and where to look or cancel."""
    zones = _zones(card, person, campaign)
    known = row.known or {}
    when = span_text(card.starts_at, card.ends_at, *zones)
    since, until = (datetime.fromisoformat(known[each]) for each in ("starts_at", "ends_at"))
    was = span_text(since, until, *zones)
    place = f"{card.location_name}, {card.address}"
    is_gone = row.state == "cancelled"
    return {
        "event": card.event_name,
        "is_gone": is_gone,
        "is_waiting": row.state == "waiting",
        "when": was if is_gone else when,
        "was": was if was != when and not is_gone else "",
        "place": known["place"] if is_gone else place,
        "place_was": known["place"] if known["place"] != place and not is_gone else "",
        "map_url": links.map_url(card.latitude, card.longitude),
        "lead": card.lead_name,
        "notes": card.notes,
        "why": elsewhere.why(card) if is_gone else "",
        "link": links.absolute(links.sign_up_path(row.id)),
    }


def _others(
    gone: Sequence[ShiftCard],
    rows: Sequence[Pair],
    person: Person,
    campaign: Campaign,
    elsewhere: Elsewhere,
) -> list[dict[str, str]]:
    """Up to three open shifts near those that do not take place, with a link that takes a place each."""
    mine = {card.id for _row, card in rows}
    found = {each.id: each for card in gone for each in elsewhere.near(card) if each.id not in mine}
    return [
        {
            "event": card.event_name,
            "when": span_text(card.starts_at, card.ends_at, *_zones(card, person, campaign)),
            "place": card.location_name,
            "link": links.absolute(links.join_path(card.id, person.id, card.starts_at)),
        }
        for card in list(found.values())[:3]
    ]


def _entry(row: SignUp, card: ShiftCard, person: Person, campaign: Campaign) -> calendar.Entry:
    is_gone = row.state == "cancelled"
    return mails.entry(
        card,
        person.id,
        changed_at=row.changed_at,
        campaign=campaign,
        email=person.email if is_gone else "",
        is_cancelled=is_gone,
        is_tentative=row.confirm_by is not None,
    )


def _zones(card: ShiftCard, person: Person, campaign: Campaign) -> tuple[str, str | None, str | None]:
    return campaign.time_zone, card.place_zone, person.time_zone


def _text(values: dict[str, Any]) -> str:
    template = current_app.jinja_env.get_template("messages/events/changed.txt")
    return template.render(**values).strip() + "\n"
