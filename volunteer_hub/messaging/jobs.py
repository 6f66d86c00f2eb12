"""Jobs of messaging: send what is due, put back what dead senders left, ask what texts cost."""

from __future__ import annotations

import logging
import time

from flask import current_app

from volunteer_hub.core import clock, jobs
from volunteer_hub.core.db import let_go
from volunteer_hub.core.jobs import job, start
from volunteer_hub.messaging import claims, queries, sending, texting

log = logging.getLogger(__name__)

SEND_FOR_S = 20.0
TEXT_FOR_S = 10.0
SHORTEST_PAUSE_S = 0.5


@job(queue="mail", timeout_s=900, tries=1)
def send_messages() -> int:
    """Send the emails that are due, in batches; a full batch calls another worker to help. Returns how
    many left.

    Texts go their own way, at the pace of their line: no email waits behind one.

    After SEND_FOR_S it makes room for more urgent jobs and comes back by the queue.
    """
    _start_texting()
    sent, began = 0, time.monotonic()
    while not jobs.is_stopping():
        try:
            claimed, tally = sending.send_batch(current_app.extensions["vh_config"])
        except claims.ConnectionLost:
            continue
        sent += tally.sent
        if claimed < sending.BATCH or not tally.settled:
            break
        start(send_messages, unless_waiting="send-messages")
        if time.monotonic() - began > SEND_FOR_S:
            break
    log.info("messages sent", extra={"sent": sent})
    return sent


@job(queue="mail", timeout_s=300, tries=1)
def send_texts() -> int:
    """Send the texts that are due, as many as their lines may now; comes back for the rest. Returns how
    many left."""
    sent, began = 0, time.monotonic()
    while not jobs.is_stopping():
        try:
            done = texting.send_round(current_app.extensions["vh_config"])
        except claims.ConnectionLost:
            continue
        sent += done.tally.sent
        if not done.claimed and done.wait_s is not None:
            start(send_texts, delay_s=max(done.wait_s, SHORTEST_PAUSE_S), unless_waiting="send-texts")
        if not done.claimed or not done.tally.settled:
            break
        if time.monotonic() - began > TEXT_FOR_S:
            start(send_texts, unless_waiting="send-texts")
            break
    log.info("texts sent", extra={"sent": sent})
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
