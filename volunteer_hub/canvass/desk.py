"""The field lead's desk as plain data: everybody of a shift, what they do now and what could come next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from volunteer_hub.canvass import desk_queries, suggesting
from volunteer_hub.canvass.buddies import BuddyRules, why_not_alone
from volunteer_hub.canvass.daylight import is_dark
from volunteer_hub.canvass.desk_queries import Heard, HelpLine, OutingLine, Spot
from volunteer_hub.canvass.services import outings
from volunteer_hub.canvass.suggesting import Suggestion
from volunteer_hub.core.clock import campaign_day
from volunteer_hub.events import queries as events
from volunteer_hub.events.queries import RosterLine, ShiftCard
from volunteer_hub.people.models import Campaign
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.queries import LeaseCard, TurfLine

AT_TABLE = ("here", "expected", "out", "overdue", "back", "absent")
ORDER = ("overdue", "out", "here", "expected", "back", "absent")
ANSWERED_SHOWN = timedelta(hours=1)


@dataclass
class DeskLine:
    """A person of the shift. state: overdue, out, here, expected, back or absent."""

    person: RosterLine
    state: str
    outing: OutingLine | None = None
    leases: list[LeaseCard] = field(default_factory=list)
    suggestion: Suggestion | None = None
    heard: Heard | None = None
    spot: Spot | None = None
    not_alone: list[str] = field(default_factory=list)
    partner: str = ""

    @property
    def current(self) -> list[LeaseCard]:
        """What they hold now."""
        return [each for each in self.leases if each.returned_at is None]

    @property
    def is_alone_against_rule(self) -> bool:
        """Out without a partner although the campaign's rules ask for one."""
        return self.state in ("out", "overdue") and bool(self.not_alone) and not self.partner


@dataclass
class Desk:
    """A shift's desk at one moment."""

    card: ShiftCard
    now: datetime
    lines: list[DeskLine]
    calls: list[HelpLine]
    rules: BuddyRules
    open_turfs: list[TurfLine] = field(default_factory=list)
    starts: dict[int, str] = field(default_factory=dict)

    def of(self, *states: str) -> list[DeskLine]:
        """The people in one of these states."""
        return [line for line in self.lines if line.state in states]

    @property
    def table(self) -> list[DeskLine]:
        """Everybody, those first whom the lead has to do with next."""
        return [line for state in AT_TABLE for line in self.of(state)]

    @property
    def open_calls(self) -> list[HelpLine]:
        return [each for each in self.calls if each.answered_at is None]

    @property
    def missed(self) -> list[DeskLine]:
        """Those the alarm was raised about."""
        return [each for each in self.of("overdue") if each.outing and each.outing.alarm_at]


def desk_of(card: ShiftCard, campaign: Campaign, *, now: datetime) -> Desk:
    """Read everything about a shift's people, without the turf they could take (`with_turf`).

    A fixed number of statements, however many they are.
    """
    roster = [line for line in events.roster(card.campaign_id, card.id) if line.state == "going"]
    leases = turf.leases_of_shift(card.campaign_id, card.id)
    out = desk_queries.outings_of_shift(card.campaign_id, card.id)
    ids = [each.id for each in leases]
    heard, spots = desk_queries.last_heard(ids), desk_queries.spots(ids)
    lines = [_line(person, leases, out, heard, spots, now) for person in roster]
    desk = Desk(
        card=card,
        now=now,
        lines=sorted(lines, key=lambda line: (ORDER.index(line.state), line.person.name.casefold())),
        calls=desk_queries.calls_of_shift(card.campaign_id, card.id, answered_since=now - ANSWERED_SHOWN),
        rules=BuddyRules.of(campaign.settings),
    )
    _say_who_goes_in_pairs(desk, campaign)
    return desk


def with_turf(desk: Desk, open_turfs: list[TurfLine], campaign: Campaign, *, listed: int) -> Desk:
    """The desk with the turf that is open, of which the first are listed, and one suggested to each person.

    It runs the engine that plans shifts: for a page, and not for what asks every few seconds.
    """
    shown = open_turfs[:listed]
    desk.open_turfs, desk.starts = open_turfs, turf.starts(each.id for each in shown)
    _suggest(desk, shown, campaign)
    return desk


def state_of(person: RosterLine, outing: OutingLine | None, holds: bool, now: datetime) -> str:
    """What somebody of the shift does now."""
    if outing is not None and outing.back_at is None:
        return "overdue" if outing.is_overdue(now) else "out"
    if person.attendance == "no_show":
        return "absent"
    if outing is not None:
        return "back"
    return "here" if person.attendance == "attended" or holds else "expected"


def _line(
    person: RosterLine,
    leases: list[LeaseCard],
    out: list[OutingLine],
    heard: dict[int, Heard],
    spots: dict[int, Spot],
    now: datetime,
) -> DeskLine:
    mine = [each for each in leases if each.person_id == person.person_id]
    outing = next((each for each in reversed(out) if each.person_id == person.person_id), None)
    holds = any(each.returned_at is None for each in mine)
    line = DeskLine(person, state_of(person, outing, holds, now), outing, mine)
    walked = [each.id for each in mine] + ([outing.lease_id] if outing and outing.lease_id else [])
    signs = [heard[each] for each in walked if each in heard]
    line.heard = max(signs, key=lambda sign: sign.at, default=None)
    line.spot = next((spots[each] for each in reversed(walked) if each in spots), None)
    return line


def _say_who_goes_in_pairs(desk: Desk, campaign: Campaign) -> None:
    """Name partners (they walk the same lease), and say who should not go alone."""
    out = desk.of("out", "overdue")
    for line in out:
        others = [each for each in out if each is not line and _walks(each) == _walks(line)]
        line.partner = ", ".join(each.person.name for each in others) if _walks(line) else ""
    before = events.been_before((line.person.person_id for line in desk.lines), besides_shift=desk.card.id)
    for line in desk.of("out", "overdue", "here", "expected"):
        due = line.outing.due_at if line.state in ("out", "overdue") and line.outing else None
        due = due or outings.due_back(desk.card.ends_at, now=desk.now)
        line.not_alone = why_not_alone(
            desk.rules,
            is_dark=_is_dark_by(due, desk.card, campaign),
            is_first_time=line.person.person_id not in before,
        )


def _walks(line: DeskLine) -> int | None:
    return line.outing.lease_id if line.outing else None


def _is_dark_by(due: datetime, card: ShiftCard, campaign: Campaign) -> bool:
    day = campaign_day(card.starts_at, ZoneInfo(campaign.time_zone))
    return is_dark(card.latitude, card.longitude, due, day)


def _suggest(desk: Desk, shown: list[TurfLine], campaign: Campaign) -> None:
    """A turf each for those without one: first for who is here, then what is left for who is expected."""
    people = events.shift_people(desk.card.campaign_id, desk.card.id)
    table = _table(desk, shown, campaign)
    is_soon = desk.now >= desk.card.starts_at - timedelta(hours=1)
    left = list(shown)
    for states in (("here", "back"), ("expected",) if is_soon else ()):
        waiting = [line for line in desk.of(*states) if not line.current and line.person.person_id in people]
        found = suggesting.suggestions([people[each.person.person_id] for each in waiting], left, table)
        for line in waiting:
            line.suggestion = found.get(line.person.person_id)
        given = {each.turf_id for each in found.values()}
        left = [each for each in left if each.id not in given]


def _table(desk: Desk, shown: list[TurfLine], campaign: Campaign) -> suggesting.Table:
    """Where people start from, and how long they have until the shift ends."""
    time_left = desk.card.ends_at - max(desk.now, desk.card.starts_at)
    return suggesting.Table(
        latitude=desk.card.latitude,
        longitude=desk.card.longitude,
        minutes=max(time_left.total_seconds() / 60, 0.0),
        language=campaign.language,
        other_language=desk_queries.doors_in_another_language([each.id for each in shown]),
    )
