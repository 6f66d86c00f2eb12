"""Invented voters behind the doors of a generated town, and the results that follow from their votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from volunteer_hub.demo.blocks import APARTMENTS, CORE, EDGE, Floats, Ints
from volunteer_hub.demo.people import names

PARTIES = ("DEM", "REP", "NPA")
LONG_TYPES = {"Ct": "COURT", "Ln": "LANE", "Way": "WAY", "Pl": "PLACE", "Cir": "CIRCLE", "Ter": "TERRACE",
              "Ave": "AVENUE", "St": "STREET", "Blvd": "BOULEVARD", "Dr": "DRIVE"}  # fmt: skip
LONG_DIRECTIONS = {"N": "NORTH", "S": "SOUTH", "E": "EAST", "W": "WEST", "": ""}


@dataclass(frozen=True, slots=True)
class Election:
    """A past general election: its day, whether it chose a president, and the swing to us in log-odds."""

    held_on: date
    office: str
    turnout_logit: float
    swing: float

    @property
    def name(self) -> str:
        """As '2024 general'."""
        return f"{self.held_on.year} general"


def past_elections(before: date, count: int = 4) -> tuple[Election, ...]:
    """The last general elections before a day: Tuesday after the first Monday of November, even years."""
    found: list[Election] = []
    year = before.year
    while len(found) < count:
        first = date(year, 11, 1)
        held_on = date(year, 11, 2 + (7 - first.weekday()) % 7)
        if year % 2 == 0 and held_on < before:
            is_president = year % 4 == 0
            swing = (0.06, -0.11, 0.09, -0.04)[year // 2 % 4]
            office = "President" if is_president else "Governor"
            found.append(Election(held_on, office, 0.95 if is_president else 0.05, swing))
        year -= 1
    return tuple(reversed(found))


def add_people(rng: np.random.Generator, doors: pd.DataFrame) -> None:
    """Add people (residents, at least 1) to each door, fewer in flats; in place."""
    sizes = np.arange(1, 7)
    house = rng.choice(sizes, len(doors), p=(0.22, 0.36, 0.18, 0.15, 0.06, 0.03))
    flat = rng.choice(sizes, len(doors), p=(0.50, 0.32, 0.11, 0.05, 0.015, 0.005))
    doors["people"] = np.where(doors.is_flat, flat, house)


def _leaning(rng: np.random.Generator, doors: pd.DataFrame, support: float) -> Floats:
    """Log-odds of support per door: long waves over the town, kind of quarter, the household's own mind."""
    x, y = doors.x_m.to_numpy() / 900.0, doors.y_m.to_numpy() / 900.0
    p = rng.uniform(0, 2 * np.pi, 3)
    waves = 0.45 * np.sin(x + p[0]) + 0.4 * np.sin(0.8 * y + p[1]) + 0.3 * np.sin(0.7 * (x + y) + p[2])
    kind = doors.kind.to_numpy()
    quarter = np.select([kind == CORE, kind == APARTMENTS, kind == EDGE], [0.45, 0.55, -0.7], default=-0.25)
    raw = waves + quarter + rng.normal(0, 0.9, len(doors))
    low, high = -6.0, 6.0
    for _ in range(50):  # the shift that makes the mean support what was asked for
        middle = (low + high) / 2
        low, high = (middle, high) if _chance(raw + middle).mean() < support else (low, middle)
    return raw + low


def _chance(logit: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-logit))


def voters(
    rng: np.random.Generator,
    doors: pd.DataFrame,
    elections: Sequence[Election],
    *,
    support: float,
    today: date,
) -> pd.DataFrame:
    """The registered voters, one row each, in the order of their doors.

    Columns: file_ref, given_name, family_name, birth_year, party, registered_on, door (row of ``doors``),
    precinct, support_prior and turnout_prior (0 to 1, what a vendor's model would say), supports (bool, the
    truth that only simulations may look at), voted_<year> (bool) per election, match (exact, doubtful or
    none: how the address was written down) and the address as in the file: house_number, predir, street_name,
    street_type, unit_type, unit_number, city, state, zip.
    """
    registered = rng.binomial(doors.people.to_numpy(), 0.64)
    home = np.repeat(np.arange(len(doors)), registered)
    place = np.arange(len(home)) - np.repeat(np.cumsum(registered) - registered, registered)
    leaning = _leaning(rng, doors, support)[home]
    frame = pd.DataFrame({"door": home, "precinct": doors.precinct.to_numpy(dtype=object)[home]})
    _add_names(rng, frame, doors, home)
    age = _ages(rng, len(doors), home, place)
    frame["birth_year"] = today.year - age
    _add_views(rng, frame, leaning)
    frame["registered_on"] = _registered_on(rng, age, today)
    _add_history(rng, frame, age, leaning, elections)
    _add_addresses(rng, frame, doors)
    frame.insert(0, "file_ref", [f"{100_000_000 + n}" for n in rng.permutation(len(frame)) * 7])
    return frame


def _add_names(rng: np.random.Generator, frame: pd.DataFrame, doors: pd.DataFrame, home: Ints) -> None:
    """Most of a household share a family name."""
    is_spanish = (rng.random(len(doors)) < 0.16)[home]
    given, own = names(rng, is_spanish)
    first_here = np.searchsorted(home, home)
    is_shared = rng.random(len(home)) < 0.72
    frame["given_name"] = given
    frame["family_name"] = np.where(is_shared, own[first_here], own)


def _ages(rng: np.random.Generator, n_doors: int, home: Ints, place: Ints) -> Ints:
    """Whole years: the first two of a household of like age, the others young adults."""
    head = 24 + rng.beta(1.7, 2.1, n_doors) * 68
    partner = head[home] + rng.normal(0, 4, len(home))
    child = 18 + rng.exponential(4.0, len(home))
    return np.clip(np.where(place < 2, np.where(place == 0, head[home], partner), child), 18, 101).astype(
        np.int64
    )


def _add_views(rng: np.random.Generator, frame: pd.DataFrame, leaning: Floats) -> None:
    """Party, the truth about support, and what a model built on party and place would guess."""
    n = len(frame)
    chance = _chance(leaning + rng.normal(0, 0.5, n))
    supports = rng.random(n) < chance
    has_party = rng.random(n) < 0.72
    is_true_to_it = rng.random(n) < 0.93
    party = np.where(has_party, np.where(supports == is_true_to_it, "DEM", "REP"), "NPA")
    frame["party"] = party.astype(object)
    by_party = np.select([party == "DEM", party == "REP"], [2.1, -2.1], default=0.0)
    guess = by_party + 0.6 * leaning + rng.normal(0, 0.35, n)
    frame["support_prior"] = _chance(guess).clip(0.02, 0.98).round(3)
    frame["supports"] = supports


def _registered_on(rng: np.random.Generator, age: Ints, today: date) -> np.ndarray:
    years_ago = np.minimum(rng.exponential(26.0, len(age)), age - 18 + rng.random(len(age)) * 0.9)
    days = np.datetime64(today) - (years_ago * 365.25).astype(np.int64) - 30
    return days.astype("datetime64[D]").astype(str).astype(object)


def _add_history(
    rng: np.random.Generator, frame: pd.DataFrame, age: Ints, leaning: Floats, elections: Sequence[Election]
) -> None:
    """Who voted when: older people and regulars more often, presidential years more than others."""
    habit = 1.5 * (1 - np.exp(-(age - 18) / 22.0)) - 1.0 + rng.normal(0, 0.9, len(frame))
    habit = habit + np.where(frame.party == "NPA", -0.35, 0.15) + 0.05 * leaning
    for election in elections:
        on_the_roll = frame.registered_on.to_numpy(dtype=str) < election.held_on.isoformat()
        went = rng.random(len(frame)) < _chance(habit + election.turnout_logit)
        frame[f"voted_{election.held_on.year}"] = on_the_roll & went
    frame["turnout_prior"] = _chance(habit + 0.5).clip(0.02, 0.98).round(3)


def _add_addresses(rng: np.random.Generator, frame: pd.DataFrame, doors: pd.DataFrame) -> None:
    """The address as a clerk wrote it: in capitals, words long or short; some doubtful, some nowhere."""
    home = doors.iloc[frame.door.to_numpy()].reset_index(drop=True)
    n = len(frame)
    is_long = rng.random(n) < 0.35
    number = home.house_number.to_numpy().astype(np.int64)
    frame["house_number"] = number
    frame["predir"] = np.where(is_long, home.predir.map(LONG_DIRECTIONS), home.predir)
    frame["street_name"] = home.street_name.str.upper()
    frame["street_type"] = np.where(is_long, home.street_type.map(LONG_TYPES), home.street_type.str.upper())
    kinds = np.array(["APT", "UNIT", "#"], dtype=object)[rng.integers(0, 3, n)]
    frame["unit_type"] = np.where(home.unit_number == "", "", kinds)
    frame["unit_number"] = home.unit_number
    frame["city"], frame["state"], frame["zip"] = home.city.str.upper(), home.state, home.zip
    luck = rng.random(n)
    frame["match"] = np.select([luck < 0.02, luck < 0.05], ["none", "doubtful"], default="exact")
    _spoil(rng, frame)


def _spoil(rng: np.random.Generator, frame: pd.DataFrame) -> None:
    """Write the none and doubtful addresses wrong, in place."""
    nowhere = frame.index[frame["match"] == "none"]
    frame.loc[nowhere, "house_number"] = frame.loc[nowhere, "house_number"] + 90_000
    doubtful = frame.index[frame["match"] == "doubtful"]
    fault = rng.integers(0, 3, len(doubtful))
    for name, of in (("street_name", 0), ("street_type", 1)):
        wrong = doubtful[fault == of]
        change = _misspelt if name == "street_name" else _other_type
        frame.loc[wrong, name] = [change(text) for text in frame.loc[wrong, name]]
    no_unit = doubtful[fault == 2]
    flats = no_unit[(frame.loc[no_unit, "unit_number"] != "").to_numpy()]
    frame.loc[flats, ["unit_type", "unit_number"]] = ""
    houses = no_unit.difference(flats)
    frame.loc[houses, "street_name"] = [_misspelt(text) for text in frame.loc[houses, "street_name"]]


def _misspelt(text: str) -> str:
    """Swap two unlike letters near the middle, as fingers do; numbered streets lose their ending."""
    if text[0].isdigit():
        return text.rstrip("STNDRH")
    for i in range(len(text) // 2, len(text) - 1):
        if text[i] != text[i + 1] and " " not in text[i : i + 2]:
            return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    return text + text[-1]


def _other_type(text: str) -> str:
    return "ROAD" if len(text) > 3 else "RD"


def results(
    rng: np.random.Generator, frame: pd.DataFrame, elections: Sequence[Election], precincts: Sequence[str]
) -> pd.DataFrame:
    """Votes per precinct, election and candidate; they sum to the voters whose history says they voted.

    Columns: election, held_on (ISO), office, precinct, party, candidate, votes, registered (on the roll
    then), ballots. Nobody moves: the electorate of the past is today's roll, which is a simplification.
    """
    tables = []
    for election in elections:
        voted = frame[frame[f"voted_{election.held_on.year}"]]
        for_us = _chance(np.where(voted.supports, 2.6, -2.6) + 2 * election.swing)
        luck = rng.random(len(voted))
        side = np.where(luck < 0.02, "OTH", np.where((luck - 0.02) / 0.98 < for_us, "DEM", "REP"))
        votes = pd.crosstab(voted.precinct.to_numpy(), side)
        votes = votes.reindex(index=list(precincts), columns=["DEM", "REP", "OTH"], fill_value=0)
        on_roll = frame[frame.registered_on.to_numpy(dtype=str) < election.held_on.isoformat()]
        registered = on_roll.groupby("precinct").size().reindex(list(precincts), fill_value=0)
        tables.append(_long(election, votes, registered))
    return pd.concat(tables, ignore_index=True)


def _long(election: Election, votes: pd.DataFrame, registered: pd.Series[int]) -> pd.DataFrame:
    labels = {"DEM": "Democratic candidate", "REP": "Republican candidate", "OTH": "All others"}
    ballots = votes.sum(axis=1)
    parts = [
        pd.DataFrame(
            {
                "election": election.name,
                "held_on": election.held_on.isoformat(),
                "office": election.office,
                "precinct": votes.index,
                "party": party,
                "candidate": label,
                "votes": votes[party].to_numpy(),
                "registered": registered.to_numpy(),
                "ballots": ballots.to_numpy(),
            }
        )
        for party, label in labels.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["precinct", "party"], kind="stable", ignore_index=True)
