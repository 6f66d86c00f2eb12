"""Jobs of assignments: write the offers' messages, let offers lapse, find places to pass on."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import update

from volunteer_hub.assignments import queries, services, text_answers
from volunteer_hub.assignments.facts import AssignmentsOffered, PlacesToPassOn
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.assignments.queries import DueReminder, ReminderDue
from volunteer_hub.assignments.wording import Ahead, Wording
from volunteer_hub.core import clock
from volunteer_hub.core.db import announce, db, transaction
from volunteer_hub.core.jobs import is_stopping, job, start
from volunteer_hub.events import queries as events
from volunteer_hub.events import services as event_services
from volunteer_hub.messaging import queries as texts
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign

BATCH = 500
SHIFTS_AT_ONCE = 50
AHEADS: tuple[Ahead, ...] = ("day", "hours")
DAY_AHEAD = timedelta(hours=26)
HOURS_AHEAD = timedelta(hours=2, minutes=10)
KNOWS_FOR = timedelta(hours=20)
FORGOTTEN_AFTER = timedelta(seconds=45)


@job(queue="mail", timeout_s=900)
def send_offers(campaign_id: int) -> int:
    """Put the messages of all offers that have none into the outbox, in batches. Returns how many offers."""
    written, wording = 0, Wording(clock.now(), _zone_of(campaign_id))
    while True:
        with transaction():
            count = _write_batch(campaign_id, wording)
        written += count
        if count < BATCH:
            return written


def _write_batch(campaign_id: int, wording: Wording) -> int:
    now = clock.now()
    offers = queries.unposted_offers(campaign_id, BATCH)
    if not offers:
        return 0
    cards = events.shift_cards(campaign_id, {offer.shift_id for offer in offers})
    ids = {offer.person_id for offer in offers}
    drafts = [
        wording.offer(offer, cards[offer.shift_id], recipients[offer.person_id])
        for recipients in (people.recipients(ids, "email"), people.recipients(ids, "text"))
        for offer in offers
        if offer.person_id in recipients
    ]
    messaging.post_many(campaign_id, drafts)
    db.session.execute(
        update(Assignment)
        .where(Assignment.id.in_([offer.id for offer in offers]))
        .values(offer_posted_at=now)
    )
    return len(offers)


@job(queue="urgent", tries=1)
def sweep_assignments() -> None:
    """What should have moved by now: offers to write or to lapse, places to pass on, shifts that are over or
    cancelled.
    """
    now = clock.now()
    with transaction():
        services.follow_events(now)
        services.lapse_due(now)
        services.finish_past(now)
        for campaign_id in queries.campaigns_with_unposted_offers():
            announce(AssignmentsOffered(campaign_id))
        for campaign_id in queries.campaigns_with_places_to_pass_on():
            announce(PlacesToPassOn(campaign_id))


@job(queue="urgent", timeout_s=300, tries=1)
def sweep_reminders() -> int:
    """Ask a day before, and two hours before who said nothing, to confirm or cancel. Returns how many people.

    One loop that a yes ends: events/loop.py says why.

    What is due of a few shifts is written at once; what is due of many is left to `write_reminders`.
    """
    written = 0
    for ahead in AHEADS:
        due = _due(ahead)
        shift_ids = queries.shifts_to_remind(due)
        db.session.rollback()
        if len(shift_ids) > SHIFTS_AT_ONCE:
            start(write_reminders, ahead, unless_waiting=f"reminders-{ahead}")
        else:
            written += _remind_all(due, shift_ids)
    return written


@job(queue="mail", timeout_s=1800, tries=1)
def write_reminders(ahead: Ahead) -> int:
    """Write the reminders of many shifts, a batch a transaction. Returns how many people.

    Several workers share the work: each begins elsewhere, and what one has in hand the others pass over.
    """
    due = _due(ahead)
    shift_ids = queries.shifts_to_remind(due)
    db.session.rollback()
    pieces = [shift_ids[at : at + SHIFTS_AT_ONCE] for at in range(0, len(shift_ids), SHIFTS_AT_ONCE)]
    if len(pieces) > 1:
        start(write_reminders, ahead, unless_waiting=f"reminders-{ahead}")
        secrets.SystemRandom().shuffle(pieces)
    written = 0
    for piece in pieces:
        if is_stopping():
            break
        written += _remind_all(due, piece)
    return written


def _due(ahead: Ahead) -> ReminderDue:
    now = clock.now()
    if ahead == "day":
        return ReminderDue(ahead, now + HOURS_AHEAD, now + DAY_AHEAD, now - KNOWS_FOR)
    return ReminderDue(ahead, now, now + HOURS_AHEAD, now - HOURS_AHEAD)


def _remind_all(due: ReminderDue, shift_ids: list[int]) -> int:
    written = 0
    wording: dict[int, Wording] = {}
    while shift_ids:
        with transaction():
            reminders = queries.due_reminders(due, shift_ids, limit=BATCH)
            _write_reminders(due.ahead, reminders, wording)
        written += len(reminders)
        if len(reminders) < BATCH:
            break
    return written


def _write_reminders(ahead: Ahead, reminders: list[DueReminder], wording: dict[int, Wording]) -> None:
    by_campaign: dict[int, list[DueReminder]] = {}
    for each in reminders:
        by_campaign.setdefault(each.campaign_id, []).append(each)
    for campaign_id, some in by_campaign.items():
        if campaign_id not in wording:
            wording[campaign_id] = Wording(clock.now(), _zone_of(campaign_id))
        _write_batch_of_reminders(campaign_id, ahead, some, wording[campaign_id])


def _write_batch_of_reminders(
    campaign_id: int, ahead: Ahead, reminders: list[DueReminder], wording: Wording
) -> None:
    cards = events.shift_cards(campaign_id, {each.shift_id for each in reminders})
    ids = {each.person_id for each in reminders}
    # One message each: a text where they agreed to texts.
    reached = people.recipients(ids, "email") | people.recipients(ids, "text")
    drafts = [
        wording.reminder(each, ahead, cards[each.shift_id], reached[each.person_id])
        for each in reminders
        if each.person_id in reached
    ]
    messaging.post_many(campaign_id, drafts)
    event_services.note_reminded(campaign_id, [each.sign_up_id for each in reminders], ahead, now=clock.now())


@job(queue="urgent")
def answer_text(text_id: int) -> bool:
    """A yes or no by text takes effect, and is answered."""
    with transaction():
        return text_answers.answer(text_id, now=clock.now())


@job(queue="urgent", tries=1)
def sweep_text_answers() -> int:
    """Yeses and noes that the queue forgot. Returns how many took effect."""
    waiting = texts.answers_left(clock.now() - FORGOTTEN_AFTER)
    db.session.rollback()
    return sum(answer_text(text_id) for text_id in waiting)


def _zone_of(campaign_id: int) -> str:
    campaign: Campaign = db.session.get_one(Campaign, campaign_id)
    return campaign.time_zone
