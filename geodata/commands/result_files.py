"""RESULTS as a file: votes by election, district and party, made into districts and past results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geodata.commands.errors import BadInput
from geodata.commands.tables import Table
from geodata.priority import District, PastResult

_YEAR = re.compile(r"(?:18|19|20)\d\d")


Weights = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Results:
    """districts and past results, oldest first; year: of each election, oldest first.

    seat_weight, district_weight: by election, then by seat or district; empty where the file has no weights.
    rivals: the other side by election and seat, in words; others: votes of everybody who is neither, by
    election and district.
    """

    districts: list[District]
    past: list[PastResult]
    year: dict[str, int]
    seat_weight: Weights
    district_weight: Weights
    rivals: dict[str, str]
    others: dict[tuple[str, str], tuple[float, ...]]

    @property
    def newest(self) -> str:
        """The latest election."""
        return list(self.year)[-1]

    def weight_at(self, weights: Weights, election: str) -> dict[str, float]:
        """The weights in an election, and those of earlier ones for whom it has none."""
        until = [name for name, year in self.year.items() if year <= self.year[election]]
        return {code: weight for name in until for code, weight in weights.get(name, {}).items()}


def read_results(table: Table, *, ours: str, seat_from: str) -> Results:
    """Districts and their past results.

    ours: the party or candidate that is our side. seat_from: the column that says which districts decide a
    race together where there is no column `seat` ("state", "district", or "" for one seat over all). The
    other side is, by election and seat, whoever else had most votes there.
    """
    who = next((name for name in ("party", "candidate") if table.has(name)), None)
    if who is None:
        raise BadInput(table.file, "there is no column party or candidate.")
    table.need("election", "district", "votes")
    frame = _frame(table, who, seat_from)
    if ours not in set(frame.who):
        names = ", ".join(sorted(set(frame.who))[:8])
        raise BadInput(table.file, f"--ours {ours!r} occurs nowhere; there are {names}.", column=who)
    frame = frame.sort_values("year", kind="stable")
    wide, rivals, others = _two_sides(frame, ours)
    places = frame.drop_duplicates("district", keep="last").set_index("district").sort_index()
    return Results(
        [District(str(code), seat=row.seat, region=row.region) for code, row in places.iterrows()],
        _past(wide),
        {str(name): int(year) for name, year in zip(frame.election, frame.year, strict=True)},
        _weights(frame, "seat"),
        _weights(frame, "district"),
        rivals,
        others,
    )


def read_delegates(table: Table, districts: list[str]) -> dict[str, float]:
    """Delegates by district from a table with the columns district and delegates. Raises BadInput."""
    codes, counts = table.ids("district"), table.number("delegates", low=0)
    for row in np.flatnonzero(counts != np.rint(counts))[:1].tolist():
        raise table.refuse("delegates", row, f"{counts[row]:g} is not a whole number.")
    found = dict(zip((str(code) for code in codes), counts.tolist(), strict=True))
    missing = next((code for code in districts if code not in found), None)
    if missing is not None:
        raise BadInput(table.file, f"there is no row for the district {missing!r}.", column="district")
    return {code: found[code] for code in districts}


def _past(wide: Any) -> list[PastResult]:
    newest = int(wide.year.max())
    return [
        PastResult(
            row.district, row.election, float(newest - row.year), row.ours, row.theirs, row.total,
            None if np.isnan(row.registered) else row.registered,
        )
        for row in wide.itertuples()
    ]  # fmt: skip


def _weights(frame: Any, by: str) -> Weights:
    if frame.weight.isna().all():
        return {}
    return {
        str(election): {str(code): float(w) for code, w in rows.groupby(by).weight.last().items()}
        for election, rows in frame.groupby("election")
    }


def _frame(table: Table, who: str, seat_from: str) -> Any:
    district = table.text("district")
    for row in np.flatnonzero(district == "")[:1].tolist():
        raise table.refuse("district", row, "the code of the district is empty.")
    years = [_YEAR.search(each) for each in table.text("election")]
    for row, year in enumerate(years):
        if year is None:
            raise table.refuse("election", row, "there is no year in the name of the election.")
    seat = table.text("seat")
    if not table.has("seat") and seat_from:
        table.need(seat_from)
        seat = table.text(seat_from)
    frame = pd.DataFrame(
        {
            "election": table.text("election"),
            "year": [int(year.group()) for year in years if year is not None],
            "district": district,
            "who": table.text(who),
            "votes": table.number("votes", low=0),
            "seat": np.where(seat == "", "all", seat),
            "region": table.text("region" if table.has("region") else "state"),
            "weight": table.number("weight", low=0) if table.has("weight") else np.nan,
            "registered": _registered(table),
        }
    )
    _refuse_twice(table, frame)
    _refuse_two_seats(table, frame)
    return frame


def _registered(table: Table) -> Any:
    """(rows,) registered voters; a blank is "not known" and does no harm."""
    values = table.number("registered", -np.inf)
    wrong = np.isfinite(values) & (values < 0)
    for row in np.flatnonzero(wrong)[:1].tolist():
        raise table.refuse("registered", row, f"{values[row]:g} is negative.")
    return np.where(np.isfinite(values), values, np.nan)


def _refuse_twice(table: Table, frame: Any) -> None:
    for row in np.flatnonzero(frame.duplicated(["election", "district", "who"]))[:1].tolist():
        one = frame.iloc[row]
        raise table.refuse(
            "votes", row, f"{one.who!r} in {one.district!r}, {one.election!r}, is given twice."
        )


def _refuse_two_seats(table: Table, frame: Any) -> None:
    several = frame.groupby("district").seat.nunique()
    for code in several.index[several > 1][:1]:
        row = int(np.argmax((frame.district == code).to_numpy()))
        raise table.refuse("seat", row, f"district {code!r} has more than one seat.")


def refuse_two_weights(table: Table, by: str) -> None:
    """Refuse a file where one seat (or state: the column `by`) has two weights in one election."""
    frame = pd.DataFrame(
        {"election": table.text("election"), "by": table.text(by), "weight": table.number("weight", low=0)}
    )
    first = frame.groupby(["election", "by"]).weight.transform("first")
    for row in np.flatnonzero(frame.weight != first)[:1].tolist():
        one = frame.iloc[row]
        why = f"{one.weight:g}, but {one.by!r} has {first.iloc[row]:g} in an earlier row of {one.election!r}."
        raise table.refuse("weight", row, why)


def _two_sides(frame: Any, ours: str) -> tuple[Any, dict[str, str], dict[tuple[str, str], tuple[float, ...]]]:
    """Per election and district ours, theirs and total; who the other side is; the votes of all others."""
    row = ["election", "year", "seat", "district"]
    total = frame.groupby(row, as_index=False).agg(total=("votes", "sum"), registered=("registered", "max"))
    mine = frame[frame.who == ours][["election", "district", "votes"]].rename(columns={"votes": "ours"})
    others = frame[frame.who != ours].groupby(["election", "seat", "who"], as_index=False).votes.sum()
    best = others.sort_values(["votes", "who"], ascending=[False, True]).drop_duplicates(["election", "seat"])
    rival = frame.merge(best[["election", "seat", "who"]], on=["election", "seat", "who"])
    third = frame[frame.who != ours].merge(
        rival[["election", "district", "who"]].assign(is_rival=True),
        how="left",
        on=["election", "district", "who"],
    )
    third = third[third.is_rival.isna() & (third.votes > 0)].groupby(["election", "district"]).votes
    others = {(str(e), str(d)): tuple(votes.tolist()) for (e, d), votes in third}
    rival = rival[["election", "district", "votes"]].rename(columns={"votes": "theirs"})
    wide = total.merge(mine, how="left").merge(rival, how="left").fillna({"ours": 0.0, "theirs": 0.0})
    names = {f"{row.election}, {row.seat}": row.who for row in best.itertuples()}
    return wide.sort_values(["year", "election", "district"], kind="stable"), names, others
