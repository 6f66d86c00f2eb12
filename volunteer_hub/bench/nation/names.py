"""Invented names whose frequencies fall as those of real ones do."""

from __future__ import annotations

import numpy as np

from volunteer_hub.demo import words

Strings = np.ndarray[tuple[int], np.dtype[np.object_]]

FAMILY_NAMES = 12_000
_STARTS = ("Al", "Bar", "Bel", "Bran", "Cal", "Car", "Dal", "Der", "El", "Fal", "Far", "Gar", "Gil", "Hal",
           "Har", "Hol", "Kel", "Kir", "Lan", "Lar", "Mal", "Mar", "Mor", "Nor", "Or", "Pal", "Per", "Quin",
           "Ral", "Ros", "Sal", "Shel", "Stan", "Tal", "Thor", "Tor", "Val", "Wal", "Wil", "Zel")  # fmt: skip
_MIDDLES = ("", "a", "e", "i", "o", "an", "en", "er", "in", "on", "ber", "der", "ing", "ley", "win", "ston")
_ENDS = ("ski", "ton", "son", "man", "field", "wood", "berg", "stein", "ez", "ino", "etti", "ova", "ley",
         "more", "wright", "by", "dale", "ham", "worth", "quist")  # fmt: skip


def people_names(rng: np.random.Generator, count: int) -> tuple[Strings, Strings]:
    """Given and family names, (count,) each.

    The k-th most common name has a share that falls as 1/(k+10): the commonest family name then has about
    1 % of the people, as Smith has in the census of 2010 (0.8 %).
    """
    given = np.array(words.GIVEN_NAMES_EN + words.GIVEN_NAMES_ES, dtype=object)
    family = family_names(rng)
    return _drawn(rng, given, count), _drawn(rng, family, count)


def family_names(rng: np.random.Generator) -> Strings:
    """FAMILY_NAMES different names: common ones first, then syllables put together."""
    common = list(words.FAMILY_NAMES_EN + words.FAMILY_NAMES_ES)
    made = [start + middle + end for start in _STARTS for middle in _MIDDLES for end in _ENDS]
    fresh = np.array(sorted(set(made) - set(common)), dtype=object)
    rng.shuffle(common)
    return np.concatenate([np.array(common, dtype=object), rng.permutation(fresh)])[:FAMILY_NAMES]


def _drawn(rng: np.random.Generator, names: Strings, count: int) -> Strings:
    weight = 1.0 / (np.arange(len(names)) + 10.0)
    found: Strings = names[rng.choice(len(names), count, p=weight / weight.sum())]
    return found
