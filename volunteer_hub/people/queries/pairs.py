"""Rows that may be one person: found among a million, with what speaks for it; and what was merged.

Never all pairs: only those who share a phone, an address but for its spelling, or a name that sounds the same
within some kilometres are looked at, and a block of more than a few is left alone (a shelter's phone).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import aliased

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, some_page_of
from volunteer_hub.people.filters import PeopleFilter
from volunteer_hub.people.models import Area, LikelyPair, Merge, Person
from volunteer_hub.people.queries.listing import PersonRow, ids_query, rows_of

MOST_PAIRS = 5000
MOST_IN_BLOCK = 6
WEIGHTS = {"email": 0.8, "phone": 0.4, "name": 0.45, "sound": 0.3, "near": 0.25}
"""How much each sign speaks for one person; together 1 - (1 - a)(1 - b)…, as if they were independent."""
NEAR_KM = 5

_TYPOS = (
    ("googlemail.com|gmial.com|gmai.com|gamil.com|gnail.com|gmail.co|gmail.con|gmaill.com", "gmail.com"),
    ("yaho.com|yahooo.com|yahoo.con|yhoo.com", "yahoo.com"),
    ("hotmial.com|hotmai.com|hotmail.con|hotmil.com", "hotmail.com"),
)


def _domain() -> str:
    found = "split_part(CAST(email AS text), '@', 2)"
    for wrong, right in _TYPOS:
        found = f"regexp_replace({found}, '^({wrong})$', '{right}')"
    return found


_LOCAL_PART = "replace(split_part(split_part(CAST(email AS text), '@', 1), '+', 1), '.', '')"
_EMAIL_KEY = f"lower({_LOCAL_PART} || '@' || {_domain()})"
_SIGNS = """
    SELECT a.id AS one_id, b.id AS other_id, array_remove(ARRAY[
        CASE WHEN a.email_key = b.email_key THEN 'email' END,
        CASE WHEN a.phone = b.phone THEN 'phone' END,
        CASE WHEN a.plain = b.plain THEN 'name' WHEN a.sounds = b.sounds THEN 'sound' END,
        CASE WHEN 6371.0088 * 2 * asin(sqrt(least(1, power(sin(radians(b.latitude - a.latitude) / 2), 2)
            + cos(radians(a.latitude)) * cos(radians(b.latitude))
            * power(sin(radians(b.longitude - a.longitude) / 2), 2)))) <= :near_km THEN 'near' END
    ], NULL) AS reasons
    FROM pairs JOIN known a ON a.id = pairs.one_id JOIN known b ON b.id = pairs.other_id
"""


def _pairs_of(block: str, where: str = "true") -> str:
    """Pairs of those who share `block`, blocks of more than a few left alone."""
    return f"""
    SELECT least(x, y) AS one_id, greatest(x, y) AS other_id FROM (
        SELECT array_agg(id) AS ids FROM known WHERE {where} GROUP BY {block}
        HAVING count(*) BETWEEN 2 AND :most_in_block
    ) blocks, unnest(ids) x, unnest(ids) y WHERE x < y
    """  # noqa: S608 - our own words


def _cell(shift: float) -> str:
    return f"floor(latitude * 20 + {shift}), floor(longitude * 20 + {shift})"


_HAS_NAME = "cardinality(sounds) > 1 AND latitude IS NOT NULL"
_FIND = f"""
    INSERT INTO likely_pairs (campaign_id, one_id, other_id, score, reasons, found_at)
    WITH known AS MATERIALIZED (
        SELECT id, phone, sounds, latitude, longitude, {_EMAIL_KEY} AS email_key,
               left(search, char_length(name)) AS plain
        FROM people WHERE campaign_id = :campaign_id AND is_active AND erased_at IS NULL
    ), pairs AS (
        {_pairs_of("email_key")}
        UNION {_pairs_of("phone", "phone IS NOT NULL")}
        UNION {_pairs_of("sounds, " + _cell(0), _HAS_NAME)}
        UNION {_pairs_of("sounds, " + _cell(0.5), _HAS_NAME)}
    ), signs AS ({_SIGNS}), scored AS (
        SELECT one_id, other_id, reasons,
               1 - exp(sum(ln(1 - CAST(CAST(:weights AS jsonb) ->> reason AS float)))) AS score
        FROM signs, unnest(reasons) reason
        WHERE (one_id, other_id) NOT IN (SELECT one_id, other_id FROM not_the_same)
        GROUP BY one_id, other_id, reasons
    )
    SELECT :campaign_id, one_id, other_id, score, reasons, :now FROM scored
    ORDER BY score DESC, one_id, other_id LIMIT :most
"""  # noqa: S608 - our own words


def find_pairs(campaign_id: int, *, now: datetime) -> int:
    """Replace what the last look found by a new one; returns how many pairs. Two statements."""
    db.session.execute(text("DELETE FROM likely_pairs WHERE campaign_id = :id"), {"id": campaign_id})
    found = db.session.execute(
        text(_FIND),
        {
            "campaign_id": campaign_id,
            "now": now,
            "most": MOST_PAIRS,
            "most_in_block": MOST_IN_BLOCK,
            "near_km": NEAR_KM,
            "weights": json.dumps(WEIGHTS),
        },
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two who may be one, what speaks for it, and how much (0 to 1)."""

    one: PersonRow
    other: PersonRow
    score: float
    reasons: tuple[str, ...]


def likely_pairs(campaign_id: int, area_paths: Iterable[str], number: int) -> Page[PairRow]:
    """One page of the pairs of which both are at home in these areas, the likeliest first."""
    paths = list(area_paths)
    one, other, one_area, other_area = aliased(Person), aliased(Person), aliased(Area), aliased(Area)
    query = (
        select(LikelyPair)
        .join(one, one.id == LikelyPair.one_id)
        .join(other, other.id == LikelyPair.other_id)
        .join(one_area, one_area.id == one.area_id)
        .join(other_area, other_area.id == other.area_id)
        .where(
            LikelyPair.campaign_id == campaign_id,
            one.is_active,
            other.is_active,
            access.within(one_area.path, paths),
            access.within(other_area.path, paths),
        )
        .order_by(LikelyPair.score.desc(), LikelyPair.id)
    )
    page = some_page_of(query, number, 20)
    pairs = [row[0] for row in page.rows]
    people = {
        row.id: row for row in rows_of([each for pair in pairs for each in (pair.one_id, pair.other_id)])
    }
    rows = [
        PairRow(people[pair.one_id], people[pair.other_id], pair.score, tuple(pair.reasons)) for pair in pairs
    ]
    return Page(rows, page.number, page.per_page, page.total, page.more)


def last_look(campaign_id: int) -> datetime | None:
    """When pairs were last looked for and found."""
    found: datetime | None = db.session.scalar(
        select(func.max(LikelyPair.found_at)).where(LikelyPair.campaign_id == campaign_id)
    )
    return found


def alike(person: Person, area_paths: Iterable[str]) -> list[PersonRow]:
    """Who of these areas has this person's phone or sounds like them, themselves left out; at most twenty."""
    paths = list(area_paths)
    asked = [PeopleFilter(text=each, state="all") for each in (person.phone, person.name) if each]
    ids: list[Any] = []
    for wanted in asked:
        ids += db.session.scalars(ids_query(person.campaign_id, paths, wanted).limit(21))
    return rows_of([each for each in dict.fromkeys(ids) if each != person.id][:20])


@dataclass(frozen=True, slots=True)
class MergeRow:
    """A merge into a person, as their page shows it."""

    id: int
    gone_name: str
    merged_at: datetime
    by: str | None
    can_be_undone: bool


def merges_into(person_id: int, now: datetime, keep: Any) -> list[MergeRow]:
    """What was merged into this person and stands, the newest first; `keep`: how long it can be undone."""
    gone, by = aliased(Person), aliased(Person)
    query = (
        select(Merge, gone.name, by.name)
        .join(gone, gone.id == Merge.gone_id)
        .outerjoin(by, by.id == Merge.merged_by)
        .where(Merge.kept_id == person_id, Merge.undone_at.is_(None))
        .order_by(Merge.merged_at.desc(), Merge.id.desc())
    )
    return [
        MergeRow(
            row.id, name, row.merged_at, by_name, row.before_sealed is not None and row.merged_at > now - keep
        )
        for row, name, by_name in db.session.execute(query)
    ]
