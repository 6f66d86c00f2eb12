"""Signing up on the page of a shift: with one tap for the signed-in, with name and address for a stranger."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user

from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.events import pages, queries, services
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import GuestForm
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.people.models import Campaign


@bp.post("/c/<slug>/shifts/<int:shift_id>/sign-up")
@access.public("signs up the signed-in, or a stranger whose address must be confirmed by mail")
@limiter.limit("20/minute;200/hour", key_func=lambda: _who_asks())
@limiter.limit(
    "10/hour",
    key_func=lambda: _guest(),
    exempt_when=lambda: bool(current_user.is_authenticated),
)
def sign_up(slug: str, shift_id: int) -> ResponseReturnValue:
    campaign = pages.campaign_at(slug)
    if pages.is_member(campaign):
        return _sign_up_member(campaign, shift_id)
    card = visible(campaign, shift_id)
    form = GuestForm()
    if not form.validate_on_submit():
        return shift_page(campaign, card, form), 422
    try:
        with transaction():
            services.sign_up_guest(
                campaign,
                shift_id,
                form.email.data or "",
                form.profile(str(get_locale() or "en")[:2]),
                email_agreed=bool(form.email_agreed.data),
                now=clock.now(),
            )
    except Refusal as refusal:
        campaign = pages.campaign_at(slug)
        form.refuse(refusal)
        return shift_page(campaign, visible(campaign, shift_id), form), refusal.status
    return redirect(url_for("events.look_into_mailbox", slug=slug, shift_id=shift_id))


@bp.get("/c/<slug>/shifts/<int:shift_id>/mailbox")
@access.public("says to look into the mailbox, the same to everybody")
def look_into_mailbox(slug: str, shift_id: int) -> ResponseReturnValue:
    campaign = pages.campaign_at(slug)
    return pages.page("events/mailbox.html", campaign, card=visible(campaign, shift_id))


def shift_page(campaign: Campaign, card: ShiftCard, form: GuestForm) -> str:
    is_member = pages.is_member(campaign)
    mine = queries.my_state(current_user.id, card.id) if is_member else None
    return pages.page(
        "events/shift.html", campaign, card=card, state=card.state(clock.now()), form=form, mine=mine
    )


def visible(campaign: Campaign, shift_id: int) -> ShiftCard:
    """The shift if the viewer may see it: of a published event, and public or their own campaign's."""
    card = queries.shift_card(campaign.id, shift_id)
    if card.event_state == "draft" or not (card.is_public or pages.is_member(campaign)):
        raise NotFound()
    return card


def _sign_up_member(campaign: Campaign, shift_id: int) -> ResponseReturnValue:
    """One tap. A refusal is told on the shift's own page."""
    slug = campaign.slug
    try:
        with transaction():
            row = services.sign_up(
                current_user.campaign_id, current_user.id, shift_id, by=current_user.id, now=clock.now()
            )
            is_going = row.state == "going"
    except NotFound:
        raise
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
        return redirect(url_for("events.shift", slug=slug, shift_id=shift_id))
    if is_going:
        flash(_("You are signed up. The details are on their way to your mailbox."), "ok")
    else:
        flash(_("The shift is full: you are on its waiting list. We write when a place is yours."), "info")
    return redirect(url_for("events.shift", slug=slug, shift_id=shift_id))


def _guest() -> str:
    """The address as a keyed hash: what counts tries holds nobody's email."""
    given = request.form.get("email", "").strip().lower()[:254]
    return "guest:" + secrets.keyed_digest("limit", given).hex()[:32]


def _who_asks() -> str:
    """Whom the rate limit counts: the signed-in person, else the address (an office shares one)."""
    if current_user.is_authenticated:
        return f"person:{current_user.id}"
    return f"address:{get_remote_address()}"
