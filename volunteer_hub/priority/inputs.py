"""From rows to the engine's plain input: districts or precincts with their progress, and past results.

Results may be known by district, by precinct, or both. A district without results of its own has the
sum of its precincts; when precincts are scored, what is left of their district stays in the seat as a
remainder without doors, so that the closeness of the seat is always that of the whole seat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from math import cos, radians
from typing import Any

from sqlalchemy import func, select

from geodata.priority import District as Place
from geodata.priority import HourParams, Interval, Mix, PastResult, district_fault, result_fault
from geodata.priority.rules import RULES, Rule
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts.models import District, Door, Precinct, Result
from volunteer_hub.priority import queries
from volunteer_hub.priority.models import Contest, Progress

YEAR_DAYS = 365.25
ONE_SEAT = "all"


@dataclass(frozen=True, slots=True)
class Votes:
    """One place in one election."""

    ours: int = 0
    theirs: int = 0
    total: int = 0
    registered: int | None = None

    def __add__(self, other: Votes) -> Votes:
        known = [each for each in (self.registered, other.registered) if each is not None]
        return Votes(
            self.ours + other.ours,
            self.theirs + other.theirs,
            self.total + other.total,
            sum(known) if known else None,
        )

    def without(self, other: Votes) -> Votes:
        """What is left when a part is taken out; never below nothing."""
        rest = None if self.registered is None else max(self.registered - (other.registered or 0), 0)
        ours, theirs = max(self.ours - other.ours, 0), max(self.theirs - other.theirs, 0)
        return Votes(ours, theirs, max(self.total - other.total, ours + theirs), rest)


@dataclass(slots=True)
class Inputs:
    """What the engine is told of one layer, and which row each id is."""

    places: list[Place] = field(default_factory=list)
    results: list[PastResult] = field(default_factory=list)
    scored: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add_place(self, place: Place) -> None:
        """Take a place in; counts from the doors that cannot be are left out, and named."""
        fault = district_fault(replace(place, id=place.name or place.id))
        if fault is not None:
            self.faults.append(f"{fault}. What was found at its doors is left out until that is mended.")
            place = replace(
                place, attempted=None, attempts=0, contacts=0, answers=0, supporters=0, doors_left=place.doors
            )
        self.places.append(place)

    def add_result(self, past: PastResult, name: str) -> None:
        """Take a past result in, or name it where it cannot be."""
        fault = result_fault(replace(past, district=name))
        if fault is not None:
            self.faults.append(f"{fault}. This result is left out.")
            return
        if past.registered is not None and past.registered < past.total:
            self.faults.append(
                f"“{past.election}” in district “{name}”: {past.total:,.0f} votes of {past.registered:,.0f} "
                "registered cannot be. The number of registered is left out."
            )
            past = replace(past, registered=None)
        self.results.append(past)


def rule_of(weights: dict[str, float]) -> Rule:
    """One rule, or a mix by weight. Refuses names that are no rule and weights that cannot be."""
    unknown = sorted(set(weights) - set(RULES))
    if unknown:
        raise Refusal(f"There is no rule called {', '.join(unknown)}; there are {', '.join(sorted(RULES))}.")
    chosen = {name: float(weight) for name, weight in weights.items() if float(weight) > 0}
    if not chosen or any(float(weight) < 0 for weight in weights.values()):
        raise Refusal("Give at least one rule a weight above 0, and none a weight below 0.")
    if len(chosen) == 1:
        return RULES[next(iter(chosen))]
    return Mix([(RULES[name], weight) for name, weight in chosen.items()])


def params_of(stored: dict[str, Any]) -> HourParams:
    """What an hour buys, from its stored form: numbers, and [low, mid, high] for intervals."""
    values: dict[str, Any] = {
        name: Interval(*value) if isinstance(value, (list, tuple)) else value
        for name, value in stored.items()
        if name in HourParams.__dataclass_fields__
    }
    try:
        return HourParams(**values)
    except (TypeError, ValueError) as error:
        raise Refusal(f"These assumptions cannot be used: {error}.") from error


class Reading:
    """All rows that concern one contest, read in six statements at any size."""

    def __init__(self, contest: Contest, today: date, seats: Mapping[int, str] | None = None) -> None:
        self.contest = contest
        self.today = today
        own = (District.campaign_id == contest.campaign_id, District.kind == contest.district_kind)
        self.districts = db.session.execute(
            select(District.id, District.code, District.name, District.region).where(*own)
        ).all()
        self.precincts = db.session.execute(
            select(
                Precinct.id,
                Precinct.district_id,
                Precinct.code,
                Precinct.name,
                Precinct.min_lon,
                Precinct.min_lat,
                Precinct.max_lon,
                Precinct.max_lat,
            )
            .join(District, District.id == Precinct.district_id)
            .where(*own)
        ).all()
        self.seats = dict(seats) if seats is not None else queries.seat_names(contest.id)
        self.faults: list[str] = []
        self.doors = self._doors()
        self.progress = self._progress()
        self.votes, self.elections = self._votes()
        self.sums: dict[tuple[str, int], Votes] = defaultdict(Votes)
        for (day, district, precinct), votes in self.votes.items():
            if precinct is not None:
                self.sums[day, district] += votes
        self.keys: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        for key in {*self.doors, *self.progress}:
            self.keys[key[0]].append(key)

    def votes_of(self, day: str, district_id: int) -> Votes | None:
        """A district's own result, else the sum of its precincts'."""
        return self.votes.get((day, district_id, None)) or self.sums.get((day, district_id))

    def _doors(self) -> dict[tuple[int, int | None], int]:
        rows = db.session.execute(
            select(Door.district_id, Door.precinct_id, func.count())
            .where(Door.campaign_id == self.contest.campaign_id, Door.is_do_not_walk.is_(False))
            .group_by(Door.district_id, Door.precinct_id)
        )
        return {(district, precinct): count for district, precinct, count in rows}

    def _progress(self) -> dict[tuple[int, int | None], Progress]:
        rows = db.session.scalars(select(Progress).where(Progress.campaign_id == self.contest.campaign_id))
        return {(row.district_id, row.precinct_id): row for row in rows}

    def _votes(self) -> tuple[dict[tuple[str, int, int | None], Votes], dict[str, date]]:
        rows = db.session.execute(
            select(
                Result.district_id,
                Result.precinct_id,
                Result.held_on,
                Result.office,
                Result.party,
                Result.candidate,
                Result.votes,
                Result.registered,
            )
            .join(District, District.id == Result.district_id)
            .where(
                District.campaign_id == self.contest.campaign_id, District.kind == self.contest.district_kind
            )
        ).all()
        offices = _main_offices(rows, self.contest.params.get("office"))
        kept = [row for row in rows if offices[row.held_on] == row.office]
        rivals = _rivals(kept, self.contest.ours)
        tally = _tally(kept, self.contest.ours, rivals)
        ours: dict[str, int] = defaultdict(int)
        for (day, _district, _precinct), votes in tally.items():
            ours[day] += votes.ours
        self.faults = [
            f"“{day.isoformat()}” ({office}) has no votes for “{self.contest.ours}” anywhere. It is left out."
            for day, office in sorted(offices.items())
            if not ours[day.isoformat()]
        ]
        held_on = {row.held_on.isoformat(): row.held_on for row in kept if ours[row.held_on.isoformat()]}
        return {key: votes for key, votes in tally.items() if key[0] in held_on}, held_on


def _main_offices(rows: Iterable[Any], wanted: str | None) -> dict[date, str]:
    """Of each election day the office that counts: the one asked for if it was voted on, else the largest."""
    sizes: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        sizes[row.held_on][row.office] += row.votes
    return {
        day: wanted if wanted in offices else max(offices, key=lambda name: (offices[name], name))
        for day, offices in sizes.items()
    }


def is_ours(ours: str, party: str, candidate: str) -> bool:
    """Is this line of a result our side's? `ours` names a party or a candidate."""
    return side_key(ours) in (side_key(party), side_key(candidate))


_PARTIES = {
    "d": "democratic", "dem": "democratic", "democrat": "democratic", "democratic party": "democratic",
    "r": "republican", "rep": "republican", "gop": "republican", "republican party": "republican",
    "l": "libertarian", "lib": "libertarian", "lbt": "libertarian", "libertarian party": "libertarian",
    "g": "green", "gre": "green", "grn": "green", "green party": "green",
}  # fmt: skip


def side_key(name: str) -> str:
    """A party or candidate as results files agree on it: DEM, Democrat and Democratic are one party."""
    folded = " ".join(name.casefold().split())
    return _PARTIES.get(folded, folded)


def _side(row: Any) -> str:
    return side_key(row.party) or side_key(row.candidate)


def _rivals(rows: Iterable[Any], ours: str) -> dict[date, str]:
    """The strongest other side of each election, over all districts together."""
    sizes: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        if not is_ours(ours, row.party, row.candidate):
            sizes[row.held_on][_side(row)] += row.votes
    return {day: max(sides, key=lambda side: (sides[side], side)) for day, sides in sizes.items()}


def _tally(
    rows: Iterable[Any], ours: str, rivals: dict[date, str]
) -> dict[tuple[str, int, int | None], Votes]:
    found: dict[tuple[str, int, int | None], Votes] = defaultdict(Votes)
    registered: dict[tuple[str, int, int | None], int] = {}
    for row in rows:
        key = (row.held_on.isoformat(), row.district_id, row.precinct_id)
        mine = is_ours(ours, row.party, row.candidate)
        rival = not mine and _side(row) == rivals.get(row.held_on)
        found[key] += Votes(row.votes if mine else 0, row.votes if rival else 0, row.votes)
        if row.registered is not None:
            registered[key] = max(row.registered, registered.get(key, 0))
    return {
        key: Votes(votes.ours, votes.theirs, votes.total, registered.get(key)) for key, votes in found.items()
    }


def by_district(reading: Reading) -> Inputs:
    """The contest's districts, each whole."""
    inputs = Inputs()
    for row in reading.districts:
        inputs.scored[str(row.id)] = (row.id, None)
        keys = reading.keys.get(row.id, [])
        inputs.add_place(_place(reading, str(row.id), row.name, row.id, row.region, keys, None))
        for day in reading.elections:
            votes = reading.votes_of(day, row.id)
            if votes and votes.total > 0:
                inputs.add_result(_past(reading, str(row.id), day, votes), row.name)
    return inputs


def by_precinct(reading: Reading) -> Inputs:
    """The contest's precincts, with the rest of each district beside them."""
    inputs = Inputs()
    districts = {row.id: row for row in reading.districts}
    inside: dict[int, list[Any]] = defaultdict(list)
    for row in reading.precincts:
        inside[row.district_id].append(row)
    for district in districts.values():
        _add_precincts(reading, inputs, district, inside.get(district.id, []))
    return inputs


def _add_precincts(reading: Reading, inputs: Inputs, district: Any, precincts: list[Any]) -> None:
    for row in precincts:
        name = f"p{row.id}"
        inputs.scored[name] = (district.id, row.id)
        place = _place(
            reading,
            name,
            row.name,
            district.id,
            district.region,
            [(district.id, row.id)],
            row,
        )
        inputs.add_place(place)
    rest_id = f"rest of {district.id}"
    seat = reading.seats.get(district.id, ONE_SEAT)
    inputs.places.append(Place(id=rest_id, seat=seat, region=district.region or "", doors=0))
    for day in reading.elections:
        whole = reading.votes_of(day, district.id)
        if whole is None:
            continue
        for row in precincts:
            votes = reading.votes.get((day, district.id, row.id))
            if votes and votes.total > 0:
                inputs.add_result(_past(reading, f"p{row.id}", day, votes), f"{district.name} {row.name}")
                whole = whole.without(votes)
        if whole.total > 0:
            rest = _past(reading, rest_id, day, whole)
            inputs.results.append(
                rest if (rest.registered or 0) >= rest.total else replace(rest, registered=None)
            )


def _place(
    reading: Reading,
    place_id: str,
    name: str,
    district_id: int,
    region: str | None,
    keys: list[tuple[int, int | None]],
    box: Any,
) -> Place:
    doors = sum(reading.doors.get(key, 0) for key in keys)
    done = [reading.progress[key] for key in keys if key in reading.progress]
    answers = sum(row.supporters + row.opponents + row.undecided for row in done)
    finished = min(sum(row.doors_done for row in done), doors)
    return Place(
        id=place_id,
        name=name,
        seat=reading.seats.get(district_id, ONE_SEAT),
        region=region or "",
        doors=doors or None,
        doors_left=doors - finished if doors else None,
        attempted=min(sum(row.doors_tried for row in done), doors) if doors else None,
        attempts=sum(row.attempts for row in done),
        contacts=sum(row.contacts for row in done),
        answers=answers,
        supporters=sum(row.supporters for row in done),
        doors_per_km2=doors / _km2(box) if doors and box is not None and _km2(box) > 0 else None,
    )


def _km2(box: Any) -> float:
    """The area of a bounding box, near enough to tell dense streets from farms."""
    if box.min_lon is None:
        return 0.0
    height = (box.max_lat - box.min_lat) * 111.2
    width = (box.max_lon - box.min_lon) * 111.2 * cos(radians((box.min_lat + box.max_lat) / 2))
    return float(height * width)


def _past(reading: Reading, place_id: str, day: str, votes: Votes) -> PastResult:
    years = (reading.today - reading.elections[day]).days / YEAR_DAYS
    return PastResult(
        district=place_id,
        election=day,
        years_ago=max(years, 0.0),
        ours=votes.ours,
        theirs=votes.theirs,
        total=votes.total,
        registered=votes.registered or None,
    )
