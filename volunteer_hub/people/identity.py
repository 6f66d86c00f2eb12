"""Who is looking: the signed-in person behind a request, found by a revocable session cookie.

Flask-Login holds current_user; its remember cookies are not used, because a row can be revoked at once
and a signed cookie cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Request, Response, current_app, redirect, request, url_for
from sqlalchemy import select, update

from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.db import db
from volunteer_hub.people.models import Area, Campaign, Person, RoleGrant, WebSession
from volunteer_hub.people.vocabulary import ROLES

COOKIE = "vh_session"
SEEN_EVERY = timedelta(minutes=10)


class Stranger:
    """Nobody is signed in."""

    is_authenticated = False
    is_active = False
    is_anonymous = True
    id = 0
    campaign_id = 0
    grants: tuple[access.Grant, ...] = ()
    language = None

    def get_id(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in person, as plain values: what pages and the gate need to know."""

    id: int
    campaign_id: int
    campaign_name: str
    campaign_slug: str
    time_zone: str
    name: str
    email: str
    language: str
    area_id: int
    area_path: str
    grants: tuple[access.Grant, ...]
    session_id: int
    way_in: str
    has_second_factor: bool
    signed_in_at: datetime
    held_role: access.Role
    """The strongest role this person was given, also while its rights wait for the second factor."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return str(self.id)

    @property
    def role_text(self) -> str:
        """The strongest role, in words."""
        return str(ROLES[self.held_role])

    @property
    def is_staff(self) -> bool:
        """Organizers and admins: they may have a password and a second factor."""
        return self.held_role.rank >= access.Role.ORGANIZER.rank

    @property
    def awaits_second_factor(self) -> bool:
        """Does the role reach further than what this session may do?"""
        now_has = access.highest(self)
        return now_has is not None and now_has.rank < self.held_role.rank


def viewer_of(asked: Request) -> SignedIn | None:
    """The person whose session cookie a request carries, in two statements; None for a stranger."""
    token = asked.cookies.get(COOKIE)
    if not token:
        return None
    now = clock.now()
    row = db.session.execute(
        select(WebSession, Person, Campaign, Area.path)
        .join(Person, Person.id == WebSession.person_id)
        .join(Campaign, Campaign.id == Person.campaign_id)
        .join(Area, Area.id == Person.area_id)
        .where(
            WebSession.token_digest == secrets.digest(token),
            WebSession.revoked_at.is_(None),
            WebSession.expires_at > now,
            Person.is_active,
        )
    ).one_or_none()
    if row is None:
        return None
    session, person, campaign, area_path = row
    _note_seen(session, now)
    given = grants_of(person, area_path)
    has_second_factor = session.second_factor_at is not None
    return SignedIn(
        id=person.id,
        campaign_id=campaign.id,
        campaign_name=campaign.name,
        campaign_slug=campaign.slug,
        time_zone=person.time_zone or campaign.time_zone,
        name=person.name,
        email=person.email,
        language=person.language,
        area_id=person.area_id,
        area_path=area_path,
        grants=given if has_second_factor else _reduced(given, policy_of(campaign)),
        session_id=session.id,
        way_in=session.way_in,
        has_second_factor=has_second_factor,
        signed_in_at=session.created_at,
        held_role=max((grant.role for grant in given), key=lambda role: role.rank),
    )


def policy_of(campaign: Campaign) -> str:
    """Who needs a second factor in this campaign: admins (unless said otherwise), staff or nobody."""
    return str(campaign.settings.get("second_factor", "admins"))


def grants_of(person: Person, area_path: str) -> tuple[access.Grant, ...]:
    """The rights of a person: what was granted, and being a volunteer of their own area."""
    rows = db.session.execute(
        select(RoleGrant.role, Area.path)
        .join(Area, Area.id == RoleGrant.area_id)
        .where(RoleGrant.person_id == person.id)
    ).all()
    own = access.Grant(access.Role.VOLUNTEER, area_path)
    return (own, *(access.Grant(access.Role(role), path) for role, path in rows))


def _reduced(grants: tuple[access.Grant, ...], policy: str) -> tuple[access.Grant, ...]:
    """What is left of rights in a session without the second factor that the campaign asks for."""
    highest = {"admins": access.Role.ORGANIZER, "staff": access.Role.FIELD_LEAD}.get(policy)
    if highest is None:
        return grants
    return tuple(
        access.Grant(highest, grant.area_path) if grant.role.rank > highest.rank else grant
        for grant in grants
    )


def lead_to_second_factor(viewer: Any) -> Response | None:
    """Called before each request: whoever asks for a page that waits for their second factor is led there."""
    if not getattr(viewer, "awaits_second_factor", False) or request.method not in ("GET", "HEAD"):
        return None
    mark = access.access_of(current_app, request.endpoint or "")
    needed, now_has = (mark.role if mark else None), access.highest(viewer)
    if needed is None or now_has is None or not now_has.rank < needed.rank <= viewer.held_role.rank:
        return None
    return cast(Response, redirect(url_for("people.second_factor", next=request.full_path.rstrip("?"))))


def open_session(person: Person, *, way_in: str, browser: str, second_factor: bool, now: datetime) -> str:
    """Add a session and return its token, for the cookie."""
    token = secrets.new_token(32)
    days = current_app.extensions["vh_config"].session_days
    db.session.add(
        WebSession(
            campaign_id=person.campaign_id,
            person_id=person.id,
            token_digest=secrets.digest(token),
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(days=days),
            way_in=way_in,
            second_factor_at=now if second_factor else None,
            browser=browser[:200],
        )
    )
    person.seen_at = now
    return token


def give_cookie(response: Response, token: str) -> Response:
    """Put the session token into the browser."""
    config = current_app.extensions["vh_config"]
    response.set_cookie(
        COOKIE,
        token,
        max_age=config.session_days * 86_400,
        secure=config.is_public_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def take_cookie(response: Response) -> Response:
    """Take the session token out of the browser."""
    response.delete_cookie(COOKIE, path="/")
    return response


def _note_seen(session: WebSession, now: datetime) -> None:
    """Write the last sign of life now and then, on a connection of its own: a read stays a read."""
    if now - session.seen_at < SEEN_EVERY:
        return
    statement: Any = update(WebSession).where(WebSession.id == session.id).values(seen_at=now)
    with db.engine.begin() as connection:
        connection.execute(statement)
