"""The words after a shift: thanks with what was achieved, and one kind word to who was marked as missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from volunteer_hub.core.display import in_language
from volunteer_hub.events import links
from volunteer_hub.events.queries.after import Word
from volunteer_hub.events.queries.cards import ShiftCard
from volunteer_hub.events.wording import moment_text, span_text
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.messaging.services import Draft
from volunteer_hub.people.models import Campaign


def after(
    word: Word,
    sign_up_id: int,
    card: ShiftCard,
    to: Recipient,
    campaign: Campaign,
    *,
    achieved: Sequence[tuple[str, int]] = (),
    next_shifts: Sequence[ShiftCard] = (),
) -> Draft:
    """The draft in the reader's language. achieved: (code of ACHIEVEMENTS, number), zeros left out."""
    with in_language(to.language):
        values: dict[str, Any] = {
            "to": to,
            "card": card,
            "when": span_text(
                card.starts_at, card.ends_at, campaign.time_zone, card.place_zone, to.time_zone
            ),
            "lines": [achievement(code, number) for code, number in achieved],
            "next_shifts": [
                (_named(each, campaign, to), _shift_link(each, campaign)) for each in next_shifts
            ],
            "link": links.absolute(links.sign_up_path(sign_up_id)),
            "more": links.absolute(f"/c/{campaign.slug}/shifts"),
        }
        subject = (
            _("Thank you: %(event)s", event=card.event_name)
            if word == "thanks"
            else _("We missed you: %(event)s", event=card.event_name)
        )
        suffix = "" if to.channel == "email" else "_text"
        text = current_app.jinja_env.get_template(f"messages/events/{word}{suffix}.txt").render(**values)
    return Draft(
        key=f"after-{word}-{sign_up_id}",
        kind=f"shift_{word}",
        to=to,
        subject=subject,
        text=text.strip() + "\n",
    )


def achievement(code: str, number: int) -> str:
    """“214 doors knocked”, in the reader's language."""
    return {
        "came": lambda: ngettext("%(num)d of us came", "%(num)d of us came", number),
        "places": lambda: ngettext("%(num)d place filled", "%(num)d places filled", number),
        "doors": lambda: ngettext("%(num)d door knocked on", "%(num)d doors knocked on", number),
        "talks": lambda: ngettext("%(num)d conversation", "%(num)d conversations", number),
    }[code]()


def _named(card: ShiftCard, campaign: Campaign, to: Recipient) -> str:
    at = moment_text(card.starts_at, campaign.time_zone, card.place_zone, to.time_zone)
    return f"{at}: {card.event_name}, {card.location_name}"


def _shift_link(card: ShiftCard, campaign: Campaign) -> str:
    return links.absolute(f"/c/{campaign.slug}/shifts/{card.id}")
