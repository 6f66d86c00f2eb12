"""How a campaign's texts fare: arrived or not and why, and what they cost by day. No number in sight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, cast, func, select

from config import Config
from volunteer_hub.core.db import db
from volunteer_hub.messaging import lines
from volunteer_hub.messaging.models import Message, TextPace
from volunteer_hub.messaging.texts import codes

DAYS = 14


@dataclass(frozen=True, slots=True)
class Day:
    """Texts that left on one day. `cost` is of those whose price is known (`priced`), in units of the
    currency."""

    on: date
    texts: int
    segments: int
    priced: int
    cost: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why so many did not arrive."""

    sentence: str
    count: int


@dataclass(frozen=True, slots=True)
class TextReport:
    """All of it. `per_s`, `per_day`: the limits of the campaign's line, where it has any."""

    waiting: int
    on_their_way: int
    delivered: int
    not_delivered: int
    suppressed: int
    days: list[Day]
    reasons: list[Reason]
    per_s: float | None
    per_day: int | None
    sent_today: int

    @property
    def total(self) -> int:
        """Texts ever written."""
        return self.waiting + self.on_their_way + self.delivered + self.not_delivered + self.suppressed

    @property
    def is_day_full(self) -> bool:
        """Does the rest wait for tomorrow?"""
        return self.per_day is not None and self.sent_today >= self.per_day and self.waiting > 0

    @property
    def sum_texts(self) -> int:
        """Over the days shown."""
        return sum(each.texts for each in self.days)

    @property
    def sum_segments(self) -> int:
        """Over the days shown."""
        return sum(each.segments for each in self.days)

    @property
    def sum_cost(self) -> float:
        """Over the days shown, as far as it is known."""
        return sum(each.cost for each in self.days)


def text_report(config: Config, campaign_id: int, *, now: datetime) -> TextReport:
    """Of one campaign. Five statements."""
    line = lines.line_of(config, campaign_id)
    pace = line.pace if line else None
    states = _states(campaign_id)
    left = sum(states.get(("sent", each), 0) for each in (None, "queued", "sent"))
    lost = sum(states.get(("sent", each), 0) for each in ("failed", "undelivered"))
    return TextReport(
        waiting=_all_of(states, "waiting") + _all_of(states, "sending"),
        on_their_way=left,
        delivered=states.get(("sent", "delivered"), 0),
        not_delivered=lost + _all_of(states, "failed") + _all_of(states, "expired"),
        suppressed=_all_of(states, "suppressed"),
        days=_days(campaign_id, line.time_zone if line else "UTC", now),
        reasons=_reasons(campaign_id),
        per_s=pace.per_s if pace else None,
        per_day=pace.per_day if pace else None,
        sent_today=_sent_today(line, now) if line and pace else 0,
    )


def _states(campaign_id: int) -> dict[tuple[str, str | None], int]:
    rows = db.session.execute(
        select(Message.state, Message.delivery, func.count())
        .where(Message.campaign_id == campaign_id, Message.channel == "text")
        .group_by(Message.state, Message.delivery)
    )
    return {(state, delivery): number for state, delivery, number in rows}


def _all_of(states: dict[tuple[str, str | None], int], wanted: str) -> int:
    return sum(number for (state, _), number in states.items() if state == wanted)


def _days(campaign_id: int, zone: str, now: datetime) -> list[Day]:
    """The newest first, on the campaign's own calendar."""
    midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    on = func.date(func.timezone(zone, Message.sent_at))
    query = (
        select(
            on,
            func.count(),
            func.coalesce(func.sum(Message.segments), 0),
            func.count(Message.cost_micros),
            func.coalesce(func.sum(Message.cost_micros), 0),
        )
        .where(
            Message.campaign_id == campaign_id,
            Message.channel == "text",
            Message.sent_at >= midnight - timedelta(days=DAYS - 1),
        )
        .group_by(on)
        .order_by(on.desc())
    )
    return [
        Day(day, texts, int(segments), priced, int(micros) / 1_000_000)
        for day, texts, segments, priced, micros in db.session.execute(query)
    ]


def _reasons(campaign_id: int) -> list[Reason]:
    """The most frequent first."""
    code = cast(Message.details["code"].astext, Integer)
    query = (
        select(code, func.count())
        .where(
            Message.campaign_id == campaign_id,
            Message.channel == "text",
            Message.details.has_key("code"),
        )
        .group_by(code)
        .order_by(func.count().desc(), code)
    )
    return [Reason(codes.sentence(number), count) for number, count in db.session.execute(query)]


def _sent_today(line: lines.Line, now: datetime) -> int:
    pace = db.session.get(TextPace, line.sender)
    return pace.sent_on_day if pace and pace.counted_on == line.day_of(now).date() else 0
