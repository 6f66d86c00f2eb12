"""Puts points into precincts and districts: each into exactly one, by a rule that never depends on order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from sqlalchemy import func, select

from geodata.boundaries import locate
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts.models import District, Precinct

SNAP_M = 100.0
NONE = 0


@dataclass
class Placed:
    """Database ids for points, 0 where there is none."""

    district: NDArray[np.int64]
    precinct: NDArray[np.int64]


@dataclass
class Placer:
    """The shapes of one layer of districts and their precincts. Counts add up over all calls of `place`."""

    kind: str
    district_ids: NDArray[np.int64]
    district_codes: Sequence[str]
    district_shapes: NDArray[np.object_]
    precinct_ids: NDArray[np.int64]
    precinct_codes: Sequence[str]
    precinct_shapes: NDArray[np.object_]
    precinct_district: NDArray[np.int64]
    snap_m: float = SNAP_M
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("snapped", "no_precinct", "shared"), 0)
    )

    def place(self, lon: ArrayLike, lat: ArrayLike) -> Placed:
        """The precinct of each point and its district; without precincts, or outside all, the district
        alone.
        """
        lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        precinct = np.zeros(len(lon), dtype=np.int64)
        district = np.zeros(len(lon), dtype=np.int64)
        if len(self.precinct_ids):
            found = locate(lon, lat, self.precinct_shapes, ids=self.precinct_codes, snap_m=self.snap_m)
            hit = found.index >= 0
            precinct[hit] = self.precinct_ids[found.index[hit]]
            district[hit] = self.precinct_district[found.index[hit]]
            self.counts["snapped"] += found.snapped
            self.counts["shared"] += found.shared
            self.counts["no_precinct"] += found.nowhere
        rest = np.flatnonzero(district == NONE)
        if len(rest) and len(self.district_ids):
            found = locate(
                lon[rest], lat[rest], self.district_shapes, ids=self.district_codes, snap_m=self.snap_m
            )
            hit = found.index >= 0
            district[rest[hit]] = self.district_ids[found.index[hit]]
        return Placed(district, precinct)


def layers(campaign_id: int) -> list[tuple[str, int, int]]:
    """The campaign's layers of districts: kind, districts, precincts; those with precincts first."""
    rows = db.session.execute(
        select(District.kind, func.count(District.id.distinct()), func.count(Precinct.id))
        .outerjoin(Precinct, Precinct.district_id == District.id)
        .where(District.campaign_id == campaign_id)
        .group_by(District.kind)
        .order_by(func.count(Precinct.id).desc(), District.kind)
    )
    return [(kind, districts, precincts) for kind, districts, precincts in rows]


def only_layer(there: list[tuple[str, int, int]]) -> str:
    """The layer that needs no asking: the one with precincts, or the only one; "" where a person must say."""
    with_precincts = [kind for kind, _, precincts in there if precincts]
    if len(with_precincts) == 1:
        return with_precincts[0]
    return there[0][0] if len(there) == 1 else ""


def layer_for_doors(campaign_id: int, wanted: str | None = None) -> str:
    """The layer that doors are put into: the one asked for, the one with precincts, or the only one."""
    there = layers(campaign_id)
    kinds = [kind for kind, _, _ in there]
    if not there:
        raise Refusal("Import the districts first: every door needs a district to lie in.")
    if wanted and wanted not in kinds:
        raise Refusal(f"There is no layer “{wanted}”. There are: {', '.join(kinds)}.", field="district_kind")
    found = wanted or only_layer(there)
    if not found:
        raise Refusal(
            f"Which layer of districts shall the doors lie in? There are: {', '.join(kinds)}.",
            field="district_kind",
        )
    return found


def placer(campaign_id: int, kind: str, *, snap_m: float = SNAP_M) -> Placer:
    """Read the shapes of one layer."""
    districts = db.session.execute(
        select(District.id, District.code, District.shape)
        .where(District.campaign_id == campaign_id, District.kind == kind)
        .order_by(District.code)
    ).all()
    precincts = db.session.execute(
        select(Precinct.id, Precinct.code, Precinct.shape, Precinct.district_id)
        .join(District, District.id == Precinct.district_id)
        .where(District.campaign_id == campaign_id, District.kind == kind)
        .order_by(Precinct.district_id, Precinct.code)
    ).all()
    return Placer(
        kind,
        np.array([row.id for row in districts], dtype=np.int64),
        [row.code for row in districts],
        _shapes([row.shape for row in districts]),
        np.array([row.id for row in precincts], dtype=np.int64),
        _distinct([row.code for row in precincts], [row.district_id for row in precincts]),
        _shapes([row.shape for row in precincts]),
        np.array([row.district_id for row in precincts], dtype=np.int64),
        snap_m,
    )


def _distinct(codes: list[str], districts: list[int]) -> list[str]:
    """Codes that may repeat between districts, made different, in text order within a district."""
    return [f"{district:012d} {code}" for code, district in zip(codes, districts, strict=True)]


def _shapes(raw: list[bytes | None]) -> NDArray[np.object_]:
    return np.array([shapely.from_wkb(one) if one else shapely.Polygon() for one in raw], dtype=object)
