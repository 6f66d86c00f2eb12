"""The phone page: the next door, one tap for a result. With a script it works without a network, too."""

from __future__ import annotations

import gzip
import uuid
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from volunteer_hub.canvass import queries, services, walk_queries
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.reading import clean
from volunteer_hub.canvass.services.additions import additions_of
from volunteer_hub.canvass.services.results import results_of
from volunteer_hub.canvass.vocabulary import RESULTS, SUPPORT
from volunteer_hub.canvass.walk_form import reports_from_form
from volunteer_hub.canvass.walk_words import words_of
from volunteer_hub.canvass.walking import Stop, Walk, walk_of
from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.web import limiter
from volunteer_hub.people.models import Campaign
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.queries import LeaseCard
from volunteer_hub.turf.refusals import NoSuchTurf

ELSE = ("refused", "left_literature", "inaccessible", "language_barrier", "moved", "deceased", "do_not_walk")

KEEP_UNTIL = "X-Keep-Until"
"""How long the worker on the phone may keep the page for the time without a network."""
LONG_AGO = "1970-01-01T00:00:00+00:00"
"""The list is over. Named by us alone: what a proxy or a hotel's network answers takes no list away."""


def this_link() -> str:
    """Limits are counted by link: many phones may share one address at a staging location."""
    return f"walk-{secrets.digest(str((request.view_args or {}).get('token', ''))).hex()[:32]}"


@bp.get("/walk/<token>")
@limiter.limit("120/minute", key_func=this_link)
@access.by_token("the lease's token in the address: it opens this turf's doors until the lease ends")
def walk(token: str) -> ResponseReturnValue:
    """The walk list of a lease; when it is over, a page that still delivers what the phone keeps."""
    lease = turf.lease_by_token(token[:200])
    if lease is None:
        page = render_template("canvass/unknown.html", results=_results())
        return page, 404, {KEEP_UNTIL: LONG_AGO}
    campaign = enter(lease)
    now = clock.now()
    if not lease.is_current(now):
        page = render_template(
            "canvass/over.html",
            lease=lease,
            token=token,
            campaign_name=campaign.name,
            results=_results(),
        )
        return page, 410, {KEEP_UNTIL: LONG_AGO}
    # before the doors: a report that takes effect in between is unknown to the page, and the phone shows it
    known = queries.ids_of_lease(lease.id)
    walk = walk_of(lease, now)
    stop = walk.stop(request.args.get("door", type=int)) or walk.next_after(
        request.args.get("after", 0, type=int)
    )
    answer = _compressed(_page(walk, stop, token, campaign, known))
    answer.headers[KEEP_UNTIL] = lease.expires_at.isoformat()
    return answer


def _page(walk: Walk, stop: Stop | None, token: str, campaign: Campaign, known: list[str]) -> str:
    lease = walk.lease
    last = walk_queries.last_deed(lease.id)
    offered = results_of(lease.campaign_id)
    return render_template(
        "canvass/walk.html",
        walk=walk,
        stop=stop,
        house=walk.of_building(stop) if stop else [],
        is_allowed=bool(request.args.get("anyway")),
        is_talking=bool(request.args.get("talk")),
        token=token,
        results=offered,
        elses=[name for name in ELSE if name in offered],
        support=SUPPORT,
        last=last,
        last_stop=walk.stop(last[0].door_id) if last else None,
        additions=additions_of(lease.id),
        fresh_id=str(uuid.uuid4()),
        addition_id=str(uuid.uuid4()),
        data=_data(walk, token, stop.id if stop else None, known),
        campaign_name=campaign.name,
    )


def _compressed(page: str) -> Response:
    """The page, small over one bar of network: 400 doors in the size of a picture.

    Compressing is safe here: nothing that a stranger could put into the address stands on the page.
    """
    answer = Response(page, mimetype="text/html")
    answer.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings["gzip"] > 0:
        answer.set_data(gzip.compress(page.encode(), 6, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@bp.post("/walk/<token>/report")
@limiter.limit("120/minute", key_func=this_link)
@access.by_token("the lease's token in the address")
def report(token: str) -> ResponseReturnValue:
    """A result without a script: one form post for a door, or for several of one building."""
    lease = current_lease(token)
    now = clock.now()
    walk = walk_of(lease, now)
    stop = walk.stop(request.form.get("door", type=int))
    if stop and stop.is_do_not_knock and not request.form.get("anyway"):
        flash(_("Nobody may knock at this door. Nothing is saved."), "warning")
        return redirect(url_for("canvass.walk", token=token, door=stop.id))
    reports = reports_from_form(lease.turf_id, walk.of_building(stop) if stop else [], now=now)
    with transaction():
        receipts = services.record(reports, authority=services.ByLease(lease), now=now)
    for receipt in receipts:
        if receipt.status == "refused":
            flash(receipt.reason, "error")
    if lost := _say_what_was_known(reports, receipts):
        return redirect(url_for("canvass.walk", token=token, door=lost))
    if stop and request.form.get("stay"):
        return redirect(url_for("canvass.walk", token=token, door=stop.id, talk=1))
    return redirect(url_for("canvass.walk", token=token, after=_last_position(walk, reports)))


def _last_position(walk: Walk, reports: list[dict[str, Any]]) -> int:
    """How far down the list the reports reach: the next door comes after it."""
    places = {str(stop.id): stop.position for stop in walk.stops}
    reached = [places.get(str(each["door"]), 0) for each in reports]
    return max(reached, default=request.form.get("position", 0, type=int))


def _say_what_was_known(reports: list[dict[str, Any]], receipts: list[services.Receipt]) -> int | None:
    """Say that a form had been sent before; the door whose corrected form was not kept, if there is one."""
    known = {each.id for each in receipts if each.status == "known"}
    if not known:
        return None
    earlier = {str(each): row for each, row in queries.reports_by_id([uuid.UUID(x) for x in known]).items()}
    for raw, receipt in zip(reports, receipts, strict=True):
        found = earlier.get(receipt.id) if receipt.id in known else None
        if found is not None and _differs(raw, found):
            words = RESULTS.get(found.result or "")
            flash(
                _(
                    "This door was saved as “%(result)s” before, and the corrected form is not kept. Take "
                    "the report back with Undo, or report the door once more.",
                    result=str(words.label) if words else "–",
                ),
                "warning",
            )
            return found.door_id
    flash(_("This report was saved before; nothing is counted twice."), "info")
    return None


def _differs(raw: dict[str, Any], stored: DoorReport) -> bool:
    support = raw.get("answers", {}).get("support")
    typed = (str(raw["door"]), raw["result"], support, clean(raw.get("note", "")).strip())
    kept = (str(stored.door_id), stored.result, stored.support and str(stored.support), stored.note.strip())
    return typed != kept


@bp.post("/walk/<token>/undo")
@limiter.limit("120/minute", key_func=this_link)
@access.by_token("the lease's token in the address")
def undo(token: str) -> ResponseReturnValue:
    """Take back what the last tap reported: one door, or several at once."""
    lease = current_lease(token)
    last = walk_queries.last_deed(lease.id)
    if not last or str(last[0].id) != request.form.get("undoes"):
        flash(_("There is nothing to take back any more."), "info")
        return redirect(url_for("canvass.walk", token=token))
    door_id, now = last[0].door_id, clock.now()
    raws = [_undoing(each, request.form.get("id", ""), lease.turf_id, now.isoformat()) for each in last]
    with transaction():
        services.record(raws, authority=services.ByLease(lease), now=now)
    return redirect(url_for("canvass.walk", token=token, door=door_id))


def _undoing(last: DoorReport, made: str, turf_id: int, at: str) -> dict[str, Any]:
    undo_id = uuid.uuid5(last.id, f"undo-{clean(made)}")
    return {
        "id": str(undo_id),
        "turf": turf_id,
        "door": last.door_id,
        "at": at,
        "result": None,
        "undoes": str(last.id),
    }


@bp.post("/walk/<token>/return")
@limiter.limit("20/minute", key_func=this_link)
@access.by_token("the lease's token in the address")
def hand_back(token: str) -> ResponseReturnValue:
    """The canvasser hands the turf back; what is not visited is open again."""
    lease = current_lease(token)
    with transaction():
        turf_services.end_lease(
            lease.campaign_id,
            lease.id,
            reason="done" if lease.doors_done >= lease.doors else "returned",
            note=request.form.get("note", "").replace("\x00", "").strip(),
            now=clock.now(),
        )
    return redirect(url_for("canvass.walk", token=token))


def current_lease(token: str) -> LeaseCard:
    """The lease behind a link, current or over; raises NoSuchTurf where there is none."""
    lease = turf.lease_by_token(token[:200])
    if lease is None:
        raise NoSuchTurf()
    enter(lease)
    return lease


def enter(lease: LeaseCard) -> Campaign:
    """Tell times where the campaign is."""
    campaign = db.session.get_one(Campaign, lease.campaign_id)
    g.time_zone = campaign.time_zone
    return campaign


def _results() -> dict[str, str]:
    return {name: str(words.label) for name, words in RESULTS.items()}


def _data(walk: Walk, token: str, current: int | None, known: list[str]) -> dict[str, Any]:
    return {
        "turf": walk.lease.turf_id,
        "token": token,
        "current": current,
        "doors": [stop.as_dict() for stop in walk.stops],
        "frame": walk.drawing.frame,
        "known": known,
        "until": walk.lease.expires_at.isoformat(),
        "news": url_for("canvass.news", token=token),
        "words": words_of(_results()),
    }
