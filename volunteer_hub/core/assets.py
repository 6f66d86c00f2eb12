"""Where the browser finds stylesheets, scripts and icons.

`volunteer_hub.frontend` bundles them into static/dist with a hash of the content in each name and writes
manifest.json beside them: {"app.css": "app-1A2B3C4D.css", ...}. Without that build the sources themselves
are served: everything works but the maps, whose library only exists bundled.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, g, has_request_context, request, send_from_directory
from markupsafe import Markup, escape
from werkzeug.security import safe_join

STATIC = Path(__file__).parent.parent / "static"
URL = "/static/"
YEAR_S = 365 * 24 * 3600

FACE = "public-sans-latin-wght-normal.woff2"

# What stands in for a bundle that was not built. The typeface and the map's worker have no unbundled form.
SOURCES = {
    "app.css": "css/app.css",
    "map.css": "css/map.css",
    "style-page.css": "css/style-page.css",
    "behaviours.js": "behaviours/index.mjs",
    "icons.svg": "icons/icons.svg",
    "favicon.svg": "icons/favicon.svg",
    "app-192.png": "icons/app-192.png",
    "app-512.png": "icons/app-512.png",
    "app-maskable.png": "icons/app-maskable.png",
    "map-worker.js": "",
    FACE: "",
}
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


def asset_url(name: str, static: Path = STATIC) -> str:
    """The address of an asset by its plain name ("app.css").

    Returns the bundled file when it was built, else its source, else "" for what only exists bundled.
    Raises LookupError for a name that is neither built nor known.
    """
    built = manifest(static).get(name)
    if built:
        return f"{URL}dist/{built}"
    if name in SOURCES:
        return f"{URL}{SOURCES[name]}" if SOURCES[name] else ""
    for place in (name, f"behaviours/{Path(name).with_suffix('.mjs')}"):
        if (static / place).is_file():
            return f"{URL}{place}"
    raise LookupError(f"There is no asset “{name}”: neither built nor under static/.")


def page_asset(name: str) -> str:
    """The same for templates: a page names the icons dozens of times, and the build is looked at once."""
    if not has_request_context():
        return asset_url(name)
    known: dict[str, str] = g.setdefault("asset_urls", {})
    if name not in known:
        known[name] = asset_url(name)
    return known[name]


def icon(name: str, label: str = "", size: str = "") -> Markup:
    """One icon of the sprite. Without a label it is decoration and hidden from screen readers."""
    return _drawn_icon(page_asset("icons.svg"), str(name), escape(label), size)


@lru_cache(maxsize=1000)
def _drawn_icon(sprite: str, name: str, label: Markup, size: str) -> Markup:
    sized = f" icon--{size}" if size else ""
    told = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon{}" viewBox="0 0 24 24" {} focusable="false"><use href="{}#{}"></use></svg>'
    ).format(sized, told, sprite, name)


def offline_assets(static: Path = STATIC) -> list[str]:
    """Addresses of all that a walk list needs to work without a network; none when nothing was built."""
    path = static / "dist" / "offline.json"
    try:
        files: list[str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [f"{URL}dist/{name}" for name in files]


def is_bundled(static: Path = STATIC) -> bool:
    """Was the front end built? Without it there are no maps."""
    return bool(manifest(static))


def manifest(static: Path = STATIC) -> dict[str, str]:
    """Plain name to built name; empty when nothing was built. Read again when the file changes."""
    path = static / "dist" / "manifest.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int) -> dict[str, str]:
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names


def set_up(app: Flask) -> None:
    """Serve static files compressed where the build left a compressed copy, built ones for a year."""
    app.view_functions["static"] = send_static


def send_static(filename: str) -> Response:
    """One static file; names with a hash never change, so browsers may keep them."""
    encoding, suffix = _best_encoding(filename)
    answer = send_from_directory(STATIC, filename + suffix, mimetype=_mimetype(filename), conditional=True)
    answer.headers["Vary"] = "Accept-Encoding"
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    if filename.startswith("dist/") and filename not in ("dist/manifest.json", "dist/offline.json"):
        answer.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return answer


def _best_encoding(filename: str) -> tuple[str, str]:
    for encoding, suffix in ENCODINGS:
        path = safe_join(str(STATIC), filename + suffix)
        if path and request.accept_encodings[encoding] > 0 and Path(path).is_file():
            return encoding, suffix
    return "", ""


def _mimetype(filename: str) -> str | None:
    return {
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".css": "text/css",
        ".svg": "image/svg+xml",
        ".woff2": "font/woff2",
        ".webmanifest": "application/manifest+json",
    }.get(Path(filename).suffix)
