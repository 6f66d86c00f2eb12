"""What a canvasser's phone says for their safety: a call for help, where they are, and that they are back.

No cookie opens these doors: the secret is in the address, which no other site knows. So a phone that was
offline for a day is still heard, whatever became of the form it started from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from volunteer_hub.canvass import alarms, placing
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.services import helping, outings, sharing
from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.display import phone_text
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.web import csrf, limiter
from volunteer_hub.people.models import Campaign
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.queries import LeaseCard
from volunteer_hub.turf.refusals import LeaseOver, NoSuchTurf

MOST_BYTES = 4096
CODE_WHY = "the short code in the address, which lives for minutes and opens the leases it was made for"
CODES_AN_ADDRESS = "600/minute"
"""A hundred phones at a table share one address. Against guessing stand 27**10 codes and half an hour."""


def _this_link() -> str:
    return f"safety-{secrets.digest(str((request.view_args or {}).get('token', ''))).hex()[:32]}"


@bp.post("/walk/<token>/help")
@csrf.exempt
@limiter.limit("60/minute", key_func=_this_link)
@access.by_token("the lease's token in the address; it calls for help for a day after the lease ended, too")
def call_for_help(token: str) -> ResponseReturnValue:
    """Tell the leads quietly. The phone repeats it until it hears back; the same id is the same call."""
    lease = _lease(token)
    now = clock.now()
    if now > lease.ended_at + helping.STILL_CALLS:
        raise LeaseOver()
    given = _given()
    call_id = placing.call_id_of(given)
    try:
        place, complaint = placing.point_of(given), None
    except Refusal as refusal:  # a place that cannot be read must not cost the call
        place, complaint = None, refusal
    with transaction():
        helping.call_for_help(lease, call_id, called_at=placing.time_of(given, now), at=place, now=now)
    state = helping.state_of(lease.id, call_id)
    words = _("Your field lead has been told.") if state.is_told else _call_them(lease)
    if request.is_json:
        said = str(complaint.sentence) if complaint else ""
        return jsonify(
            received=True, told=state.is_told, answered=state.is_answered, words=words, complaint=said
        )
    flash(words, "ok" if state.is_told else "warning")
    return redirect(url_for("canvass.walk", token=token))


def _call_them(lease: LeaseCard) -> str:
    """What to do when no message reaches a lead: the call stands on the desk, where somebody may not look."""
    leads = ", ".join(f"{name} {phone_text(phone)}" for name, phone in alarms.to_call(lease))
    if leads:
        return _(
            "No message reaches your field lead now. Call them: %(leads)s. In danger, call 911.", leads=leads
        )
    return _("No message reaches your field lead now, and no number is known. In danger, call 911.")


@bp.post("/walk/<token>/sharing")
@csrf.exempt
@limiter.limit("60/minute", key_func=_this_link)
@access.by_token("the lease's token in the address")
def share(token: str) -> ResponseReturnValue:
    """Say yes to sharing where one is, or take it back; a no counts at any time and deletes the place."""
    lease = _lease(token)
    wanted = str(_given().get("share", "")) in ("1", "true", "True")
    if wanted:
        _require_current(lease)
    with transaction():
        if wanted:
            sharing.agree(lease, now=clock.now())
        else:
            sharing.withdraw(lease.id)
    if request.is_json:
        return jsonify(shared=wanted)
    flash(
        _("Your field lead sees where you are until you hand the turf back.")
        if wanted
        else _("Nobody sees where you are any more, and the last place is deleted."),
        "ok",
    )
    return redirect(url_for("canvass.walk", token=token))


@bp.post("/walk/<token>/position")
@csrf.exempt
@limiter.limit("30/minute", key_func=_this_link)
@access.by_token("the lease's token in the address, and the canvasser's yes for this lease")
def position(token: str) -> ResponseReturnValue:
    """Keep the newest place of somebody who said yes."""
    lease = _lease(token)
    _require_current(lease)
    given = _given()
    place = placing.point_of(given)
    if place is None:
        raise Refusal(_("Send latitude and longitude in degrees."))
    now = clock.now()
    with transaction():
        sharing.keep_position(lease, place, at=placing.time_of(given, now), now=now)
    return jsonify(kept=True)


@bp.post("/walk/<token>/safe")
@csrf.exempt
@limiter.limit("30/minute", key_func=_this_link)
@access.by_token("the lease's token in the address; also when the lease has ended")
def back_safe(token: str) -> ResponseReturnValue:
    """The canvasser says that they are back safe; that ends the timer and its alarm."""
    lease = _lease(token)
    given, now = _given(), clock.now()
    with transaction():
        was_out = outings.say_back(lease.person_id, said_at=placing.moment_of(given, now), now=now)
    if request.is_json:
        return jsonify(back=was_out)
    flash(_("Good that you are back. Your field lead sees it, too."), "ok")
    return redirect(url_for("canvass.walk", token=token))


@bp.route("/walk/<token>/part", methods=["GET", "POST"])
@limiter.limit("60/minute", key_func=_this_link)
@access.by_token("the lease's token in the address")
def give_back_part(token: str) -> ResponseReturnValue:
    """The canvasser gives back a part of the turf: chosen doors, or all from one on."""
    lease = _lease(token)
    _require_current(lease)
    left = [door for door in turf.walk_list(lease.turf_id) if door.result is None]
    if request.method == "GET":
        return render_template(
            "canvass/give_back.html",
            lease=lease,
            doors=left,
            action=url_for("canvass.give_back_part", token=token),
            back_url=url_for("canvass.walk", token=token),
        )
    given = give_back_chosen(lease, reason="returned")
    flash(given, "ok")
    return redirect(url_for("canvass.walk", token=token))


def give_back_chosen(lease: LeaseCard, *, reason: str) -> str:
    """Give back what the form names; a sentence about it."""
    chosen = request.form.getlist("doors", type=int)
    with transaction():
        given = turf_services.give_back(lease.campaign_id, lease.id, chosen, reason=reason, now=clock.now())
    if given.is_over:
        return _("Those were all the doors left: the turf is handed back.")
    return _("%(count)s doors are open turf again; the rest stays as it is.", count=given.doors)


@bp.get("/w/<code>")
@limiter.limit(CODES_AN_ADDRESS)
@access.by_token(CODE_WHY)
def short_link(code: str) -> ResponseReturnValue:
    """The walk lists in somebody's hands, opened by a code read from a screen."""
    now = clock.now()
    opened = turf_services.open_pass(code[:40], now=now)
    if opened is None:
        return render_template("canvass/pass.html", leases=[], tokens={}), 404
    g.time_zone = db.session.get_one(Campaign, opened.campaign_id).time_zone
    held = turf.tokens_in_hand(opened.campaign_id, opened.person_id, now)
    tokens = {lease_id: token for lease_id, token in held.items() if lease_id in opened.lease_ids}
    if len(tokens) == 1:
        return redirect(url_for("canvass.walk", token=next(iter(tokens.values()))))
    leases = turf.current_leases_of(opened.campaign_id, opened.person_id, now)
    shown = sorted((each for each in leases if each.id in tokens), key=lambda each: each.id)
    return render_template("canvass/pass.html", leases=shown, tokens=tokens)


def _lease(token: str) -> LeaseCard:
    lease = turf.lease_by_token(token[:200])
    if lease is None:
        raise NoSuchTurf()
    g.time_zone = db.session.get_one(Campaign, lease.campaign_id).time_zone
    return lease


def _require_current(lease: LeaseCard) -> None:
    if not lease.is_current(clock.now()):
        raise LeaseOver()


def _given() -> Mapping[str, Any]:
    """What came, as a form or as JSON."""
    request.max_content_length = MOST_BYTES
    if not request.is_json:
        return request.form
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refusal(_("Send a JSON object."))
    return body
