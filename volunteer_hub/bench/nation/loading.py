"""The nation into a campaign of its own: areas and an organizer by services, the many rows by COPY."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import numpy as np
import pandas as pd

from volunteer_hub.bench.nation import calendar, people
from volunteer_hub.core import clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people import services
from volunteer_hub.people.models import Area

ZONE = "America/New_York"
SLUG = "nation"
REGIONS_A_STATE = 6
AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Nation:
    """What was loaded. frames: as invented; first_*: the id of each frame's first row, the others follow."""

    campaign_id: int
    organizer_id: int
    people: pd.DataFrame
    shifts: pd.DataFrame
    places: pd.DataFrame
    first_person: int
    first_shift: int


def load(volunteers: int, events: int, shifts: int, seed: int, say: Callable[[str], None]) -> Nation:
    """Make the campaign and bring everything in. The database is empty before."""
    rng, now = np.random.default_rng(seed), clock.now()
    campaign_id, organizer_id, areas = _campaign(now)
    say(f"Inventing {volunteers:,} volunteers …")
    crowd = people.volunteers(rng, volunteers)
    first_person = bring("people", _people_columns(rng, crowd, campaign_id, areas, now))
    bring("availability", _windows(rng, campaign_id, first_person, volunteers))
    say(f"Inventing {events:,} events with {shifts:,} shifts …")
    places = calendar.locations(rng, max(1, events // calendar.EVENTS_AT_A_PLACE))
    first_place = bring("staging_locations", _place_columns(rng, places, campaign_id, areas))
    made = calendar.events(rng, places, events)
    first_event = bring("events", _event_columns(made, places, campaign_id, now))
    plan = calendar.shifts(rng, made, shifts, now)
    plan["place"] = made.place.to_numpy()[plan.event]
    first_shift = bring("shifts", _shift_columns(plan, campaign_id, first_event, first_place))
    say("Gathering statistics, as the database's housekeeping does …")
    _vacuum()
    return Nation(campaign_id, organizer_id, crowd, plan, places, first_person, first_shift)


def _campaign(now: datetime) -> tuple[int, int, dict[str, list[int]]]:
    """The campaign without quiet hours, its organizer, and the ids of six regions in each state."""
    with transaction():
        campaign = services.create_campaign("Nation (invented)", now=now, time_zone=ZONE, slug=SLUG)
        campaign.quiet_from = campaign.quiet_until = time(0)
        campaign.postal_address = "1 Sample Street, Sampleton (invented)"
        campaign_id = campaign.id
        root = db.session.query(Area).filter_by(campaign_id=campaign_id, parent_id=None).one()
        organizer = services.add_person(
            campaign_id,
            root.id,
            "organizer@example.org",
            services.Profile(name="Olive Organizer"),
            now=now,
            via="sample",
        )
        db.session.flush()
        services.grant(organizer, Role.ADMIN, root, by=None, now=now)
        organizer_id = organizer.id
        areas: dict[str, list[int]] = {}
        for state in sorted(people.states()):
            above = services.add_area(root, "state", state, by=None)
            areas[state] = [
                services.add_area(above, "region", f"{state} {number}", by=None).id
                for number in range(1, REGIONS_A_STATE + 1)
            ]
    return campaign_id, organizer_id, areas


def _area_ids(rng: np.random.Generator, states: pd.Series, areas: dict[str, list[int]]) -> np.ndarray:
    """A region of the state for each row."""
    names = sorted(areas)
    table = np.array([areas[name] for name in names])
    row = np.searchsorted(np.array(names), states.to_numpy(dtype=str))
    found: np.ndarray = table[row, rng.integers(0, REGIONS_A_STATE, len(states))]
    return found


def _people_columns(
    rng: np.random.Generator,
    crowd: pd.DataFrame,
    campaign_id: int,
    areas: dict[str, list[int]],
    now: datetime,
) -> pd.DataFrame:
    days = rng.integers(1, 400, len(crowd))
    frame = crowd.drop(columns=["city", "state"]).rename(columns={"zip": "home_text"})
    frame["campaign_id"], frame["area_id"] = campaign_id, _area_ids(rng, crowd.state, areas)
    frame["location_source"], frame["location_accuracy_m"] = "zip", 3000.0
    frame["shifts_wanted"] = 2
    frame["created_at"] = pd.Timestamp(now) - pd.to_timedelta(400, "D")
    frame["seen_at"] = pd.Timestamp(now) - pd.to_timedelta(days, "D")
    frame["email_agreed_at"] = frame.created_at.where(rng.random(len(crowd)) < 0.9)
    frame["text_agreed_at"] = frame.created_at.where((rng.random(len(crowd)) < 0.5) & frame.phone.notna())
    return frame


def _windows(rng: np.random.Generator, campaign_id: int, first_person: int, count: int) -> pd.DataFrame:
    """Three in ten say when they can; the others come any time."""
    who = np.flatnonzero(rng.random(count) < 0.3)
    start = rng.choice(("09:00", "13:00", "17:00"), len(who))
    end = pd.Series(start).map({"09:00": "13:00", "13:00": "17:00", "17:00": "20:30"})
    return pd.DataFrame(
        {
            "campaign_id": campaign_id,
            "person_id": first_person + who,
            "weekday": rng.integers(0, 7, len(who)),
            "from_time": start,
            "until_time": end,
        }
    )


def _place_columns(
    rng: np.random.Generator, places: pd.DataFrame, campaign_id: int, areas: dict[str, list[int]]
) -> pd.DataFrame:
    frame = places[["name", "address", "latitude", "longitude", "is_accessible"]].copy()
    frame["campaign_id"], frame["area_id"] = campaign_id, _area_ids(rng, places.state, areas)
    frame["notes"] = ""
    places["area_id"] = frame.area_id
    return frame


def _event_columns(made: pd.DataFrame, places: pd.DataFrame, campaign_id: int, now: datetime) -> pd.DataFrame:
    frame = made[["kind", "name"]].copy()
    frame["campaign_id"], frame["area_id"] = campaign_id, places.area_id.to_numpy()[made.place]
    frame["description"] = "Come and help. We train you on the spot; bring water and a charged phone."
    frame["state"], frame["is_public"], frame["created_at"] = "published", True, now
    return frame


def _shift_columns(plan: pd.DataFrame, campaign_id: int, first_event: int, first_place: int) -> pd.DataFrame:
    frame = plan[["starts_at", "ends_at", "capacity", "languages"]].copy()
    frame["campaign_id"], frame["notes"] = campaign_id, ""
    frame["event_id"] = first_event + plan.event
    frame["staging_location_id"] = first_place + plan.place
    return frame


def bring(table: str, frame: pd.DataFrame) -> int:
    """COPY the rows in; returns the id of the first, the others follow it."""
    with transaction() as session:
        connection = session.connection().connection.driver_connection
        before = session.scalar(db.text(f"SELECT coalesce(max(id), 0) FROM {table}"))  # noqa: S608 - ours
        columns = ", ".join(frame.columns)
        with connection.cursor().copy(
            f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')"
        ) as copy:
            for piece in _pieces(frame):
                copy.write(piece)
        first = session.scalar(db.text(f"SELECT min(id) FROM {table} WHERE id > :it"), {"it": before})  # noqa: S608
    return int(first)


def _pieces(frame: pd.DataFrame) -> Iterator[str]:
    for start in range(0, len(frame), AT_ONCE):
        text = io.StringIO()
        frame.iloc[start : start + AT_ONCE].to_csv(text, header=False, index=False, na_rep=r"\N")
        yield text.getvalue()


def _vacuum() -> None:
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(db.text("VACUUM (ANALYZE)"))


def plain(nation: Nation) -> dict[str, Any]:
    """Its size."""
    return {"volunteers": len(nation.people), "shifts": len(nation.shifts)}
