"""Checking oneself in at the place, and the poster whose code it takes."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.events import links, pages, place_codes, queries, services
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.events.views_mine import behind_link
from volunteer_hub.people.models import Campaign

WRONG = 422


def _was_wrong(_response: Response) -> bool:
    return bool(g.get("was_wrong_code"))


# A hall of people may share one address, so only wrong codes count: not a slip, nor who comes too early.
GUESSES = limiter.limit("10/minute;60/hour", methods=["POST"], deduct_when=_was_wrong)


@bp.get("/here/<int:shift_id>")
@access.public("a form; which shift it is stands there only for who has the code at its place")
@limiter.limit("120/minute")
def here(shift_id: int) -> ResponseReturnValue:
    """Looking changes nothing, also with the code in the address."""
    code = request.args.get("code", "")[:12]
    return _page(shift_id, code, _card_behind(shift_id, code))


@bp.post("/here/<int:shift_id>")
@access.public("the code at the place; the answer is the same whoever's address is typed")
@GUESSES
def check_in_here(shift_id: int) -> ResponseReturnValue:
    """By one's session, else by the address one signed up with: then the answer tells nothing of the list."""
    code, email, now = request.form.get("code", ""), request.form.get("email", "")[:254], clock.now()
    card = _card_behind(shift_id, code)
    if card is None and place_codes.place_code_holds(shift_id, code):  # the shift was cancelled
        raise NotFound()
    try:
        services.require_here(shift_id, card.starts_at if card else now, code, now=now)
        assert card is not None
        mine = _own_sign_up(card)
        if mine is None and not email.strip():
            raise Refusal(_("Write the email address that you signed up with."), field="email")
        is_absent = False
        with transaction():
            if mine is not None:
                is_absent = _still_absent(services.check_in_here(card.campaign_id, mine, code, now=now))
            else:
                services.check_in_by_email(card.campaign_id, shift_id, email, now=now)
    except Refusal as refusal:
        g.was_wrong_code = isinstance(refusal, services.WrongCode)
        return _page(shift_id, code, card, email=email, sentence=str(refusal.sentence)), WRONG
    return _page(
        shift_id,
        code,
        _card_behind(shift_id, code),
        is_done=True,
        is_sure=mine is not None,
        is_absent=is_absent,
    )


@bp.post("/s/<int:sign_up_id>/<signature>/here")
@access.by_token("the signature in the address, known to the person who signed up, and the code at the place")
@GUESSES
def here_by_link(sign_up_id: int, signature: str) -> ResponseReturnValue:
    """By one's own link: the answer is plain."""
    campaign_id = behind_link(sign_up_id, signature)[1].id
    try:
        with transaction():
            row = services.check_in_here(
                campaign_id, sign_up_id, request.form.get("code", ""), now=clock.now()
            )
            is_absent = _still_absent(row)
    except Refusal as refusal:
        g.was_wrong_code = isinstance(refusal, services.WrongCode)
        if refusal.status == WRONG:
            return _again(sign_up_id, refusal)
        flash(str(refusal.sentence), "error")
        return redirect(links.sign_up_path(sign_up_id))
    if is_absent:
        flash(_SAID, "info")
    else:
        flash(_("You are checked in. Thank you for coming!"), "ok")
    return redirect(links.sign_up_path(sign_up_id))


@bp.get("/organize/shifts/<int:shift_id>/poster")
@access.needs(Role.FIELD_LEAD)
def poster(shift_id: int) -> ResponseReturnValue:
    """A page to print and hang up at the place."""
    card = queries.shift_within(
        current_user.campaign_id, shift_id, pages.lead_paths(), person_id=current_user.id
    )
    return pages.page(
        "events/poster.html",
        pages.own_campaign(),
        card=card,
        code=place_codes.place_code(shift_id),
        picture=place_codes.poster_code(shift_id),
        address=links.absolute(place_codes.here_path(shift_id)),
    )


_SAID = _l(
    "Whoever runs the shift has marked you absent. They see now that you say you are here; please say hello "
    "at the table."
)


def _still_absent(row: SignUp) -> bool:
    """Does a lead's mark stand against what they say?"""
    return row.attendance == "no_show"


def _again(sign_up_id: int, refusal: Refusal) -> ResponseReturnValue:
    """The sentence on a page of its own."""
    back = links.sign_up_path(sign_up_id)
    return render_template("events/here_wrong.html", sentence=str(refusal.sentence), back=back), WRONG


def _card_behind(shift_id: int, code: str) -> ShiftCard | None:
    """The shift, for who has its code; else nothing is said of it."""
    if not place_codes.place_code_holds(shift_id, code):
        return None
    shift = db.session.get(Shift, shift_id)
    if shift is None or shift.cancelled_at is not None:
        return None
    pages.enter(db.session.get_one(Campaign, shift.campaign_id))
    return queries.shift_card(shift.campaign_id, shift_id)


def _own_sign_up(card: ShiftCard) -> int | None:
    """Of the signed-in viewer, if they have a place here."""
    if not current_user.is_authenticated or current_user.campaign_id != card.campaign_id:
        return None
    mine = queries.my_state(current_user.id, card.id)
    return mine[0] if mine and mine[1] == "going" else None


def _page(
    shift_id: int,
    code: str,
    card: ShiftCard | None,
    *,
    email: str = "",
    sentence: str = "",
    is_done: bool = False,
    is_sure: bool = False,
    is_absent: bool = False,
) -> str:
    return render_template(
        "events/here.html",
        shift_id=shift_id,
        code=code,
        card=card,
        email=email,
        sentence=sentence,
        is_done=is_done,
        is_sure=is_sure,
        said=_SAID if is_absent else "",
        is_own=card is not None and _own_sign_up(card) is not None,
        home_url=url_for("people.home"),
    )
