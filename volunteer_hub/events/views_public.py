"""Public pages about one event or shift, and what search engines read of all of them."""

from __future__ import annotations

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.kept import kept
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.core.web import limiter
from volunteer_hub.events import feeds, found_by, pages, queries
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.links import absolute
from volunteer_hub.events.models import Event
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.events.sitemaps import PAGE, index_text, page_text
from volunteer_hub.events.structured import About, event_data, event_url, graph, picture
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.queries import campaigns

MOST_TOLD = 20
"""Shifts of an event that its page tells search engines; the next ones are on it tomorrow."""
SITEMAP_S = 3600


@bp.get("/c/<slug>/events/<int:event_id>")
@access.public("a public event and its coming shifts, without any names of people")
def public_event(slug: str, event_id: int) -> ResponseReturnValue:
    campaign = pages.seen_at(slug)
    found_by.note(campaign.id)
    is_member = pages.is_member(campaign)
    event = queries.public_event(campaign.id, event_id, members=is_member)
    cards = queries.coming_shifts(campaign.id, event_id, now=clock.now())
    return pages.page(
        "events/public_event.html",
        campaign,
        shown=cards,
        event=event,
        cards=cards,
        mine=queries.my_states(current_user.id, [card.id for card in cards]) if is_member else {},
        why=next(filter(None, (pages.reason(campaign, card) for card in cards)), ""),
        about=_about(campaign, event, cards),
    )


@bp.get("/c/<slug>/events/<int:event_id>/shifts.ics")
@access.public("the shifts of a public event, without any names of people")
@limiter.limit("60/minute")
def public_event_feed(slug: str, event_id: int) -> ResponseReturnValue:
    campaign = pages.seen_at(slug)
    event = queries.public_event(campaign.id, event_id, members=pages.is_member(campaign))
    cards = queries.shifts_for_feed(campaign.id, event_id, now=clock.now())
    return feeds.calendar_of(cards, campaign, name=event.name)


@bp.get("/c/<slug>/shifts/<int:shift_id>/shift.ics")
@access.public("one shift of a public event, without any names of people")
@limiter.limit("60/minute")
def public_shift_file(slug: str, shift_id: int) -> ResponseReturnValue:
    campaign = pages.seen_at(slug)
    card = queries.shift_card(campaign.id, shift_id)
    if card.event_state == "draft" or not (card.is_public or pages.is_member(campaign)):
        raise NotFound()
    return feeds.calendar_of([card], campaign, name=card.event_name, as_file=True)


@bp.get("/robots.txt")
@access.public("which addresses search engines may read")
def robots() -> ResponseReturnValue:
    """Links that carry a secret are nobody's to list; searches are one page."""
    secret = ("/s/", "/j/", "/p/", "/here/", "/calendar/", "/offers/", "/walk/", "/sign-in")
    closed = (*secret, "/c/*/embed", "/c/*/shifts?*")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    maps = [absolute(url_for("events.sitemap", slug=each.slug)) for each in campaigns()]
    return _for_machines("\n".join([*lines, *(f"Sitemap: {url}" for url in maps), ""]), "text/plain")


@bp.get("/c/<slug>/sitemap.xml")
@access.public("addresses of public events")
@limiter.limit("60/minute")
def sitemap(slug: str) -> ResponseReturnValue:
    """Addresses of public events with shifts ahead; an index of pages where one file cannot hold them."""
    campaign = pages.seen_at(slug)
    after = max(0, request.args.get("after", 0, type=int))
    name = f"sitemap:{campaign.id}:{after if 'after' in request.args else 'index'}"
    ids: list[int] = kept(name, lambda: _sitemap_ids(campaign, after), for_s=SITEMAP_S)
    if "after" not in request.args and len(ids) >= PAGE:
        starts: list[int] = kept(f"{name}:starts", lambda: _starts(campaign), for_s=SITEMAP_S)
        pages_at = [absolute(url_for("events.sitemap", slug=campaign.slug, after=start)) for start in starts]
        return _for_machines(index_text(pages_at), "application/xml")
    first = [] if after else [absolute(url_for("events.public_list", slug=campaign.slug))]
    return _for_machines(page_text(first + [event_url(campaign, each) for each in ids]), "application/xml")


def _sitemap_ids(campaign: Campaign, after: int) -> list[int]:
    return queries.public_event_ids(campaign.id, after=after, most=PAGE, now=clock.now())


def _starts(campaign: Campaign) -> list[int]:
    """After which event each page begins."""
    starts, ids = [0], _sitemap_ids(campaign, 0)
    while len(ids) >= PAGE:
        starts.append(ids[-1])
        ids = _sitemap_ids(campaign, ids[-1])
    return starts


def _about(campaign: Campaign, event: Event, cards: list[ShiftCard]) -> About:
    told = [event_data(card, campaign) for card in cards[:MOST_TOLD]]
    return About(
        title=event.name,
        description=pages.shortened(f"{event.name}. {event.description}")
        if cards
        else _("There are no more shifts of this event."),
        url=event_url(campaign, event.id),
        picture=picture(),
        data=graph(*told) if told and event.is_public else None,
        is_listed=bool(event.is_public and cards),
    )


def _for_machines(text: str, content_type: str) -> Response:
    response = Response(text, content_type=f"{content_type}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
