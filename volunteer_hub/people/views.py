"""Pages of people: the start page, joining, the language; the others are in modules of their own."""

from __future__ import annotations

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import current_user

from volunteer_hub.core import access, clock, samples
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people import (
    limits,
    queries,
    services,
    start,
    views_consents,
    views_lists,
    views_merging,
    views_my_data,
    views_passkeys,
    views_people,
    views_profile,
    views_replies,
    views_retention,
    views_rights,
    views_security,
    views_segments,
    views_sign_in,
)
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.forms import JoinForm
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.paths import safe_path
from volunteer_hub.people.vocabulary import PAGE_LANGUAGES

__all__ = [
    "bp", "views_consents", "views_lists", "views_merging", "views_my_data", "views_passkeys",
    "views_people", "views_profile", "views_replies", "views_retention", "views_rights", "views_security",
    "views_segments", "views_sign_in",
]  # fmt: skip

YEAR_S = 31_536_000


@bp.get("/")
@access.public("a welcome with the names of the campaigns; the signed-in see their own start page")
def home() -> ResponseReturnValue:
    if not current_user.is_authenticated:
        return _welcome()
    paths = access.paths(current_user, Role.FIELD_LEAD)
    return render_template(
        "people/home.html",
        steps=start.next_steps(current_user, clock.now()),
        counts=queries.counts(current_user.campaign_id, paths) if paths else None,
        page_url=start.page_url,
    )


def _welcome() -> ResponseReturnValue:
    return render_template("people/welcome.html", campaigns=queries.campaigns(), page_url=start.page_url)


@bp.route("/join", methods=["GET", "POST"])
@bp.route("/c/<slug>/join", methods=["GET", "POST"])
@access.public("a form to join a campaign; its answer does not say who is there already")
@limits.JOIN_BY_ADDRESS
@limits.LINK_BY_EMAIL
def join(slug: str | None = None) -> ResponseReturnValue:
    campaign = _campaign_to_join(slug)
    if campaign is None:
        return render_template("people/join_which.html", campaigns=queries.campaigns())
    form = JoinForm(data={"next": safe_path(request.args.get("next")) or ""})
    if form.validate_on_submit():
        try:
            return _join(campaign, form)
        except Refusal as refusal:
            form.refuse(refusal)
    return render_template("people/join.html", form=form, campaign=campaign), 422 if form.errors else 200


def _campaign_to_join(slug: str | None) -> Campaign | None:
    if slug is not None:
        return queries.campaign_by_slug(slug)
    campaigns = queries.campaigns()
    return campaigns[0] if len(campaigns) == 1 else None


def _join(campaign: Campaign, form: JoinForm) -> ResponseReturnValue:
    locale = get_locale()
    language = str(locale)[:2] if locale and str(locale)[:2] in PAGE_LANGUAGES else "en"
    browser_token = views_sign_in.browser_token()
    with views_sign_in.steady_answer(), transaction():
        services.join(
            campaign,
            form.email.data or "",
            form.profile(language),
            phone=form.phone.data or "",
            email_agreed=bool(form.email_agreed.data),
            text_agreed=bool(form.text_agreed.data),
            next_path=safe_path(form.next.data),
            browser_token=browser_token,
            asked_from=views_sign_in.this_browser(),
            now=clock.now(),
        )
    response = redirect(url_for("people.joined", slug=campaign.slug))
    return views_sign_in.keep_browser_token(response, browser_token)


@bp.get("/c/<slug>/joined")
@access.public("says to look into the mailbox, the same to everybody")
def joined(slug: str) -> ResponseReturnValue:
    return render_template("people/joined.html", campaign=queries.campaign_by_slug(slug))


@bp.post("/language")
@access.public("sets the language of the pages in this browser")
def language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    response: Response = redirect(safe_path(request.form.get("next")) or url_for("people.home"))  # type: ignore[assignment]
    if chosen not in PAGE_LANGUAGES:
        return response
    if current_user.is_authenticated:
        with transaction():
            services.choose_language(db.session.get_one(Person, current_user.id), chosen)
    response.set_cookie(
        "language", chosen, max_age=YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response


@bp.get("/style")
@access.needs(Role.ADMIN)
def style() -> ResponseReturnValue:
    """Every part of the design in use, on made-up names and numbers."""
    return render_template(
        "style/index.html",
        **samples.sample_context(
            areas_url=url_for("people.style_shapes", kind="areas"),
            points_url=url_for("people.style_shapes", kind="points"),
            lines_url=url_for("people.style_shapes", kind="lines"),
        ),
    )


@bp.get("/style/<any(areas, points, lines):kind>.json")
@access.needs(Role.ADMIN)
def style_shapes(kind: str) -> ResponseReturnValue:
    shapes = {"areas": samples.sample_areas, "points": samples.sample_points, "lines": samples.sample_lines}
    return jsonify(shapes[kind]())
