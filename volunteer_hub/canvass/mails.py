"""The message that brings a walk list to a canvasser."""

from __future__ import annotations

from flask import current_app, render_template, url_for
from flask_babel import gettext as _

from volunteer_hub.core.display import in_language
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.messaging.services import Draft
from volunteer_hub.turf.queries import LeaseCard


def walk_link(token: str) -> str:
    """The address that opens a walk list, in full, for messages and codes."""
    base = current_app.extensions["vh_config"].base_url.rstrip("/")
    return f"{base}{url_for('canvass.walk', token=token)}"


def walk_draft(lease: LeaseCard, token: str, to: Recipient, *, number: int = 1) -> Draft:
    """The link, to one person. `number` tells a message that was asked for again from the first."""
    with in_language(to.language):
        values = {"lease": lease, "link": walk_link(token), "name": to.name}
        subject = _("Your walk list: turf %(name)s", name=lease.turf_name)
        kind = "walk_text" if to.channel == "text" else "walk"
        text = render_template(f"messages/canvass/{kind}.txt", **values).strip() + "\n"
    return Draft(
        key=f"walk-{lease.id}-{to.channel}-{number}",
        kind="walk_list",
        to=to,
        subject=subject,
        text=text,
        is_urgent=True,
        expires_at=lease.expires_at,
    )
