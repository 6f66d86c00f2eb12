"""The frame of a page for strangers is drawn once and filled in: all of them see the same head and foot.

Half of the work of a small page is its frame. For whoever is not signed in it depends on the campaign, the
language and the colours alone; what differs from request to request (the form token, the address to come back
to) is put into its gaps. The page itself is rendered each time.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from flask import render_template, request, session
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from volunteer_hub.core import display
from volunteer_hub.core.brief import briefly
from volunteer_hub.people.models import Campaign

KEPT_S = 300.0
_SALT = secrets.token_hex(8)  # so that no text of a page is taken for a gap
GAPS = {name: f"gap-{name}-{_SALT}" for name in ("title", "head", "content", "token", "back")}
_GAP = re.compile("(" + "|".join(map(re.escape, GAPS.values())) + ")")


def render(template: str, campaign: Campaign, words: Mapping[str, Any]) -> str:
    """The page, whole. Templates that begin with `extends layout` take the short way for strangers."""
    if current_user.is_authenticated or session.get("_flashes"):
        return render_template(template, **{"layout": "base.html"} | dict(words))
    page = render_template(template, **{"layout": "events/_bare.html", "gap": gaps()} | dict(words))
    parts = page.split(GAPS["content"])
    if len(parts) != 3:
        return page  # it has a layout of its own
    return _filled(_frame(campaign, words), dict(zip(("title", "head", "content"), parts, strict=True)))


def blank_box(words: Mapping[str, Any]) -> Markup | None:
    """The form in which strangers sign up, before anything was typed: alike for all shifts that ask alike.

    None for everybody else. The template gets a card that knows no more than its ids: whatever else the form
    comes to depend on belongs into the key.
    """
    form, card = words["form"], words["card"]
    if current_user.is_authenticated or request.method != "GET" or form.errors or words.get("friends"):
        return None
    key = (words["campaign"].slug, display.current_locale(), words["state"], repr(words.get("ask")))
    text = briefly("boxes", key, lambda: _drawn_box(words), for_s=KEPT_S)
    given = {"token": generate_csrf(), "shift": str(card.id), "event": str(card.event_id)}
    return Markup(_BOX_GAP.sub(lambda gap: given[_BOX_GAPS[gap[0]]], text))  # noqa: S704 (a template's)


class _IdsAlone:
    """Stands in for a card where only its ids may be used."""

    id, event_id = 900_719_925_474_001, 900_719_925_474_002

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"The form for strangers is drawn once for many shifts: put {name} into its key.")


def _drawn_box(words: Mapping[str, Any]) -> str:
    text = render_template("events/_sign_up_box.html", **dict(words) | {"card": _IdsAlone()})
    return text.replace(generate_csrf(), GAPS["token"])


_BOX_GAPS = {
    GAPS["token"]: "token",
    str(_IdsAlone.id): "shift",
    str(_IdsAlone.event_id): "event",
}
_BOX_GAP = re.compile("|".join(map(re.escape, _BOX_GAPS)))


def gaps() -> SimpleNamespace:
    """For the templates of the frame."""
    return SimpleNamespace(**GAPS)


def _frame(campaign: Campaign, words: Mapping[str, Any]) -> list[str]:
    key = (campaign.slug, campaign.name, display.current_locale(), display.chosen_theme())
    return briefly("frames", key, lambda: _drawn(words), for_s=KEPT_S)


def _drawn(words: Mapping[str, Any]) -> list[str]:
    """The frame in pieces, its gaps among them."""
    asked = SimpleNamespace(full_path=GAPS["back"], path=GAPS["back"], args={})
    text = render_template("events/_frame.html", **dict(words) | {"request": asked, "gap": gaps()})
    return _GAP.split(text.replace(generate_csrf(), GAPS["token"]))


def _filled(frame: list[str], given: dict[str, str]) -> str:
    given |= {"token": generate_csrf(), "back": str(escape(request.full_path))}
    by_gap = {GAPS[name]: text for name, text in given.items()}
    return "".join(by_gap.get(piece, piece) for piece in frame)
