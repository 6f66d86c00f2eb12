"""Message texts from templates, in the recipient's language.

`offer` is templates/messages/offer.txt, whose first line is the subject, and offer.html beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from jinja2 import TemplateNotFound

from volunteer_hub.core.display import in_language


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. `html` is None for texts and for plain mails."""

    subject: str
    text: str
    html: str | None


def render(name: str, language: str, **context: Any) -> Rendered:
    """Render templates/messages/<name>.txt and, if there is one, .html."""
    with in_language(language):
        subject, _, text = render_template(f"messages/{name}.txt", **context).partition("\n")
        subject = " ".join(subject.split())
        try:
            html = render_template(f"messages/{name}.html", subject=subject, **context)
        except TemplateNotFound as error:
            if error.name != f"messages/{name}.html":
                raise
            html = None
    return Rendered(subject, text.strip() + "\n", html)


def link(path: str) -> str:
    """A full address for a message: the public address of this installation and a path."""
    base: str = current_app.extensions["vh_config"].base_url
    return base.rstrip("/") + path
