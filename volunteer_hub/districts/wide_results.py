"""Results with a column for each candidate or party, as PRES16D, votes_dem, dem_2012 or a candidate's
name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from volunteer_hub.districts.column_profile import Profile

_OFFICES = {
    "PRES": "President", "PRS": "President", "PRE": "President", "GOV": "Governor", "SEN": "U.S. Senate",
    "USS": "U.S. Senate", "USH": "U.S. House", "CON": "U.S. House", "AG": "Attorney General",
    "ATG": "Attorney General", "SOS": "Secretary of State", "TRE": "Treasurer", "COMP": "Comptroller",
    "LG": "Lieutenant Governor", "LTG": "Lieutenant Governor", "AUD": "Auditor", "SH": "State House",
    "SSEN": "State Senate", "SS": "State Senate",
}  # fmt: skip
_PARTIES = {
    "D": "DEM", "R": "REP", "L": "LIB", "G": "GRN", "I": "IND", "O": "OTH", "DEM": "DEM", "REP": "REP",
    "GOP": "REP",
    "OTH": "OTH", "OTHER": "OTH", "LIB": "LIB", "GRN": "GRN", "IND": "IND",
}  # fmt: skip
_CODED = re.compile(
    rf"^({'|'.join(sorted(_OFFICES, key=len, reverse=True))})_?((?:19|20)?\d\d)_?([DRLGIO])\w*$"
)
_YEAR = re.compile(r"(?:^|_|\b)((?:19|20)\d\d)(?:$|_|\b)")
_NOT_VOTES = re.compile(
    r"total|tot_?pop|\bpop|vap|cvap|per_|pct|percent|share|diff|margin|fips|geo_?id|^id$|index|unnamed|area|"
    r"lat|lon|registered|regvot|turnout|ballots|county|precinct|district|state|year|objectid|code|ward|perim|leng|shape",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WideColumn:
    """A column of votes: of which candidate or party, in which race and year ("" where the header does
    not say).
    """

    index: int
    candidate: str
    party: str
    office: str
    year: str


def wide_columns(names: Sequence[str], seen: Sequence[Profile], taken: set[int]) -> list[WideColumn]:
    """The columns that hold votes, if there are at least two."""
    found = []
    for at, name in enumerate(names):
        is_votes = seen[at]["count"] > 0.95 and seen[at]["date"] < 0.5
        if at in taken or not is_votes or _NOT_VOTES.search(name):
            continue
        found.append(_column(at, name))
    coded = [
        column
        for column in found
        if column.party and (column.office or "vote" in names[column.index].lower())
    ]
    partied = [column for column in found if column.party]
    chosen = coded if len(coded) > 1 else partied if len(partied) > 1 else found
    return chosen if len(chosen) > 1 else []


def _column(at: int, name: str) -> WideColumn:
    text = name.strip()
    if match := _CODED.match(text.upper()):
        year = match[2] if len(match[2]) == 4 else f"20{match[2]}"
        return WideColumn(at, "", _PARTIES[match[3]], _OFFICES[match[1]], year)
    year = match[1] if (match := _YEAR.search(text)) else ""
    words = [
        w for w in re.split(r"[\s_\-()]+", text) if w and w != year and w.lower() not in ("votes", "vote")
    ]
    parties = [_PARTIES[w.upper()] for w in words if w.upper() in _PARTIES]
    rest = [w for w in words if w.upper() not in _PARTIES]
    return WideColumn(at, " ".join(rest), parties[0] if parties else "", "", year)
