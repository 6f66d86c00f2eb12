"""Volunteers found by words: a name heard over a bad line, a phone number in any form, a place.

In stages, so that a million people are no burden: what holds the words exactly, found by the trigrams of
`Person.search`; only where that is little, names that sound alike (`Person.sounds`), then names that the
words may be misspellings of (`meant.py`). Each stage stops at a bounded number of candidates, and only those
are ranked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    TextClause,
    false,
    literal_column,
    or_,
    select,
    text,
    union,
)

from volunteer_hub.core.db import db
from volunteer_hub.people.models import Person
from volunteer_hub.people.queries.meant import Meant, meant_by
from volunteer_hub.people.spelling import sounds_of

MOST = 1000
"""Exact matches that are ranked and shown; who looks for one of more than these adds a word."""
ENOUGH = 10
"""With as many exact matches nobody looks for similar ones."""
MOST_ALIKE = 600
"""Candidates of each kind of likeness that are ranked."""
MOST_SHOWN_ALIKE = 100
SOUNDS_ALIKE = 0.7
"""What a name that sounds the same counts, on the scale of word similarity."""
MOST_WORDS = 6
BY_NAME: Any = literal_column('people.search COLLATE "C"', Text())
_PHONE_SIGNS = re.compile(r"[+(]?\d[\d\s().+-]{2,}\d")


@dataclass(frozen=True, slots=True)
class Found:
    """Ids, best first: the first `exact` hold all words, the others sound or look alike. `more`: there are
    more exact ones than these."""

    ids: list[int]
    exact: int
    more: bool


def words_of(asked: str) -> list[str]:
    """The words to look for: small letters without accents; a phone number in any form is its digits."""
    plain = "".join(
        mark for mark in unicodedata.normalize("NFKD", asked.casefold()) if not unicodedata.combining(mark)
    )
    plain = re.sub(r"[,;\s]+", " ", _PHONE_SIGNS.sub(_digits, plain))
    return list(dict.fromkeys(plain.split()))[:MOST_WORDS]


def _digits(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())
    is_number = (
        match.group().startswith("+") or len(digits) in (7, 10) or digits[0] + str(len(digits)) == "111"
    )
    if is_number:
        return f" {digits} "
    return " ".join(re.sub(r"\D", "", each) or each for each in match.group().split())


def search(campaign_id: int, found_in: list[ColumnElement[bool]], asked: str) -> Found:
    """The people among those of the conditions `found_in` whom the words may mean. Six statements."""
    words = words_of(asked)
    if whose := _with_email(found_in, asked.strip()):
        return Found([whose], 1, False)
    exact = _exact(found_in, words) if words else []
    more = len(exact) > MOST
    if more or len(exact) >= ENOUGH:
        return Found(exact[:MOST], min(len(exact), MOST), more)
    known = set(exact)
    alike = _alike(campaign_id, found_in, words, strict=bool(exact))
    return Found(exact + [each for each in alike if each not in known], len(exact), False)


def _with_email(found_in: list[ColumnElement[bool]], asked: str) -> int | None:
    """Whose email address this is. The trigrams of an address's end would name half of a campaign."""
    if "@" not in asked[1:-1]:
        return None
    return db.session.scalar(select(Person.id).where(*found_in, Person.email == asked))


def holding(words: list[str]) -> list[ColumnElement[bool]]:
    """Conditions: all of these words stand in a person's name, email, phone or home."""
    return [_holds(word) for word in words] or [false()]


def _holds(word: str) -> ColumnElement[bool]:
    """A short word only at a beginning: its trigrams are the blanks before it."""
    longest = max((len(each) for each in re.findall(r"\w+", word)), default=0)
    if longest == 0:
        return false()
    if longest >= 3:
        return Person.search.contains(word, autoescape=True)
    return _begins(word)


def _begins(word: str) -> ColumnElement[bool]:
    return or_(
        Person.search.startswith(word, autoescape=True), Person.search.contains(f" {word}", autoescape=True)
    )


def _exact(found_in: list[ColumnElement[bool]], words: list[str]) -> list[int]:
    """Names that begin as asked first, then words that begin so, then the others; each by name."""
    whole = " ".join(words)
    every = [*found_in, *holding(words)]
    first = (
        select(Person.id)
        .where(*found_in, BY_NAME.startswith(whole, autoescape=True))
        .order_by(BY_NAME, Person.id)
        .limit(200)
    )
    among = union(
        select(first.subquery().c.id), select(select(Person.id).where(*every).limit(MOST + 1).subquery().c.id)
    ).cte("candidates")
    best_first = _begin_as_asked(whole, words)
    query = (
        select(Person.id)
        .join(among, among.c.id == Person.id)
        .order_by(best_first, BY_NAME, Person.id)
        .limit(MOST + 1)
    )
    return list(db.session.scalars(query))


def _begin_as_asked(whole: str, words: list[str]) -> TextClause:
    """To order by: names that begin with all of it, then by how many words begin with one of `words`.

    Written out, as the likeness below: to put so many small expressions together for each search took Python
    longer than PostgreSQL took to find the people.
    """
    misses = " + ".join(
        f"CAST(strpos(' ' || people.search, ' ' || CAST(:begins{number} AS text)) = 0 AS int)"
        for number in range(len(words))
    )
    values = {f"begins{number}": word for number, word in enumerate(words)}
    return text(f"NOT starts_with(people.search, :whole), {misses}").bindparams(whole=whole, **values)


def _alike(
    campaign_id: int, found_in: list[ColumnElement[bool]], words: list[str], *, strict: bool
) -> list[int]:
    """Who sounds like it or, where these are few, is called what it may be a misspelling of; likest first.

    Short words and numbers must stand there. `strict`, beside exact matches: what sounds alike must look a
    little alike too.
    """
    letters = _spoken(words)
    if not letters:
        return []
    rest = [*found_in, *(_holds(word) for word in words if not _is_spoken(word))]
    keys = dict(zip(letters, _sounds(letters), strict=True))
    found = []
    if all(keys.values()):
        heard = sorted({key for each in keys.values() for key in each})
        found = _ranked([*rest, Person.sounds.contains(heard)], keys, strict)
    if len(found) < ENOUGH:
        meant = meant_by(campaign_id, letters)
        found += _ranked([*rest, *(_is_meant(keys[word], meant[word]) for word in letters)], keys, strict)
    return list(dict.fromkeys(found))


def _is_spoken(word: str) -> bool:
    return sum(each.isalpha() for each in word) >= 3


def _spoken(words: list[str]) -> list[str]:
    """Words of three letters or more; of an email the words before the @."""
    spoken = [
        part
        for word in words
        if _is_spoken(word)
        for part in (re.findall(r"[^\W\d_]{3,}", word.partition("@")[0]) if "@" in word else [word])
    ]
    return list(dict.fromkeys(spoken))


def _is_meant(keys: list[str], meant: Meant) -> ColumnElement[bool]:
    heard = sorted({*keys, *meant.sounds})
    return or_(
        Person.sounds.overlap(heard) if heard else false(),
        *(Person.search.contains(place, autoescape=True) for place in meant.places),
    )


def _ranked(conditions: list[ColumnElement[bool]], keys: dict[str, list[str]], strict: bool) -> list[int]:
    among = select(Person.id).where(*conditions).limit(MOST_ALIKE).cte("candidates")
    query = (
        select(Person.id, _likeness(keys))
        .join(among, among.c.id == Person.id)
        .order_by(text("likeness DESC"), BY_NAME, Person.id)
        .limit(MOST_SHOWN_ALIKE)
    )
    least = (SOUNDS_ALIKE + 0.1) * len(keys) if strict else 0.0
    return [number for number, likeness in db.session.execute(query) if likeness >= least]


def _likeness(keys: dict[str, list[str]]) -> TextClause:
    """The column `likeness`: for each word 0 to 1, summed."""
    sums = " + ".join(_likeness_of(number, bool(each)) for number, each in enumerate(keys.values()))
    words = {f"word{number}": word for number, word in enumerate(keys)}
    heard = {f"heard{number}": each for number, each in enumerate(keys.values()) if each}
    return text(f"{sums} AS likeness").bindparams(**words, **heard)


def _likeness_of(number: int, is_spoken: bool) -> str:
    """What sounds the same in a name counts SOUNDS_ALIKE and up, by how much it looks the same; what looks
    alike in email or home alone counts half."""
    in_name = f"word_similarity(:word{number}, left(people.search, char_length(people.name)))"
    anywhere = f"greatest({in_name}, word_similarity(:word{number}, people.search) / 2)"
    heard = f"{SOUNDS_ALIKE} + {1 - SOUNDS_ALIKE} * {in_name}"
    return (
        f"CASE WHEN people.sounds @> :heard{number} THEN {heard} ELSE {anywhere} END"
        if is_spoken
        else anywhere
    )


def _sounds(words: list[str]) -> list[list[str]]:
    """The skeletons of each word; none for a word of other letters. One statement."""
    asked = "unnest(CAST(:words AS text[])) WITH ORDINALITY asked (word, number)"
    query = text(f"SELECT {sounds_of('word')} FROM {asked} ORDER BY number")  # noqa: S608 - our own words
    return list(db.session.scalars(query, {"words": words}))
