"""Sessions of a person: ended one by one or all at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update

from volunteer_hub.core import audit
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.people.models import SignInLink, WebSession


def end(person_id: int, session_id: int, *, now: datetime) -> None:
    """Sign one browser out. Ending a session twice is no fault; another person's is NotFound."""
    session = db.session.get(WebSession, session_id)
    if session is None or session.person_id != person_id:
        raise NotFound()
    session.revoked_at = session.revoked_at or now


def end_all(
    campaign_id: int, person_id: int, *, by: int | None, now: datetime, but: int | None = None
) -> int:
    """Sign all browsers of a person out, except the session `but`; returns how many."""
    query = update(WebSession).where(WebSession.person_id == person_id, WebSession.revoked_at.is_(None))
    if but is not None:
        query = query.where(WebSession.id != but)
    ended = db.session.execute(query.values(revoked_at=now)).rowcount  # type: ignore[attr-defined]
    if by != person_id:
        audit.record(
            "end.sessions", campaign_id=campaign_id, by=by, subject=f"person:{person_id}", ended=ended
        )
    return int(ended)


def forget_old(before: datetime) -> int:
    """Delete sessions and sign-in links that ended before a moment; returns how many rows."""
    gone = db.session.execute(
        delete(WebSession).where((WebSession.expires_at < before) | (WebSession.revoked_at < before))
    ).rowcount  # type: ignore[attr-defined]
    links = db.session.execute(delete(SignInLink).where(SignInLink.expires_at < before)).rowcount  # type: ignore[attr-defined]
    return int(gone + links)
