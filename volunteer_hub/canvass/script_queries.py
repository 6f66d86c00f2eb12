"""Reads of scripts: the version in use, the one a lease began with, all of them, and results switched off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import aliased

from volunteer_hub.canvass.models import DoorReport, Outcome, ResultOff, Script
from volunteer_hub.canvass.scripts.checking import load
from volunteer_hub.canvass.scripts.content import Content
from volunteer_hub.canvass.vocabulary import CONTACTS
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Door
from volunteer_hub.people.models import Area, Person
from volunteer_hub.turf.models import Lease


@dataclass(frozen=True, slots=True)
class ScriptCard:
    """A version of the script. `id` is None and `number` 0 for the one every campaign starts with."""

    id: int | None
    number: int
    content: Content
    created_at: datetime | None = None
    author: str | None = None
    restores: int | None = None


def _cards() -> Select[*tuple[Any, ...]]:
    return select(Script, Person.name).outerjoin(Person, Person.id == Script.created_by)


def card_of(row: Any) -> ScriptCard:
    script, author = row
    return ScriptCard(
        script.id, script.number, load(script.content), script.created_at, author, script.restores
    )


def current_script(campaign_id: int) -> ScriptCard | None:
    """The version in use; None before the first was saved. One statement."""
    return _first(_cards().where(Script.campaign_id == campaign_id))


def script_numbered(campaign_id: int, number: int) -> ScriptCard | None:
    """One version. One statement."""
    return _first(_cards().where(Script.campaign_id == campaign_id, Script.number == number))


def script_of_lease(lease_id: int) -> ScriptCard | None:
    """The version that was in use when the lease's shift had its first turf handed out.

    All leases of a shift so have the same, whenever they began; a lease without a shift has the one in use
    when it was handed out. One statement.
    """
    began = select(_began(Lease)).where(Lease.id == lease_id).scalar_subquery()
    campaign = select(Lease.campaign_id).where(Lease.id == lease_id).scalar_subquery()
    return _first(_cards().where(Script.campaign_id == campaign, Script.created_at <= began))


def _began(lease: Any) -> ColumnElement[datetime]:
    """When the work of a lease's shift began: its script is chosen by this moment."""
    other = aliased(Lease)
    first = select(func.min(other.leased_at)).where(other.shift_id == lease.shift_id)
    return func.coalesce(first.correlate(lease).scalar_subquery(), lease.leased_at)


def version_of_report() -> ColumnElement[int | None]:
    """The id of the version a report was made with: its lease's, else the one in use at its time.

    A subquery correlated to DoorReport; null before the first version was saved.
    """
    lease = aliased(Lease)
    began = (
        select(_began(lease)).where(lease.id == DoorReport.lease_id).correlate(DoorReport).scalar_subquery()
    )
    return _version_at(DoorReport, func.coalesce(began, DoorReport.at))


def _version_at(row: Any, moment: Any) -> ColumnElement[int | None]:
    """The id of the version in use at a moment, in the campaign of a report or lease."""
    return (
        select(Script.id)
        .where(Script.campaign_id == row.campaign_id, Script.created_at <= moment)
        .order_by(Script.number.desc())
        .limit(1)
        .correlate(row)
        .scalar_subquery()
    )


def _first(query: Select[*tuple[Any, ...]]) -> ScriptCard | None:
    row = db.session.execute(query.order_by(Script.number.desc()).limit(1)).one_or_none()
    return None if row is None else card_of(row)


def scripts_by_id(ids: Collection[int]) -> dict[int, ScriptCard]:
    """Versions by id. One statement."""
    if not ids:
        return {}
    rows = db.session.execute(_cards().where(Script.id.in_(list(ids))))
    return {row[0].id: card_of(row) for row in rows}


def versions_query(campaign_id: int) -> Select[*tuple[Any, ...]]:
    """All versions, newest first: rows of a Script and its author's name."""
    return _cards().where(Script.campaign_id == campaign_id).order_by(Script.number.desc())


def all_versions(campaign_id: int) -> list[ScriptCard]:
    """Every version with its content, newest first. One statement."""
    return [card_of(row) for row in db.session.execute(versions_query(campaign_id))]


def answer_groups(
    campaign_id: int, area_paths: Iterable[str], text_keys: Sequence[str]
) -> list[tuple[int | None, dict[str, Any], int]]:
    """The standing talks of these areas, those with the same answers together: version, answers, how many.

    What was written in answer to a question of words is replaced by "x", so that it does not set talks apart.
    One statement.
    """
    answers: ColumnElement[Any] = type_coerce(DoorReport.answers, JSONB())
    if text_keys:
        said = [(key, case((DoorReport.answers[key].astext.not_in(("", "-")), "x"))) for key in text_keys]
        without = DoorReport.answers.op("-")(cast(list(text_keys), ARRAY(Text())))
        marks = func.jsonb_strip_nulls(func.jsonb_build_object(*(part for pair in said for part in pair)))
        answers = without.op("||")(marks)
    # found once for each lease: a campaign has thousands of those, and millions of reports
    kept = (
        select(Lease.id, _version_at(Lease, _began(Lease)).label("script_id"))
        .where(Lease.campaign_id == campaign_id)
        .cte("kept")
    )
    loose = _version_at(DoorReport, DoorReport.at)
    talks = (
        select(
            case((DoorReport.lease_id.is_(None), loose), else_=kept.c.script_id).label("script_id"),
            type_coerce(answers, JSONB()).label("answers"),
        )
        .outerjoin(kept, kept.c.id == DoorReport.lease_id)
        .join(Door, Door.id == DoorReport.door_id)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            DoorReport.campaign_id == campaign_id,
            DoorReport.result.in_(CONTACTS),
            DoorReport.undone_at.is_(None),
            access.within(Area.path, area_paths),
        )
        .subquery()
    )
    rows = db.session.execute(
        select(talks.c.script_id, talks.c.answers, func.count()).group_by(talks.c.script_id, talks.c.answers)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def results_off(campaign_id: int) -> set[Outcome]:
    """The results that a campaign does not offer. One statement."""
    rows = db.session.scalars(select(ResultOff.result).where(ResultOff.campaign_id == campaign_id))
    return {Outcome(each) for each in rows}
