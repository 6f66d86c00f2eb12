"""Shifts on other people's pages: what goes into the frame, and the snippet that makes it."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from flask import Response, url_for
from flask_babel import gettext as _

from volunteer_hub.core.web import CONTENT_SECURITY_POLICY
from volunteer_hub.events.links import absolute
from volunteer_hub.people.models import Campaign

ARGUMENTS = ("near", "within", "kind", "language", "days")
LINES = 8
HEIGHT_PX = 560


def framed_elsewhere(response: Response) -> Response:
    """Let this one answer stand in a frame of any site. It carries no cookie and has no form that acts.

    The same for everybody who reads one language: browsers send no cookie of ours into another site's frame,
    and from a site beside ours (www and hub of one domain) only the choice of a language counts.
    """
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"  # for sites that ask it of their frames
    response.headers["Cache-Control"] = "public, max-age=60"
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def with_own_frames(response: Response) -> Response:
    """Let this one answer hold frames of our own: the preview."""
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


def frame_url(campaign: Campaign, arguments: dict[str, str]) -> str:
    """The address of the frame."""
    return _with(absolute(url_for("events.embed", slug=campaign.slug)), arguments)


def frame_snippet(campaign: Campaign, arguments: dict[str, str]) -> str:
    """HTML for any page: a frame of a fixed height, no script."""
    title = escape(_("Volunteer with %(campaign)s", campaign=campaign.name))
    source = escape(frame_url(campaign, arguments))
    return (
        f'<iframe src="{source}" title="{title}" width="100%" height="{HEIGHT_PX}" loading="lazy" '
        'style="border:0"></iframe>'
    )


def script_snippet(campaign: Campaign, arguments: dict[str, str]) -> str:
    """HTML for any page: a script of ours that makes the frame and gives it its height."""
    title = _("Volunteer with %(campaign)s", campaign=campaign.name)
    data = {"campaign": campaign.slug, **arguments, "title": title}
    told = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    source = escape(absolute(url_for("events.embed_script")))
    return f'<script src="{source}"{told} async></script>'


def _with(url: str, arguments: dict[str, str]) -> str:
    return f"{url}?{urlencode(arguments)}" if arguments else url
