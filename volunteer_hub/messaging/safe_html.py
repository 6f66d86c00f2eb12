"""The HTML of an email made harmless, so that it can be looked at in a page of ours.

What is not on the list is left out: scripts, forms, frames, pictures from elsewhere, attributes that run.
Links open in a window of their own. The page that shows it is sandboxed besides.
"""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_KEPT = _set(
    "html head title meta style body div span p br hr h1 h2 h3 h4 ul ol li dl dt dd a b strong i em u small "
    "sup sub code pre blockquote address time table caption thead tbody tfoot tr th td"
)
_DROPPED_WHOLE = frozenset(("script", "iframe", "object", "template", "noscript", "svg", "math", "textarea"))
_EMPTY = frozenset(("br", "hr", "meta"))
_ATTRIBUTES = _set(
    "style class lang dir title role aria-label align valign width height colspan rowspan cellpadding "
    "cellspacing border scope charset name content media datetime"
)
_SCHEMES = ("http", "https", "mailto", "tel")


def safe_html(html: str) -> str:
    """Harmless HTML of the same look. Never raises; what is broken is closed or left out."""
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return "<!doctype html>\n" + "".join(cleaner.parts)


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.dropping: list[str] = []
        self.is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WHOLE:
            self.dropping.append(tag)
        elif tag in _KEPT and not self.dropping and not _is_refresh(tag, attrs):
            self.is_style = tag == "style"
            self.parts.append(f"<{tag}{''.join(_attribute(tag, *each) for each in attrs)}{_window(tag)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _EMPTY:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.dropping:
            if tag == self.dropping[-1]:
                self.dropping.pop()
        elif tag in _KEPT and tag not in _EMPTY:
            self.is_style = False
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.dropping:
            self.parts.append(data.replace("<", "") if self.is_style else escape(data, quote=False))


def _is_refresh(tag: str, attrs: list[tuple[str, str | None]]) -> bool:
    """A <meta> that would lead away or set a header."""
    return tag == "meta" and any(name == "http-equiv" for name, _value in attrs)


def _window(tag: str) -> str:
    return ' target="_blank" rel="noopener noreferrer"' if tag == "a" else ""


def _attribute(tag: str, name: str, value: str | None) -> str:
    text = value or ""
    if name == "href" and tag == "a":
        return f' href="{escape(text)}"' if _is_harmless(text) else ""
    return f' {name}="{escape(text)}"' if name in _ATTRIBUTES else ""


def _is_harmless(address: str) -> bool:
    try:
        return urlsplit("".join(address.split())).scheme.lower() in _SCHEMES
    except ValueError:
        return False
