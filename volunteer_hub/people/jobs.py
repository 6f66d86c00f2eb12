"""Jobs of people: consent follows a STOP, old sessions are forgotten, lists of volunteers are added."""

from __future__ import annotations

import logging
import traceback
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.jobs import is_stopping, job, start
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.messaging import forgetting
from volunteer_hub.people import queries, retention
from volunteer_hub.people.lists import work
from volunteer_hub.people.models import Campaign, Person, VolunteerList
from volunteer_hub.people.queries import pairs
from volunteer_hub.people.services import consent, lists, merging, sessions, words

log = logging.getLogger(__name__)

KEEP_ENDED = timedelta(days=30)
LAST = "inactive"
"""The rule that touches most: whatever befalls it, the others have been kept."""
MOST_BATCHES = 2000
"""Of one rule in one night; what is left comes the next."""


@job()
def withdraw_consent(campaign_id: int, channel: str, to_digest_hex: str) -> None:
    """Somebody said STOP or unsubscribed: their record says so too."""
    with transaction():
        found = consent.withdraw(campaign_id, channel, bytes.fromhex(to_digest_hex), now=clock.now())
    log.info("consent withdrawn", extra={"campaign": campaign_id, "channel": channel, "people": found})


@job()
def renew_consent(campaign_id: int, channel: str, to_digest_hex: str) -> None:
    """Somebody said START after a STOP."""
    with transaction():
        consent.renew(campaign_id, channel, bytes.fromhex(to_digest_hex), now=clock.now())


@job()
def forget_last_messages(person_id: int) -> int:
    """Somebody was erased while a sender had messages to them in hand: blank these once they are settled."""
    with transaction():
        person = db.session.get(Person, person_id)
        if person is None or person.erased_at is None:
            return 0
        in_hand = forgetting.forget_settled([person_id])
    if in_hand:
        start(forget_last_messages, person_id, delay_s=60, unless_waiting=f"person-{person_id}")
    return in_hand


@job(queue="slow", timeout_s=3600, tries=1)
def keep_retention_rules() -> dict[str, int]:
    """Forget what is older than the rules allow, in batches; returns how much of each.

    A rule that fails is in the log, and the others go on.
    """
    done: dict[str, int] = {}
    for campaign_id in db.session.scalars(select(Campaign.id).order_by(Campaign.id)).all():
        for key in sorted(retention.RULES, key=lambda each: each == LAST):
            done[key] = done.get(key, 0) + _forget_whatever_comes(campaign_id, key)
    return {key: rows for key, rows in done.items() if rows}


def _forget_whatever_comes(campaign_id: int, key: str) -> int:
    try:
        return _forget_all(campaign_id, key)
    except Exception:
        log.exception("a rule of retention failed", extra={"rule": key, "campaign_id": campaign_id})
        return 0


def _forget_all(campaign_id: int, key: str) -> int:
    rows, failed = _forget_each(campaign_id, key)
    has_ended = not failed and retention.failed_lately(campaign_id, key, now=clock.now())
    if rows or failed or has_ended:  # failures that are settled are said as well: Home shows the last line
        with transaction():
            retention.note_forgotten(campaign_id, key, rows, failed)
    in_bulk = 0
    for _turn in range(MOST_BATCHES):
        if is_stopping():
            break
        with transaction():
            gone = retention.forget_batch(campaign_id, key, now=clock.now())
        in_bulk += gone
        if not gone:
            break
    if in_bulk:
        with transaction():
            retention.note_forgotten(campaign_id, key, in_bulk)
    return rows + in_bulk


def _forget_each(campaign_id: int, key: str) -> tuple[int, int]:
    """What goes one by one, each in a transaction of its own. Returns (gone, failed)."""
    gone = failed = last = 0
    while not is_stopping():
        ids = retention.due(campaign_id, key, after_id=last, now=clock.now())
        db.session.rollback()
        if not ids:
            break
        for one_id in ids:
            try:
                with transaction():
                    gone += retention.forget_one(campaign_id, key, one_id, now=clock.now())
            except Exception as error:
                failed += 1
                _note_failure(key, campaign_id, one_id, error)
        last = ids[-1]
    return gone, failed


def _note_failure(key: str, campaign_id: int, one_id: int, error: Exception) -> None:
    """Where and how, and nothing that the error says: it may quote somebody's data."""
    where = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in where if "volunteer_hub" in frame.filename] or where
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    more = {"rule": key, "campaign_id": campaign_id, "row": one_id}
    log.error("could not forget one", extra=more | {"error": type(error).__name__, "place": place})


@job()
def forget_old_sessions() -> None:
    """Sessions and links that ended a month ago are of no use to anybody."""
    with transaction():
        gone = sessions.forget_old(clock.now() - KEEP_ENDED)
    log.info("old sessions forgotten", extra={"rows": gone})


@job(queue="slow", timeout_s=3600, tries=1)
def work_on_list(list_id: int) -> str:
    """Check or add a list of volunteers. Looks first; returns the state it ends in."""
    with transaction():
        started_at = clock.now()
        row = lists.take_turn(list_id, now=started_at)
        if row is None:
            return "not due"
        turn = work.Work(row, uploads_folder())
        language = _language_of(row)
    with force_locale(language):
        return _worked(turn, started_at)


def uploads_folder() -> Path:
    """Where uploaded files lie."""
    folder: Path = current_app.extensions["vh_config"].uploads_dir
    return folder


def _worked(turn: work.Work, started_at: datetime) -> str:
    try:
        with transaction():
            turn.wait_for_turn()
            row = lists.still_mine(turn.id, started_at)
            if row is None:
                return "not due"
            is_check = row.state == "checking"
            lists.finish(row, turn.check() if is_check else turn.add(), now=clock.now())
    except Refusal as refusal:
        return _failed(turn.id, str(refusal.sentence))
    except Exception:
        _failed(turn.id, _("Something went wrong on our side, and nobody was added. Try again in a while."))
        raise
    if not is_check:
        turn.path.unlink(missing_ok=True)  # its people are in; their data are kept once
    return "checked" if is_check else "done"


def _failed(list_id: int, message: str) -> str:
    log.info("list of volunteers failed", extra={"list": list_id})
    with transaction():
        lists.fail(list_id, message, now=clock.now())
    return "failed"


def _language_of(row: VolunteerList) -> str:
    """Of the person who brought the list, for the reasons beside its rows."""
    person = db.session.get(Person, row.created_by) if row.created_by else None
    return person.language if person else "en"


@job(queue="urgent", tries=1)
def sweep_lists() -> None:
    """Lists that the queue forgot, or whose worker died in the middle."""
    waiting = lists.unfinished(clock.now())
    db.session.rollback()
    for list_id in waiting:
        start(work_on_list, list_id, unless_waiting=f"list-{list_id}")


@job(queue="slow", timeout_s=1800, tries=1)
def look_for_pairs() -> None:
    """Once a day: who may be in the campaign twice."""
    for campaign in queries.campaigns():
        start(look_for_pairs_of, campaign.id, unless_waiting=f"pairs-{campaign.id}")


@job(queue="slow", timeout_s=1800, tries=1)
def look_for_pairs_of(campaign_id: int) -> int:
    """The same for one campaign; what the last look found is replaced. Returns how many pairs."""
    with transaction():
        found = pairs.find_pairs(campaign_id, now=clock.now())
    log.info("looked for people who are there twice", extra={"campaign": campaign_id, "pairs": found})
    return found


@job(queue="slow", timeout_s=1800, tries=1)
def forget_words() -> int:
    """Once a day: words of names and homes that nobody has any more. Returns how many went."""
    gone = 0
    for campaign in queries.campaigns():
        with transaction():
            gone += words.forget_words(campaign.id)
    return gone


@job()
def forget_old_merges() -> None:
    """Merges of more than a month ago cannot be undone: what they kept for it is blanked."""
    with transaction():
        merging.forget_old_merges(clock.now())
