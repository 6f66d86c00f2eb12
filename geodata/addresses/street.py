"""Names of streets written one way, however a file writes them, so that two files' spellings meet.

A street is its direction, name, type and direction after it. Abbreviations follow USPS Publication 28.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from geodata.addresses.words import (
    DIRECTION_NAMES,
    DIRECTIONS,
    NAME_WORDS,
    ORDINALS,
    TENS,
    TYPE_WORDS,
    TYPES,
)

NO_BOX = "PO BOX"

_FRACTIONS = {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3"}
ORDINAL = re.compile(r"^0*(\d+)(ST|ND|RD|TH)$")
_PLAIN: dict[int, str] = dict.fromkeys(range(128), " ")
_PLAIN |= {ord(c): c.upper() for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-"}
_PLAIN |= {ord(c): "" for c in ".'`\""} | {ord("#"): " # ", ord("&"): " & "}


def words_of(text: str) -> list[str]:
    """Capitals without accents and punctuation; # and / stay, a hyphen stays inside a word."""
    if not text.isascii():
        for sign, plain in _FRACTIONS.items():
            text = text.replace(sign, plain)
        text = unicodedata.normalize("NFKD", text.replace("’", "'")).encode("ascii", "ignore").decode()
    text = text.translate(_PLAIN)
    if "-" not in text:
        return text.split()
    text = _LOOSE_HYPHEN.sub(" ", re.sub(r"(?<=\d) *- *(?=[A-Z0-9])", "-", text))
    return [word for part in text.split() if (word := part.strip("-"))]


_LOOSE_HYPHEN = re.compile(r"(?<!\d)-|-(?![A-Z0-9])")


@lru_cache(maxsize=1 << 17)
def street_of(text: str) -> tuple[str, str, str, str, str]:
    """A street's direction, name, type, direction after it, and the box of a rural route, as standard words.

    Takes words in capitals (see words_of), joined by blanks; what is not there is empty.
    """
    words = [word for part in text.split() for word in part.replace("/", "-").split("-") if word]
    box = _box(words)
    if box:
        return "", box[0], "", "", box[1]
    highway = _highway(words)
    if highway:
        return highway
    pre = post = type_ = ""
    if len(words) > 1 and words[-1] in DIRECTIONS and not (len(words) == 2 and words[0] in TYPES):
        post, words = DIRECTIONS[words[-1]], words[:-1]
    if len(words) > 1 and words[0] in DIRECTIONS and not (len(words) == 2 and words[1] in TYPES):
        pre, words = DIRECTIONS[words[0]], words[1:]
    if len(words) > 1 and words[-1] in TYPES:
        type_, words = TYPES[words[-1]], words[:-1]
    return pre, _name(words), type_, post, ""


_ROUTE_BOX = re.compile(
    r"^(RR|RURAL ROUTE|RURAL RTE|RFD|R R|R D|HC|HIGHWAY CONTRACT|STAR ROUTE)"
    r" ?#? ?0*(\w+) (?:BOX|BX) ?#? ?(\w+)$"
)


def _box(words: list[str]) -> tuple[str, str] | None:
    """("RR 2", "15") of "RURAL ROUTE 2 BOX 15"; ("PO BOX", "7") of "P O BOX 7"."""
    text = " ".join(words)
    if match := re.match(r"^(?:P ?O|POST OFFICE) ?(?:BOX|BX|DRAWER) ?(\w*)$", text):
        return NO_BOX, match[1]
    if match := _ROUTE_BOX.match(text):
        kind = "HC" if match[1] in ("HC", "HIGHWAY CONTRACT", "STAR ROUTE") else "RR"
        return f"{kind} {match[2]}", match[3]
    return None


_STATE_WORDS = r"(?:STATE|ST|SR|SH|SRT|[A-Z]{2})"
_ROAD = r"(?:HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD)"
_HIGHWAYS = (
    (re.compile(r"^(?:INTERSTATE|I)(?: HIGHWAY| HWY)? (\d+\w?)$"), "I"),
    (re.compile(rf"^U ?S(?: {_ROAD})? (\d+\w?)$"), "US"),
    (re.compile(rf"^(?:COUNTY|CO|CNTY|C)(?: STATE AID)? ?{_ROAD} (\d+\w?)$|^CR (\d+\w?)$"), "CO RD"),
    (re.compile(r"^(?:FARM (?:TO )?MARKET|FM)(?: RD| ROAD)? (\d+\w?)$"), "FM"),
    (re.compile(rf"^(?:TOWN|TWP|TOWNSHIP) {_ROAD} (\d+\w?)$"), "TWP RD"),
    (re.compile(rf"^{_STATE_WORDS} (?:HIGHWAY|HWY|ROUTE|RTE|RT) (\d+\w?)$|^(?:SR|SH) (\d+\w?)$"), "STATE"),
    (re.compile(r"^(?:HIGHWAY|HWY|ROUTE|RTE|RT) (\d+\w?)$"), "RTE"),
)


def _highway(words: list[str]) -> tuple[str, str, str, str, str] | None:
    """Numbered roads, whichever way they are written: US ROUTE 7 = US HWY 7, VT RTE 100 = STATE 100."""
    if not any(any(c.isdigit() for c in word) for word in words[1:]):
        return None
    pre = post = ""
    if words[-1] in DIRECTIONS:
        post, words = DIRECTIONS[words[-1]], words[:-1]
    if words and words[0] in DIRECTIONS:
        pre, words = DIRECTIONS[words[0]], words[1:]
    text = " ".join(words)
    for pattern, kind in _HIGHWAYS:
        if match := pattern.match(text):
            number = next(group for group in match.groups() if group).lstrip("0")
            return pre, f"{kind} {number}", "", post, ""
    return None


def _name(words: list[str]) -> str:
    """A street's name with ordinals as 1ST, saints as SAINT, types inside it abbreviated."""
    if len(words) == 1 and words[0] in DIRECTION_NAMES:
        return DIRECTION_NAMES[words[0]] if words[0] != "E" else "EAST"
    out: list[str] = []
    for at, word in enumerate(words):
        if word in TENS and at + 1 < len(words) and ORDINALS.get(words[at + 1], 99) < 10:
            out.append(_nth(TENS[word] + ORDINALS[words[at + 1]]))
        elif at and words[at - 1] in TENS and ORDINALS.get(word, 99) < 10:
            continue
        elif word in ORDINALS:
            out.append(_nth(ORDINALS[word]))
        elif match := ORDINAL.match(word):
            out.append(_nth(int(match[1])))
        elif word in ("ST", "DR", "FT") and at + 1 < len(words):
            out.append({"ST": "SAINT", "DR": "DOCTOR", "FT": "FORT"}[word])
        else:
            out.append(_name_word(word, alone=len(words) == 1))
    return _KING.sub("MLK", " ".join(out))


_KING = re.compile(r"\b(?:(?:DOCTOR|REV) )?(?:MARTIN LUTHER KING|(?:ML|M L|MILL) KING|MLK)(?: JR)?\b")


def _name_word(word: str, *, alone: bool) -> str:
    if word in NAME_WORDS:
        return NAME_WORDS[word]
    if not alone and word in DIRECTIONS:
        return DIRECTIONS[word]
    return TYPE_WORDS.get(word, word)


def _nth(number: int) -> str:
    ending = "TH" if 10 <= number % 100 <= 20 else {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")
    return f"{number}{ending}"
