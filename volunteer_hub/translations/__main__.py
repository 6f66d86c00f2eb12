"""`make texts`: bring the catalogues up to date, and say what is left to translate."""

from __future__ import annotations

from collections.abc import Sequence

import click

from volunteer_hub import translations

SHOWN = 20


def main() -> None:
    """Update every catalogue and report."""
    for language in translations.LANGUAGES:
        new, gone = translations.update(language)
        kept = translations.catalogue(language)
        left = translations.untranslated(kept)
        path = translations.place_of(language).relative_to(translations.ROOT)
        click.echo(
            f"{path}: {len(kept):,} texts, {len(new):,} new, {len(gone):,} gone, {len(left):,} to translate"
        )
        _list(left)


def _list(texts: Sequence[str]) -> None:
    for text in texts[:SHOWN]:
        click.echo(f"  {text[:100]}")
    if len(texts) > SHOWN:
        click.echo(f"  and {len(texts) - SHOWN:,} more")


if __name__ == "__main__":
    main()
