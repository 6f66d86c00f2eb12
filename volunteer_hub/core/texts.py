"""The words of templates in the reader's language, found once a page instead of at each text.

A page has some hundred texts. Flask-Babel asks for the language, the domain and the catalogue anew at each,
through four proxies, which cost a shift's page a quarter of its time.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_babel import get_translations


def set_up(app: Flask) -> None:
    """Let the templates' _() and ngettext() ask here. Call it after Babel was set up."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda context, text: _catalogue().upgettext(context, text),
        npgettext=lambda context, one, many, count: _catalogue().unpgettext(context, one, many, count),
    )


def _catalogue() -> Any:
    """Of the present language; it may change within a page or a job (display.in_language)."""
    here = getattr(g, "_flask_babel", None)
    locale = getattr(here, "babel_locale", None)
    if locale is None:  # asked for the first time
        return get_translations()
    kept = getattr(here, "vh_catalogue", None)
    if kept is None or kept[0] is not locale:
        kept = here.vh_catalogue = (locale, get_translations())  # type: ignore[union-attr]
    return kept[1]
