"""Shifts in a frame on other sites, and the page where organizers take the snippet for it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.assets import STATIC
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.core.web import limiter
from volunteer_hub.events import embedding, found_by, lines, pages, queries
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.links import absolute
from volunteer_hub.events.searching import Asked, search_of
from volunteer_hub.events.vocabulary import DISTANCES_MILES, KINDS
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.services.telling import tell_strangers, tells_strangers

SCRIPT = STATIC / "embed.js"


@bp.get("/c/<slug>/embed")
@access.public("upcoming shifts of public events for a frame on another site, without any names of people")
@limiter.limit("600/minute")
def embed(slug: str) -> ResponseReturnValue:
    """The next events of a search. The same for everybody: in another site's frame nobody is signed in.

    A refusal is told within the frame: elsewhere a browser shows nothing but that a site cannot be reached.
    """
    try:
        campaign = pages.seen_at(slug)
    except NotFound:
        return embedding.framed_elsewhere(make_response(render_template("events/embed_wrong.html"), 404))
    asked = search_of(request.args, home=None, today=pages.today(campaign))
    found = _found(campaign, asked)
    if not found.lines and asked.is_usual_reach:
        found = _found(campaign, asked.anywhere())
    pages.settle_zone(campaign, found.cards, None)
    page = render_template(
        "events/embed.html",
        campaign=campaign,
        lines=lines.shown(
            found.lines[: embedding.LINES],
            campaign,
            mine={},
            why=lambda _line: "",
            suffix=found_by.in_address(_word() or "embed"),
        ),
        more_url=url_for("events.public_list", slug=slug, **{"from": "embed"} | _given()),
    )
    return embedding.framed_elsewhere(make_response(page))


@bp.get("/embed.js")
@access.public("the script that makes the frame on another site")
def embed_script() -> ResponseReturnValue:
    response = Response(SCRIPT.read_text(encoding="utf-8"), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"  # for pages that load scripts by crossorigin
    return response


@bp.get("/organize/sharing")
@access.needs(Role.ORGANIZER)
def sharing() -> ResponseReturnValue:
    """The addresses that one may pass on, the snippet for other sites, and who reads why a shift matters."""
    campaign = pages.own_campaign()
    given = _given()
    page = pages.page(
        "events/sharing.html",
        campaign,
        list_url=absolute(url_for("events.public_list", slug=campaign.slug) + found_by.in_address(_word())),
        word=_word() or "",
        frame_src=url_for("events.embed", slug=campaign.slug, **given),
        frame_snippet=embedding.frame_snippet(campaign, given),
        script_snippet=embedding.script_snippet(campaign, given),
        height=embedding.HEIGHT_PX,
        kind_options=list(KINDS.items()),
        within_options=[(str(each), _("within %(miles)s miles", miles=each)) for each in DISTANCES_MILES],
        tells_strangers=tells_strangers(campaign),
        may_tell=access.everywhere(current_user, Role.ORGANIZER),
    )
    return embedding.with_own_frames(make_response(page))


@bp.post("/organize/sharing/reasons")
@access.needs(Role.ORGANIZER)
def tell_reasons() -> ResponseReturnValue:
    """Only who answers for the whole campaign decides what the other side may read."""
    if not access.everywhere(current_user, Role.ORGANIZER):
        access.require(current_user, Role.ADMIN)
    wanted = request.form.get("wanted") == "yes"
    with transaction():
        campaign = db.session.get_one(Campaign, current_user.campaign_id)
        tell_strangers(campaign, wanted, by=current_user.id)
    flash(
        _("Everybody reads now which districts come first.")
        if wanted
        else _("Only volunteers who are signed in read now which districts come first."),
        "ok",
    )
    return redirect(url_for("events.sharing"))


def _found(campaign: Campaign, asked: Asked) -> queries.Findings:
    return queries.upcoming_events(
        campaign.id, asked.search, now=clock.now(), time_zone=campaign.time_zone, number=1, members=False
    )


def _given() -> dict[str, Any]:
    """What the address narrows the list to, and the word by which its sign-ups are known later."""
    given = {name: request.args[name][:100] for name in embedding.ARGUMENTS if request.args.get(name)}
    word = _word()
    return given | ({"from": word.replace(" ", "-")} if word else {})


def _word() -> str | None:
    return found_by.word_of(request.args.get("from"))
