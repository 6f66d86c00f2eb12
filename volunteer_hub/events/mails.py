"""The emails of events: what became of a sign-up, with its calendar entry; and asks to fill a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from volunteer_hub.core.display import in_language
from volunteer_hub.events import calendar, links
from volunteer_hub.events.found_by import in_address
from volunteer_hub.events.models import SignUp
from volunteer_hub.events.queries.cards import ShiftCard
from volunteer_hub.events.wording import moment_text, span_text
from volunteer_hub.messaging.services import Draft
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.queries import recipient_by_email

JOIN_LINK_HOLDS = timedelta(hours=24)


def notice(
    sign_up: SignUp, card: ShiftCard, person: Person, campaign: Campaign, *, asked_by: str = ""
) -> Draft:
    """The message that is due for a sign-up (`sign_up.notice`), in the person's language.

    asked_by: the name of the friend who asks them along, if one does.
    """
    kind = _kind(sign_up)
    with in_language(person.language):
        values = _values(card, person, campaign) | {
            "asked_by": plain_name(asked_by),
            "is_waiting": sign_up.state == "waiting",
            "link": links.absolute(links.sign_up_path(sign_up.id)),
            "confirm_by": (
                moment_text(sign_up.confirm_by, *_zones(card, person, campaign)) if sign_up.confirm_by else ""
            ),
            "is_own_doing": sign_up.cancelled_by == person.id,
            "was_shift_cancelled": card.is_cancelled,
        }
        if kind == "invited":
            values["name"] = plain_name(person.name)
        subject = _subject(kind, card, person, campaign, sign_up)
        text = _text(f"messages/events/{kind}.txt", values)
    return Draft(
        key=_key(sign_up, card),
        kind=f"shift_{kind}",
        to=recipient_by_email(person, campaign),
        subject=subject,
        text=text,
        ics=_ics(sign_up, card, person, campaign) if kind not in ("waiting", "invited") else None,
        is_urgent=sign_up.source == "self" and kind in ("confirmation", "waiting"),
        # a late yes still takes a place that is left; a friend's invitation says that it ends
        expires_at=card.ends_at if sign_up.source == "self" else sign_up.confirm_by or card.ends_at,
    )


def several(rows: Sequence[tuple[SignUp, ShiftCard]], person: Person, campaign: Campaign) -> Draft:
    """One message for all that one form changed: the shifts somebody goes to, waits for, or gave up.

    Their calendar entries come in one file. An address that nobody confirmed yet is confirmed by its link.
    """
    rows = sorted(rows, key=lambda each: (each[1].starts_at, each[0].id))
    going = [card for row, card in rows if row.state == "going"]
    unconfirmed = [row for row, _card in rows if row.confirm_by and row.state != "cancelled"]
    first, first_card = next(((r, c) for r, c in rows if r.state != "cancelled"), rows[0])
    with in_language(person.language):
        values = _values(first_card, person, campaign) | {
            "lines": [_line(row, card, person, campaign) for row, card in rows],
            "confirm_by": (
                moment_text(min(row.confirm_by for row in unconfirmed if row.confirm_by),
                            *_zones(first_card, person, campaign))
                if unconfirmed else ""
            ),
            "link": links.absolute(links.sign_up_path(first.id)),
        }  # fmt: skip
        subject = (
            _("Please confirm your shifts")
            if unconfirmed
            else ngettext("Your shift, changed", "Your %(num)d shifts", len(going) or 1)
        )
        text = _text("messages/events/several.txt", values)
    return Draft(
        key=f"shift-{min(row.id for row, _card in rows)}-{max(row.id for row, _card in rows)}-several",
        kind="shift_confirmation",
        to=recipient_by_email(person, campaign),
        subject=subject,
        text=text,
        ics=calendar.calendar_file(
            [_calendar_entry(row, card, person, campaign) for row, card in rows if row.state != "waiting"]
        ),
        is_urgent=all(row.source == "self" for row, _card in rows),
        expires_at=max(card.ends_at for _row, card in rows),
    )


def again(
    rows: Sequence[tuple[SignUp, ShiftCard]], person: Person, campaign: Campaign, *, now: datetime
) -> Draft:
    """The first message once more, for who asks again before they confirmed: at most one an hour."""
    draft = several(rows, person, campaign) if len(rows) > 1 else notice(*rows[0], person, campaign)
    return replace(draft, key=f"{draft.key}-again-{now:%Y%m%d%H}")


def _line(row: SignUp, card: ShiftCard, person: Person, campaign: Campaign) -> dict[str, str]:
    """A shift in a message about several: its words, and what became of it."""
    states = {
        "going": _("A place is kept for you") if row.confirm_by else _("You are going"),
        "waiting": _("Full: the waiting list") if row.confirm_by else _("You are on the waiting list"),
        "cancelled": _("Given up"),
    }
    return {
        "state": states[row.state],
        "event": card.event_name,
        "when": span_text(card.starts_at, card.ends_at, *_zones(card, person, campaign)),
        "place": f"{card.location_name}, {card.address}",
        "link": links.absolute(links.sign_up_path(row.id)) if row.state != "cancelled" else "",
    }


def join(
    cards: Sequence[ShiftCard],
    person: Person,
    campaign: Campaign,
    *,
    now: datetime,
    asked_by: str = "",
    found_by: str | None = None,
) -> Draft:
    """For somebody known whose address was given for shifts: one more tap, from their own mailbox.

    found_by: how they found them, for the sign-up that follows.
    asked_by: the name of a friend who asks them along; then the message keeps the quiet hours and STOP.
    """
    card = cards[0]
    until = min(now + JOIN_LINK_HOLDS, card.starts_at)
    ids = [each.id for each in cards]
    path = (
        links.join_path(card.id, person.id, until)
        if len(ids) == 1
        else links.join_many_path(ids, person.id, until)
    )
    with in_language(person.language):
        values = _values(card, person, campaign) | {
            "link": links.absolute(path + in_address(found_by)),
            "until": moment_text(until, *_zones(card, person, campaign)),
            "asked_by": plain_name(asked_by),
            "others": [
                f"{each.event_name}, "
                f"{span_text(each.starts_at, each.ends_at, *_zones(each, person, campaign))}"
                for each in cards[1:]
            ],
        }
        subject = (
            _("One more tap: %(event)s", event=card.event_name)
            if len(ids) == 1
            else _("One more tap for your %(num)s shifts", num=len(ids))
        )
        text = _text("messages/events/join.txt", values)
    return Draft(
        key=f"join-{'-'.join(map(str, sorted(ids)))}-{person.id}-{now:%Y%m%d}",
        kind="shift_join",
        to=recipient_by_email(person, campaign),
        subject=subject,
        text=text,
        is_urgent=not asked_by,
        expires_at=until,
    )


def passed_on(
    sign_up_id: int, card: ShiftCard, person: Person, campaign: Campaign, *, until: datetime, now: datetime
) -> Draft:
    """For whoever wants to take over a place: one more tap, from their own mailbox."""
    with in_language(person.language):
        values = _values(card, person, campaign) | {
            "link": links.absolute(links.pass_path(sign_up_id, person.id, until)),
            "until": moment_text(until, *_zones(card, person, campaign)),
        }
        subject = _("One more tap: %(event)s", event=card.event_name)
        text = _text("messages/events/passed_on.txt", values)
    return Draft(
        key=f"pass-{sign_up_id}-{person.id}-{now:%Y%m%d}",
        kind="shift_join",
        to=recipient_by_email(person, campaign),
        subject=subject,
        text=text,
        is_urgent=True,
        expires_at=until,
    )


def plain_name(name: str) -> str:
    """A name that somebody else typed, fit for a letter: nothing in it can be a link or a message."""
    words = "".join(each if each.isalpha() or each in " -'’" else " " for each in name).split()
    return " ".join(words)[:40].strip()


def cover(ask_id: int, card: ShiftCard, person: Person, campaign: Campaign, asked_by: str) -> Draft:
    """Asks a volunteer to fill a gap, with a link that takes the place in one tap."""
    with in_language(person.language):
        values = _values(card, person, campaign) | {
            "link": links.absolute(links.join_path(card.id, person.id, card.starts_at)),
            "asked_by": asked_by or campaign.name,
            "places_left": card.places_left,
        }
        when = moment_text(card.starts_at, *_zones(card, person, campaign))
        subject = _("Can you help on %(when)s?", when=when)
        text = _text("messages/events/cover.txt", values)
    return Draft(
        key=f"cover-{ask_id}",
        kind="shift_cover",
        to=recipient_by_email(person, campaign),
        subject=subject,
        text=text,
        expires_at=card.starts_at,
    )


def entry(
    card: ShiftCard,
    person_id: int,
    *,
    changed_at: datetime,
    campaign: Campaign,
    email: str = "",
    is_cancelled: bool = False,
    is_tentative: bool = False,
) -> calendar.Entry:
    """The calendar entry of a person's shift, the same in mail, file and feed.

    It links to the shift's page, or where strangers see none to one's own: a private link would be
    everybody's who shares the calendar.
    """
    path = links.shift_path(campaign.slug, card.id) if card.is_public else links.MINE
    link = links.absolute(path)
    return calendar.Entry(
        uid=calendar.uid_of(card.id, person_id),
        summary=card.event_name,
        starts_at=card.starts_at,
        ends_at=card.ends_at,
        changed_at=changed_at,
        location=f"{card.location_name}, {card.address}",
        description="\n\n".join(filter(None, (card.description, card.notes, card.location_notes, link))),
        url=link,
        latitude=card.latitude,
        longitude=card.longitude,
        is_cancelled=is_cancelled,
        is_tentative=is_tentative,
        organizer=campaign.reply_to or parseaddr(current_app.extensions["vh_config"].mail_from)[1],
        organizer_name=campaign.name,
        attendee=email,
    )


def _ics(sign_up: SignUp, card: ShiftCard, person: Person, campaign: Campaign) -> str:
    one = _calendar_entry(sign_up, card, person, campaign)
    return calendar.calendar_file([one], method="CANCEL" if sign_up.state == "cancelled" else "PUBLISH")


def _calendar_entry(sign_up: SignUp, card: ShiftCard, person: Person, campaign: Campaign) -> calendar.Entry:
    is_cancelled = sign_up.state == "cancelled"
    return entry(
        card,
        person.id,
        changed_at=sign_up.changed_at,
        campaign=campaign,
        email=person.email if is_cancelled else "",
        is_cancelled=is_cancelled,
        is_tentative=sign_up.confirm_by is not None,
    )


def _kind(sign_up: SignUp) -> str:
    kind = sign_up.notice or "confirmation"
    if kind == "confirmation" and sign_up.source == "friend" and sign_up.confirm_by:
        return "invited"
    if kind == "confirmation" and sign_up.state == "waiting":
        return "waiting"
    return kind


def _key(sign_up: SignUp, card: ShiftCard) -> str:
    """One message of each kind for a sign-up; one more for each change of the shift."""
    if sign_up.notice == "change":
        return f"shift-{sign_up.id}-change-{card.sequence}"
    return f"shift-{sign_up.id}-{sign_up.notice}"


def _subject(kind: str, card: ShiftCard, person: Person, campaign: Campaign, sign_up: SignUp) -> str:
    when = moment_text(card.starts_at, *_zones(card, person, campaign))
    if kind == "confirmation" and sign_up.confirm_by:
        return _("Please confirm: %(event)s, %(when)s", event=card.event_name, when=when)
    subjects = {
        "invited": _("Come along? %(event)s, %(when)s", event=card.event_name, when=when),
        "confirmation": _("You are signed up: %(event)s, %(when)s", event=card.event_name, when=when),
        "waiting": _("You are on the waiting list: %(event)s, %(when)s", event=card.event_name, when=when),
        "promotion": (
            _("A place for you, if you say yes: %(event)s, %(when)s", event=card.event_name, when=when)
            if sign_up.confirm_by
            else _("You have a place now: %(event)s, %(when)s", event=card.event_name, when=when)
        ),
        "cancellation": _("Cancelled: %(event)s, %(when)s", event=card.event_name, when=when),
        "change": _("New time or place: %(event)s, %(when)s", event=card.event_name, when=when),
    }
    return subjects[kind]


def _zones(card: ShiftCard, person: Person, campaign: Campaign) -> tuple[str, str | None, str | None]:
    """The zone in which times are told, and those that may differ from it."""
    return campaign.time_zone, card.place_zone, person.time_zone


def _values(card: ShiftCard, person: Person, campaign: Campaign) -> dict[str, Any]:
    return {
        "name": person.name,
        "campaign": campaign.name,
        "card": card,
        "when": span_text(card.starts_at, card.ends_at, *_zones(card, person, campaign)),
        "map_url": links.map_url(card.latitude, card.longitude),
    }


def _text(template: str, values: dict[str, Any]) -> str:
    return current_app.jinja_env.get_template(template).render(**values).strip() + "\n"
