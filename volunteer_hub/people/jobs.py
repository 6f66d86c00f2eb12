"""Jobs of people: consent follows a STOP, and old sessions are forgotten."""

from __future__ import annotations

import logging
from datetime import timedelta

from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.core.jobs import job
from volunteer_hub.people.services import consent, sessions

log = logging.getLogger(__name__)

KEEP_ENDED = timedelta(days=30)


@job()
def withdraw_consent(campaign_id: int, channel: str, to_digest_hex: str) -> None:
    """Somebody said STOP or unsubscribed: their record says so too."""
    with transaction():
        found = consent.withdraw(campaign_id, channel, bytes.fromhex(to_digest_hex))
    log.info("consent withdrawn", extra={"campaign": campaign_id, "channel": channel, "people": found})


@job()
def renew_consent(campaign_id: int, channel: str, to_digest_hex: str) -> None:
    """Somebody said START after a STOP."""
    with transaction():
        consent.renew(campaign_id, channel, bytes.fromhex(to_digest_hex), now=clock.now())


@job()
def forget_old_sessions() -> None:
    """Sessions and links that ended a month ago are of no use to anybody."""
    with transaction():
        gone = sessions.forget_old(clock.now() - KEEP_ENDED)
    log.info("old sessions forgotten", extra={"rows": gone})
