"""People's own record, how often they came: kept by events, which calls down here; to plan by, not shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import BigInteger, Double, Integer, column, func, select, update

from volunteer_hub.core.db import db
from volunteer_hub.people.models import Person


def lock_records(person_ids: Collection[int]) -> None:
    """Keep the records of these people to oneself until the transaction ends, before they are counted anew:
    whoever counted first would not see what another is about to commit. One statement, by id."""
    query = select(Person.id).where(Person.id == func.any(list(person_ids))).order_by(Person.id)
    db.session.execute(query.with_for_update(key_share=True))


def set_records(records: Mapping[int, tuple[int, int]]) -> None:
    """{person: (shifts they came to, shifts they missed)}, of locked records, in one statement. Nothing is
    written where it stands so already."""
    if not records:
        return
    new = (
        func.unnest(
            list(records), [came for came, _ in records.values()], [missed for _, missed in records.values()]
        )
        .table_valued(column("id", BigInteger), column("came", Integer), column("missed", Integer))
        .render_derived(name="new")
    )
    db.session.execute(
        update(Person)
        .where(Person.id == new.c.id, (Person.came != new.c.came) | (Person.missed != new.c.missed))
        .values(came=new.c.came, missed=new.c.missed)
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
