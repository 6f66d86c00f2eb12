"""What the nation can come to: staging locations, events and their shifts, as columns."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from volunteer_hub.bench.nation.people import homes

EVENTS_AT_A_PLACE = 5
DAYS = 60
START_HOURS_UTC = (14, 17, 20, 22)
KINDS = ("canvass", "phone_bank", "training", "rally", "house_party", "voter_registration", "other")
_KIND_SHARES = (0.55, 0.18, 0.06, 0.03, 0.08, 0.08, 0.02)


def locations(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Staging locations, where the people live: name, address, latitude, longitude, state, is_accessible."""
    frame = homes(rng, count)
    number = np.arange(1, count + 1)
    frame["name"] = [f"Office {n} (invented)" for n in number]
    frame["address"] = [
        f"{n} Main Street, {city}, {state} {zip_code}"
        for n, city, state, zip_code in zip(number, frame.city, frame.state, frame.zip, strict=True)
    ]
    frame["is_accessible"] = rng.random(count) < 0.7
    return frame


def events(rng: np.random.Generator, places: pd.DataFrame, count: int) -> pd.DataFrame:
    """Events: name, kind, and `place`, the row of their staging location."""
    place = rng.integers(0, len(places), count)
    kind = rng.choice(KINDS, count, p=_KIND_SHARES)
    return pd.DataFrame(
        {
            "place": place,
            "kind": kind,
            "name": [
                f"{each.replace('_', ' ').capitalize()} in {city}"
                for each, city in zip(kind, places.city.to_numpy()[place], strict=True)
            ],
        }
    )


def shifts(rng: np.random.Generator, of_events: pd.DataFrame, count: int, now: datetime) -> pd.DataFrame:
    """Shifts: `event` (row), starts_at, ends_at, capacity, languages; as many of each event as can be.

    An event is on one day within the next 60, its shifts follow one another; one in ten has room for two
    people only, so that sign-ups meet full shifts.
    """
    event = np.arange(count) % len(of_events)
    turn = np.arange(count) // len(of_events)
    day = rng.integers(1, DAYS + 1, len(of_events))[event]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = np.array(START_HOURS_UTC)[turn % len(START_HOURS_UTC)]
    later = turn // len(START_HOURS_UTC)
    starts = [
        midnight + timedelta(days=int(d + extra), hours=int(h))
        for d, h, extra in zip(day, hours, later, strict=True)
    ]
    small = rng.random(count) < 0.1
    return pd.DataFrame(
        {
            "event": event,
            "starts_at": starts,
            "ends_at": [start + timedelta(hours=2, minutes=30) for start in starts],
            "capacity": np.where(small, 2, rng.integers(8, 41, count)),
            "languages": np.where(rng.random(count) < 0.08, "{es}", "{}"),
        }
    )
