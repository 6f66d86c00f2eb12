"""The emails that people's features write. Each is one text in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from volunteer_hub.core.display import day_text, in_language
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.queries import recipient_by_email
from volunteer_hub.people.wording import moment_in


def absolute(path: str) -> str:
    """The whole address of a path of ours, for emails and terminals."""
    return str(current_app.extensions["vh_config"].base_url).rstrip("/") + path


def post_links(
    ways: Sequence[tuple[Person, Campaign, str]],
    *,
    key: str,
    asked_from: str,
    asked_at: datetime,
    expires_at: datetime,
    kind: str = "sign_in",
) -> None:
    """One mail with a sign-in link for each campaign the person is in: (person, campaign, path) each."""
    person, campaign, _path = ways[0]
    zone = person.time_zone or campaign.time_zone
    with in_language(person.language):
        subject = _subject(kind, ways)
        text = _text(
            f"messages/people/{kind}.txt",
            name=person.name,
            links=[(each.name, absolute(path)) for _person, each, path in ways],
            asked_from=asked_from,
            asked_at=moment_in(asked_at, zone),
            minutes=round((expires_at - asked_at).total_seconds() / 60),
        )
    messaging.post_once(
        campaign.id,
        key,
        kind,
        recipient_by_email(person, campaign),
        subject,
        text,
        is_urgent=True,
        expires_at=expires_at,
    )


def post_email_change(
    person: Person, campaign: Campaign, address: str, path: str, *, key: str, expires_at: datetime
) -> None:
    """Ask the new address whether it belongs to the person."""
    with in_language(person.language):
        subject = _("Confirm your new email for %(campaign)s", campaign=campaign.name)
        text = _text(
            "messages/people/new_email.txt", name=person.name, campaign=campaign.name, link=absolute(path)
        )
    to = replace(recipient_by_email(person, campaign), address=address)
    messaging.post_once(
        campaign.id, key, "new_email", to, subject, text, is_urgent=True, expires_at=expires_at
    )


def post_notice(person: Person, campaign: Campaign, what: str, *, key: str, at: datetime) -> None:
    """Tell a person that something about their way in has changed.

    what: password, second_factor, no_second_factor, recovery_code, email, passkey, no_passkey or roles.
    """
    zone = person.time_zone or campaign.time_zone
    with in_language(person.language):
        sentences = {
            "password": _("Your password was changed."),
            "second_factor": _("A second step was set up for signing in."),
            "no_second_factor": _("The second step for signing in was turned off."),
            "recovery_code": _("A recovery code was used to sign in."),
            "email": _("Your email address was changed."),
            "passkey": _("A passkey was added for signing in."),
            "no_passkey": _("A passkey for signing in was removed."),
            "roles": _("Your roles have changed, and you are signed out everywhere."),
        }
        text = _text(
            "messages/people/notice.txt",
            name=person.name,
            sentence=sentences[what],
            at=moment_in(at, zone),
            link=absolute("/profile/security"),
        )
        subject = _("%(campaign)s: %(sentence)s", campaign=campaign.name, sentence=sentences[what])
    messaging.post_once(
        campaign.id,
        key,
        "security_notice",
        recipient_by_email(person, campaign),
        subject,
        text,
        is_urgent=True,
    )


def stay_text(person: Person, campaign: Campaign, until: date) -> str:
    """The words that ask somebody who has not come for long whether they stay, in the language in force."""
    return _text(
        "messages/people/stay.txt",
        name=person.name,
        campaign=campaign.name,
        day=day_text(until),
        link=absolute("/sign-in"),
    )


def _subject(kind: str, ways: Sequence[tuple[Person, Campaign, str]]) -> str:
    name = ways[0][1].name if len(ways) == 1 else _("your campaigns")
    if kind == "welcome":
        return _("Welcome to %(campaign)s: one more step", campaign=name)
    return _("Your link to sign in to %(campaign)s", campaign=name)


def _text(template: str, **values: Any) -> str:
    return current_app.jinja_env.get_template(template).render(**values).strip() + "\n"
