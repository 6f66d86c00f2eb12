"""Signing up on the page of a shift: with one tap for the signed-in, with name and address for a stranger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user

from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.events import found_by, pages, queries, services, strangers
from volunteer_hub.events.asking import ask_of, friends_of, said_of
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import GuestForm
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.events.services import Friend
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Campaign, Person

FRIENDS_A_DAY = "30/day"
MOST_NAMED = 20


def _friend_count() -> int:
    return len(friends_of(request.form))


def who_asks() -> str:
    """Whom the rate limit counts: the signed-in person, else the address (an office shares one)."""
    if current_user.is_authenticated:
        return f"person:{current_user.id}"
    return f"address:{get_remote_address()}"


def guest_key() -> str:
    """The address as a keyed hash: what counts tries holds nobody's email."""
    given = request.form.get("email", "").strip().lower()[:254]
    return "guest:" + secrets.keyed_digest("limit", given).hex()[:32]


SIGN_UP_LIMIT = limiter.limit("20/minute;200/hour", key_func=who_asks, methods=["POST"])
GUEST_LIMIT = limiter.limit(
    "10/hour", key_func=guest_key, methods=["POST"], exempt_when=lambda: bool(current_user.is_authenticated)
)
FRIENDS_LIMIT = limiter.limit(
    FRIENDS_A_DAY,
    key_func=lambda: f"friends:{who_asks()}",
    cost=_friend_count,
    methods=["POST"],
    exempt_when=lambda: _friend_count() == 0,
)
"""Friends, not forms, are counted: whoever brings many is told to send the link of the page instead."""


@bp.post("/c/<slug>/shifts/<int:shift_id>/sign-up")
@access.public("signs up the signed-in, or a stranger whose address must be confirmed by mail")
@SIGN_UP_LIMIT
@GUEST_LIMIT
@FRIENDS_LIMIT
def sign_up(slug: str, shift_id: int) -> ResponseReturnValue:
    campaign = pages.campaign_at(slug)
    if pages.is_member(campaign):
        return _sign_up_member(campaign, shift_id)
    card = visible(campaign, shift_id)
    form = GuestForm()
    friends = friends_of(request.form)
    if not form.validate_on_submit():
        return shift_page(campaign, card, form, friends=friends), 422
    unheld = strangers.Unheld(places=1 + len(friends))
    try:
        with transaction():
            services.sign_up_guest(
                campaign,
                shift_id,
                form.email.data or "",
                form.profile(page_language()),
                email_agreed=bool(form.email_agreed.data),
                now=clock.now(),
                said=said_of(request.form),
                friends=friends,
                found_by=found_by.noted(campaign.id),
                unheld=unheld,
            )
    except Refusal as refusal:
        campaign = pages.campaign_at(slug)
        form.refuse(refusal)
        return shift_page(campaign, visible(campaign, shift_id), form, friends=friends), refusal.status
    return redirect(mailbox_path(slug, [card], unheld=unheld.shift_ids, has_friends=bool(friends)))


@bp.get("/c/<slug>/shifts/<int:shift_id>/mailbox")
@access.public("says to look into the mailbox, the same to everybody")
def look_into_mailbox(slug: str, shift_id: int) -> ResponseReturnValue:
    """`also`: the other shifts of the same form; `full`: which of all were full then, so that one waits;
    `unheld`: of which no place is kept until the link is opened; `friends`: some were named, too."""
    campaign = pages.campaign_at(slug)
    card = visible(campaign, shift_id)
    more = [each for each in request.args.getlist("also", type=int) if 0 < each < 2**63][:MOST_NAMED]
    others = queries.open_times(
        campaign.id, now=clock.now(), members=pages.is_member(campaign), shift_ids=more
    ) if more else []  # fmt: skip
    return pages.page(
        "events/mailbox.html",
        campaign,
        card=card,
        shown=[card, *others],
        cards=[card, *others],
        full=set(request.args.getlist("full", type=int)),
        unheld=set(request.args.getlist("unheld", type=int)),
        has_friends="friends" in request.args,
    )


def mailbox_path(
    slug: str, cards: Sequence[ShiftCard], *, unheld: Iterable[int] = (), has_friends: bool = False
) -> str:
    """The page to go on to, for shifts as they were before: it is the same to everybody."""
    ids, now = [card.id for card in cards], clock.now()
    full = [card.id for card in cards if card.state(now) == "full"]
    return url_for(
        "events.look_into_mailbox",
        slug=slug,
        shift_id=ids[0],
        also=ids[1:],
        full=full,
        unheld=sorted(unheld),
        friends=1 if has_friends and unheld else None,
    )


def page_language() -> str:
    """The language of this page, for a person who is new."""
    return str(get_locale() or "en")[:2]


def shift_page(
    campaign: Campaign, card: ShiftCard, form: GuestForm, *, friends: Sequence[Friend] = ()
) -> str:
    """The page of a shift. `friends`: what was typed into a form that was refused."""
    person_id = current_user.id if pages.is_member(campaign) else None
    mine, clash = queries.standing_and_clash(person_id, card) if person_id else (None, None)
    return pages.page(
        "events/shift.html",
        campaign,
        card=card,
        state=card.state(clock.now()),
        form=form,
        why_cancelled=_why_cancelled(card, person_id) if person_id and card.is_cancelled else "",
        mine=mine,
        clash=clash,
        ask=ask_of(campaign, [card], person_id) if mine is None or mine.confirm_by else None,
        friends=friends,
        most_friends=services.MOST_FRIENDS,
    )


def _why_cancelled(card: ShiftCard, person_id: int) -> str:
    """The reason was written to those on the shift and may name somebody: others only read that it is off."""
    runs_it = card.lead_id == person_id or access.may(current_user, Role.FIELD_LEAD, card.area_path)
    return queries.why_cancelled(card.id, person_id=None if runs_it else person_id)


def visible(campaign: Campaign, shift_id: int) -> ShiftCard:
    """The shift if the viewer may see it: of a published event, and public or their own campaign's."""
    card = queries.shift_card(campaign.id, shift_id)
    if card.event_state == "draft" or not (card.is_public or pages.is_member(campaign)):
        raise NotFound()
    return card


def _sign_up_member(campaign: Campaign, shift_id: int) -> ResponseReturnValue:
    """One tap. A refusal is told on the shift's own page, and nothing that was typed is lost."""
    slug, friends = campaign.slug, friends_of(request.form)
    try:
        is_going = _take_place(campaign, shift_id, friends)
    except NotFound:
        raise
    except Refusal as refusal:
        if friends:
            campaign, form = pages.campaign_at(slug), GuestForm()
            form.form_errors.append(refusal.sentence)
            return shift_page(campaign, visible(campaign, shift_id), form, friends=friends), refusal.status
        flash(str(refusal.sentence), "error")
        return redirect(url_for("events.shift", slug=slug, shift_id=shift_id) + "#sign-up")
    if is_going:
        flash(_("You are signed up. The details are on their way to your mailbox."), "ok")
    else:
        flash(_("The shift is full: you are on its waiting list. We write when a place is yours."), "info")
    tell_of_friends(len(friends))
    return redirect(url_for("events.shift", slug=slug, shift_id=shift_id))


def _take_place(campaign: Campaign, shift_id: int, friends: Sequence[Friend]) -> bool:
    """Is the viewer going, with their friends asked along? False: they wait."""
    said, now = said_of(request.form), clock.now()
    with transaction():
        me = db.session.get_one(Person, current_user.id) if said or friends else None
        if me and said:
            people.say(me, said, now=now)
        row = services.sign_up(
            campaign.id,
            current_user.id,
            shift_id,
            by=current_user.id,
            now=now,
            found_by=found_by.noted(campaign.id),
        )
        is_going = row.state == "going"
        if me and friends:
            services.bring_friends(campaign, shift_id, me, friends, now=now)
    return is_going


def tell_of_friends(count: int) -> None:
    """The same words whoever the friends are."""
    if count:
        flash(
            ngettext(
                "Your friend is asked by mail. The place is kept for a day.",
                "Your %(num)d friends are asked by mail. Their places are kept for a day.",
                count,
            ),
            "ok",
        )
