"""One's own shifts: the list, cancelling, calendar files, and pages that work by a link from a mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.exports import plain_name
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.events import calendar, links, mails, pages, queries, services
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.queries import MyShift
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.start import StepsOf

LOOK_BACK = timedelta(days=60)


@bp.get("/my/shifts")
@access.signed_in
def mine() -> ResponseReturnValue:
    campaign = pages.own_campaign()
    now = clock.now()
    shifts = queries.my_shifts(campaign.id, current_user.id, since=now - LOOK_BACK)
    feed = queries.feed_of(current_user.id)
    return pages.page(
        "events/mine.html",
        campaign,
        shown=[each.card for each in shifts],
        steps=[step for steps_of in _above() for step in steps_of(current_user, now)],
        ahead=[each for each in shifts if each.card.ends_at > now and not each.card.is_cancelled],
        past=[each for each in reversed(shifts) if each.card.ends_at <= now],
        feed_url=links.absolute(_feed_path(services.feed_token(feed.person_id, feed.nonce))) if feed else "",
        sign_up_path=links.sign_up_path,
        codes={each.sign_up_id: links.check_in_code(each.sign_up_id) for each in shifts if _is_soon(each)},
    )


@bp.post("/my/shifts/<int:sign_up_id>/cancel")
@access.signed_in
def cancel(sign_up_id: int) -> ResponseReturnValue:
    _require_own(sign_up_id)
    try:
        with transaction():
            services.cancel_sign_up(current_user.campaign_id, sign_up_id, by=current_user.id, now=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
    else:
        flash(_("Cancelled. Thank you for making the place free in time."), "ok")
    return redirect(url_for("events.mine"))


@bp.get("/my/shifts/<int:sign_up_id>/shift.ics")
@access.signed_in
def calendar_file(sign_up_id: int) -> ResponseReturnValue:
    _require_own(sign_up_id)
    return _ics(queries.my_sign_up(current_user.campaign_id, sign_up_id), pages.own_campaign())


@bp.post("/my/shifts/feed")
@access.signed_in
def new_feed() -> ResponseReturnValue:
    """Make the calendar address, or a new one in place of one that got into wrong hands."""
    with transaction():
        services.new_feed(current_user.campaign_id, current_user.id, now=clock.now())
    flash(_("Here is your calendar address. An older one no longer works."), "ok")
    return redirect(url_for("events.mine") + "#calendar")


@bp.get("/calendar/<token>.ics")
@access.by_token("the secret part of the address, made for one person and replaceable")
@limiter.limit("60/minute")
def feed(token: str) -> ResponseReturnValue:
    row = queries.feed_behind(token)
    campaign = pages.enter(db.session.get_one(Campaign, row.campaign_id))
    since = clock.now() - LOOK_BACK
    shifts = queries.my_shifts(row.campaign_id, row.person_id, since=since, with_cancelled=True)
    text = calendar.calendar_file([_entry(each, campaign) for each in shifts], name=campaign.name)
    return _calendar_response(text, "shifts")


@bp.get("/s/<int:sign_up_id>/<signature>")
@access.by_token("the signature in the address, known to the person who signed up")
def sign_up_page(sign_up_id: int, signature: str) -> ResponseReturnValue:
    """Looking changes nothing: mail scanners open links."""
    mine, campaign = _behind_link(sign_up_id, signature)
    state = mine.card.state(clock.now())
    return pages.page(
        "events/sign_up.html",
        campaign,
        reader_zone=db.session.get_one(Person, mine.person_id).time_zone,
        mine=mine,
        card=mine.card,
        state=state,
        signature=signature,
        code=links.check_in_code(sign_up_id) if _is_soon(mine) else "",
    )


@bp.post("/s/<int:sign_up_id>/<signature>/confirm")
@access.by_token("the signature in the address, known to the person who signed up")
@limiter.limit("30/minute")
def confirm_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    mine, campaign = _behind_link(sign_up_id, signature)
    return _act(
        mine,
        signature,
        lambda: services.confirm_address(campaign.id, sign_up_id, now=clock.now()),
        _("Thank you: we count on you."),
    )


@bp.post("/s/<int:sign_up_id>/<signature>/cancel")
@access.by_token("the signature in the address, known to the person who signed up")
@limiter.limit("30/minute")
def cancel_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    mine, campaign = _behind_link(sign_up_id, signature)
    return _act(
        mine,
        signature,
        lambda: services.cancel_sign_up(campaign.id, sign_up_id, by=mine.person_id, now=clock.now()),
        _("Cancelled. Thank you for making the place free in time."),
    )


@bp.get("/s/<int:sign_up_id>/<signature>/shift.ics")
@access.by_token("the signature in the address, known to the person who signed up")
def calendar_file_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    return _ics(*_behind_link(sign_up_id, signature))


@bp.route("/j/<int:shift_id>/<int:person_id>/<int:expires>/<signature>", methods=["GET", "POST"])
@access.by_token("the signature in the address, mailed to the person it names")
@limiter.limit("30/minute", methods=["POST"])
def join_by_link(shift_id: int, person_id: int, expires: int, signature: str) -> ResponseReturnValue:
    """A GET shows the shift and a button; the button takes the place."""
    if not links.join_path_holds(shift_id, person_id, expires, signature):
        raise NotFound()
    campaign, card = queries.campaign_and_card(shift_id, person_id)
    pages.enter(campaign)
    if clock.now() > datetime.fromtimestamp(expires, UTC):
        raise NotFound(_("This link is too old. Sign up on the page of the shift instead."))
    if request.method == "GET":
        mine = queries.my_state(person_id, shift_id)
        if mine:
            return redirect(links.sign_up_path(mine[0]))
        zone = db.session.get_one(Person, person_id).time_zone
        state = card.state(clock.now())
        return pages.page("events/join.html", campaign, reader_zone=zone, card=card, state=state)
    with transaction():
        row = services.sign_up_by_link(campaign.id, person_id, shift_id, now=clock.now())
        sign_up_id = row.id
    return redirect(links.sign_up_path(sign_up_id))


def _is_soon(mine: MyShift) -> bool:
    """Is it time to show one's code at the table?"""
    opens = mine.card.starts_at - timedelta(days=1)
    return mine.state == "going" and not mine.card.is_cancelled and opens <= clock.now() < mine.card.ends_at


def _above() -> list[StepsOf]:
    """What other features have to say above one's shifts, by the table of app.py."""
    found: list[StepsOf] = current_app.extensions.get("above_own_shifts", [])
    return found


def _act(mine: MyShift, signature: str, deed, done: str) -> ResponseReturnValue:  # type: ignore[no-untyped-def]
    """Do what a button of the page asks, and say on the page what came of it."""
    try:
        with transaction():
            deed()
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
    else:
        flash(done, "ok")
    return redirect(url_for("events.sign_up_page", sign_up_id=mine.sign_up_id, signature=signature))


def _behind_link(sign_up_id: int, signature: str) -> tuple[MyShift, Campaign]:
    if not links.sign_up_path_holds(sign_up_id, signature):
        raise NotFound()
    mine = queries.my_sign_up(queries.campaign_of(sign_up_id), sign_up_id)
    return mine, pages.enter(db.session.get_one(Campaign, mine.card.campaign_id))


def _require_own(sign_up_id: int) -> None:
    if queries.my_sign_up(current_user.campaign_id, sign_up_id).person_id != current_user.id:
        raise NotFound()


def _ics(mine: MyShift, campaign: Campaign) -> Response:
    text = calendar.calendar_file([_entry(mine, campaign)])
    return _calendar_response(text, mine.card.event_name)


def _entry(mine: MyShift, campaign: Campaign) -> calendar.Entry:
    return mails.entry(
        mine.card,
        mine.person_id,
        changed_at=mine.changed_at,
        campaign=campaign,
        link=links.absolute(links.sign_up_path(mine.sign_up_id)),
        is_cancelled=mine.state == "cancelled" or mine.card.is_cancelled,
        is_tentative=mine.state == "waiting",
    )


def _calendar_response(text: str, name: str) -> Response:
    response = Response(text, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{plain_name(name)}.ics"'
    return response


def _feed_path(token: str) -> str:
    return url_for("events.feed", token=token)
