"""What a misspelt word may mean: the words of names and homes in the campaign that are a slip or two away."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import text

from volunteer_hub.core.db import db

LOOKED_AT = 40
"""Words of a campaign that share most letter triples with the asked one; of these the nearest are taken."""
MOST_MEANT = 8
MOST_PLACES = 3
_LEAST = text("SET LOCAL pg_trgm.similarity_threshold = 0.2")
_NEAR = text("""
    SELECT asked.word AS asked, near.kind, near.word, near.sounds
    FROM unnest(CAST(:words AS text[])) AS asked (word), LATERAL (
        SELECT kind, word, sounds FROM name_words
        WHERE campaign_id = :campaign_id AND word % asked.word
        ORDER BY similarity(word, asked.word) DESC, word LIMIT :most
    ) AS near
""")


@dataclass(slots=True)
class Meant:
    """sounds: skeletons of names, as in Person.sounds; places: words of homes, as in Person.search."""

    sounds: set[str] = field(default_factory=set)
    places: list[str] = field(default_factory=list)


def meant_by(campaign_id: int, words: list[str]) -> dict[str, Meant]:
    """For each word what it may be a misspelling of, itself included. Two statements at any size."""
    db.session.execute(_LEAST)
    values = {"campaign_id": campaign_id, "words": words, "most": LOOKED_AT}
    near: dict[str, list[tuple[int, str, str, list[str]]]] = {word: [] for word in words}
    for row in db.session.execute(_NEAR, values):
        away = slips(row.asked, row.word)
        if away <= _allowed(row.asked):
            near[row.asked].append((away, row.word, row.kind, row.sounds))
    return {word: _nearest(found) for word, found in near.items()}


def _allowed(word: str) -> int:
    """One slip in a short word, two in a longer one, three in one of ten letters or more."""
    return 1 if len(word) < 6 else 2 if len(word) < 10 else 3


def _nearest(found: list[tuple[int, str, str, list[str]]]) -> Meant:
    meant = Meant()
    for _away, word, kind, sounds in sorted(found)[: MOST_MEANT + MOST_PLACES]:
        if kind == "name":
            meant.sounds |= set(sounds)
        elif len(meant.places) < MOST_PLACES:
            meant.places.append(word)
    return meant


def slips(one: str, other: str) -> int:
    """Letters left out, added, changed or swapped with the next to make one word of the other.

    The distance of Damerau (1964) in its restricted form: no letter is touched twice.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i] + [0] * len(other)
        for j, its in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                row[j] = min(row[j], last[j - 2] + 1)
    return row[-1]
