"""The lines by which texts leave and replies come: a number or a messaging service, for one campaign or
several.

Messaging lies below people: of campaigns it reads these few columns and knows no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Text, column, select, table

from config import Config
from volunteer_hub.core.db import db
from volunteer_hub.messaging.pace import Pace, usual_per_s

_CAMPAIGNS = table(
    "campaigns",
    column("id", BigInteger),
    column("slug", Text),
    column("name", Text),
    column("time_zone", Text),
    column("reply_to", Text),
)


@dataclass(frozen=True, slots=True)
class Line:
    """Texts of these campaigns leave by `sender`. `pace` is None where nothing leaves (the recorder)."""

    sender: str
    campaigns: tuple[int, ...]
    time_zone: str
    pace: Pace | None

    def day_of(self, moment: datetime) -> datetime:
        """The moment on the line's own calendar, by which its texts of a day are counted."""
        return moment.astimezone(ZoneInfo(self.time_zone))


@dataclass(frozen=True, slots=True)
class CampaignCard:
    """What an answer to HELP says of a campaign."""

    name: str
    contact: str | None


def lines(config: Config) -> list[Line]:
    """All lines that some campaign has, in one statement."""
    rows = db.session.execute(
        select(_CAMPAIGNS.c.id, _CAMPAIGNS.c.slug, _CAMPAIGNS.c.time_zone).order_by("id")
    )
    by_sender: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        by_sender.setdefault(sender_of(config, row.slug), []).append((row.id, row.time_zone))
    return [
        Line(sender, tuple(each for each, _ in held), held[0][1], pace_of(config, sender))
        for sender, held in by_sender.items()
    ]


def line_of(config: Config, campaign_id: int) -> Line | None:
    """The line of one campaign."""
    return next((line for line in lines(config) if campaign_id in line.campaigns), None)


def sender_of(config: Config, slug: str) -> str:
    """Whom a campaign's texts come from: its own number, or the one of the installation."""
    return dict(config.twilio_from_by_campaign).get(slug) or config.twilio_from or ""


def pace_of(config: Config, sender: str) -> Pace | None:
    """How fast this sender may go."""
    if config.sms_provider == "recorder":
        return None
    return Pace(float(config.texts_per_s or usual_per_s(sender)), config.texts_per_day)


def campaign_card(campaign_id: int) -> CampaignCard | None:
    """A campaign's name and whom to write to."""
    query = select(_CAMPAIGNS.c.name, _CAMPAIGNS.c.reply_to).where(_CAMPAIGNS.c.id == campaign_id)
    row = db.session.execute(query).one_or_none()
    return CampaignCard(row.name, row.reply_to) if row else None
