"""Signing in by a link: asked for by email, used once, within minutes. The database keeps only hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select, update

from volunteer_hub.core import audit, secrets
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people import mails, queries
from volunteer_hub.people.contact import NotAnEmail, normal_email
from volunteer_hub.people.facts import VolunteerChanged
from volunteer_hub.people.models import Campaign, Person, SignInLink
from volunteer_hub.people.services.persons import AlreadyThere, Profile, add_person

MOST_OPEN_LINKS = 5
"""Links of one person that may be open at once; more are not sent, whoever asks."""


class LinkGone(Refusal):
    """The link was used, is too old, or never was: the answer is the same."""

    status = 410

    def __init__(self) -> None:
        super().__init__(_l("This link has been used or is too old. Ask for a new one; it takes a minute."))


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What the page of a link may show before it is used."""

    campaign: str
    asked_from: str
    asked_at: datetime
    is_same_browser: bool
    time_zone: str


def ask_for_link(
    email: str, *, next_path: str | None, browser_token: str | None, asked_from: str, now: datetime
) -> int:
    """Mail a link for each campaign this address is in; returns how many. The caller tells nobody.

    An address that nobody has, or that cannot be one, is no error: strangers must not learn who is here.
    """
    try:
        email = normal_email(email)
    except NotAnEmail:
        return 0
    ways = [
        (person, path)
        for person in queries.people_with_email(email)
        if (path := _new_link(person, next_path, browser_token, asked_from, now)) is not None
    ]
    _mail(ways, "sign_in", asked_from, now)
    return len(ways)


def join(
    campaign: Campaign,
    email: str,
    profile: Profile,
    *,
    phone: str = "",
    email_agreed: bool | None = None,
    text_agreed: bool | None = None,
    next_path: str | None = None,
    browser_token: str | None = None,
    asked_from: str = "",
    via: str = "form",
    now: datetime,
) -> Person | None:
    """Join by the public form: a new person is added and gets a link that confirms the address.

    Somebody already there gets an ordinary sign-in link instead, and nothing about them changes; the
    page says the same to both. Returns the new person, or None if the address was known.
    """
    root = queries.root_area(campaign.id)
    try:
        person = add_person(
            campaign.id,
            root.id,
            email,
            profile,
            now=now,
            via=via,
            phone=phone,
            email_agreed=email_agreed,
            text_agreed=text_agreed,
            awaits_confirmation=True,
        )
    except AlreadyThere:
        ask_for_link(email, next_path=next_path, browser_token=browser_token, asked_from=asked_from, now=now)
        return None
    path = _new_link(person, next_path, browser_token, asked_from, now)
    _mail([(person, path or "")], "welcome", asked_from, now)
    return person


def link_for(
    person: Person, *, by: int | None, asked_from: str, now: datetime, next_path: str | None = None
) -> str:
    """Make a link without mailing it, for a command; returns its path. Audited."""
    path = _new_link(person, next_path, None, asked_from, now, limited=False)
    audit.record("make.sign_in_link", campaign_id=person.campaign_id, by=by, subject=f"person:{person.id}")
    return path or ""


def open_link(token: str, *, browser_token: str | None, now: datetime) -> OpenLink:
    """What this link is, without using it. Raises LinkGone."""
    row = db.session.execute(
        select(SignInLink, Campaign, Person)
        .join(Person, Person.id == SignInLink.person_id)
        .join(Campaign, Campaign.id == SignInLink.campaign_id)
        .where(*_usable(token, now))
    ).one_or_none()
    if row is None:
        raise LinkGone()
    link, campaign, person = row
    return OpenLink(
        campaign=campaign.name,
        asked_from=link.asked_from,
        asked_at=link.created_at,
        is_same_browser=_is_same_browser(link, browser_token),
        time_zone=person.time_zone or campaign.time_zone,
    )


def use_link(token: str, *, now: datetime) -> tuple[Person, str | None]:
    """Use a link up: whose it is, and where they wanted to go. Of two at once one wins. Raises LinkGone.

    Whoever has the link reads the mail of the address, so a joined person is confirmed by it.
    """
    used = db.session.execute(
        update(SignInLink)
        .where(SignInLink.token_digest == secrets.digest(token), SignInLink.used_at.is_(None))
        .where(SignInLink.expires_at > now)
        .values(used_at=now)
        .returning(SignInLink.person_id, SignInLink.next_path)
    ).one_or_none()
    person = db.session.get(Person, used.person_id) if used else None
    if used is None or person is None or not person.is_active:
        raise LinkGone()
    _confirm(person)
    return person, used.next_path


def confirm_address(campaign_id: int, person_id: int) -> None:
    """The person used a link of another feature that was mailed to them: so the address is theirs."""
    _confirm(queries.person_by_id(campaign_id, person_id))


def _confirm(person: Person) -> None:
    if person.awaits_confirmation:
        person.awaits_confirmation = False
        announce(VolunteerChanged(person.id))


def _usable(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        SignInLink.token_digest == secrets.digest(token),
        SignInLink.used_at.is_(None),
        SignInLink.expires_at > now,
        Person.is_active.is_(True),
    )


def _is_same_browser(link: SignInLink, browser_token: str | None) -> bool:
    return bool(browser_token and link.browser_digest == secrets.digest(browser_token))


def _new_link(
    person: Person,
    next_path: str | None,
    browser_token: str | None,
    asked_from: str,
    now: datetime,
    *,
    limited: bool = True,
) -> str | None:
    """Add a link and return its path; None when the person has enough open ones already."""
    if limited and _open_links(person.id, now) >= MOST_OPEN_LINKS:
        return None
    token = secrets.new_token(24)
    minutes = current_app.extensions["vh_config"].sign_in_link_min
    db.session.add(
        SignInLink(
            campaign_id=person.campaign_id,
            person_id=person.id,
            token_digest=secrets.digest(token),
            browser_digest=secrets.digest(browser_token) if browser_token else None,
            asked_from=asked_from[:200],
            next_path=next_path,
            created_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )
    )
    return f"/sign-in/link/{token}"


def _open_links(person_id: int, now: datetime) -> int:
    query = select(func.count()).where(
        SignInLink.person_id == person_id, SignInLink.used_at.is_(None), SignInLink.expires_at > now
    )
    return db.session.scalar(query) or 0


def _mail(ways: list[tuple[Person, str]], kind: str, asked_from: str, now: datetime) -> None:
    if not ways:
        return
    minutes = current_app.extensions["vh_config"].sign_in_link_min
    mails.post_links(
        [(person, _campaign(person), path) for person, path in ways],
        key=f"{kind}-{secrets.new_token(9)}",
        kind=kind,
        asked_from=asked_from,
        asked_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )


def _campaign(person: Person) -> Campaign:
    return db.session.get_one(Campaign, person.campaign_id)
