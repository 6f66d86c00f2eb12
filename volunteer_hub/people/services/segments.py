"""Keeping filters of the list of volunteers under names that a whole area shares."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from volunteer_hub.core import access, audit
from volunteer_hub.core.access import Role, Viewer
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Conflict, Refusal
from volunteer_hub.people.filters import PeopleFilter, params_of
from volunteer_hub.people.models import Area, Segment


class NameTaken(Conflict):
    """The area has a segment of this name."""

    def __init__(self) -> None:
        super().__init__(_l("This area has a segment of that name already. Choose another."), field="name")


def add_segment(area: Area, name: str, wanted: PeopleFilter, *, by: Viewer, now: datetime) -> Segment:
    """Keep a filter for an area in which one is a field lead. Raises NameTaken, Forbidden."""
    access.require(by, Role.FIELD_LEAD, area.path)
    segment = Segment(
        campaign_id=area.campaign_id,
        area_id=area.id,
        name=_free_name(area.id, name),
        wanted=params_of(wanted),
        created_by=by.id,
        created_at=now,
    )
    db.session.add(segment)
    db.session.flush()
    _note("add.segment", segment, by)
    return segment


def rename_segment(segment: Segment, name: str, *, by: Viewer) -> None:
    """Give it another name. Raises NameTaken."""
    if " ".join(name.split()) != segment.name:
        segment.name = _free_name(segment.area_id, name)
        _note("rename.segment", segment, by)


def remove_segment(segment: Segment, *, by: Viewer) -> None:
    """Forget the filter; the people stay as they are."""
    _note("remove.segment", segment, by)
    db.session.delete(segment)


def _free_name(area_id: int, name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())[:80]
    if not name:
        raise Refusal(_l("Give the segment a name."), field="name")
    query = select(Segment.id).where(Segment.area_id == area_id, Segment.name == name)
    if db.session.scalar(query) is not None:
        raise NameTaken()
    return name


def _note(action: str, segment: Segment, by: Viewer) -> None:
    audit.record(
        action,
        campaign_id=segment.campaign_id,
        by=by.id,
        subject=f"segment:{segment.id}",
        area=segment.area_id,
    )
