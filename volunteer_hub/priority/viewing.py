"""What the pages of priority share: whose areas, which contest and snapshot, where shapes are."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_login import current_user

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.people.models import Campaign
from volunteer_hub.priority import queries, shapes
from volunteer_hub.priority.models import Contest, Snapshot


def paths() -> list[str]:
    """The areas this viewer answers for as an organizer."""
    return access.paths(current_user, Role.ORGANIZER)


def may_decide() -> bool:
    """May this viewer change what the whole campaign's plans follow?"""
    return access.everywhere(current_user, Role.ORGANIZER)


def zone() -> ZoneInfo:
    """The campaign's."""
    return ZoneInfo(db.session.get_one(Campaign, current_user.campaign_id).time_zone)


def mine() -> set[int]:
    """The districts this viewer answers for."""
    return set(queries.districts_within(current_user.campaign_id, paths()))


def named(argument: str) -> Snapshot | None:
    """The snapshot whose id is in the address, of any contest of the campaign; None where none is named."""
    number = request.args.get(argument)
    if number is None or number == "":
        return None
    if not number.isdecimal() or len(number) > 9:
        raise NotFound()
    found: Snapshot = access.in_campaign(Snapshot, int(number), current_user.campaign_id)
    return found


def chosen(argument: str, contest: Contest) -> Snapshot | None:
    """The same, of this contest alone."""
    found = named(argument)
    if found is not None and found.contest_id != contest.id:
        raise NotFound()
    return found


def contest_of(snapshot: Snapshot | None) -> Contest | None:
    """The contest of a snapshot; without one that which plans follow."""
    if snapshot is None:
        return queries.active_contest(current_user.campaign_id)
    found: Contest = access.in_campaign(Contest, snapshot.contest_id, current_user.campaign_id)
    return found


def shapes_url(kind: str, district_id: int | None = None) -> str:
    """Where the outlines of a layer, or of a district's precincts, are, in the version of this moment."""
    version = shapes.version(current_user.campaign_id, kind, paths(), district_id)
    if district_id is None:
        return url_for("priority.layer_shapes", kind=kind, version=version)
    return url_for("priority.precinct_shapes", district_id=district_id, version=version)
