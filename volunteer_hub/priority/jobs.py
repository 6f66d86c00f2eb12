"""Jobs of priority: score anew what has changed."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.jobs import job, start
from volunteer_hub.people.models import Campaign
from volunteer_hub.priority import services
from volunteer_hub.priority.models import Contest

FORGOTTEN_AFTER = timedelta(seconds=45)


@job(timeout_s=900)
def rescore(campaign_id: int) -> int:
    """Score the campaign's contests that are out of date; one snapshot each. Returns how many."""
    taken = 0
    with transaction():
        campaign = db.session.get(Campaign, campaign_id)
        wanted = (
            select(Contest)
            .where(Contest.campaign_id == campaign_id, Contest.rescore_wanted_at.is_not(None))
            .order_by(Contest.id)
            .with_for_update(skip_locked=True)
        )
        for contest in db.session.scalars(wanted).all():
            _rescore_one(contest, ZoneInfo(campaign.time_zone))
            taken += 1
    return taken


def _rescore_one(contest: Contest, zone: ZoneInfo) -> None:
    """Cleared first: what arrives while we score marks it again and is scored next time."""
    cause = contest.rescore_cause or "by hand"
    contest.rescore_wanted_at, contest.rescore_cause = None, ""
    now = clock.now()
    scored = services.score_contest(contest, today=clock.campaign_day(now, zone))
    if scored.districts:
        services.save_snapshot(contest, scored, cause=cause, now=now)


@job()
def places_imported(campaign_id: int) -> None:
    """Districts, results or doors came in: what an hour is worth has changed."""
    with transaction():
        services.want_rescore(campaign_id, now=clock.now())


@job(queue="urgent", tries=1)
def sweep_rescores() -> None:
    """Campaigns whose rescore was wanted a while ago and never came."""
    before = clock.now() - FORGOTTEN_AFTER
    waiting = select(Contest.campaign_id).where(Contest.rescore_wanted_at < before).distinct()
    for campaign_id in db.session.scalars(waiting).all():
        start(rescore, campaign_id, unless_waiting=f"rescore-{campaign_id}")
