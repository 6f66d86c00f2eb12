"""Where to go after signing in: only to a page of ours, whatever the address says."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 500


def safe_path(text: str | None) -> str | None:
    """The path (with its query) if it stays on this site, else None.

    Browsers read a backslash as a slash and drop tabs and line ends, so a slash followed by either of them
    and a host would leave: only a single slash followed by something harmless passes.
    """
    if not text or len(text) > LONGEST or not text.startswith("/") or text.startswith("//"):
        return None
    if "\\" in text or any(ord(mark) <= 32 or ord(mark) == 127 for mark in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if not parts.scheme and not parts.netloc and not parts.path.startswith("//") else None
