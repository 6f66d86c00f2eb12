"""The texts of pages and messages in other languages: what the code says, and catalogues that translate it.

`make texts` reads every text out of the code and the templates (pyproject.toml says where: tool.babel) and
brings the catalogues up to date; tests/test_texts.py fails while one of them has a gap.
"""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LANGUAGES = ("es",)  # English is what the code says

# `_l` and its like are read as `_` is; a context, before the text, tells apart what English does not.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}


def used() -> Catalog:
    """Every text that the code and the templates say, with the files that say it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    catalogue = Catalog()
    for mapping in settings["tool"]["babel"]["mappings"]:
        for path in sorted(ROOT.glob(mapping["pattern"])):
            for _line, text, _comments, context in extract_from_file(mapping["method"], path, KEYWORDS):
                catalogue.add(text, locations=[(path.relative_to(ROOT).as_posix(), 0)], context=context)
    return catalogue


def place_of(language: str) -> Path:
    """The file of a catalogue."""
    return HERE / language / "LC_MESSAGES" / "messages.po"


def catalogue(language: str) -> Catalog:
    """A catalogue as it is kept."""
    with place_of(language).open("rb") as file:
        return read_po(file, locale=language)


def untranslated(kept: Catalog) -> list[str]:
    """The texts that have no translation, or one that a person has yet to look at."""
    return [
        _said(message.id)
        for message in kept
        if message.id and (message.fuzzy or not _is_whole(message.string))
    ]


def update(language: str) -> tuple[list[str], list[str]]:
    """Bring a catalogue up to date and compile it; returns the texts that are new and those that are gone.

    A text that changed is a new one: no translation is guessed from one that looks like it.
    """
    kept, template = catalogue(language), used()
    before, now = {(each.context, each.id) for each in kept}, {(each.context, each.id) for each in template}
    kept.update(template, no_fuzzy_matching=True, update_creation_date=False)
    text = io.BytesIO()
    write_po(text, kept, width=100, sort_output=True, include_lineno=False, ignore_obsolete=True)
    path = place_of(language)
    if path.read_bytes() != text.getvalue():
        path.write_bytes(text.getvalue())
    with path.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, kept)
    return sorted(_said(text) for _, text in now - before), sorted(_said(text) for _, text in before - now)


def _is_whole(translation: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(translation) if isinstance(translation, (tuple, list)) else bool(translation)


def _said(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]
