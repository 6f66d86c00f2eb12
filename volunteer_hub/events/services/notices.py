"""Posting the messages that sign-ups and asks for cover are due, once each.

A sign-up says itself which message is due (`notice`); it is blanked in the transaction that puts the
message into the outbox. So a job may run twice, late or never: the sweep finds what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.events import mails
from volunteer_hub.events.change_mails import Elsewhere, changed
from volunteer_hub.events.models import SignUp
from volunteer_hub.events.queries.cards import ShiftCard, shift_cards
from volunteer_hub.events.queries.cover import asks_to_post
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.models import Message
from volunteer_hub.messaging.services import Draft
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.queries import names


def post_notices(sign_up_ids: Sequence[int]) -> int:
    """Post what these sign-ups are due; what another worker has in hand is passed over. Returns how many.

    What one form of one person did at one instant (several shifts, or one for another) is one message; so is
    all that organizers changed of a person's shifts and that falls due together (services/telling.py).
    """
    seed = aliased(SignUp)
    done_together = select(SignUp.id).join(
        seed, (seed.person_id == SignUp.person_id) & (seed.notice_at == SignUp.notice_at)
    )
    ids = done_together.where(seed.id == func.any(list(sign_up_ids)))
    query = (
        select(SignUp, Person, Campaign)
        .join(Person, Person.id == SignUp.person_id)
        .join(Campaign, Campaign.id == SignUp.campaign_id)
        .where(SignUp.id.in_(ids), SignUp.notice.is_not(None), SignUp.notice_at.is_not(None))
        .order_by(SignUp.id)
        .with_for_update(of=SignUp, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    due = _to_be_told(list(db.session.execute(query)))
    cards = _cards((row.campaign_id, row.shift_id) for row, _person, _campaign in due)
    askers = names(row.brought_by for row, *_others in due if row.brought_by)
    elsewhere = Elsewhere(clock.now())
    drafts: dict[int, list[Draft]] = {}
    for rows, person, campaign in _by_message(due):
        if person.is_active:
            pairs = [(row, cards[row.shift_id]) for row in rows]
            if rows[0].known is not None:
                drafts.setdefault(campaign.id, []).append(changed(pairs, person, campaign, elsewhere))
                continue
            asked_by = askers.get(rows[0].brought_by or 0, "")
            drafts.setdefault(campaign.id, []).append(
                mails.several(pairs, person, campaign)
                if len(rows) > 1
                else mails.notice(*pairs[0], person, campaign, asked_by=asked_by)
            )
    for row, _person, _campaign in due:
        row.notice = row.notice_at = row.known = None
    return _post(drafts)


Due = tuple[SignUp, Person, Campaign]


def _to_be_told(due: Sequence[Due]) -> list[Due]:
    """Those of the due that may be written to; what the others were due is put away.

    Who has not shown that the address is theirs gets one first message and nothing after it, and neither does
    a friend who left an invitation unanswered: it says so. What changed meanwhile is told with their yes.
    Whom staff put on the list, or rang, is told everything: somebody spoke to them.
    """
    written_to = _written_to([person.id for _row, person, _campaign in due if person.awaits_confirmation])
    told = []
    for row, person, campaign in due:
        is_by_form = person.awaits_confirmation and row.source == "self"
        is_silent = row.confirmed_at is None and (is_by_form or row.source == "friend")
        if not is_silent or (row.notice == "confirmation" and person.id not in written_to):
            told.append((row, person, campaign))
        elif row.notice == "change" and row.source != "friend":
            row.notice_at = None
        else:
            row.notice = row.notice_at = row.known = None
    return told


def _written_to(person_ids: Sequence[int]) -> set[int]:
    query = select(Message.person_id).where(
        Message.person_id == func.any(list(person_ids)), Message.state.in_(("waiting", "sending", "sent"))
    )
    return {each for each in db.session.scalars(query.distinct()) if each} if person_ids else set()


def _by_message(
    due: Sequence[Due],
) -> list[tuple[list[SignUp], Person, Campaign]]:
    """The sign-ups that share a message, with whom it goes to: see `post_notices`."""
    together: dict[tuple[int, datetime | None, bool], list[tuple[SignUp, Person, Campaign]]] = {}
    for each in due:
        together.setdefault((each[1].id, each[0].notice_at, each[0].known is not None), []).append(each)
    found = []
    for group in together.values():
        rows = [row for row, _person, _campaign in group]
        if rows[0].known is not None or (
            all(_is_own_form(row) for row in rows) and any(row.state != "cancelled" for row in rows)
        ):
            found.append((rows, group[0][1], group[0][2]))
        else:
            found += [([row], person, campaign) for row, person, campaign in group]
    return found


def _is_own_form(row: SignUp) -> bool:
    return row.notice in ("confirmation", "cancellation") and not (row.source == "friend" and row.confirm_by)


def post_cover_asks(shift_id: int | None, *, now: datetime) -> int:
    """Post the asks for cover that do not stand in the outbox yet. Returns how many were looked at."""
    asks = asks_to_post(shift_id)
    cards = _cards((ask.campaign_id, ask.shift_id) for ask in asks)
    people = _people([ask.person_id for ask in asks])
    askers = names(ask.asked_by for ask in asks if ask.asked_by)
    drafts: dict[int, list[Draft]] = {}
    for ask in asks:
        card, (person, campaign) = cards[ask.shift_id], people[ask.person_id]
        if person.is_active and person.email_agreed_at and card.state(now) == "open":
            asked_by = askers.get(ask.asked_by or 0, "")
            drafts.setdefault(campaign.id, []).append(mails.cover(ask.id, card, person, campaign, asked_by))
        ask.posted_at = now
    _post(drafts)
    return len(asks)


def _cards(pairs: Iterable[tuple[int, int]]) -> dict[int, ShiftCard]:
    """The cards of (campaign id, shift id) pairs, one statement a campaign."""
    wanted: dict[int, list[int]] = {}
    for campaign_id, shift_id in pairs:
        wanted.setdefault(campaign_id, []).append(shift_id)
    found: dict[int, ShiftCard] = {}
    for campaign_id, shift_ids in wanted.items():
        found |= shift_cards(campaign_id, shift_ids)
    return found


def _people(person_ids: Sequence[int]) -> dict[int, tuple[Person, Campaign]]:
    query = (
        select(Person, Campaign)
        .join(Campaign, Campaign.id == Person.campaign_id)
        .where(Person.id == func.any(list(person_ids)))
    )
    return {person.id: (person, campaign) for person, campaign in db.session.execute(query)}


def _post(drafts: dict[int, list[Draft]]) -> int:
    return sum(len(messaging.post_many(campaign_id, each)) for campaign_id, each in drafts.items())
