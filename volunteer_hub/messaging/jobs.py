"""Jobs of messaging: send what is due, put back what dead senders left, ask what texts cost."""

from __future__ import annotations

import logging
import time
from contextlib import closing
from datetime import date
from itertools import islice

from flask import current_app

from config import Config
from volunteer_hub.core import clock, jobs
from volunteer_hub.core.db import let_go, transaction
from volunteer_hub.core.jobs import job, start
from volunteer_hub.messaging import claims, delivery, incoming, queries, sending, texting
from volunteer_hub.messaging.hand import Hand
from volunteer_hub.messaging.texts import TextProvider, Twilio, provider_of

log = logging.getLogger(__name__)

SEND_FOR_S = 20.0
TEXT_FOR_S = 10.0
SHORTEST_PAUSE_S = 0.5
COSTS_AT_ONCE = 500


@job(queue="mail", timeout_s=900, tries=1)
def send_messages() -> int:
    """Send the emails that are due, in batches; a full batch calls another worker to help. Returns how
    many left.

    Texts go their own way, at the pace of their line: no email waits behind one.

    After SEND_FOR_S it makes room for more urgent jobs and comes back by the queue.
    """
    _start_texting()
    config = current_app.extensions["vh_config"]
    with sending.mail_hand(config) as hand:
        sent = _send_while_due(config, hand)
    log.info("messages sent", extra={"sent": sent})
    return sent


def _send_while_due(config: Config, hand: Hand | None) -> int:
    sent, began = 0, time.monotonic()
    while not jobs.is_stopping():
        try:
            claimed, tally = sending.send_batch(config, hand)
        except claims.ConnectionLost:
            continue
        sent += tally.sent
        if claimed < sending.BATCH or not tally.settled:
            break
        start(send_messages, unless_waiting="send-messages")
        if time.monotonic() - began > SEND_FOR_S:
            break
    return sent


@job(queue="mail", timeout_s=300, tries=1)
def send_texts() -> int:
    """Send the texts that are due, as many as their lines may now; comes back for the rest. Returns how
    many left."""
    config = current_app.extensions["vh_config"]
    with closing(provider_of(config)) as provider:
        sent = _send_texts_by(config, provider)
    log.info("texts sent", extra={"sent": sent})
    return sent


def _send_texts_by(config: Config, provider: TextProvider) -> int:
    sent, began = 0, time.monotonic()
    while not jobs.is_stopping():
        try:
            done = texting.send_round(config, provider)
        except claims.ConnectionLost:
            continue
        sent += done.tally.sent
        if not done.claimed and done.wait_s is not None:
            start(send_texts, delay_s=max(done.wait_s, SHORTEST_PAUSE_S), unless_waiting="send-texts")
        if not done.tally.settled:
            break
        if time.monotonic() - began > TEXT_FOR_S:
            start(send_texts, unless_waiting="send-texts")
            break
    return sent


@job(queue="urgent", tries=1)
def sweep_messages() -> None:
    """What the queue forgot: free the claims of dead senders, and start a sender if anything is due."""
    claims.free_orphans()
    is_due = queries.is_due("email", clock.now())
    let_go()
    if is_due:
        start(send_messages, unless_waiting="send-messages")
    _start_texting()


def _start_texting() -> None:
    is_due = queries.is_due("text", clock.now())
    let_go()
    if is_due:
        start(send_texts, unless_waiting="send-texts")


@job(queue="slow", timeout_s=900, tries=1)
def ask_for_costs() -> int:
    """Twilio knows a text's price some time after sending it: ask for those of the last days. Returns how
    many prices came."""
    config: Config = current_app.extensions["vh_config"]
    provider = provider_of(config)
    if not isinstance(provider, Twilio):
        return 0
    days = queries.days_without_cost(clock.now())
    let_go()
    with closing(provider):
        return sum(_ask_for_costs_of(day, provider) for day in days)


def _ask_for_costs_of(day: date, provider: Twilio) -> int:
    known, told = 0, provider.sent_on(day)
    while some := dict(islice(told, COSTS_AT_ONCE)):
        with transaction():
            known += delivery.note_costs(some)
    return known


@job(queue="slow")
def forget_old_texts() -> int:
    """What people wrote to us is not kept for ever. Returns how many texts lost their words."""
    with transaction():
        return incoming.forget_old_words(now=clock.now())
