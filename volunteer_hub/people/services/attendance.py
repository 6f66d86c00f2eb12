"""People's own record, how often they came: kept by events, which calls down here; to plan by, not shown."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Double, Integer, column, func, select, update

from volunteer_hub.core.db import db
from volunteer_hub.people.models import Person


def set_record(person_id: int, *, came: int, missed: int) -> None:
    """How many shifts the person came to, and how many not. Nothing is written when it stands so already."""
    db.session.execute(
        update(Person)
        .where(Person.id == person_id, (Person.came != came) | (Person.missed != missed))
        .values(came=came, missed=missed)
        .execution_options(synchronize_session="fetch")
    )


def records(campaign_id: int) -> list[tuple[int, int]]:
    """The different records (came, missed) there are in a campaign, but for none at all."""
    query = (
        select(Person.came, Person.missed)
        .where(Person.campaign_id == campaign_id, Person.came + Person.missed > 0)
        .distinct()
        .order_by(Person.came, Person.missed)
    )
    return [(row.came, row.missed) for row in db.session.execute(query)]


def set_show_chances(campaign_id: int, by_record: Mapping[tuple[int, int], float]) -> None:
    """Set the chance that matching uses for people with these records; who has none keeps theirs."""
    if not by_record:
        return
    new = (
        func.unnest(
            [came for came, _ in by_record], [missed for _, missed in by_record], list(by_record.values())
        )
        .table_valued(column("came", Integer), column("missed", Integer), column("chance", Double))
        .render_derived(name="new")
    )
    is_new = (
        Person.campaign_id == campaign_id,
        Person.came == new.c.came,
        Person.missed == new.c.missed,
        func.coalesce(Person.show_chance, -1) != new.c.chance,
    )
    in_order = select(Person.id).where(*is_new).order_by(Person.id)  # as a list is closed: no circle
    db.session.execute(in_order.with_for_update(of=Person, key_share=True))
    db.session.execute(
        update(Person)
        .where(*is_new)
        .values(show_chance=new.c.chance)
        .execution_options(synchronize_session=False)
    )
