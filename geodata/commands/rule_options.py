"""The rule of a contest from what was asked for and what the file holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geodata.commands.errors import BadInput
from geodata.commands.result_files import Results, read_delegates, refuse_two_weights
from geodata.commands.summary import Summary
from geodata.commands.tables import Table, read
from geodata.priority import Chamber, Coverage, Delegates, Plurality, Rule, Turnout, electors
from geodata.priority.delegates import apportioned

SEAT_FROM = {"seats": "district", "electoral": "state", "delegates": "district"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The options that make a rule; None where the default holds."""

    rule: str
    needed: int | None = None
    threshold: float = 0.15
    draws: int = 10_000
    seed: int = 0
    year: int | None = None
    delegates_file: Path | None = None
    apportion: int | None = None


def rule_of(
    asked: Asked, found: Results, table: Table, summary: Summary, *, election: str | None = None
) -> Rule:
    """The rule asked for. election: whose weights count (default: the newest). Raises BadInput."""
    election = election or found.newest
    if asked.rule == "seats":
        if found.seat_weight:
            refuse_two_weights(table, "seat" if table.has("seat") else "district")
        weight = found.weight_at(found.seat_weight, election)
        return Chamber(weight, asked.needed, asked.draws, asked.seed)
    if asked.rule == "electoral":
        return _electoral(asked, found, table, summary, election)
    if asked.rule == "delegates":
        return Delegates(_delegates(asked, found, table, election), asked.threshold)
    plain: dict[str, Rule] = {"plurality": Plurality(), "turnout": Turnout(), "coverage": Coverage()}
    return plain[asked.rule]


def _electoral(asked: Asked, found: Results, table: Table, summary: Summary, election: str) -> Chamber:
    if found.seat_weight:
        refuse_two_weights(table, "seat" if table.has("seat") else "state")
        weight, also = found.weight_at(found.seat_weight, election), {}
    else:
        by = "seat" if table.has("seat") else "state"
        try:
            known = electors([d.seat for d in found.districts], asked.year or found.year[election])
        except ValueError as why:
            raise BadInput(
                table.file, f"{why}; a column weight can give the electoral votes instead.", column=by
            ) from None
        weight, also = known.weight, known.also
        for sentence in known.warnings:
            summary.warn(f"{sentence}.")
    return Chamber(weight, asked.needed, asked.draws, asked.seed, name="electoral", also=also)


def _delegates(asked: Asked, found: Results, table: Table, election: str) -> dict[str, float]:
    codes = [district.id for district in found.districts]
    if asked.delegates_file is not None:
        return read_delegates(read(asked.delegates_file), codes)
    if asked.apportion is not None:
        return _apportioned(asked.apportion, found, codes, election)
    if not found.district_weight:
        raise BadInput(
            table.file, "--rule delegates needs it: per district the delegates. Or give --delegates FILE or "
            "--apportion N.", column="weight",
        )  # fmt: skip
    return found.weight_at(found.district_weight, election)


def _apportioned(whole: int, found: Results, codes: list[str], election: str) -> dict[str, float]:
    """In proportion to our votes in the two latest elections before this one, or else the two latest."""
    earlier = [name for name, year in found.year.items() if year < found.year[election]] or list(found.year)
    sizes = dict.fromkeys(codes, 0.0)
    for past in found.past:
        if past.election in earlier[-2:]:
            sizes[past.district] += past.ours
    try:
        given = apportioned(whole, np.array([sizes[code] for code in codes]))
    except ValueError as why:
        raise BadInput("--apportion", f"{why}.") from None
    return dict(zip(codes, given.tolist(), strict=True))
