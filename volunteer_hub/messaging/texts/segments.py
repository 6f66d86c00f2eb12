"""How many segments a text is, and so what it costs; and the same words in characters that cost less.

A text of GSM-7 characters (3GPP TS 23.038, default alphabet) holds 160 septets, or 153 in each of several
segments; any other character makes the whole text UCS-2, with 70 and 67. The characters of the extension
table (^ { } \\ [ ~ ] | €) take two septets. Neither they nor a surrogate pair are split between segments.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

LONGEST = 1600
"""Characters that Twilio takes as one message."""
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_PLAIN = str.maketrans(
    dict.fromkeys("‘’‚‛′´`ʻʼ", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t", " "
    )
    | dict.fromkeys("\u00ad\u200b\u200c\u200e\u200f\u2060\ufeff", "")
    | {"…": "...", "•": "*", "·": "-", "‹": "<", "›": ">", "⁄": "/", "\u2028": "\n", "\u2029": "\n"}
)


@dataclass(frozen=True, slots=True)
class Counted:
    """`length`: septets of GSM-7 or units of UCS-2; `room`: how many more fit into the last segment."""

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    length: int
    room: int


def plain(words: str) -> str:
    """The words with typographic signs made plain (’ “ – … and odd blanks), if that makes them GSM-7.

    Where a letter remains that GSM-7 lacks (á, í, ó, ú among the Spanish ones; é, ñ, ü, ¿ and ¡ it has),
    the text is UCS-2 anyway and stays as it was written: no accent is dropped, since sí is not si.
    """
    composed = unicodedata.normalize("NFC", words)
    simple = composed.translate(_PLAIN)
    return simple if is_gsm7(simple) else composed


def is_gsm7(words: str) -> bool:
    """Has the default alphabet all of these characters?"""
    return all(each in _BASIC or each in _EXTENDED for each in words)


def counted(words: str) -> Counted:
    """How these very words travel. An empty text is one segment."""
    if is_gsm7(words):
        return _counted("GSM-7", [2 if each in _EXTENDED else 1 for each in words], 160, 153)
    return _counted("UCS-2", [2 if ord(each) > 0xFFFF else 1 for each in words], 70, 67)


def _counted(encoding: Literal["GSM-7", "UCS-2"], sizes: Iterable[int], alone: int, together: int) -> Counted:
    sizes = list(sizes)
    length = sum(sizes)
    if length <= alone:
        return Counted(encoding, 1, length, alone - length)
    segments, used = 1, 0
    for size in sizes:
        if used + size > together:
            segments, used = segments + 1, 0
        used += size
    return Counted(encoding, segments, length, together - used)
