"""Tags: words that organizers put on people to find them again. The campaign remembers which it uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select, update

from volunteer_hub.core import audit
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people.filters import tag_name
from volunteer_hub.people.models import Campaign, Person

MOST_TAGS = 30
"""On one person."""
MOST_KNOWN = 500
"""Of one campaign."""
MOST_AT_ONCE = 20_000
"""People whose tags one click changes."""


class TooManyToTag(Refusal):
    """More people than one click may change."""

    def __init__(self) -> None:
        super().__init__(_l("That is more than %(most)s people. Narrow the list first.", most=MOST_AT_ONCE))


def known_tags(campaign_id: int) -> list[str]:
    """The tags this campaign uses, in order of the alphabet."""
    settings = db.session.scalar(select(Campaign.settings).where(Campaign.id == campaign_id)) or {}
    return sorted(settings.get("tags", []))


def add_tag(campaign_id: int, ids: Select[int] | Sequence[int], name: str, *, by: int) -> int:
    """Put a tag on these people; returns on how many it is new. Raises Refusal for an empty name."""
    tag = _checked(name)
    few_yet = func.cardinality(Person.tags) < MOST_TAGS
    changed = _change(
        campaign_id, ids, ~Person.tags.contains([tag]) & few_yet, func.array_append(Person.tags, tag)
    )
    remember(campaign_id, [tag])
    _note("tag.people", campaign_id, changed, by)
    return len(changed)


def remove_tag(campaign_id: int, ids: Select[int] | Sequence[int], name: str, *, by: int) -> int:
    """Take a tag off these people; returns from how many."""
    tag = _checked(name)
    changed = _change(campaign_id, ids, Person.tags.contains([tag]), func.array_remove(Person.tags, tag))
    _note("untag.people", campaign_id, changed, by)
    return len(changed)


def _change(campaign_id: int, ids: Select[int] | Sequence[int], which: Any, value: Any) -> list[int]:
    """In the order of ids, so that two who tag the same people do not wait for each other in a ring."""
    if isinstance(ids, Select):
        ids = list(db.session.scalars(ids.limit(MOST_AT_ONCE + 1)))
    if len(ids) > MOST_AT_ONCE:
        raise TooManyToTag()
    rows = select(Person.id).where(Person.campaign_id == campaign_id, Person.id.in_(list(ids)), which)
    locked = list(db.session.scalars(rows.order_by(Person.id).with_for_update()))
    db.session.execute(
        update(Person)
        .where(Person.id.in_(locked))
        .values(tags=value)
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()
    return locked


def _checked(name: str) -> str:
    tag = tag_name(name)
    if not tag:
        raise Refusal(_l("Write the tag."), field="tag")
    return tag


def remember(campaign_id: int, names: Iterable[str]) -> None:
    """The campaign uses these tags. Beyond MOST_KNOWN they hold, and are not offered for choice."""
    campaign = db.session.get_one(Campaign, campaign_id, with_for_update=True)
    known = set(campaign.settings.get("tags", []))
    new = [each for each in dict.fromkeys(names) if each not in known][: MOST_KNOWN - len(known)]
    if new:
        campaign.settings = campaign.settings | {"tags": sorted(known | set(new))}


def _note(action: str, campaign_id: int, changed: list[int], by: int) -> None:
    subject = f"person:{changed[0]}" if len(changed) == 1 else "people"
    audit.record(action, campaign_id=campaign_id, by=by, subject=subject, rows=len(changed))
