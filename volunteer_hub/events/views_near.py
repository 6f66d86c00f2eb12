"""What can I do near me: the search for shifts as a page, as points for its map, and as feeds to follow."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import get_template_attribute, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from volunteer_hub.core import access, clock, display
from volunteer_hub.core.brief import briefly
from volunteer_hub.core.web import limiter
from volunteer_hub.events import feeds, found_by, lines, pages, queries
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.links import absolute
from volunteer_hub.events.near import Point, coarse
from volunteer_hub.events.queries import Findings, ShiftCard
from volunteer_hub.events.queries.listing import MOST
from volunteer_hub.events.searching import ANYWHERE, ARGUMENTS, USUAL_MILES, Asked, search_of
from volunteer_hub.events.structured import About, picture
from volunteer_hub.events.vocabulary import DISTANCES_MILES, KINDS
from volunteer_hub.people.forms import COMMON_LANGUAGES
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.vocabulary import LANGUAGES, language_name

MOST_ON_MAP = 300
MOST_IN_FEED = 100
FILTERS_KEPT_S = 300.0


@bp.get("/shifts")
@access.signed_in
def index() -> ResponseReturnValue:
    return _list(pages.own_campaign())


@bp.get("/c/<slug>/shifts")
@access.public("upcoming shifts of public events, without any names of people")
def public_list(slug: str) -> ResponseReturnValue:
    campaign = pages.seen_at(slug)
    found_by.note(campaign.id)
    return _list(campaign)


@bp.get("/c/<slug>/shifts.geojson")
@access.public("where the upcoming shifts of public events are, without any names of people")
def shift_points(slug: str) -> ResponseReturnValue:
    campaign = pages.seen_at(slug)
    answer = jsonify(type="FeatureCollection", features=_points(campaign, _cards(campaign, MOST_ON_MAP)))
    answer.mimetype = "application/geo+json"
    return answer


@bp.get("/c/<slug>/shifts.ics")
@access.public("upcoming shifts of public events, without any names of people")
@limiter.limit("60/minute")
def search_calendar(slug: str) -> ResponseReturnValue:
    campaign = pages.seen_at(slug)
    cards = _cards(campaign, MOST_IN_FEED, with_cancelled=True)
    return feeds.calendar_of(cards, campaign, name=_title(campaign))


@bp.get("/c/<slug>/shifts.atom")
@access.public("upcoming shifts of public events, without any names of people")
@limiter.limit("60/minute")
def search_news(slug: str) -> ResponseReturnValue:
    campaign = pages.seen_at(slug)
    here = absolute(request.full_path.rstrip("?"))
    cards = _cards(campaign, MOST_IN_FEED, with_cancelled=True)
    return feeds.news_of(cards, campaign, name=_title(campaign), here=here)


def _list(campaign: Campaign) -> ResponseReturnValue:
    """Two statements for a stranger's search and a few more for the signed-in, at any number of shifts.

    Where nobody chose a distance and nothing is within the usual one, the nearest further away are shown.
    """
    is_member = pages.is_member(campaign)
    home = pages.own_home() if is_member else None
    asked = search_of(request.args, home=home, today=pages.today(campaign))
    found = _found(campaign, asked)
    if not found.lines and asked.is_usual_reach:
        asked = asked.anywhere()
        found = _found(campaign, asked)
    mine = queries.my_states(current_user.id, [card.id for card in found.cards]) if is_member else {}
    return pages.page(
        "events/list.html",
        campaign,
        shown=found.cards,
        found=found,
        most=MOST,
        wanted=asked.search,
        sentence=asked.sentence,
        more_filters=_more_filters(asked),
        lines=lambda: lines.shown(
            found.lines, campaign, mine=mine, why=partial(pages.reason_of_line, campaign)
        ),
        has_home=home is not None,
        feeds=_feeds(campaign, home),
        about=_about(campaign),
    )


def _found(campaign: Campaign, asked: Asked) -> Findings:
    number = request.args.get("page", 1, type=int)
    return queries.upcoming_events(
        campaign.id,
        asked.search,
        now=clock.now(),
        time_zone=campaign.time_zone,
        number=number,
        members=pages.is_member(campaign),
    )


def _cards(campaign: Campaign, most: int, *, with_cancelled: bool = False) -> list[ShiftCard]:
    """The shifts of the search in the address."""
    asked = search_of(request.args, home=None, today=pages.today(campaign))
    return queries.upcoming_shifts(
        campaign.id,
        asked.search,
        now=clock.now(),
        time_zone=campaign.time_zone,
        members=pages.is_member(campaign),
        most=most,
        with_cancelled=with_cancelled,
    )


def _feeds(campaign: Campaign, home: Point | None) -> dict[str, str]:
    """The same search for machines, which know nobody's home: it is written there, made coarse."""
    given: dict[str, Any] = {name: request.args[name][:200] for name in ARGUMENTS if request.args.get(name)}
    if home is not None and not (given.get("near") or given.get("at")):
        given["at"] = "{:.2f},{:.2f}".format(*coarse(*home))
    return {
        name: url_for(f"events.{endpoint}", slug=campaign.slug, **given)
        for name, endpoint in (
            ("geojson", "shift_points"),
            ("ics", "search_calendar"),
            ("atom", "search_news"),
        )
    }


def _more_filters(asked: Asked) -> Markup:
    """The folded filters, drawn once for all searches that are narrowed alike, wherever they are near."""
    wanted, is_near = asked.search, asked.search.near is not None
    chosen = {
        "within": request.args.get("within", "")[:10],
        "part": wanted.part_of_day,
        "on": request.args.get("on", "")[:10],
        "kind": wanted.kind,
        "language": wanted.language,
        "free": "1" if wanted.only_free else "",
        "step_free": "1" if wanted.step_free else "",
        "sort": request.args.get("sort", "")[:10],
    }

    def drawn() -> Markup:
        draw = get_template_attribute("events/_more_filters.html", "more_filters")
        return draw(chosen, _is_narrowed(), **_choices(is_near))

    key = (display.current_locale(), is_near, _is_narrowed(), *chosen.values())
    return briefly("shift filters", key, drawn, for_s=FILTERS_KEPT_S)


def _choices(is_near: bool) -> dict[str, Any]:
    usual = _("within %(miles)s miles", miles=USUAL_MILES) if is_near else _("Any distance")
    distances = [(str(each), _("within %(miles)s miles", miles=each)) for each in DISTANCES_MILES]
    later = [("needed", _("Where people are missing most"))]
    soonest = _("Soonest first")
    return {
        "within_options": [("", usual), *distances, *([(ANYWHERE, _("Any distance"))] if is_near else [])],
        "sort_options": [("", _("Nearest first")), ("soonest", soonest), *later]
        if is_near
        else [("", soonest), *later],
        "kind_options": list(KINDS.items()),
        "languages": [(code, language_name(code)) for code in LANGUAGES if code in COMMON_LANGUAGES],
    }


def _is_narrowed() -> bool:
    """Was one of the folded filters used?"""
    folded = ("within", "part", "on", "kind", "language", "free", "step_free", "sort")
    return any(request.args.get(name) for name in folded)


def _title(campaign: Campaign) -> str:
    place = request.args.get("near", "").strip()[:60]
    if place:
        return _("%(campaign)s: shifts near %(place)s", campaign=campaign.name, place=place)
    return _("%(campaign)s: upcoming shifts", campaign=campaign.name)


def _about(campaign: Campaign) -> About:
    """Searches are one page for search engines: the whole list, at its plain address."""
    return About(
        title=_title(campaign),
        description=_(
            "Pick a time and a place that suit you. Signing up takes a minute and needs no password."
        ),
        url=absolute(url_for("events.public_list", slug=campaign.slug)),
        picture=picture(),
        is_listed="at" not in request.args,
    )


def _points(campaign: Campaign, cards: list[ShiftCard]) -> list[dict[str, Any]]:
    """A point for each place, with its first shift; the popup leads to it."""
    by_place: dict[int, list[ShiftCard]] = {}
    for card in cards:
        by_place.setdefault(card.location_id, []).append(card)
    return [_point(campaign, found) for found in by_place.values()]


def _point(campaign: Campaign, cards: list[ShiftCard]) -> dict[str, Any]:
    first = min(cards, key=lambda card: card.starts_at)
    left = sum(max(0, card.places_left) for card in cards)
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [first.longitude, first.latitude]},
        "properties": {
            "id": first.location_id,
            "label": f"{first.event_name}, {first.location_name}",
            "when": display.moment_text(first.starts_at),
            "places": left,
            "kind": "brand" if left else "warning",
            "size": 1.6 if len(cards) > 3 else 1.3,
            "url": url_for("events.shift", slug=campaign.slug, shift_id=first.id),
        },
    }
