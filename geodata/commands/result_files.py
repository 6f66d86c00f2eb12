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


@dataclass(frozen=True, slots=True)
class Results:
    """districts and past results; weight: by seat or by district, empty where the file has none."""

    districts: list[District]
    past: list[PastResult]
    weight_of_seat: dict[str, float]
    weight_of_district: dict[str, float]
    rivals: dict[str, str]


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
    wide, rivals = _two_sides(frame, ours)
    places = frame.drop_duplicates("district", keep="last").set_index("district")
    newest = int(wide.year.max())
    past = [
        PastResult(
            row.district,
            row.election,
            float(newest - row.year),
            row.ours,
            row.theirs,
            row.total,
            None if np.isnan(row.registered) else row.registered,
        )
        for row in wide.itertuples()
    ]
    districts = [
        District(str(code), seat=row.seat, region=row.region, registered=None)
        for code, row in places.sort_index().iterrows()
    ]
    seats = places.dropna(subset="weight").groupby("seat").weight
    return Results(
        districts,
        past,
        {str(seat): float(group.iloc[0]) for seat, group in seats},
        {str(code): float(w) for code, w in places.weight.dropna().items()},
        rivals,
    )


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
    has_weight, has_registered = table.has("weight"), table.has("registered")
    frame = pd.DataFrame(
        {
            "election": table.text("election"),
            "year": [int(year.group()) for year in years if year is not None],
            "district": district,
            "who": table.text(who),
            "votes": table.number("votes", low=0),
            "seat": np.where(seat == "", "all", seat),
            "region": table.text("region" if table.has("region") else "state"),
            "weight": table.number("weight", low=0) if has_weight else np.full(table.rows, np.nan),
            "registered": table.number("registered", low=0)
            if has_registered
            else np.full(table.rows, np.nan),
        }
    )
    again = frame.duplicated(["election", "district", "who"])
    if again.any():
        row = int(np.argmax(again))
        one = frame.iloc[row]
        raise table.refuse(
            "votes", row, f"{one.who!r} in {one.district!r}, {one.election!r}, is given twice."
        )
    several = frame.groupby("district").seat.nunique()
    if (several > 1).any():
        code = several.index[int(np.argmax(several > 1))]
        row = int(np.argmax((frame.district == code).to_numpy()))
        raise table.refuse("seat", row, f"district {code!r} has more than one seat.")
    return frame


def _two_sides(frame: Any, ours: str) -> tuple[Any, dict[str, str]]:
    """Per election and district ours, theirs and total, and who the other side is by election and seat."""
    key = ["election", "year", "seat", "district"]
    total = frame.groupby(key, as_index=False).agg(total=("votes", "sum"), registered=("registered", "max"))
    mine = frame[frame.who == ours][["election", "district", "votes"]].rename(columns={"votes": "ours"})
    others = frame[frame.who != ours].groupby(["election", "seat", "who"], as_index=False).votes.sum()
    best = others.sort_values(["votes", "who"], ascending=[False, True]).drop_duplicates(["election", "seat"])
    rival = frame.merge(best[["election", "seat", "who"]], on=["election", "seat", "who"])
    rival = rival[["election", "district", "votes"]].rename(columns={"votes": "theirs"})
    wide = total.merge(mine, how="left").merge(rival, how="left").fillna({"ours": 0.0, "theirs": 0.0})
    names = {f"{row.election}, {row.seat}": row.who for row in best.itertuples()}
    return wide, names
