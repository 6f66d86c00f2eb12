"""Electoral votes by state, Maine and Nebraska by district, for the presidential elections 2004 to 2028.

Source: the National Archives' lists of electoral votes by state, which follow the apportionment of the
Census Bureau after the censuses of 2000 (elections 2004 and 2008), 2010 (2012 to 2020) and 2020 (2024, 2028).
Maine (since 1972) and Nebraska (since 1992) give two votes to the winner of the state and one to the winner
of each congressional district.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ALL_VOTES = 538
AT_LARGE = 2
_FROM = (2004, 2012, 2024)
_UNTIL = 2028
_DISTRICT = re.compile(r"(?P<state>.+?)[\s-]*(?P<number>\d{1,2}|AL)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _State:
    code: str
    fips: str
    name: str
    is_by_district: bool
    votes: dict[int, int]


@dataclass(frozen=True, slots=True)
class Electors:
    """weight: electoral votes by seat; also: the seat of the whole state in which a district's votes count
    as well (for Chamber); warnings: sentences on votes that the seats given cannot tell.
    """

    weight: dict[str, float]
    also: dict[str, str]
    warnings: tuple[str, ...]


def electoral_votes(year: int) -> dict[str, int]:
    """Electoral votes by state (postal code) in the election of this year; they add up to 538.

    Raises ValueError for a year outside 2004 to 2028.
    """
    return {state.code: state.votes[_apportioned(year)] for state in _states()}


def electors(seats: Iterable[str], year: int) -> Electors:
    """Electoral votes of seats named by state (NE, 31 or Nebraska) or district (NE-2, NE-02, 31-02).

    A state that votes by district and is given whole has the two votes of its winner; given by district,
    each district has one and the two at large are decided by all of them together (`also`).
    Raises ValueError for a year outside 2004 to 2028, and for a name that is no state or district.
    """
    votes = electoral_votes(year)
    found = {seat: _place(seat) for seat in dict.fromkeys(seats)}
    weight, also = {}, {}
    for seat, (state, district) in found.items():
        if district and state.is_by_district:
            whole = f"{state.code} at large"
            weight[seat], weight[whole], also[seat] = 1.0, float(AT_LARGE), whole
        else:
            weight[seat] = float(AT_LARGE if state.is_by_district else votes[state.code])
    return Electors(weight, also, tuple(_warnings(list(found.values()), votes)))


def seat_label(seat: str) -> str:
    """A seat as people write it (PA, ME-1, “NE at large”); as it is given where it is none of these."""
    try:
        state, district = _place(seat)
    except ValueError:
        return seat
    return f"{state.code}-{district}" if district else state.code


def _warnings(places: list[tuple[_State, str]], votes: dict[str, int]) -> Iterable[str]:
    there = {state.code for state, _ in places}
    missing = [code for code in votes if code not in there]
    if missing and len(missing) < len(votes):
        lost = sum(votes[code] for code in missing)
        yield f"{_listed(missing)} {_is(missing)} not in the file: {lost} electoral votes are left out"
    for state in {place[0].code: place[0] for place in places if place[0].is_by_district}.values():
        count = votes[state.code] - AT_LARGE
        given = {district for each, district in places if each is state and district}
        names = [f"{state.code}-{k}" for k in range(1, count + 1) if str(k) not in given]
        if names:
            yield (
                f"the votes of {_listed(names)} cannot be told from the districts given and are left out; a "
                f"column seat with {names[0]} and so on would tell"
            )


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= 6 else [*names[:5], f"{len(names) - 5} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _apportioned(year: int) -> int:
    if not _FROM[0] <= year <= _UNTIL:
        raise ValueError(f"electoral votes are known for {_FROM[0]} to {_UNTIL}, not for {year}")
    return max(start for start in _FROM if start <= year)


def _place(seat: str) -> tuple[_State, str]:
    """The state, and the number of the district ("" for the state as a whole)."""
    known = _by_any_name()
    whole = known.get(seat.strip().upper())
    if whole:
        return whole, ""
    parts = _DISTRICT.fullmatch(seat.strip())
    state = known.get(parts["state"].upper()) if parts else None
    if parts is None or state is None or not state.is_by_district:
        raise ValueError(f"“{seat}” is no state, nor a district that has electoral votes")
    if parts["number"].upper() == "AL":
        return state, ""
    number = int(parts["number"])
    if not 1 <= number <= max(state.votes.values()) - AT_LARGE:
        raise ValueError(f"“{seat}” does not exist: {state.name} has fewer districts")
    return state, str(number)


@cache
def _by_any_name() -> dict[str, _State]:
    return {name: state for state in _states() for name in (state.code, state.fips, state.name.upper())}


@cache
def _states() -> tuple[_State, ...]:
    text = (files("geodata.priority") / "data" / "electoral_votes.csv").read_text(encoding="utf-8")
    return tuple(
        _State(
            row["state"], row["fips"], row["name"], row["by_district"] == "yes",
            {start: int(row[f"from_{start}"]) for start in _FROM},
        )
        for row in csv.DictReader(text.splitlines())
    )  # fmt: skip
