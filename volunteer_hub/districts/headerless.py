"""Finds fields by what their columns hold and how columns lie beside each other, without any header.

Files of addresses keep an order: number, fraction, direction, street, type, direction, unit, town, state,
ZIP;
the home comes before the mailing address, the family name near the given one.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median

from volunteer_hub.districts.column_profile import Profile
from volunteer_hub.districts.column_words import GIVEN_NAMES

Found = dict[str, tuple[int, float, str]]  # field -> (column, confidence, why)


def find(kind: str, free: Sequence[Profile], known: dict[str, int], width: int) -> Found:
    """Fields of the columns in `free`; `known` are those a header has already told."""
    found: Found = {}
    columns = {column.index: column for column in free if not column.is_empty}
    _points(columns, known, found)
    if not {"address", "street"} & set(known):
        _address(columns, found, width)
    if kind == "voters":
        _names(columns, known, found)
        _voter_id(columns, known, found, width)
        _dates(columns, known, found)
        _codes(columns, known, found)
    return found


def _points(columns: dict[int, Profile], known: dict[str, int], found: Found) -> None:
    if {"latitude", "longitude"} & set(known):
        return
    places = [c for c in columns.values() if c["latitude"] > 0.95 or c["longitude"] > 0.95]
    for one, other in itertools.pairwise(places):
        if other.index - one.index > 2:
            continue
        lats, lons = (one, other) if _is_latitude(one) and not _is_latitude(other) else (other, one)
        if _is_latitude(lats) and _is_longitude(lons):
            found["latitude"] = (lats.index, 0.8, "its values are degrees of latitude")
            found["longitude"] = (lons.index, 0.8, "its values are degrees of longitude")
            return


def _is_latitude(column: Profile) -> bool:
    numbers = column.numbers()
    return bool(numbers) and 15 <= median(numbers) <= 72 and max(numbers) - min(numbers) < 15


def _is_longitude(column: Profile) -> bool:
    numbers = column.numbers()
    return bool(numbers) and -180 <= median(numbers) <= -60 and max(numbers) - min(numbers) < 30


def _address(columns: dict[int, Profile], found: Found, width: int) -> None:
    whole = [c for c in columns.values() if c["address"] > 0.7 and c["date"] < 0.1 and c.variety > 1]
    split = [c for c in columns.values() if c["street"] > 0.5 and c["address"] < 0.3]
    # the home is filled in nearly every row and comes first; a mailing address only where it differs
    whole, split = _fullest(whole), _fullest(split)
    if whole and (not split or (whole[0].fill >= 0.8 * split[0].fill and whole[0].index < split[0].index)):
        anchor = whole[0].index
        found["address"] = (anchor, whole[0]["address"] * 0.9, "its values are whole addresses")
        after = columns.get(anchor + 1)
        if after and after["unit_word"] > 0.5:
            found["address2"] = (after.index, 0.7, "its values are units, beside the address")
    elif split:
        anchor = split[0].index
        found["street"] = (anchor, split[0]["street"] * 0.9, "its values end in street types")
        _left_of_street(columns, anchor, found)
        _right_of_street(columns, anchor, found)
    else:
        return
    _town_and_zip(columns, anchor, found, width)


def _fullest(columns: list[Profile]) -> list[Profile]:
    most = max((column.fill for column in columns), default=0.0)
    return [column for column in columns if column.fill >= 0.7 * most]


def _left_of_street(columns: dict[int, Profile], street: int, found: Found) -> None:
    digits, directions = [], []
    at = street - 1
    while at >= 0 and street - at <= 6:
        column = columns.get(at)
        if column and column["direction"] > 0.9:
            directions.append(at)
        elif column and (column["digits"] > 0.6 or column["half"] > 0.6 or column["unit"] > 0.6):
            digits.append(at)
        elif column:
            break
        at -= 1
    for name, place in zip(("pre", "post"), reversed(directions), strict=False):
        found[name] = (
            place,
            0.7 if len(directions) == 1 else 0.5,
            "its values are directions, before the street",
        )
    numbers = [columns[i] for i in digits if columns[i]["digits"] > 0.8 and columns[i]["zip"] < 0.95]
    if not numbers:
        return
    number = max(numbers, key=lambda column: (round(column.fill, 1), -column.index))
    found["number"] = (number.index, 0.8 * max(0.6, number.fill), "its values are numbers, before the street")
    for place in sorted(digits):
        if place < number.index:
            continue
        if columns[place]["fraction"] > 0.5:
            found["half"] = (place, 0.8, "its values are fractions, beside the house number")
        elif columns[place]["unit"] > 0.6 and place != number.index and "half" in found:
            found["unit"] = (place, 0.5, "its values look like units, beside the house number")


def _right_of_street(columns: dict[int, Profile], street: int, found: Found) -> None:
    for at in range(street + 1, street + 5):
        column = columns.get(at)
        if column is None:
            continue
        if column["type"] > 0.6 and "type" not in found:
            found["type"] = (at, 0.7, "its values are street types, after the street")
        elif column["direction"] > 0.9 and "post" not in found:
            found["post"] = (at, 0.7, "its values are directions, after the street")
        elif column["unit"] > 0.6 or column["digits"] > 0.6:
            taken = "unit" in found
            found["address2" if taken else "unit"] = (at, 0.6, "its values look like units, after the street")
            if taken:
                break
        else:
            break


def _town_and_zip(columns: dict[int, Profile], anchor: int, found: Found, width: int) -> None:
    taken = {at for at, _, _ in found.values()}
    for at in range(anchor + 1, min(anchor + 9, width)):
        column = columns.get(at)
        if column is None or at in taken:
            continue
        is_words = column["alpha"] > 0.9 and column["unit"] < 0.5 and column["state"] < 0.8
        if "city" not in found and is_words and column["direction"] < 0.8:
            found["city"] = (at, 0.7, "its values are words, after the street")
        elif "state" not in found and column["state"] > 0.8 and column["direction"] < 0.5:
            found["state"] = (at, 0.7, "its values are states")
        elif column["zip"] > 0.9:
            found["zip"] = (at, 0.85, "its values are five digits, after the street")
            return
    far = _fullest(
        [c for c in columns.values() if c["zip"] > 0.95 and c.variety > 1 and c.index not in taken]
    )
    if far:
        found["zip"] = (far[0].index, 0.5, "its values are five digits")


def _names(columns: dict[int, Profile], known: dict[str, int], found: Found) -> None:
    if {"given_name", "family_name", "full_name"} & set(known):
        return
    words = [c for c in columns.values() if c["one_word"] > 0.85 and max(c["title"], c["suffix"]) < 0.5]
    words = [c for c in words if c.longest > 3 and (c.variety > 3 or len(c.values) < 5)]
    best = max((c["given"] for c in words), default=0.0)
    if best < 0.25:
        _whole_names(columns, found)
        return
    given = [c for c in words if c["given"] >= 0.5 * best]
    first = next((c for c in given[1:] if c.fill > 1.5 * given[0].fill), given[0])
    found["given_name"] = (first.index, 0.5 + best / 2, "its values are given names")
    middle = next((c for c in given if 0 < c.index - first.index <= 2), None)
    if middle:
        found["middle_name"] = (middle.index, 0.6, "its values are given names too, after the first")
    rest = [c for c in words if c not in given and abs(c.index - first.index) <= 3]
    if rest:
        family = max(rest, key=lambda c: (c["family"], -abs(c.index - first.index)))
        found["family_name"] = (family.index, 0.5 + min(0.4, family["family"]), "its values are family names")
    suffix = next(
        (c for c in columns.values() if c["suffix"] > 0.8 and abs(c.index - first.index) <= 4), None
    )
    if suffix:
        found["name_suffix"] = (suffix.index, 0.7, "its values are Jr, II and the like")


def _whole_names(columns: dict[int, Profile], found: Found) -> None:
    for column in columns.values():
        names = [value.replace(",", " ").split() for value in column.values]
        known = sum(any(word in GIVEN_NAMES for word in parts) for parts in names) / len(names)
        if column["whole_name"] > 0.9 and known > 0.25 and column["address"] < 0.1:
            found["full_name"] = (column.index, 0.6, "its values are whole names")
            return


def _voter_id(columns: dict[int, Profile], known: dict[str, int], found: Found, width: int) -> None:
    if "voter_id" in known:
        return
    taken = {at for at, _, _ in found.values()}
    best, best_score = None, 0.0
    for column in columns.values():
        is_code = (
            column["alpha"] < 0.1 and column["date"] < 0.3 and column["zip"] < 0.9 and column["email"] < 0.1
        )
        is_unique = column.fill > 0.99 and column.distinct > 0.98 and not any(" " in v for v in column.values)
        if column.index in taken or not is_code or not is_unique:
            continue
        lengths = {len(value) for value in column.values}
        heads = {value[:2] for value in column.values}
        score = 0.5 - 0.3 * column.index / width + (0.1 if len(lengths) == 1 else 0)
        if len(heads) == 1 and next(iter(heads)).isalpha():
            score += 0.4  # a state's own numbering, as NY000000000123
        elif column["number"] < 0.5:
            score -= 0.15
        if column["latitude"] > 0.5 or column["longitude"] > 0.5 or column.longest < 4:
            score -= 0.4
        if score > best_score:
            best, best_score = column, score
    if best is not None:
        found["voter_id"] = (best.index, 0.4 + best_score / 2, "no two rows have the same value")


def _dates(columns: dict[int, Profile], known: dict[str, int], found: Found) -> None:
    if {"birth_date", "birth_year"} & set(known):
        return
    dates = [c for c in columns.values() if c["date"] > 0.8 and c.years()]
    if dates:
        # people are born before they register; where the years say nothing, birth comes first
        first = median(dates[0].years())
        oldest = min(dates, key=lambda c: (median(c.years()) > first - 12, c.index))
        found["birth_date"] = (
            oldest.index,
            0.5,
            "its values are dates, the earliest or the first of the file",
        )
        return
    years = [c for c in columns.values() if c["year"] > 0.95 and c.variety > 15]
    if years:
        found["birth_year"] = (years[0].index, 0.5, "its values are years")


def _codes(columns: dict[int, Profile], known: dict[str, int], found: Found) -> None:
    taken = {at for at, _, _ in found.values()}
    for name, least in (("party", 3), ("status", 2)):
        if name in known:
            continue
        for column in columns.values():
            is_flag = column["yes_no"] > 0.9 or column["gender"] > 0.95 or column["direction"] > 0.9
            if (
                column.index not in taken
                and not is_flag
                and column[name] > 0.55
                and least <= column.variety <= 40
            ):
                if column["digits"] > 0.4:
                    continue
                if name == "status" and column["party"] > column["status"]:
                    continue
                found[name] = (column.index, 0.6, f"its values are {name} codes")
                taken.add(column.index)
                break
