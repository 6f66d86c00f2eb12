"""Jobs of messaging: send what is due, and put back what dead senders left."""

from __future__ import annotations

import logging

from flask import current_app
from sqlalchemy import select, true

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, let_go
from volunteer_hub.core.jobs import job, start
from volunteer_hub.messaging import sending
from volunteer_hub.messaging.models import Message

log = logging.getLogger(__name__)


@job(queue="mail", timeout_s=900, tries=1)
def send_messages() -> int:
    """Send all that is due, in batches; a full batch calls another worker to help. Returns how many left."""
    sent = 0
    while True:
        claimed, tally = sending.send_batch(current_app.extensions["vh_config"])
        sent += tally.sent
        if claimed < sending.BATCH or not tally.settled:
            break
        start(send_messages, unless_waiting="send-messages")
    log.info("messages sent", extra={"sent": sent})
    return sent


@job(queue="urgent", tries=1)
def sweep_messages() -> None:
    """What the queue forgot: free the claims of dead senders, and start a sender if anything is due."""
    sending.free_orphans()
    due = select(true()).where(Message.state == "waiting", Message.not_before <= clock.now()).limit(1)
    is_due = db.session.scalar(due)
    let_go()
    if is_due:
        start(send_messages, unless_waiting="send-messages")
