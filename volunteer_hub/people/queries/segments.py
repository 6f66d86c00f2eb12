"""Saved segments: a filter under a name, and who is in it now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.people.filters import PeopleFilter, read_filter
from volunteer_hub.people.models import Area, Person, Segment
from volunteer_hub.people.queries.listing import ids_query


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment as its list shows it."""

    id: int
    name: str
    area_id: int
    area_name: str
    area_path: str
    wanted: PeopleFilter
    made_by: str | None
    created_at: datetime


def segments(campaign_id: int, area_paths: Iterable[str]) -> list[SegmentRow]:
    """The segments kept in these areas and below, by name. One statement."""
    query = _query(campaign_id, area_paths).order_by(Segment.name, Segment.id)
    return [_row(*each) for each in db.session.execute(query)]


def segment_within(campaign_id: int, segment_id: int, area_paths: Iterable[str]) -> SegmentRow:
    """One of them; raises NotFound."""
    found = db.session.execute(_query(campaign_id, area_paths).where(Segment.id == segment_id)).one_or_none()
    if found is None:
        raise NotFound()
    return _row(*found)


def people_of_segment(
    campaign_id: int, segment_id: int, area_paths: Iterable[str] | None = None, *, now: datetime | None = None
) -> Select[int]:
    """The ids of who is in a segment now, as a query to read or build on.

    Nobody outside the segment's own area is ever in it; `area_paths` narrows it to those of whoever asks.
    Raises NotFound.
    """
    row = db.session.execute(
        select(Segment, Area.path)
        .join(Area, Area.id == Segment.area_id)
        .where(Segment.id == segment_id, Segment.campaign_id == campaign_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    segment, path = row
    paths = [path] if area_paths is None else overlap([path], area_paths)
    return ids_query(campaign_id, paths, read_filter(segment.wanted), now=now)


def overlap(one: Iterable[str], other: Iterable[str]) -> list[str]:
    """The areas that lie in both: of two paths where one holds the other, the deeper."""
    others = list(other)
    return sorted({max(a, b, key=len) for a in one for b in others if a.startswith(b) or b.startswith(a)})


def _query(campaign_id: int, area_paths: Iterable[str]) -> Select[Segment, str, str, str]:
    return (
        select(Segment, Area.name, Area.path, Person.name)
        .join(Area, Area.id == Segment.area_id)
        .outerjoin(Person, Person.id == Segment.created_by)
        .where(Segment.campaign_id == campaign_id, access.within(Area.path, area_paths))
    )


def _row(segment: Segment, area_name: str, area_path: str, made_by: str | None) -> SegmentRow:
    return SegmentRow(
        segment.id,
        segment.name,
        segment.area_id,
        area_name,
        area_path,
        read_filter(segment.wanted),
        made_by,
        segment.created_at,
    )
