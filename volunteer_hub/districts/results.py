"""Past results made tidy: one row for each place, contest and candidate, without totals, blanks and doubles.

What is left out is counted by reason and shown; nothing is corrected in silence.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

_TOTALS = re.compile(
    r"^(?:grand |sub)?totals?(?: (?:votes?|ballots?)(?: cast| counted)?)?:?$|^(?:total )?(?:votes?|"
    r"ballots?) (?:cast|counted)(?: total)?$|^totals?:",
    re.IGNORECASE,
)
_NO_CHOICE = re.compile(
    r"^(?:blanks?(?: votes?)?|over ?-?votes?|under ?-?votes?|spoiled(?: votes?| ballots?)?|void(?:ed)?|"
    r"scattering blank|"
    r"residual votes?|rejected|no vote|exhausted)$",
    re.IGNORECASE,
)
_REGISTERED = re.compile(r"^(?:total )?registered(?: voters?)?(?: total)?$|^registration$", re.IGNORECASE)
_PARTIES = {
    "D": "DEM", "DEM": "DEM", "DEMOCRAT": "DEM", "DEMOCRATIC": "DEM", "DEMOCRATIC PARTY": "DEM", "DFL": "DEM",
    "DEMOCRATIC FARMER LABOR": "DEM", "R": "REP", "REP": "REP", "REPUBLICAN": "REP",
    "REPUBLICAN PARTY": "REP",
    "GOP": "REP", "L": "LIB", "LIB": "LIB", "LBT": "LIB", "LIBERTARIAN": "LIB", "G": "GRN", "GRE": "GRN",
    "GRN": "GRN",
    "GREEN": "GRN", "I": "IND", "IND": "IND", "INDEPENDENT": "IND", "UNAFFILIATED": "IND", "NPA": "IND",
    "UNA": "IND",
    "NONPARTISAN": "NON", "OTHER": "OTH", "OTH": "OTH", "O": "OTH", "WRITE-IN": "OTH", "PROGRESSIVE": "PRG",
}  # fmt: skip
_WRITE_INS = re.compile(
    r"^(?:\(?write[ -]?ins?\)?(?: votes?)?|scattering|all others?|others?|misc\.?)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of results as the file has it, text still; `line` is its place in the file."""

    line: int
    votes: str
    election: str = ""
    date: str = ""
    office: str = ""
    seat: str = ""
    geoid: str = ""
    county: str = ""
    town: str = ""
    precinct: str = ""
    precinct_code: str = ""
    party: str = ""
    candidate: str = ""
    registered: str = ""
    whole: str = ""  # the whole line, to tell a repeated line from a second part of a count

    @property
    def where(self) -> tuple[str, ...]:
        return (self.geoid, self.county, self.town, self.precinct, self.precinct_code)


@dataclass(frozen=True, slots=True)
class Count:
    """Votes of one candidate in one place and contest."""

    row: Row
    election: str
    held_on: date
    office: str
    party: str
    candidate: str
    votes: int
    registered: int | None


@dataclass
class Tidy:
    """The counts, what was left out by reason, the lines that could not be read, and things to look at."""

    counts: list[Count] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def tidy(rows: Iterable[Row], *, election: str = "", held_on: date | None = None) -> Tidy:
    """Make results tidy. `election` and `held_on` stand in where the file does not say."""
    found = Tidy()
    totals = _Totals()
    registered: dict[tuple[str, ...], int] = {}
    seen: set[str] = set()
    kept: dict[tuple[object, ...], Count] = {}
    for row in rows:
        if row.whole and row.whole in seen and not _WRITE_INS.match(" ".join(row.candidate.split())):
            found.left_out["a line that is there twice, letter by letter"] += 1
            continue
        seen.add(row.whole)
        votes = number_of(row.votes)
        if votes is None:
            _unreadable(found, row)
        elif _REGISTERED.match(row.candidate or row.office):
            registered[(row.election, *row.where)] = votes
        elif _TOTALS.match(row.candidate) or _is_total_place(row):
            found.left_out["a total"] += 1
            totals.compare(row, votes)
        elif _NO_CHOICE.match(row.candidate):
            found.left_out["blank, spoiled, over- and undervotes"] += 1
        elif count := _count(row, votes, found, election, held_on):
            _add(kept, count)
            totals.add(row, votes)
    found.counts = [_with_registered(count, registered) for count in kept.values()]
    _drop_second_contests(found)
    found.warnings += totals.warnings()
    return found


def _unreadable(found: Tidy, row: Row) -> None:
    if row.votes.strip() in ("", "*", "-", "–", "N/A", "NA"):
        found.left_out["no votes given (blank or hidden)"] += 1
    else:
        found.rejected.append((row.line, f"“{row.votes[:40]}” is no number of votes"))


def _is_total_place(row: Row) -> bool:
    last = next((part for part in (row.precinct, row.town, row.county) if part.strip()), "")
    return bool(
        re.match(r"^(?:county |state ?wide |grand |precinct )?totals?:?$", last.strip(), re.IGNORECASE)
    )


def _count(row: Row, votes: int, found: Tidy, election: str, held_on: date | None) -> Count | None:
    said = row.date or row.election
    day = day_of(row.date) or day_of(row.election) or held_on
    if day is None:
        found.rejected.append((row.line, f"the day of the election is missing (“{said[:40]}”)"))
        return None
    if not row.candidate.strip() and not row.party.strip():
        found.rejected.append((row.line, "the line names neither candidate nor party"))
        return None
    candidate = candidate_of(row.candidate)
    party = "OTH" if candidate == "Write-ins" and not row.party.strip() else party_of(row.party)
    name = election_name(row.election or election, day)
    office = " ".join(f"{row.office} {_seat(row)}".split())
    registered = number_of(row.registered)
    return Count(row, name, day, office, party, candidate, votes, registered)


def _seat(row: Row) -> str:
    seat = row.seat.strip()
    return (
        seat
        if seat and seat.upper() not in row.office.upper() and name_key(seat) != name_key(row.county)
        else ""
    )


def _add(kept: dict[tuple[object, ...], Count], count: Count) -> None:
    """Parts of one count (election day, early, mail) are added up."""
    key = (count.row.where, count.held_on, count.election, count.office, count.party, count.candidate)
    if key in kept:
        kept[key] = replace(kept[key], votes=kept[key].votes + count.votes)
    else:
        kept[key] = count


def _with_registered(count: Count, registered: dict[tuple[str, ...], int]) -> Count:
    known = registered.get((count.row.election, *count.row.where))
    return replace(count, registered=known) if known is not None and count.registered is None else count


def _drop_second_contests(found: Tidy) -> None:
    """Drop an office that gives another office's votes again, split otherwise (Texas 2008 has three of them).

    Offices of one election with the same candidates and, place by place, the same votes are one contest.
    The one whose rows name no seat, or else the one with fewer rows, stays.
    """
    by_office: dict[tuple[date, str], list[Count]] = defaultdict(list)
    for count in found.counts:
        by_office[(count.held_on, count.row.office)].append(count)
    sums = {key: _sums(counts) for key, counts in by_office.items()}
    order = sorted(
        by_office, key=lambda key: (sum(bool(c.row.seat) for c in by_office[key]), len(by_office[key]))
    )
    dropped: set[tuple[date, str]] = set()
    for at, first in enumerate(order):
        for second in order[at + 1 :]:
            if first not in dropped and second not in dropped and _is_repeat(first, second, sums):
                dropped.add(second)
                found.left_out[f"“{second[1]}”, which repeats the votes of “{first[1]}”"] += len(
                    by_office[second]
                )
    if dropped:
        found.counts = [c for c in found.counts if (c.held_on, c.row.office) not in dropped]


def _sums(counts: list[Count]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for count in counts:
        sums[
            (name_key(count.row.county or count.row.geoid or count.row.town), name_key(count.candidate))
        ] += count.votes
    return sums


def _is_repeat(
    first: tuple[date, str],
    second: tuple[date, str],
    sums: dict[tuple[date, str], dict[tuple[str, str], int]],
) -> bool:
    if first[0] != second[0]:
        return False
    one, other = sums[first], sums[second]
    shared = [key for key in other if key in one]
    if len({name for _, name in shared}) < 2 or len(shared) < 0.9 * len(other):
        return False
    return sum(one[key] == other[key] for key in shared) > 0.9 * len(shared) and sum(other.values()) > 0


class _Totals:
    """Compares each total with the candidates listed above it, in the order of the file."""

    def __init__(self) -> None:
        self.contest: tuple[str, ...] = ()
        self.sum = 0
        self.off: list[str] = []

    def add(self, row: Row, votes: int) -> None:
        self._turn_to(row)
        self.sum += votes

    def compare(self, row: Row, votes: int) -> None:
        self._turn_to(row)
        if 0 < votes < self.sum:
            contest = row.office or "the contest"
            self.off.append(f"line {row.line}: {contest} says {votes:,}, its candidates have {self.sum:,}")
        self.sum = 0

    def _turn_to(self, row: Row) -> None:
        contest = (row.election, row.office, row.seat, *row.where)
        if contest != self.contest:
            self.contest, self.sum = contest, 0

    def warnings(self) -> list[str]:
        if not self.off:
            return []
        count = f"{len(self.off):,} total{'s' if len(self.off) > 1 else ''} in the file"
        return [
            f"{count} below the sum of the candidates ({'; '.join(self.off[:3])}). The candidates' votes "
            f"count."
        ]


def number_of(text: str) -> int | None:
    """A whole number, with thousands separators or a trailing .0; None when it is none or below zero."""
    plain = text.strip().replace(",", "").replace(" ", "")
    plain = re.sub(r"\.0+$", "", plain)
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else None


_DAY = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_US_DAY = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_YEAR = re.compile(r"(?<!\d)(19\d\d|20\d\d)(?!\d)")


def day_of(text: str) -> date | None:
    """The day in "20081104", "2008-11-04__general" or "11/4/2008"; for a bare year the general
    election's day.
    """
    for pattern, order in ((_DAY, (1, 2, 3)), (_US_DAY, (3, 1, 2))):
        if match := pattern.search(text):
            try:
                return date(*(int(match[part]) for part in order))
            except ValueError:
                return None
    if match := _YEAR.search(text):
        return general_election_day(int(match[1]))
    return None


def general_election_day(year: int) -> date:
    """The Tuesday after the first Monday of November (2 U.S.C. 7)."""
    first = date(year, 11, 1)
    return date(year, 11, 2 + (0 - first.weekday()) % 7)


def election_name(said: str, held_on: date) -> str:
    """Like "2008 general" or "2008 primary", from the day and what the file calls it."""
    text = said.lower()
    for kind in ("primary runoff", "special primary", "primary", "runoff", "special", "general"):
        if all(word in text for word in kind.split()):
            return f"{held_on.year} {kind}"
    is_general = held_on == general_election_day(held_on.year)
    return f"{held_on.year} general" if is_general else f"{held_on.year} {held_on:%d %B}".replace(" 0", " ")


def party_of(text: str) -> str:
    """A party's short code; parties not listed keep their own name in capitals."""
    plain = " ".join(re.sub(r"[^A-Z/ -]", "", text.upper()).split())
    return _PARTIES.get(plain, _PARTIES.get(plain.removesuffix(" PARTY"), plain))


def candidate_of(text: str) -> str:
    """A candidate's name in one form: spaces tidied, "write in" and "scattering" as Write-ins."""
    plain = " ".join(text.split())[:200]
    return "Write-ins" if _WRITE_INS.match(plain) else plain


def name_key(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
