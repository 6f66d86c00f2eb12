"""The sample campaign: Florida's 67 counties as one statewide seat, and one generated town.

Counties and their results of 2000 are real (demo/data/README.md); people, town, doors and voters are
invented, and say so. Everything comes in through the ordinary importers and services.
"""

from __future__ import annotations

import time as time_module
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import func, select

from volunteer_hub.core import clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.demo import florida, history, people, town, town_files
from volunteer_hub.demo.place import PASCO
from volunteer_hub.districts.bring import bring
from volunteer_hub.districts.models import District
from volunteer_hub.events import plans
from volunteer_hub.events import services as events
from volunteer_hub.events.models import StagingLocation
from volunteer_hub.people import services as persons
from volunteer_hub.people.models import Area, Campaign, Person
from volunteer_hub.people.services import NewPerson, Profile
from volunteer_hub.people.windows import read_windows
from volunteer_hub.priority import queries as priority_queries
from volunteer_hub.priority import services as priority

NAME = "Sunshine Together (sample)"
ZONE = "America/New_York"
HELD_ON = "2000-11-07"
SEED = 2000
STAFF = {
    Role.ADMIN: ("ada.admin@example.org", "Ada Admin (invented)"),
    Role.ORGANIZER: ("olga.organizer@example.org", "Olga Organizer (invented)"),
    Role.FIELD_LEAD: ("felix.lead@example.org", "Felix Lead (invented)"),
    Role.VOLUNTEER: ("vera.volunteer@example.org", "Vera Volunteer (invented)"),
}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the sample is."""

    volunteers: int = 4000
    doors: int = 5000
    shift_places: int = 10
    shifts_per_county: int = 4


@dataclass(slots=True)
class Sample:
    """What was made, by id, and how long each step took."""

    campaign_id: int
    root_id: int
    town_name: str = ""
    voters: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


class Stopwatch:
    """Notes the seconds of named steps and says what is going on."""

    def __init__(self, seconds: dict[str, float], say: Say) -> None:
        self.seconds, self.say = seconds, say
        self._name, self._began = "", 0.0

    def step(self, name: str, words: str) -> None:
        """End the step before, begin another."""
        self.stop()
        self._name, self._began = name, time_module.perf_counter()
        self.say(words)

    def stop(self) -> None:
        """End the step at work."""
        if self._name:
            taken = time_module.perf_counter() - self._began
            self.seconds[self._name] = round(self.seconds.get(self._name, 0.0) + taken, 3)
            self._name = ""


def make(folder: Path, size: Size, say: Say) -> Sample:
    """Build the whole sample campaign in the application at hand; workers must be running."""
    folder.mkdir(parents=True, exist_ok=True)
    sample = _campaign()
    watch = Stopwatch(sample.seconds, say)
    watch.step("generate", "Inventing a town and its people …")
    files = town_files.write(
        town.generate(doors=size.doors, seed=SEED, today=date(2026, 9, 1)), folder / "town"
    )
    watch.step("import", "Bringing in 67 counties, results, precincts, doors, voters and streets …")
    _bring_all(sample, files, folder)
    watch.step("score", "Scoring where an hour is worth most …")
    add_contest(sample.campaign_id)
    watch.step("people", f"Signing up {size.volunteers:,} invented volunteers …")
    _add_people(sample, size)
    watch.step("shifts", "Planning shifts in every county …")
    _add_shifts(sample, size)
    watch.step("history", "Remembering who came to the shifts of the last weekends …")
    history.add(sample.campaign_id, ZONE, SEED)
    _wait_for_snapshot(sample.campaign_id)
    watch.stop()
    return sample


def _campaign() -> Sample:
    now = clock.now()
    with transaction():
        campaign = persons.create_campaign(
            NAME,
            now=now,
            time_zone=ZONE,
            slug="sample",
            election_on=_election_day(now),
            settings={"is_sample": True, "second_factor": "nobody"},
        )
        campaign.quiet_from = campaign.quiet_until = time(0)  # the sample is tried out at any hour
        campaign.postal_address = "1 Sample Street, Sampleton (invented)"
        root = db.session.scalars(select(Area).where(Area.campaign_id == campaign.id)).one()
        for role, (email, name) in STAFF.items():
            person = persons.add_person(
                campaign.id,
                root.id,
                email,
                Profile(name=name, home_text="33576"),
                now=now,
                via="command",
                email_agreed=True,
            )
            if role is not Role.VOLUNTEER:
                persons.grant(person, role, root, by=None, now=now)
        return Sample(campaign.id, root.id)


def _election_day(now: datetime) -> date:
    """The first Tuesday after a Monday of November, at least three weeks ahead."""
    for year in (now.year, now.year + 1):
        first = date(year, 11, 1)
        monday = first + timedelta(days=-first.weekday() % 7)
        if monday + timedelta(days=1) > now.date() + timedelta(days=21):
            return monday + timedelta(days=1)
    raise AssertionError("no year has an election day")


def _bring_all(sample: Sample, files: town_files.TownFiles, folder: Path) -> None:
    campaign_id = sample.campaign_id
    counties = florida.write_counties(folder / "florida")
    bring(campaign_id, "districts", counties, district_kind="county")
    bring(campaign_id, "precincts", files.precincts, district_kind="county", district_column="county_geoid")
    bring(campaign_id, "results", _results_file(files, folder), district_kind="county")
    bring(campaign_id, "doors", files.doors, district_kind="county")
    bring(campaign_id, "voters", files.voters, district_kind="county")
    bring(campaign_id, "streets", files.streets)
    if files.barriers.is_file():
        bring(campaign_id, "streets", files.barriers, are_barriers=True)


def _results_file(files: town_files.TownFiles, folder: Path) -> Path:
    """Real county results and the town's invented ones of the same day in one file, as one contest."""
    counties = florida.results().assign(precinct="", registered="")
    inside = pd.read_csv(files.results, dtype=str)
    inside = inside[inside["held_on"] == inside["held_on"].max()]
    names = {"DEM": ("Democratic", "Gore"), "REP": ("Republican", "Bush"), "OTH": ("", "Other")}
    parts = inside.assign(
        election=HELD_ON,
        office="President",
        GEOID=inside["county_geoid"],
        county=counties.loc[counties["GEOID"] == inside["county_geoid"].iloc[0], "county"].iloc[0],
        party=inside["party"].map(lambda party: names[party][0]),
        candidate=inside["party"].map(lambda party: names[party][1]),
    )[[*counties.columns]]
    path = folder / "results_2000.csv"
    pd.concat([counties, parts]).assign(held_on=HELD_ON).to_csv(path, index=False)
    return path


def add_contest(campaign_id: int) -> None:
    """One statewide seat: turn out supporters where the race is decided, and knock on every door."""
    campaign = db.session.get_one(Campaign, campaign_id)
    with transaction():
        priority.create_contest(
            campaign_id,
            name="Statewide seat",
            district_kind="county",
            ours="Democratic",
            weights={"plurality": 0.8, "coverage": 0.2},
            election_on=campaign.election_on,
            now=clock.now(),
        )


def _add_people(sample: Sample, size: Size) -> None:
    rows = people.volunteers(count=size.volunteers, seed=SEED).itertuples()
    new = [
        NewPerson(
            email=row.email,
            name=row.name,
            phone=row.phone or "",
            home_text=row.zip,
            latitude=row.latitude,
            longitude=row.longitude,
            time_zone=None,
            language=row.language,
            languages=tuple(row.languages.split()),
            skills=tuple(row.skills.split()),
            max_travel_km=row.max_travel_km,
            shifts_wanted=row.shifts_wanted,
            show_chance=row.show_chance,
            windows=tuple(read_windows(row.availability)),
            email_agreed=True,
            text_agreed=bool(row.wants_texts and row.phone),
        )
        for row in rows
    ]
    with transaction():
        added = persons.add_many(
            sample.campaign_id, sample.root_id, new, by=None, now=clock.now(), via="sample"
        )
    if added.refused:
        raise AssertionError(f"the sample made people that cannot be: {added.refused[:3]}")


def _add_shifts(sample: Sample, size: Size) -> None:
    """Two Saturdays and two Sundays in each county, at a staging location by its largest ZIP."""
    points = florida.zip_points().drop_duplicates("GEOID").set_index("GEOID")
    saturday = clock.now().date() + timedelta(days=(5 - clock.now().weekday()) % 7 or 7)
    if saturday - clock.now().date() < timedelta(days=3):
        saturday += timedelta(days=7)
    days = [saturday + timedelta(days=extra) for extra in (0, 1, 7, 8)][: max(1, size.shifts_per_county)]
    spans = plans.series(days, [(time(10), time(13))], ZONE)
    counties = db.session.execute(
        select(District.id, District.code, District.name, District.latitude, District.longitude).where(
            District.campaign_id == sample.campaign_id, District.kind == "county"
        )
    ).all()
    with transaction():
        for county in counties:
            _add_county(sample, county, points, spans, size)


def _add_county(
    sample: Sample, county: object, points: pd.DataFrame, spans: list[tuple[datetime, datetime]], size: Size
) -> None:
    known = county.code in points.index  # type: ignore[attr-defined]
    row = points.loc[county.code] if known else county  # type: ignore[attr-defined]
    place = f"{row['city']}, FL {row['zip']}" if known else f"{county.name} County"  # type: ignore[attr-defined, index]
    location = events.add_location(
        sample.campaign_id,
        plans.LocationPlan(
            area_id=sample.root_id,
            name=_office(county.name),  # type: ignore[attr-defined]
            address=place,
            latitude=float(row["latitude"] if known else county.latitude),  # type: ignore[attr-defined, index]
            longitude=float(row["longitude"] if known else county.longitude),  # type: ignore[attr-defined, index]
            district_id=county.id,  # type: ignore[attr-defined]
        ),
    )
    event = events.add_event(
        sample.campaign_id,
        plans.EventPlan(area_id=sample.root_id, name=f"Weekend canvass, {county.name} County"),  # type: ignore[attr-defined]
        now=clock.now(),
    )
    shifts = [
        plans.ShiftPlan(location.id, starts_at, ends_at, size.shift_places) for starts_at, ends_at in spans
    ]
    events.add_shifts(sample.campaign_id, event.id, shifts, now=clock.now())
    events.publish_event(sample.campaign_id, event.id)


def _office(county: str) -> str:
    return f"{county} office (invented)"


def add_shift_today(campaign_id: int, *, comers: int = 5) -> int:
    """A shift in the invented town that soon begins, with people who come: turf can be handed out at once.

    Returns its id.
    """
    now = clock.now()
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    office = db.session.scalars(
        select(StagingLocation).where(
            StagingLocation.campaign_id == campaign_id, StagingLocation.name == _office(PASCO.county)
        )
    ).one()
    staff = [email for role, (email, _name) in STAFF.items() if role is not Role.VOLUNTEER]
    away = func.abs(Person.latitude - office.latitude) + func.abs(Person.longitude - office.longitude)
    nearest = db.session.scalars(
        select(Person.id)
        .where(Person.campaign_id == campaign_id, Person.latitude.is_not(None), Person.email.not_in(staff))
        .order_by(away, Person.id)
        .limit(comers)
    ).all()
    with transaction():
        event = events.add_event(
            campaign_id, plans.EventPlan(area_id=office.area_id, name="Canvass in the invented town"), now=now
        )
        span = plans.ShiftPlan(office.id, starts_at, starts_at + timedelta(hours=3), 2 * comers)
        shift = events.add_shifts(campaign_id, event.id, [span], now=now)[0]
        events.publish_event(campaign_id, event.id)
        for person_id in nearest:
            events.sign_up(campaign_id, person_id, shift.id, by=person_id, now=now)
        return shift.id


def _wait_for_snapshot(campaign_id: int, within_s: float = 120.0) -> None:
    give_up = time_module.monotonic() + within_s
    while time_module.monotonic() < give_up:
        db.session.rollback()
        contest = priority_queries.active_contest(campaign_id)
        if contest and not contest.is_out_of_date and priority_queries.newest_snapshot(contest.id):
            return
        time_module.sleep(0.2)
    raise AssertionError("the contest was not scored in time")


def count(model: type, campaign_id: int) -> int:
    """How many rows of a table the campaign has."""
    query = select(func.count()).select_from(model).where(model.campaign_id == campaign_id)  # type: ignore[attr-defined]
    return int(db.session.scalar(query) or 0)


def person_with(campaign_id: int, role: Role) -> Person:
    """The sample's own member of staff (or volunteer) with a role."""
    email = STAFF[role][0]
    return db.session.scalars(
        select(Person).where(Person.campaign_id == campaign_id, Person.email == email)
    ).one()
