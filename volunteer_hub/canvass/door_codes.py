"""Short codes of doors on a printed walk sheet, for typing its results fast.

A code is a few letters that say the door's place on this sheet, scrambled by the sheet's own random key, and
a check letter: one wrong letter, or two neighbours swapped, never is another door's code. Codes of one sheet
tell nothing of another's, and what a code means is looked up within one sheet only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

LETTERS = "ACDEFGHJKMNPQRTWXY34679"
"""23 of them, a prime, without look-alikes: no B and 8, I L and 1, O and 0, S Z and 2 5, U and V."""
BASE = len(LETTERS)
WEIGHTS = (3, 7, 12, 17)
"""Of the letters in the check: none is 0, no two are the same, the last in use is not -1, all modulo 23."""


@dataclass(frozen=True, slots=True)
class SheetCodes:
    """The codes of a sheet of `count` doors with a random `key`."""

    key: str
    count: int

    @property
    def width(self) -> int:
        """Letters of a code, with its check letter."""
        return self._digits + 1

    @property
    def _digits(self) -> int:
        digits = 2
        while BASE**digits < self.count:
            digits += 1
        return digits

    def code(self, place: int) -> str:
        """The code of the door at this place, counted from 0. Raises IndexError."""
        if not 0 <= place < self.count:
            raise IndexError(place)
        factor, shift = self._scramble()
        number = (place * factor + shift) % BASE**self._digits
        digits = []
        for _ in range(self._digits):
            number, digit = divmod(number, BASE)
            digits.append(digit)
        digits.reverse()
        return "".join(LETTERS[each] for each in [*digits, self._check(digits)])

    def place(self, code: str) -> int | None:
        """The place of the door with this code, as somebody typed it; None for no code of this sheet."""
        found = [LETTERS.find(each) for each in code.upper()]
        if len(found) != self.width or -1 in found or self._check(found[:-1]) != found[-1]:
            return None
        number = 0
        for digit in found[:-1]:
            number = number * BASE + digit
        factor, shift = self._scramble()
        size = BASE**self._digits
        place = (number - shift) * pow(factor, -1, size) % size
        return place if place < self.count else None

    def _check(self, digits: Sequence[int]) -> int:
        start = hashlib.sha256(f"check:{self.key}".encode()).digest()[0]
        weighed = sum(weight * digit for weight, digit in zip(WEIGHTS, digits, strict=False))
        return (start + weighed) % BASE

    def _scramble(self) -> tuple[int, int]:
        """A factor without a divisor in common with the base, and a shift, both from the key."""
        drawn = hashlib.sha256(f"scramble:{self.key}".encode()).digest()
        size = BASE**self._digits
        factor = int.from_bytes(drawn[:8], "big") % size
        return factor + (factor % BASE == 0), int.from_bytes(drawn[8:16], "big") % size
