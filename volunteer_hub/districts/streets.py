"""Streets and barriers of a campaign: kept as short pieces, read back for a neighbourhood."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Select, func, select

from geodata.streets import CLOSED, KINDS
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Import, Street

LONGEST_PIECE = 0.02  # degrees: longer lines are kept in pieces, so that a search by their box finds them all
SHUT = "motorway"  # nobody walks along it, and it parts what lies on both sides
MARGIN_M = 250.0
_NUMBER = {kind.name: number for number, kind in enumerate(KINDS)} | {SHUT: CLOSED}
_NAMES = {number: name for name, number in _NUMBER.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """Streets around some doors, in degrees: lines, kind (numbers of geodata.streets, or CLOSED), name (text
    or None) of each, and barriers, lines that no walk may cross except by a street."""

    lines: npt.NDArray[np.object_]
    kind: npt.NDArray[np.int64]
    name: npt.NDArray[np.object_]
    barriers: npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class StreetCounts:
    """How many pieces of streets and barriers there are, and since when."""

    streets: int
    barriers: int
    newest_at: datetime | None


def class_name(number: int) -> str:
    """The word a class is kept as."""
    return _NAMES[int(number)]


def pieces(
    lines: Iterable[Any], classes: Iterable[str], names: Iterable[str | None], kind: str
) -> Iterator[tuple[Any, ...]]:
    """(kind, class, name, WKB, digest, west, south, east, north) of each line in pieces; kind: street or
    barrier."""
    for line, road_class, name in zip(lines, classes, names, strict=True):
        for piece in _short(line):
            wkb = shapely.to_wkb(shapely.set_precision(piece, 1e-7, mode="pointwise"))
            said = name or ""
            digest = hashlib.blake2b(
                b"\0".join((wkb, kind.encode(), road_class.encode(), said.encode())), digest_size=16
            ).digest()
            yield (kind, road_class, said, wkb, digest, *piece.bounds)


def _short(line: Any) -> list[Any]:
    west, south, east, north = line.bounds
    if max(east - west, north - south) <= LONGEST_PIECE:
        return [line]
    places = shapely.get_coordinates(shapely.segmentize(line, LONGEST_PIECE / 2))
    cuts, low, high = [0], places[0], places[0]
    for at, place in enumerate(places[1:], start=1):
        low, high = np.minimum(low, place), np.maximum(high, place)
        if (high - low).max() > LONGEST_PIECE:
            cuts.append(at - 1)
            low, high = np.minimum(places[at - 1], place), np.maximum(places[at - 1], place)
    ends = [*cuts[1:], len(places) - 1]
    return [shapely.LineString(places[a : b + 1]) for a, b in zip(cuts, ends, strict=True) if b > a]


def streets_around(campaign_id: int, degrees: npt.NDArray[np.float64]) -> Streets | None:
    """The streets around these places (longitude, latitude), some hundred metres beyond them; None where the
    campaign has none there. One statement."""
    (west, south), (east, north) = degrees.min(axis=0), degrees.max(axis=0)
    up = MARGIN_M / 111_000
    side = up / max(0.1, cos(radians(float(north))))
    rows = db.session.execute(
        _in_box(campaign_id, float(west - side), float(south - up), float(east + side), float(north + up))
    ).all()
    walked = [row for row in rows if row.kind == "street"]
    if not any(row.road_class != SHUT for row in walked):
        return None
    return Streets(
        _lines([row.line for row in walked]),
        np.array([_NUMBER.get(row.road_class, _NUMBER["residential"]) for row in walked], dtype=np.int64),
        np.array([row.name or None for row in walked], dtype=object),
        _lines([row.line for row in rows if row.kind == "barrier"]),
    )


def _lines(kept: list[bytes]) -> npt.NDArray[np.object_]:
    found: npt.NDArray[np.object_] = np.asarray(shapely.from_wkb(kept), dtype=object)
    return found


def _in_box(
    campaign_id: int, west: float, south: float, east: float, north: float
) -> Select[*tuple[Any, ...]]:
    return (
        select(Street.kind, Street.road_class, Street.name, Street.line)
        .where(
            Street.campaign_id == campaign_id,
            Street.min_lat.between(south - LONGEST_PIECE, north),
            Street.min_lon.between(west - LONGEST_PIECE, east),
            Street.max_lat >= south,
            Street.max_lon >= west,
        )
        .order_by(Street.id)
    )


def street_counts(campaign_id: int) -> StreetCounts:
    """What streets the campaign has. Two statements."""
    counts: dict[str, int] = {
        kind: int(count)
        for kind, count in db.session.execute(
            select(Street.kind, func.count()).where(Street.campaign_id == campaign_id).group_by(Street.kind)
        )
    }
    newest = db.session.scalar(
        select(func.max(Import.finished_at)).where(
            Import.campaign_id == campaign_id, Import.kind == "streets", Import.state == "done"
        )
    )
    return StreetCounts(counts.get("street", 0), counts.get("barrier", 0), newest)
