"""A yes or no by text to a reminder takes effect: the place is confirmed or given up, and an answer says
so."""

from __future__ import annotations

import re
from datetime import datetime

from flask_babel import gettext as _

from volunteer_hub.core.db import db
from volunteer_hub.core.display import in_language
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.events import queries as events
from volunteer_hub.events import services
from volunteer_hub.events.queries.sign_ups import MyShift
from volunteer_hub.events.wording import moment_text
from volunteer_hub.messaging import incoming
from volunteer_hub.messaging import queries as texts
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.queries import TextAnswer
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign

_REMINDER = re.compile(r"reminder-(?:day|hours)-(?P<sign_up>\d+)-")


def answer(text_id: int, *, now: datetime) -> bool:
    """Let one answer take effect, once. False if it has, or if nobody can tell what it is about."""
    given = texts.text_answer(text_id)
    found = _REMINDER.match(given.about) if given else None
    if given is None or found is None:
        return False
    incoming.note_answered(text_id, now=now)
    try:
        mine = events.my_sign_up(given.campaign_id, int(found["sign_up"]))
    except NotFound:  # the shift is gone altogether, and those on it were told
        return False
    to = people.recipients([mine.person_id], "text").get(mine.person_id)
    with in_language(to.language if to else given.language):
        said = _take_effect(given, mine, to, now)
    if to is not None:
        key = f"text-answer-{text_id}"
        messaging.post_once(given.campaign_id, key, "text_answer", to, "", said, is_urgent=True)
    return True


def _take_effect(given: TextAnswer, mine: MyShift, to: Recipient | None, now: datetime) -> str:
    """Confirm or cancel, and say what happened."""
    card, campaign = mine.card, db.session.get_one(Campaign, given.campaign_id)
    when = moment_text(card.starts_at, campaign.time_zone, card.place_zone, to.time_zone if to else None)
    words = {"event": card.event_name, "when": when, "place": card.location_name}
    try:
        if given.meant == "confirm":
            services.confirm(given.campaign_id, mine.sign_up_id, now=now)
            return _("Thank you! See you %(when)s at %(place)s: %(event)s.", **words)
        services.cancel_sign_up(given.campaign_id, mine.sign_up_id, by=mine.person_id, now=now)
        return _("You are off %(event)s, %(when)s. Thank you for telling us.", **words)
    except Refusal as refusal:
        return str(refusal.sentence)
