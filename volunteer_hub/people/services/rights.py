"""Roles in areas: who may give and take them. Each change is in the audit log."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from volunteer_hub.core import audit
from volunteer_hub.core.access import Role, Viewer, may
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict, Forbidden, Refusal
from volunteer_hub.people.facts import RolesChanged
from volunteer_hub.people.models import Area, Campaign, Person, RoleGrant


class LastAdmin(Conflict):
    """The campaign would be left without anybody who answers for it."""

    def __init__(self) -> None:
        super().__init__(
            _l("This is the campaign’s last admin. Make somebody else admin of the whole campaign first.")
        )


class AboveOwnRole(Forbidden):
    """Nobody hands out more than they have."""

    def __init__(self) -> None:
        super().__init__(_l("You can give and take roles up to your own, inside your own area."))


def grant(person: Person, role: Role, area: Area, *, by: Viewer | None, now: datetime) -> RoleGrant:
    """Give a role in an area. `by` None is a command of whoever runs the machine. Given already: no change.

    A person gives roles up to their own, in areas of their own, to people they can see.
    """
    if role is Role.VOLUNTEER:
        raise Refusal(_l("Everybody is a volunteer already; choose another role."), field="role")
    if person.campaign_id != area.campaign_id:
        raise Forbidden()
    if not person.is_active:
        raise Refusal(_l("This person is not active."))
    _require_reach(by, role, area, person)
    standing = db.session.scalar(
        select(RoleGrant).where(
            RoleGrant.person_id == person.id, RoleGrant.area_id == area.id, RoleGrant.role == role
        )
    )
    if standing is not None:
        return standing
    given = RoleGrant(
        campaign_id=person.campaign_id,
        person_id=person.id,
        area_id=area.id,
        role=role,
        granted_by=by.id if by else None,
        granted_at=now,
    )
    db.session.add(given)
    _note("grant.role", given, by)
    return given


def revoke(given: RoleGrant, *, by: Viewer | None) -> None:
    """Take a role back. The last admin of the whole campaign keeps it (LastAdmin)."""
    _require_reach(by, Role(given.role), given.area, None)
    if Role(given.role) is Role.ADMIN and given.area.parent_id is None:
        refuse_last_admin(given.campaign_id, given.person_id)
    _note("revoke.role", given, by)
    db.session.delete(given)


def refuse_last_admin(campaign_id: int, person_id: int) -> None:
    """Raise LastAdmin if nobody else who is active is admin of the whole campaign.

    Locks the campaign's row, so that two admins cannot remove each other in the same moment.
    """
    db.session.execute(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
    others = (
        select(func.count())
        .select_from(RoleGrant)
        .join(Area, Area.id == RoleGrant.area_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.campaign_id == campaign_id,
            RoleGrant.role == Role.ADMIN,
            RoleGrant.person_id != person_id,
            Area.parent_id.is_(None),
            Person.is_active,
        )
    )
    if not db.session.scalar(others):
        raise LastAdmin()


def is_root_admin(person_id: int) -> bool:
    """Does this person answer for the whole campaign?"""
    query = (
        select(RoleGrant.id)
        .join(Area, Area.id == RoleGrant.area_id)
        .where(RoleGrant.person_id == person_id, RoleGrant.role == Role.ADMIN, Area.parent_id.is_(None))
    )
    return db.session.scalar(query.limit(1)) is not None


def require_over(person: Person, by: Viewer) -> None:
    """Refuse unless `by` may change this person's record: organizers may, inside their area.

    Somebody with a role that `by` could not give them is left alone: an organizer who could change an
    admin's address could sign in as that admin.
    """
    roles = db.session.execute(
        select(RoleGrant.role, Area.path)
        .join(Area, Area.id == RoleGrant.area_id)
        .where(RoleGrant.person_id == person.id)
    ).all()
    if not may(by, Role.ORGANIZER, person.area.path):
        raise AboveOwnRole()
    if any(not may(by, Role(role), path) for role, path in roles):
        raise AboveOwnRole()


def _require_reach(by: Viewer | None, role: Role, area: Area, person: Person | None) -> None:
    if by is None:
        return
    least = max(role, Role.ORGANIZER, key=lambda each: each.rank)
    if by.campaign_id != area.campaign_id or not may(by, least, area.path):
        raise AboveOwnRole()
    if person is not None and not may(by, Role.ORGANIZER, person.area.path):
        raise AboveOwnRole()


def _note(action: str, given: RoleGrant, by: Viewer | None) -> None:
    audit.record(
        action,
        campaign_id=given.campaign_id,
        by=by.id if by else None,
        subject=f"person:{given.person_id}",
        role=str(given.role),
        area=given.area_id,
    )
    announce(RolesChanged(given.person_id))
