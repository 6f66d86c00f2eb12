"""Changing one's mind: another time, a cancellation taken back, friends, and a place passed on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.events import links, pages, queries, services
from volunteer_hub.events.asking import ask_of, friends_of, said_of
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import GuestForm, PlainForm
from volunteer_hub.events.queries import MyShift, ShiftCard
from volunteer_hub.events.views_mine import act, behind_link, is_new_here, let_in, require_own
from volunteer_hub.events.views_sign_up import (
    FRIENDS_LIMIT,
    GUEST_LIMIT,
    SIGN_UP_LIMIT,
    page_language,
    shift_page,
    tell_of_friends,
)
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign, Person

PASS_HOLDS = timedelta(days=2)


@bp.route("/my/shifts/<int:sign_up_id>/change", methods=["GET", "POST"])
@access.signed_in
def change(sign_up_id: int) -> ResponseReturnValue:
    """Another time for one's place; the old one is given up only if the new one is got."""
    mine, campaign = require_own(sign_up_id), pages.own_campaign()
    back = url_for("events.mine")
    if request.method == "GET":
        return _times(mine, campaign, url_for("events.change", sign_up_id=sign_up_id), back)
    return _change(mine, campaign, back, request.path)


@bp.route("/s/<int:sign_up_id>/<signature>/change", methods=["GET", "POST"])
@access.by_token("the signature in the address, known to the person who signed up")
@limiter.limit("30/minute", methods=["POST"])
def change_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    mine, campaign = behind_link(sign_up_id, signature)
    back = links.sign_up_path(sign_up_id)
    if request.method == "GET":
        return _times(mine, campaign, request.path, back)
    return _change(mine, campaign, "", back)


def _times(mine: MyShift, campaign: Campaign, action: str, back: str) -> str:
    now = clock.now()
    members = pages.is_member(campaign)
    times = queries.other_times(mine.card, mine.person_id, now=now, members=members)
    return pages.page(
        "events/change.html",
        campaign,
        shown=[mine.card, *times],
        mine=mine,
        same=[each for each in times if each.event_id == mine.card.event_id],
        others=[each for each in times if each.event_id != mine.card.event_id],
        action=action,
        back=back,
    )


def _change(mine: MyShift, campaign: Campaign, done_path: str, failed_path: str) -> ResponseReturnValue:
    """Swap, and go on to `done_path`, or without one to the page of the new sign-up."""
    to = request.form.get("to", type=int) or 0
    _require_visible(campaign, to)
    try:
        with transaction():
            row = services.move(
                campaign.id, mine.sign_up_id, to, by=mine.person_id, now=clock.now(), source="self"
            )
            row.confirmed_at, row.confirm_by = row.confirmed_at or clock.now(), None
            new_id = row.id
    except NotFound:
        raise
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
        return redirect(failed_path)
    flash(_("Changed: you have the new time, and the old one is free for somebody else."), "ok")
    return redirect(done_path or links.sign_up_path(new_id))


def _require_visible(campaign: Campaign, shift_id: int) -> ShiftCard:
    card = queries.shift_card(campaign.id, shift_id)
    if card.event_state == "draft" or not (card.is_public or pages.is_member(campaign)):
        raise NotFound()
    return card


@bp.post("/my/shifts/<int:sign_up_id>/undo")
@access.signed_in
def undo_cancel(sign_up_id: int) -> ResponseReturnValue:
    """Take a cancellation back, while the place is free."""
    require_own(sign_up_id)
    try:
        with transaction():
            services.undo_cancel(current_user.campaign_id, sign_up_id, now=clock.now())
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
    else:
        flash(_("You are going again."), "ok")
    return redirect(url_for("events.mine"))


@bp.post("/s/<int:sign_up_id>/<signature>/undo")
@access.by_token("the signature in the address, known to the person who signed up")
@limiter.limit("30/minute")
def undo_cancel_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    mine, campaign = behind_link(sign_up_id, signature)
    return act(
        mine,
        signature,
        lambda: services.undo_cancel(campaign.id, sign_up_id, now=clock.now()),
        _("You are going again."),
    )


@bp.post("/my/shifts/<int:sign_up_id>/friends")
@access.signed_in
@SIGN_UP_LIMIT
@FRIENDS_LIMIT
def bring(sign_up_id: int) -> ResponseReturnValue:
    """Ask friends along to a shift one goes to."""
    mine, campaign = require_own(sign_up_id), pages.own_campaign()
    friends = friends_of(request.form)
    try:
        if mine.state != "going":
            raise Refusal(_("Only who has a place can bring friends."))
        if not friends:
            raise Refusal(_("Write at least one friend's name and email."))
        with transaction():
            me = db.session.get_one(Person, current_user.id)
            count = services.bring_friends(campaign, mine.card.id, me, friends, now=clock.now())
    except Refusal as refusal:
        form, campaign = GuestForm(), pages.own_campaign()
        form.form_errors.append(refusal.sentence)
        return shift_page(campaign, mine.card, form, friends=friends), refusal.status
    tell_of_friends(count)
    return redirect(url_for("events.shift", slug=campaign.slug, shift_id=mine.card.id))


@bp.get("/my/shifts/<int:sign_up_id>/pass")
@access.signed_in
def pass_on(sign_up_id: int) -> ResponseReturnValue:
    """A link for somebody who can come instead."""
    mine = require_own(sign_up_id)
    return _pass_page(mine, pages.own_campaign(), url_for("events.mine"))


@bp.get("/s/<int:sign_up_id>/<signature>/pass")
@access.by_token("the signature in the address, known to the person who signed up")
def pass_on_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    mine, campaign = behind_link(sign_up_id, signature)
    return _pass_page(mine, campaign, links.sign_up_path(sign_up_id))


def _pass_page(mine: MyShift, campaign: Campaign, back: str) -> ResponseReturnValue:
    now = clock.now()
    if mine.state != "going" or mine.confirm_by or mine.card.state(now) not in ("open", "full"):
        flash(_("Only a place that is yours, of a shift ahead, can be passed on."), "error")
        return redirect(back)
    until = min(now + PASS_HOLDS, mine.card.starts_at)
    link = links.absolute(links.pass_path(mine.sign_up_id, 0, until))
    return pages.page(
        "events/pass_on.html", campaign, card=mine.card, mine=mine, link=link, until=until, back=back
    )


@bp.route("/p/<int:sign_up_id>/<int:person_id>/<int:expires>/<signature>", methods=["GET", "POST"])
@access.by_token("the signature in the address, made by who passes the place on")
@SIGN_UP_LIMIT
@GUEST_LIMIT
def take_over(sign_up_id: int, person_id: int, expires: int, signature: str) -> ResponseReturnValue:
    """A GET shows the shift; the button takes the place, or for a stranger asks for a mail that does."""
    if not links.pass_path_holds(sign_up_id, person_id, expires, signature):
        raise NotFound()
    given = queries.my_sign_up(queries.campaign_of(sign_up_id), sign_up_id)
    campaign = pages.enter(db.session.get_one(Campaign, given.card.campaign_id))
    for each in (given.person_id, person_id):
        people.require_not_erased(each)
    until = datetime.fromtimestamp(expires, UTC)
    taker_id = person_id or (current_user.id if pages.is_member(campaign) else 0)
    form = GuestForm() if not taker_id else PlainForm()
    if form.validate_on_submit() and clock.now() <= until:
        if not taker_id:
            return _mail_link(given, campaign, form, until)
        return _take(given, campaign, taker_id, is_mailed=bool(person_id))
    return _take_page(given, campaign, taker_id, form, until), 422 if form.errors else 200


def _take_page(
    given: MyShift, campaign: Campaign, taker_id: int, form: GuestForm | PlainForm, until: datetime
) -> str:
    now = clock.now()
    is_there = given.state == "going" and now <= until and given.card.state(now) in ("open", "full")
    return pages.page(
        "events/take_over.html",
        campaign,
        card=given.card,
        form=form,
        is_stranger=not taker_id,
        is_there=is_there,
        is_own=taker_id == given.person_id,
        ask=ask_of(campaign, [given.card], taker_id) if taker_id else None,
    )


def _take(given: MyShift, campaign: Campaign, taker_id: int, *, is_mailed: bool) -> ResponseReturnValue:
    is_new = is_mailed and is_new_here(taker_id)

    def take() -> ResponseReturnValue:
        try:
            with transaction():
                row = services.take_over(
                    campaign.id,
                    given.sign_up_id,
                    taker_id,
                    now=clock.now(),
                    said=said_of(request.form),
                    by_mailed_link=is_mailed,
                )
                path = links.sign_up_path(row.id)
        except Refusal as refusal:
            flash(str(refusal.sentence), "error")
            return redirect(request.path)
        flash(_("The place is yours. Thank you for coming!"), "ok")
        return redirect(path)

    return let_in(taker_id, take) if is_new else take()


def _mail_link(
    given: MyShift, campaign: Campaign, form: GuestForm | PlainForm, until: datetime
) -> ResponseReturnValue:
    assert isinstance(form, GuestForm)
    try:
        with transaction():
            services.ask_to_take_over(
                campaign,
                given.sign_up_id,
                form.email.data or "",
                form.profile(page_language()),
                until=until,
                now=clock.now(),
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return _take_page(given, campaign, 0, form, until), refusal.status
    return pages.page("events/mailbox.html", campaign, card=given.card)
