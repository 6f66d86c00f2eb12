"""After a shift: thanks with what was achieved to who came, one kind word to who was marked as missing.

Each once (`thanked_at`, `followed_up_at`), on a channel they agreed to, outside quiet hours, within a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from flask import current_app
from sqlalchemy import update

from volunteer_hub.core.db import db
from volunteer_hub.events import mails_after
from volunteer_hub.events.models import SignUp
from volunteer_hub.events.queries.after import DueWord, came_to, due_words
from volunteer_hub.events.queries.cards import ShiftCard, shift_cards
from volunteer_hub.events.queries.listing import Near, ShiftSearch, upcoming_shifts
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign

Achieved: TypeAlias = Callable[[Sequence[int]], dict[int, list[tuple[str, int]]]]
"""A function of the table ACHIEVED of app.py: shift ids -> {shift id: [(code, number)]}."""
NEAR_KM = 50.0
NEXT_SHOWN = 3


def post_words(*, now: datetime, limit: int) -> int:
    """Post what is due after shifts, and note it in the same transaction. Returns how many people."""
    due = due_words(now, limit=limit)
    by_campaign: dict[int, list[DueWord]] = {}
    for each in due:
        by_campaign.setdefault(each.campaign_id, []).append(each)
    for campaign_id, words in by_campaign.items():
        _post(campaign_id, words, now)
    for word, column in (("thanks", "thanked_at"), ("missed", "followed_up_at")):
        ids = [each.sign_up_id for each in due if each.word == word]
        if ids:
            db.session.execute(update(SignUp).where(SignUp.id.in_(ids)).values({column: now}))
    return len(due)


def _post(campaign_id: int, words: Sequence[DueWord], now: datetime) -> None:
    campaign: Campaign = db.session.get_one(Campaign, campaign_id)
    cards = shift_cards(campaign_id, {each.shift_id for each in words})
    recipients = people.recipients({each.person_id for each in words})
    achieved = achievements(list(cards))
    following = {card.id: _next_near(card, campaign, now) for card in cards.values()}

    def draft(each: DueWord, to: Recipient) -> messaging.Draft:
        card = cards[each.shift_id]
        return mails_after.after(
            each.word,
            each.sign_up_id,
            card,
            to,
            campaign,
            achieved=achieved.get(card.id, ()) if each.word == "thanks" else (),
            next_shifts=following[card.id],
        )

    messaging.post_many(
        campaign_id,
        [draft(each, recipients[each.person_id]) for each in words if each.person_id in recipients],
    )


def achievements(shift_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """What was achieved on each shift: how many came, and what other features know; zeros left out."""
    found: dict[int, list[tuple[str, int]]] = {
        shift_id: [("came", came)] for shift_id, came in came_to(list(shift_ids)).items() if came > 1
    }
    tables: Iterable[Achieved] = current_app.extensions.get("achieved", ())
    for count in tables:
        for shift_id, more in count(shift_ids).items():
            found.setdefault(shift_id, []).extend((code, number) for code, number in more if number)
    return found


def _next_near(card: ShiftCard, campaign: Campaign, now: datetime) -> list[ShiftCard]:
    """Shifts with a free place, soonest first, not far from this one."""
    wanted = ShiftSearch(near=Near(card.latitude, card.longitude, NEAR_KM), only_free=True, sort="soonest")
    return upcoming_shifts(
        campaign.id, wanted, now=now, time_zone=campaign.time_zone, members=False, most=NEXT_SHOWN
    )
