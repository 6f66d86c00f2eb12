"""Jobs of messaging: send what is due, and put back what dead senders left."""

from __future__ import annotations

import logging
import time

from flask import current_app
from sqlalchemy import select, true

from volunteer_hub.core import clock, jobs
from volunteer_hub.core.db import db, let_go
from volunteer_hub.core.jobs import job, start
from volunteer_hub.messaging import claims, sending
from volunteer_hub.messaging.models import Message

log = logging.getLogger(__name__)

SEND_FOR_S = 20.0


@job(queue="mail", timeout_s=900, tries=1)
def send_messages() -> int:
    """Send what is due, in batches; a full batch calls another worker to help. Returns how many left.

    After SEND_FOR_S it makes room for more urgent jobs and comes back by the queue.
    """
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


@job(queue="urgent", tries=1)
def sweep_messages() -> None:
    """What the queue forgot: free the claims of dead senders, and start a sender if anything is due."""
    claims.free_orphans()
    due = select(true()).where(Message.state == "waiting", Message.not_before <= clock.now()).limit(1)
    is_due = db.session.scalar(due)
    let_go()
    if is_due:
        start(send_messages, unless_waiting="send-messages")
