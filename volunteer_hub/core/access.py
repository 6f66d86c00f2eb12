"""The gate: who may enter a route, and whose rows they see there.

Every view is marked with one of `public`, `signed_in`, `needs` or `by_token`. The gate runs before
each request and refuses a view that carries no mark, so a forgotten mark closes a door, never opens it.
Rights are grants of a role in an area; areas nest, and a grant reaches everything below its area.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from flask import Flask, current_app, request
from sqlalchemy import ColumnElement, false, or_, select

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Forbidden, NotFound, SignInFirst

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """What a person may do in an area; a later role may do all that an earlier one may."""

    VOLUNTEER = "volunteer"
    FIELD_LEAD = "field_lead"
    ORGANIZER = "organizer"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in an area. `area_path` is the ids from the root, as '/1/4/': a prefix is an ancestor."""

    role: Role
    area_path: str


class Viewer(Protocol):
    """Whoever looks: flask_login.current_user has this shape."""

    @property
    def is_authenticated(self) -> bool: ...
    @property
    def id(self) -> int: ...
    @property
    def campaign_id(self) -> int: ...
    @property
    def grants(self) -> tuple[Grant, ...]: ...


@dataclass(frozen=True, slots=True)
class Access:
    """The mark on a view. `why` says what guards an open door."""

    kind: str
    role: Role | None = None
    why: str = ""


def _mark(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__access__ = access  # type: ignore[attr-defined]
        return view

    return mark


def public(why: str) -> Callable[[View], View]:
    """Anybody may enter; `why` says what the page shows to strangers."""
    return _mark(Access("public", why=why))


def by_token(why: str) -> Callable[[View], View]:
    """The view checks a token of its own (a turf lease, an offer link); `why` names it."""
    return _mark(Access("token", why=why))


def needs(role: Role) -> Callable[[View], View]:
    """A signed-in person with at least this role somewhere; the view narrows it to areas."""
    return _mark(Access("role", role))


def signed_in(view: View) -> View:
    """Any signed-in person."""
    return _mark(Access("role", Role.VOLUNTEER))(view)


def access_of(app: Flask, endpoint: str) -> Access | None:
    """The mark on an endpoint's view, if it has one."""
    return getattr(app.view_functions.get(endpoint), "__access__", None)


def highest(viewer: Viewer) -> Role | None:
    """The strongest role this viewer has anywhere, None for a stranger."""
    roles = [grant.role for grant in getattr(viewer, "grants", ())]
    return max(roles, key=lambda role: role.rank, default=None)


def may(viewer: Viewer, role: Role, area_path: str | None = None) -> bool:
    """Does this viewer have at least `role`, somewhere or in the area at `area_path`?"""
    return any(
        grant.role.rank >= role.rank and (area_path is None or area_path.startswith(grant.area_path))
        for grant in getattr(viewer, "grants", ())
    )


def require(viewer: Viewer, role: Role, area_path: str | None = None) -> None:
    """Refuse unless `may`."""
    if not may(viewer, role, area_path):
        raise Forbidden()


def paths(viewer: Viewer, role: Role) -> list[str]:
    """The areas in which this viewer has at least `role`."""
    return [grant.area_path for grant in getattr(viewer, "grants", ()) if grant.role.rank >= role.rank]


def everywhere(viewer: Viewer, role: Role) -> bool:
    """Has this viewer at least `role` in the whole campaign, not in parts of it alone?"""
    return any(path.count("/") == 2 for path in paths(viewer, role))  # the root's is /1/


def within(column: Any, area_paths: Iterable[str]) -> ColumnElement[bool]:
    """An SQL condition: the area path in `column` lies at or below one of `area_paths`."""
    below = [column.startswith(path, autoescape=True) for path in area_paths]
    return or_(*below) if below else false()


def in_campaign(model: Any, row_id: Any, campaign_id: int, *, lock: bool = False) -> Any:
    """The row with this id if it belongs to the campaign, else NotFound.

    `lock` takes it FOR UPDATE and reads it anew: it may have changed since this request first looked.
    """
    query = select(model).where(model.id == row_id, model.campaign_id == campaign_id)
    if lock:
        query = query.with_for_update(of=model).execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound()
    return row


def enforce(viewer: Viewer) -> None:
    """Let the present request through the gate, or refuse it. Called before every request."""
    if request.endpoint is None or request.endpoint == "static":
        return
    access = access_of(current_app, request.endpoint)
    if access is None:
        raise Forbidden("This page has no rule that says who may enter, so nobody may.")
    if access.role is None:
        return
    if not viewer.is_authenticated:
        raise SignInFirst()
    require(viewer, access.role)
