"""A plan as GeoJSON: staging locations as points, ways to them from a coarse grid of homes as lines."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from flask import Response, url_for
from flask_babel import gettext as _

from volunteer_hub.matching import wording
from volunteer_hub.matching.models import Run


def places(run: Run, locations: Sequence[Any]) -> Response:
    """One point a location, larger with its places, its kind by how full it is, with the price of a place."""
    unit = str(run.certificate.get("unit", ""))
    return _collection([_place(run.id, row, unit) for row in locations])


def _place(run_id: int, row: Any, unit: str) -> dict[str, Any]:
    share = row.taken / row.capacity if row.capacity else 0.0
    return _feature(
        {"type": "Point", "coordinates": [round(row.longitude, 5), round(row.latitude, 5)]},
        id=row.id,
        label=row.name,
        kind="ok" if share >= 1 else "info" if share >= 0.5 else "warning" if share > 0 else "error",
        size=round(0.7 + math.sqrt(row.capacity) / 8, 2),
        filled=_("%(taken)s of %(capacity)s", taken=row.taken, capacity=row.capacity),
        shifts=row.shifts,
        price=wording.amount(row.price, unit),
        means=wording.location_sentence(row.price, row.taken, row.capacity, unit),
        url=url_for("matching.run", run_id=run_id, place=row.id),
    )


def ways(rows: Sequence[Any]) -> Response:
    """One line for all who come from one square of the grid to one location."""
    return _collection(
        [
            _feature(
                {
                    "type": "LineString",
                    "coordinates": [
                        [round(row.longitude, 3), round(row.latitude, 3)],
                        [round(row.to_longitude, 5), round(row.to_latitude, 5)],
                    ],
                },
                people=row.people,
                width=round(0.6 + math.log2(row.people) * 0.7, 2),
            )
            for row in rows
        ]
    )


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(features: list[dict[str, Any]]) -> Response:
    return Response(
        json.dumps({"type": "FeatureCollection", "features": features}), mimetype="application/geo+json"
    )
