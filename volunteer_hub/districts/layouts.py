"""Voter files that states give out without a header, by the position of their columns.

Only the width and the content of a few columns decide whether a layout fits; every answer can be changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from volunteer_hub.districts.column_profile import Profile


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout: how many columns, what is where, and which columns must hold what for it to fit."""

    name: str
    width: int
    fields: dict[str, int]
    checks: dict[int, str]


LAYOUTS = (
    Layout(
        "Florida's voter registration extract",
        38,
        {
            "voter_id": 1,
            "family_name": 2,
            "name_suffix": 3,
            "given_name": 4,
            "middle_name": 5,
            "address": 7,
            "address2": 8,
            "city": 9,
            "zip": 11,
            "birth_date": 21,
            "party": 23,
            "precinct": 24,
            "status": 28,
            "district": 30,
        },
        {7: "address", 11: "zip", 21: "date", 22: "date", 23: "party", 28: "status"},
    ),
    Layout(
        "New Jersey's voter list",
        26,
        {
            "voter_id": 1,
            "family_name": 3,
            "given_name": 4,
            "middle_name": 5,
            "name_suffix": 6,
            "number": 7,
            "pre": 8,
            "post": 9,
            "street": 10,
            "unit": 11,
            "city": 12,
            "zip": 14,
            "birth_date": 15,
            "party": 16,
            "precinct": 18,
            "district": 21,
        },
        {7: "digits", 10: "street", 14: "zip", 15: "date"},
    ),
    Layout(
        "New York's voter file",
        45,
        {
            "family_name": 0,
            "given_name": 1,
            "middle_name": 2,
            "name_suffix": 3,
            "number": 4,
            "half": 5,
            "unit": 6,
            "pre": 7,
            "street": 8,
            "post": 9,
            "city": 10,
            "zip": 11,
            "birth_date": 17,
            "party": 19,
            "precinct": 22,
            "district": 28,
            "status": 39,
            "voter_id": 43,
        },
        {4: "digits", 8: "street", 11: "zip", 17: "date", 35: "date"},
    ),
    Layout(
        "Pennsylvania's full voter export",
        153,
        {
            "voter_id": 0,
            "family_name": 2,
            "given_name": 3,
            "middle_name": 4,
            "name_suffix": 5,
            "birth_date": 7,
            "status": 9,
            "party": 11,
            "number": 12,
            "half": 13,
            "street": 14,
            "unit": 15,
            "address2": 16,
            "city": 17,
            "zip": 19,
            "precinct": 26,
        },
        {7: "date", 8: "date", 12: "digits", 14: "street", 19: "zip"},
    ),
)


def fitting(kind: str, columns: Sequence[Profile]) -> Iterator[Layout]:
    """The layouts that a file's columns agree with; none for anything but voters."""
    for layout in LAYOUTS:
        has_width = kind == "voters" and len(columns) == layout.width
        if has_width and all(columns[at][what] > 0.5 for at, what in layout.checks.items()):
            yield layout
