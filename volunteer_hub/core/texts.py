"""The words of pages in the reader's language, found once a page instead of at each text.

A page has some hundred texts. Flask-Babel asks for the language, the domain and the catalogue anew at each,
through four proxies, which cost a shift's page a quarter of its time, and a lazy text that a template shows
is translated twice: once to see whether it is markup. Jinja calls three functions for each text of a
template and makes markup of it anew.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import Any

from flask import Flask, g, templating
from flask_babel import Babel, Domain, get_translations
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape


class Templates(templating.Environment):
    """Templates without globals of their own share those of the application, as they are.

    Jinja lays an empty layer over them, and at each import of macros goes through all of them in Python.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return ChainMap(d, self.globals) if d else self.globals


class Texts(Domain):
    """The application's texts: its catalogue is the page's."""

    def get_translations(self) -> Any:
        return _catalogue(super().get_translations)


def set_up(app: Flask, babel: Babel) -> None:
    """Let the texts of pages, also the lazy ones, ask here. Call it after Babel was set up."""
    babel.domain_instance = Texts()
    LazyString.__html__ = _escaped
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda context, text: _catalogue().upgettext(context, text),
        npgettext=lambda context, one, many, count: _catalogue().unpgettext(context, one, many, count),
    )
    app.jinja_env.globals.update(_=_text, gettext=_text)


@pass_eval_context
def _text(here: EvalContext, text: str, /, **values: Any) -> str:
    """A text of a template as in Jinja's new style: always a format; on a page its values are escaped."""
    said = _catalogue().ugettext(text)
    if not here.autoescape:
        return str(said % values)
    return Markup(said) % values if values else _as_markup(said)  # noqa: S704 - our own texts


@lru_cache(maxsize=10_000)
def _as_markup(text: str) -> Markup:
    return Markup(text) % {}  # noqa: S704 - our own texts


def _escaped(text: LazyString) -> Markup:
    return escape(str(text))


def _catalogue(load: Callable[[], Any] = get_translations) -> Any:
    """Of the present language; it may change within a page or a job (display.in_language)."""
    here = getattr(g, "_flask_babel", None)
    locale = getattr(here, "babel_locale", None)
    if locale is None:  # asked for the first time
        return load()
    kept = getattr(here, "vh_catalogue", None)
    if kept is None or kept[0] is not locale:
        kept = here.vh_catalogue = (locale, load())  # type: ignore[union-attr]
    return kept[1]
