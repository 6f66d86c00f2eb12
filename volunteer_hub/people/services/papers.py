"""Papers and ages: what a person said, who has seen it, and how one gets what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.core import audit
from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.people.facts import VolunteerChanged
from volunteer_hub.people.models import Campaign, Paper, Person
from volunteer_hub.people.papers import PAPERS, Said

LONGEST_LINE = 500


def say(person: Person, said: Said, *, now: datetime) -> None:
    """Keep what a person says of themselves. An age is only ever raised; no birthday is asked or kept.

    A paper said again with another last day has to be seen again.
    """
    if said.age_at_least is not None:
        person.age_at_least = max(person.age_at_least or 0, said.age_at_least)
    for kind, valid_until in said.papers.items():
        if kind in PAPERS:
            _put_paper(person, kind, valid_until, now)
    if said:
        db.session.flush()
        announce(VolunteerChanged(person.id))


def take_back(person: Person, kind: str) -> None:
    """The person has this paper no longer."""
    db.session.execute(delete(Paper).where(Paper.person_id == person.id, Paper.kind == kind))
    announce(VolunteerChanged(person.id))


def mark_paper_seen(
    campaign_id: int, person_id: int, kind: str, *, by: int, now: datetime, is_seen: bool = True
) -> Paper:
    """Somebody of staff has held the paper in their hands, or takes that back. Raises NotFound.

    A paper the person had not spoken of is noted with it.
    """
    if kind not in PAPERS:
        raise NotFound()
    person: Person = in_campaign(Person, person_id, campaign_id)
    _put_paper(person, kind, None, now, keeps_day=True)
    paper: Paper = db.session.query(Paper).filter_by(person_id=person_id, kind=kind).populate_existing().one()
    paper.seen_at, paper.seen_by = (now, by) if is_seen else (None, None)
    audit.record(
        "see.paper" if is_seen else "unsee.paper",
        campaign_id=campaign_id,
        by=by,
        subject=f"person:{person_id}",
        kind=kind,
    )
    return paper


def set_ways_to_papers(campaign: Campaign, lines: Mapping[str, str], *, by: int) -> None:
    """How one gets each kind of paper here, in the organizers' words; an empty line is taken away."""
    kept = {kind: " ".join(lines.get(kind, "").split())[:LONGEST_LINE] for kind in PAPERS}
    campaign.settings = campaign.settings | {"papers": {kind: line for kind, line in kept.items() if line}}
    audit.record("change.papers", campaign_id=campaign.id, by=by)


def ways_to_papers(campaign: Campaign) -> dict[str, str]:
    """{kind: the organizers' line how to get it}."""
    found = campaign.settings.get("papers", {})
    return {str(kind): str(line) for kind, line in found.items()} if isinstance(found, dict) else {}


def _put_paper(
    person: Person, kind: str, valid_until: date | None, now: datetime, *, keeps_day: bool = False
) -> None:
    new = insert(Paper).values(
        campaign_id=person.campaign_id, person_id=person.id, kind=kind, said_at=now, valid_until=valid_until
    )
    if keeps_day:
        new = new.on_conflict_do_nothing(index_elements=["person_id", "kind"])
    else:
        same_day = Paper.valid_until.is_not_distinct_from(new.excluded.valid_until)
        new = new.on_conflict_do_update(
            index_elements=["person_id", "kind"],
            set_={
                "said_at": now,
                "valid_until": new.excluded.valid_until,
                "seen_at": case((same_day, Paper.seen_at), else_=None),
                "seen_by": case((same_day, Paper.seen_by), else_=None),
            },
        )
    db.session.execute(new)
