"""One's own shifts: the list, cancelling, calendar files, and pages that work by a link from a mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.exports import plain_name
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.events import calendar, found_by, links, mails, own_page, pages, queries, services
from volunteer_hub.events.asking import Ask, ask_of, said_of
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.queries import MyShift
from volunteer_hub.events.views_sign_up import page_language
from volunteer_hub.people import queries as people
from volunteer_hub.people.browsers import describe
from volunteer_hub.people.consent_words import WORDS, beside_email
from volunteer_hub.people.identity import give_cookie, open_session
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.wording import window_text

LOOK_BACK = timedelta(days=60)


@bp.get("/my")
@access.signed_in
def my_page() -> ResponseReturnValue:
    """A short address for the person's own page."""
    return redirect(url_for("events.mine"))


@bp.get("/my/shifts")
@access.signed_in
def mine() -> ResponseReturnValue:
    """The person's own page: what is ahead, what they can do and when, and what they did so far."""
    campaign = pages.own_campaign()
    now = clock.now()
    shifts = queries.my_shifts(campaign.id, current_user.id, since=now - LOOK_BACK)
    feed = queries.feed_of(current_user.id)
    return pages.page(
        "events/mine.html",
        campaign,
        shown=[each.card for each in shifts],
        given_up=queries.given_up(current_user.id, now=now, within=services.UNDO_FOR),
        about=own_page.about(current_user, now),
        reasons=own_page.reasons(
            current_user.id, [each.card.id for each in shifts if each.card.ends_at > now]
        ),
        window_text=window_text,
        ahead=[each for each in shifts if each.card.ends_at > now and not each.card.is_cancelled],
        past=[each for each in reversed(shifts) if each.card.ends_at <= now],
        feed_url=links.absolute(_feed_path(services.feed_token(feed.person_id, feed.nonce))) if feed else "",
        sign_up_path=links.sign_up_path,
        codes={each.sign_up_id: links.check_in_code(each.sign_up_id) for each in shifts if _is_soon(each)},
    )


@bp.post("/my/shifts/<int:sign_up_id>/cancel")
@access.signed_in
def cancel(sign_up_id: int) -> ResponseReturnValue:
    require_own(sign_up_id)
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


@bp.post("/my/shifts/<int:sign_up_id>/confirm")
@access.signed_in
def confirm_mine(sign_up_id: int) -> ResponseReturnValue:
    """Yes to a place that was kept: from the waiting list, or a friend's."""
    shift_id = require_own(sign_up_id).card.id
    try:
        with transaction():
            services.confirm_address(
                current_user.campaign_id, sign_up_id, now=clock.now(), said=said_of(request.form)
            )
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
        slug = pages.own_campaign().slug
        return redirect(url_for("events.shift", slug=slug, shift_id=shift_id) + "#sign-up")
    flash(_("Thank you: we count on you."), "ok")
    return redirect(url_for("events.mine"))


@bp.get("/my/shifts/<int:sign_up_id>/shift.ics")
@access.signed_in
def calendar_file(sign_up_id: int) -> ResponseReturnValue:
    require_own(sign_up_id)
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
    mine, campaign = behind_link(sign_up_id, signature)
    person = db.session.get_one(Person, mine.person_id)
    if mine.state == "cancelled" and (standing := queries.my_state(mine.person_id, mine.card.id)):
        return redirect(links.sign_up_path(standing[0]))
    now = clock.now()
    return pages.page(
        "events/sign_up.html",
        campaign,
        reader_zone=person.time_zone,
        mine=mine,
        card=mine.card,
        state=mine.card.state(now),
        signature=signature,
        ask=ask_of(campaign, [mine.card], mine.person_id)
        if mine.confirm_by or services.has_lapsed(mine)
        else Ask(),
        asked_by=mails.plain_name(people.names([mine.brought_by]).get(mine.brought_by, ""))
        if mine.brought_by
        else "",
        is_new=person.awaits_confirmation,
        email_words=WORDS["email"],
        beside_email=beside_email(),
        can_retake=services.has_lapsed(mine) and mine.card.state(now) in ("open", "full"),
        can_undo=services.can_undo(mine, now=now) and mine.card.state(now) == "open",
        code=links.check_in_code(sign_up_id) if _is_soon(mine) else "",
    )


@bp.post("/s/<int:sign_up_id>/<signature>/confirm")
@access.by_token("the signature in the address, known to the person who signed up")
@limiter.limit("30/minute")
def confirm_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    """Yes, I come. The first yes of a new person shows that the address is theirs: it signs them in."""
    mine, campaign = behind_link(sign_up_id, signature)
    is_new = is_new_here(mine.person_id)

    def confirm() -> str:
        confirmed = services.confirm_address(
            campaign.id,
            sign_up_id,
            now=clock.now(),
            said=said_of(request.form),
            email_agreed=is_new and request.form.get("email_agreed") == "y",
            language=page_language(),
        )
        words = _yes_words(confirmed.sign_up.state)
        if not confirmed.have_friends_places:
            words += " " + _(
                "The places kept for your friends have run out meanwhile, and too few are left. Name your "
                "friends anew on the page of the shift."
            )
        return words + " " + _("You are signed in on this device, without a password.") if is_new else words

    def done() -> ResponseReturnValue:
        return act(mine, signature, confirm)

    return let_in(mine.person_id, done) if is_new else done()


def _yes_words(state: str) -> str:
    if state == "going":
        return _("Thank you: we count on you.")
    return _("Thank you. The shift is full: you are on its waiting list, and we write when a place is yours.")


@bp.post("/s/<int:sign_up_id>/<signature>/cancel")
@access.by_token("the signature in the address, known to the person who signed up")
@limiter.limit("30/minute")
def cancel_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    mine, campaign = behind_link(sign_up_id, signature)
    return act(
        mine,
        signature,
        lambda: services.cancel_sign_up(campaign.id, sign_up_id, by=mine.person_id, now=clock.now()),
        _("Cancelled. Thank you for making the place free in time."),
    )


@bp.get("/s/<int:sign_up_id>/<signature>/shift.ics")
@access.by_token("the signature in the address, known to the person who signed up")
def calendar_file_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    return _ics(*behind_link(sign_up_id, signature))


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
    found_by.note(campaign.id)
    if request.method == "GET":
        mine = queries.my_state(person_id, shift_id)
        if mine:
            return redirect(links.sign_up_path(mine[0]))
        zone = db.session.get_one(Person, person_id).time_zone
        return pages.page(
            "events/join.html",
            campaign,
            reader_zone=zone,
            card=card,
            state=card.state(clock.now()),
            ask=ask_of(campaign, [card], person_id),
        )
    is_new = is_new_here(person_id)

    def join() -> ResponseReturnValue:
        try:
            with transaction():
                said = said_of(request.form)
                row = services.sign_up_by_link(
                    campaign.id,
                    person_id,
                    shift_id,
                    now=clock.now(),
                    said=said,
                    found_by=found_by.noted(campaign.id),
                )
                sign_up_id = row.id
        except NotFound:
            raise
        except Refusal as refusal:
            flash(str(refusal.sentence), "error")
            return redirect(request.path)
        return redirect(links.sign_up_path(sign_up_id))

    return let_in(person_id, join) if is_new else join()


def is_new_here(person_id: int) -> bool:
    """Nobody is signed in, and this person has not shown yet that their address is theirs.

    Their first yes by a mailed link shows it, once. Who has a role or a second step signs in as staff do.
    """
    person = db.session.get_one(Person, person_id)
    is_plain = person.totp_confirmed_at is None and not people.grants(person.campaign_id, person_id=person.id)
    return person.awaits_confirmation and is_plain and not current_user.is_authenticated


def let_in(person_id: int, deed: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Do it, and if it confirmed the person's address open a session in this browser."""
    answer = make_response(deed())
    db.session.expire_all()
    person = db.session.get_one(Person, person_id)
    if person.awaits_confirmation:
        return answer
    with transaction():
        browser = describe(request.headers.get("User-Agent", ""))
        token = open_session(person, way_in="link", browser=browser, second_factor=False, now=clock.now())
    return give_cookie(answer, token)


def _is_soon(mine: MyShift) -> bool:
    """Is it time to show one's code at the table?"""
    opens = mine.card.starts_at - timedelta(days=1)
    return mine.state == "going" and not mine.card.is_cancelled and opens <= clock.now() < mine.card.ends_at


def act(mine: MyShift, signature: str, deed: Callable[[], object], done: str = "") -> ResponseReturnValue:
    """Do what a button of the page asks, and say on the page what came of it: `done`, or what it returns."""
    try:
        with transaction():
            came = deed()
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
    else:
        flash(done or str(came), "ok")
    return redirect(url_for("events.sign_up_page", sign_up_id=mine.sign_up_id, signature=signature))


def behind_link(sign_up_id: int, signature: str) -> tuple[MyShift, Campaign]:
    """What a person's own link leads to; raises NotFound, Erased."""
    if not links.sign_up_path_holds(sign_up_id, signature):
        raise NotFound()
    mine = queries.my_sign_up(queries.campaign_of(sign_up_id), sign_up_id)
    campaign = pages.enter(db.session.get_one(Campaign, mine.card.campaign_id))
    people.require_not_erased(mine.person_id)
    return mine, campaign


def require_own(sign_up_id: int) -> MyShift:
    """The viewer's own sign-up; raises NotFound for anybody else's."""
    mine = queries.my_sign_up(current_user.campaign_id, sign_up_id)
    if mine.person_id != current_user.id:
        raise NotFound()
    return mine


def _ics(mine: MyShift, campaign: Campaign) -> Response:
    text = calendar.calendar_file([_entry(mine, campaign)])
    return _calendar_response(text, mine.card.event_name)


def _entry(mine: MyShift, campaign: Campaign) -> calendar.Entry:
    return mails.entry(
        mine.card,
        mine.person_id,
        changed_at=mine.changed_at,
        campaign=campaign,
        is_cancelled=mine.state == "cancelled" or mine.card.is_cancelled,
        is_tentative=mine.state == "waiting" or mine.confirm_by is not None,
    )


def _calendar_response(text: str, name: str) -> Response:
    response = Response(text, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{plain_name(name)}.ics"'
    return response


def _feed_path(token: str) -> str:
    return url_for("events.feed", token=token)
