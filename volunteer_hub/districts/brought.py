"""What a campaign has brought in so far: asked by the start page, so it must be cheap at any size."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, select

from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Door, Result


@dataclass(frozen=True, slots=True)
class Brought:
    """Is there at least one of each? `doors_to_cut`: doors that lie in a precinct, as turf needs them."""

    districts: bool
    results: bool
    doors: bool
    doors_to_cut: bool


def brought(campaign_id: int) -> Brought:
    """What is there, in one statement that counts nothing."""
    return Brought(
        *db.session.execute(
            select(
                exists().where(District.campaign_id == campaign_id),
                exists().where(District.campaign_id == campaign_id, Result.district_id == District.id),
                exists().where(Door.campaign_id == campaign_id),
                exists().where(Door.campaign_id == campaign_id, Door.precinct_id.is_not(None)),
            )
        ).one()
    )
