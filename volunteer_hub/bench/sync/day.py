"""An invented election day in the database: turf in the hands of many canvassers, ready to be walked."""

from __future__ import annotations

import secrets as random_secrets
from dataclasses import dataclass

from sqlalchemy import text

from volunteer_hub.core import clock
from volunteer_hub.core import secrets as tokens
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Area

TURFS_A_PRECINCT = 25
ZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class WalkList:
    """What one phone is handed: its link's token, the turf and the doors in walking order."""

    token: str
    turf: int
    doors: tuple[int, ...]


def prepare(phones: int, doors: int) -> list[WalkList]:
    """A campaign with `phones` leased turfs of `doors` doors each, in precincts of TURFS_A_PRECINCT turfs."""
    links = [random_secrets.token_urlsafe(24) for _ in range(phones)]
    now = clock.now()
    with transaction():
        campaign = people.create_campaign("Bench (invented)", now=now, time_zone=ZONE, slug="bench")
        area = db.session.query(Area.id).filter_by(campaign_id=campaign.id, parent_id=None).scalar()
        given = {
            "campaign": campaign.id, "area": area, "now": now, "phones": phones, "doors": doors,
            "precincts": -(-phones // TURFS_A_PRECINCT), "each": TURFS_A_PRECINCT,
        }  # fmt: skip
        for statement in _STATEMENTS:
            db.session.execute(text(statement), given)
        digests = [tokens.digest(each) for each in links]
        db.session.execute(text(_LEASES), {**given, "digests": digests})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return _walk_lists(links)


_STATEMENTS = (
    """INSERT INTO districts (campaign_id, area_id, kind, code, name, latitude, longitude)
       VALUES (:campaign, :area, 'county', 'bench', 'Bench District', 28, -82)""",
    """INSERT INTO precincts (campaign_id, district_id, code, name, latitude, longitude)
       SELECT :campaign, d.id, 'P' || n, 'Precinct ' || n, 28, -82
         FROM generate_series(1, :precincts) n, districts d WHERE d.campaign_id = :campaign""",
    """INSERT INTO people (campaign_id, area_id, email, name, created_at)
       SELECT :campaign, :area, 'walker' || n || '@example.org', 'Bench Walker ' || n, :now
         FROM generate_series(1, :phones) n""",
    """INSERT INTO cuts (campaign_id, district_id, state, minutes, params, report, message, created_at)
       SELECT :campaign, id, 'done', 90, '{}', '{}', '', :now FROM districts WHERE campaign_id = :campaign""",
    """INSERT INTO turfs (campaign_id, cut_id, precinct_id, district_id, number, name, state, doors, minutes,
                          metres, start_latitude, start_longitude)
       SELECT :campaign, c.id, p.id, p.district_id, n, p.code || '-' || n, 'leased', :doors, 90, 3000, 28, -82
         FROM precincts p JOIN cuts c USING (district_id), generate_series(1, :each) n
        WHERE p.campaign_id = :campaign ORDER BY p.id, n LIMIT :phones""",
    """INSERT INTO doors (campaign_id, district_id, precinct_id, number, street, unit, city, zip, address_key,
                          building_key, latitude, longitude)
       SELECT :campaign, t.district_id, t.precinct_id, n::text, 'TURF ' || t.id || ' ST', '', '', '',
              t.id || '/' || n, t.id || '/' || n, 28, -82
         FROM turfs t, generate_series(1, :doors) n WHERE t.campaign_id = :campaign""",
    """INSERT INTO turf_doors (turf_id, door_id, campaign_id, position)
       SELECT split_part(address_key, '/', 1)::bigint, id, :campaign, number::int
         FROM doors WHERE campaign_id = :campaign""",
)
_LEASES = """
    WITH held AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM turfs WHERE campaign_id = :campaign),
         who AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people WHERE campaign_id = :campaign),
         link AS (SELECT d, n FROM unnest(CAST(:digests AS bytea[])) WITH ORDINALITY AS given (d, n))
    INSERT INTO leases (campaign_id, turf_id, person_id, token_digest, leased_at, expires_at, latest_at,
                        return_note)
    SELECT :campaign, held.id, who.id, link.d, CAST(:now AS timestamptz) - interval '1 hour',
           CAST(:now AS timestamptz) + interval '4 hours', CAST(:now AS timestamptz) + interval '5 hours', ''
      FROM held JOIN who USING (n) JOIN link USING (n)"""


def _walk_lists(links: list[str]) -> list[WalkList]:
    rows = db.session.execute(
        text(
            """SELECT l.token_digest, l.turf_id, array_agg(d.door_id ORDER BY d.position)
                 FROM leases l JOIN turf_doors d USING (turf_id) GROUP BY l.id"""
        )
    )
    found = {bytes(digest): (turf, tuple(doors)) for digest, turf, doors in rows}
    db.session.rollback()
    return [WalkList(link, *found[tokens.digest(link)]) for link in links]
