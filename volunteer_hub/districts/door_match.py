"""A voter file without coordinates, laid over the doors: who lives behind which door.

Exact where number, suffix, street, unit and ZIP agree. Doubtful, with the reason in words, where one door
alone fits after a small allowance. Unmatched otherwise: a wrong door costs more than a missing one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from volunteer_hub.districts.addresses import Address

MATCHED, DOUBTFUL, UNMATCHED = "matched", "doubtful", "unmatched"
SEVERAL, EQUAL = "several", "equal"
MOST_CANDIDATES = 6
_KEPT_PER_LIST = 1000


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for one voter. `door` is the caller's door id; `reason` is empty for an exact match.

    `kind`: what differs, as "name", "unit+place", "several" or "equal", for going through many of a kind;
    `candidates`: the doors that a person may choose from, the likeliest first.
    """

    state: str
    door: int | None = None
    reason: str = ""
    kind: str = ""
    candidates: tuple[int, ...] = ()


class DoorIndex:
    """Doors by address. About 500 bytes a door, so a large state's four million fit in 2 GB."""

    def __init__(self, doors: Iterable[tuple[int, Address]]) -> None:
        self._exact: dict[str, list[int]] = {}
        self._near: dict[str, list[int]] = {}
        self._addresses: dict[int, Address] = {}
        self._streets: set[str] = set()
        self._places: set[str] = set()
        for door, address in doors:
            self._add(door, address)

    def _add(self, door: int, address: Address) -> None:
        self._addresses[door] = address
        self._exact.setdefault(address.key, []).append(door)
        for place in {address.zip, address.city}:
            if place or not address.place:
                self._near.setdefault(f"{address.number}|{place}", []).append(door)
                self._streets.add(f"{address.name}|{place}")
                self._places.add(place)

    def __len__(self) -> int:
        return len(self._addresses)

    def match(self, voter: Address) -> Match:
        """The door of one address."""
        found = self._exact.get(voter.key)
        if found and voter.number:
            return Match(MATCHED, found[0]) if len(found) == 1 else _doubtful(found, _several(found), SEVERAL)
        if voter.is_box:
            return Match(UNMATCHED, None, "a PO box is not a door")
        if not voter.number or not voter.name:
            missing = "the address has no house number" if voter.name else "there is no address"
            return Match(UNMATCHED, None, missing)
        return self._nearly(voter)

    def _nearly(self, voter: Address) -> Match:
        best_cost, best_reason, best_kind = 99, "", ""
        best: list[int] = []
        for place in dict.fromkeys((voter.zip, voter.city, "")):
            for door in self._near.get(f"{voter.number}|{place}", ()):
                if door in best:
                    continue
                cost, reason, kind = _compare(voter, self._addresses[door])
                if cost < best_cost:
                    best_cost, best, best_reason, best_kind = cost, [door], reason, kind
                elif cost == best_cost < 99:
                    best.append(door)
        if not best:
            return Match(UNMATCHED, None, self._why_none(voter))
        if len(best) > 1 and len({self._addresses[door].key for door in best}) == 1:
            kind = "+".join(filter(None, (best_kind, SEVERAL)))
            return _doubtful(best, f"{best_reason or 'nearly'}; {_several(best)}", kind)
        return _only(best, best_reason, best_kind)

    def _why_none(self, voter: Address) -> str:
        if voter.place not in self._places:
            where = voter.place
            return f"no door in {where} is known" if where else "the address has no ZIP code or town"
        if f"{voter.name}|{voter.place}" in self._streets:
            same = [self._addresses[d] for d in self._near.get(f"{voter.number}|{voter.place}", ())]
            if any(door.name == voter.name for door in same):
                return f"{voter.full_number} {voter.street} is known, but not this unit or number suffix"
            return f"{voter.street} is known, but no door {voter.number} on it"
        return f"no street called {voter.street} is known in {voter.place}"


def _several(doors: list[int]) -> str:
    return f"{len(doors)} buildings share this address; taken to be in the first"


def _only(doors: list[int], reason: str, kind: str) -> Match:
    if len(doors) > 1:
        choice = tuple(doors[:MOST_CANDIDATES])
        return Match(UNMATCHED, None, f"{len(doors)} doors fit equally well", EQUAL, choice)
    return _doubtful(doors, reason, kind) if reason else Match(MATCHED, doors[0])


def _doubtful(doors: list[int], reason: str, kind: str) -> Match:
    return Match(DOUBTFUL, doors[0], reason, kind, tuple(doors[:MOST_CANDIDATES]))


def _compare(voter: Address, door: Address) -> tuple[int, str, str]:
    """Cost of taking the door for the voter's (99: never), the differences in words, and their kinds."""
    cost, reasons, kinds = 0, [], []
    for kind, part in _PARTS:
        more, reason = part(voter, door)
        cost += more
        if reason:
            reasons.append(reason)
            kinds.append(kind)
    return (cost, "; ".join(reasons), "+".join(kinds)) if cost < 20 else (99, "", "")


def _by_name(voter: Address, door: Address) -> tuple[int, str]:
    if voter.name == door.name:
        return 0, ""
    mine, theirs = voter.name.replace(" ", ""), door.name.replace(" ", "")
    whole, its = (mine + voter.type, theirs + door.type) if voter.type != door.type else (mine, theirs)
    if mine == theirs or whole == its:
        return 2, f"the street is written {door.street}"
    digits = [c for c in mine if c.isdigit()], [c for c in theirs if c.isdigit()]
    allowed = 2 if len(mine) >= 9 else 1 if len(mine) >= 5 else 0
    if digits[0] != digits[1] or edit_distance(mine, theirs, allowed) > allowed:
        return 99, ""
    return 6, f"the street is spelled {door.street}"


def _by_type(voter: Address, door: Address) -> tuple[int, str]:
    if voter.type == door.type:
        return 0, ""
    if voter.name.replace(" ", "") != door.name.replace(" ", ""):
        return 3, ""  # the name's own reason shows the whole street
    if not voter.type or not door.type:
        return 2, f"the street's type is missing on one side ({voter.type or door.type})"
    return 8, f"the street's type differs: {voter.type} in the file, {door.type} at the door"


def _by_direction(voter: Address, door: Address) -> tuple[int, str]:
    mine, theirs = (voter.pre, voter.post), (door.pre, door.post)
    if mine == theirs:
        return 0, ""
    said, known = "".join(mine), "".join(theirs)
    if said == known:
        return 1, "the direction stands on the other side of the name"
    if said and known:
        return 99, ""  # N Main and S Main are two streets
    return 3, f"the direction is missing on one side ({said or known})"


def _by_unit(voter: Address, door: Address) -> tuple[int, str]:
    mine, theirs = (voter.suffix, voter.unit), (door.suffix, door.unit)
    if mine == theirs:
        return 0, ""
    if voter.suffix + voter.unit == door.suffix + door.unit:
        return 1, f"{voter.suffix + voter.unit} is the unit on one side and part of the number on the other"
    if voter.suffix == door.suffix and not door.unit:
        return 3, f"the door has no units on file; unit {voter.unit} is taken to be in this building"
    if voter.suffix == door.suffix and not voter.unit:
        return 4, f"the voter's unit is missing; the only door there is unit {door.unit}"
    return 99, ""


def _by_place(voter: Address, door: Address) -> tuple[int, str]:
    if voter.place == door.place:
        return 0, ""
    if voter.zip and door.zip:
        return 99, ""
    if voter.city and voter.city == door.city:
        return 0, ""
    return 4, "only one side has a ZIP code"


_PARTS = (
    ("name", _by_name), ("type", _by_type), ("direction", _by_direction), ("unit", _by_unit),
    ("place", _by_place),
)  # fmt: skip


def edit_distance(one: str, other: str, limit: int) -> int:
    """Letters added, dropped, changed or swapped (optimal string alignment distance), up to limit + 1."""
    if abs(len(one) - len(other)) > limit or limit <= 0:
        return 0 if one == other else limit + 1
    older: list[int] = []
    old = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            best = min(old[j] + 1, row[-1] + 1, old[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, older[j - 2] + 1)
            row.append(best)
        if min(row) > limit:
            return limit + 1
        older, old = old, row
    return old[-1]


@dataclass
class MatchReport:
    """Counts of the three states and of the reasons, and the first voters of each list as (voter, reason)."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    doubtful: list[tuple[str, str]] = field(default_factory=list)
    unmatched: list[tuple[str, str]] = field(default_factory=list)

    def add(self, voter: str, match: Match) -> None:
        self.counts[match.state] += 1
        if match.state == MATCHED:
            return
        kept = self.doubtful if match.state == DOUBTFUL else self.unmatched
        if len(kept) < _KEPT_PER_LIST:
            kept.append((voter, match.reason))


def match_voters(
    voters: Iterable[tuple[str, Address]], doors: DoorIndex, report: MatchReport | None = None
) -> Iterator[tuple[str, Match]]:
    """Lay voters (the file's id, address) over the doors, one by one and in order; counts go into `report`.

    A generator: memory is the index's, however many voters there are.
    """
    for voter, address in voters:
        match = doors.match(address)
        if report is not None:
            report.add(voter, match)
        yield voter, match
