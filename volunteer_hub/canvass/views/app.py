"""What makes the walk lists an app on the phone: a manifest, a service worker, and a page without a list."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from flask import Response, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.vocabulary import RESULTS
from volunteer_hub.core import access
from volunteer_hub.core.assets import STATIC, asset_url, offline_assets

THEME = "#0c3733"
ICONS = (
    ("app-192.png", "192", "any"),
    ("app-512.png", "512", "any"),
    ("app-maskable.png", "512", "maskable"),
)


@bp.get("/walk/")
@access.public("no walk list at all: what the phone keeps, told by the phone to itself")
def walk_lists() -> ResponseReturnValue:
    """The lists that this phone keeps; where the app opens when there is no network."""
    results = {name: str(words.label) for name, words in RESULTS.items()}
    return render_template("canvass/lists.html", results=results)


@bp.get("/walk/app.webmanifest")
@access.public("names and icons")
def webmanifest() -> ResponseReturnValue:
    """How the app is named and where it opens."""
    icons = [
        {"src": asset_url(name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in ICONS
    ]
    home = url_for("canvass.walk_lists")
    answer = jsonify(
        name=_("Walk lists – Volunteer Hub"), short_name=_("Walk lists"), id=home, start_url=home, scope=home,
        display="standalone", background_color="#ffffff", theme_color=THEME, icons=icons,
    )  # fmt: skip
    answer.mimetype = "application/manifest+json"
    return answer


@bp.get("/walk/worker.js")
@access.public("a script, the same for everybody")
def worker() -> ResponseReturnValue:
    """The service worker with the assets of this version; the browser looks for a new one by itself."""
    assets = offline_assets()
    source = _source()
    version = hashlib.sha256("\n".join([*assets, source]).encode()).hexdigest()[:12]
    constants = {"VERSION": version, "ASSETS": assets, "SHELL": url_for("canvass.walk_lists")}
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    answer = Response(head + source, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@lru_cache(maxsize=1)
def _source() -> str:
    return (STATIC / "offline" / "worker.mjs").read_text(encoding="utf-8")
