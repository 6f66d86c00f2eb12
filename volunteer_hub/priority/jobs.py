"""Jobs of priority: score anew what has changed, and thin what has been."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.jobs import job, start
from volunteer_hub.priority import rescoring, services
from volunteer_hub.priority.models import Contest

FORGOTTEN_AFTER = timedelta(seconds=45)
STUCK_AFTER = timedelta(minutes=16)  # a minute past the job's own limit
WHOLE_FOR = timedelta(days=2)


@job(timeout_s=900)
def rescore(campaign_id: int) -> int:
    """Score the campaign's contests that are out of date; one snapshot each. Returns how many."""
    return rescoring.run(campaign_id)


@job()
def places_imported(campaign_id: int) -> None:
    """Districts, results or doors came in: what an hour is worth has changed."""
    with transaction():
        services.want_rescore(campaign_id, now=clock.now())


@job(queue="urgent", tries=1)
def sweep_rescores() -> None:
    """Campaigns whose rescore was wanted a while ago and never came."""
    with transaction():
        services.give_back_stuck(clock.now() - STUCK_AFTER, now=clock.now())
    before = clock.now() - FORGOTTEN_AFTER
    waiting = select(Contest.campaign_id).where(Contest.rescore_wanted_at < before).distinct()
    for campaign_id in db.session.scalars(waiting).all():
        start(rescore, campaign_id, unless_waiting=f"rescore-{campaign_id}")


@job(queue="slow", tries=1)
def thin_snapshots() -> int:
    """Of days gone by keep what tells the story (docs/decisions/0040). Returns how many snapshots went."""
    with transaction():
        return services.thin_snapshots(clock.now() - WHOLE_FOR)
