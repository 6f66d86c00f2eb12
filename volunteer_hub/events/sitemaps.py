"""Sitemaps (sitemaps.org, protocol 0.9): pages of addresses, and an index of the pages."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

PAGE = 10_000
"""Addresses on a page; the protocol allows 50,000."""
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def page_text(urls: Iterable[str]) -> str:
    """One page of addresses."""
    return _document("urlset", "url", urls)


def index_text(urls: Iterable[str]) -> str:
    """The index of pages."""
    return _document("sitemapindex", "sitemap", urls)


def _document(root: str, each: str, urls: Iterable[str]) -> str:
    lines = (f"<{each}><loc>{escape(url)}</loc></{each}>" for url in urls)
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{_SPACE}">', *lines, f"</{root}>", ""]
    )
